"""公示: put a preliminary list before the public for a number of working days, and close the window when it is over."""

from __future__ import annotations

import datetime
from collections import Counter
from typing import cast

from cultivation import arranged, audiences, calendar, clock
from cultivation.actions import release as releases
from cultivation.actions import stages
from cultivation.choices import ApplicationStatus as A
from cultivation.choices import (
    BatchStatus,
    NoticeStatus,
    ObjectionStatus,
    ReleaseKind,
    StageKind,
    StageStatus,
)
from cultivation.models import Application, Batch, Notice, Release
from cultivation.publish import publish_batch, publish_notice
from cultivation.transitions import APPLICATION, BATCH, NOTICE
from platforms.access import Permission, require
from platforms.actions.verb import lock, verb
from platforms.codes import notice_code, parse_tiered_code
from platforms.errors import IllegalStep, Invalid, NotPermitted, Problem
from platforms.failpoints import failpoint
from platforms.models import User
from platforms.notifications import authority_people, notify
from platforms.text import clean_text
from platforms.words import gettext_lazy as _

#: A request that arrived in time may still be being written when the window ends; the notice is closed this much later.
GRACE = datetime.timedelta(minutes=2)
UNSETTLED = (ObjectionStatus.LODGED, ObjectionStatus.HANDLING)


@verb("notice.prepare")
def prepare(
    *,
    batch: Batch,
    title: str,
    by: User,
    title_en: str = "",
    contact: str = "",
    working_days: int | None = None,
) -> Notice:
    """Freeze the shortlist as a preliminary list and draft its notice; again, while it is a draft, with the list as it is now."""
    require(by, Permission.NOTICE_PREPARE, batch)
    batch = lock(batch)
    if batch.status != BatchStatus.ASSESSING:
        raise IllegalStep(
            _("“%(batch)s”现在是“%(state)s”，只有评审中的批次可以编制公示。")
            % {"batch": batch, "state": batch.get_status_display()}
        )
    title = _title(title)
    days = _days(batch.notice_days if working_days is None else working_days)
    applications = _shortlisted(batch)
    if not applications:
        raise IllegalStep(_("还没有列入初步名单的平台。"))
    draft = batch.notices.filter(status=NoticeStatus.DRAFT).select_for_update(of=("self",)).first()
    release = releases.freeze(
        batch=batch,
        kind=ReleaseKind.PRELIMINARY,
        title_zh=title,
        title_en=title_en.strip(),
        entries=releases.entries_from(applications),
        previous=draft.release if draft else None,
        by=by,
    )
    values = {
        "release": release,
        "title_zh": title,
        "title_en": title_en.strip(),
        "contact": clean_text(contact, max_length=200),
        "working_days": days,
        "prepared_by": by,
        "prepared_at": clock.now(),
    }
    if draft is None:
        return Notice.objects.create(code=_code(batch), batch=batch, **values)
    for name, value in values.items():
        setattr(draft, name, value)
    draft.save(update_fields=list(values))
    return draft


@verb("notice.publish")
def publish(*, notice: Notice, by: User, starts_on: datetime.date | None = None) -> Notice:
    """Open the window: ``starts_on`` (today in Beijing unless given) is day 1 if it is a working day."""
    batch = lock(notice.batch)
    notice = lock(notice)
    transition = NOTICE.check(notice, "publish", by=by)
    if notice.prepared_by_id == by.pk:
        raise NotPermitted(sentence=_("编制人不能发布自己编制的公示，请另一位有权限的人发布。"))
    today = clock.today()
    starts_on = starts_on or today
    if starts_on < today:
        raise Invalid([Problem("starts_on", "past", _("公示不能从已经过去的日期开始。"))])
    _require_stages_finished(batch)
    applications = _shortlisted(batch)
    _require_same_list(notice.release, applications)
    window = arranged.working_days(starts_on, notice.working_days)
    NOTICE.move(notice, "publish", by=by, starts_on=starts_on, ends_on=window.last)
    BATCH.move(batch, "give_notice", by=by)
    stages.enter(batch, StageKind.NOTICE, by=by)
    for application in applications:
        APPLICATION.move(application, "put_on_notice", version=application.version + 1)
    releases.make_public(notice.release)
    failpoint("notice.before_public")
    publish_notice(notice)
    publish_batch(batch)
    text = _("公示开始：%(title)s，至 %(day)s 24:00（北京时间）。") % {
        "title": notice.title_zh,
        "day": notice.ends_on,
    }
    audiences.tell(transition, notice, text=text, url=f"/notices/{notice.code}/", by=by)
    _tell_authorities(notice, applications)
    return notice


@verb("notice.extend")
def extend(*, notice: Notice, by: User, reason: str, days: int) -> Notice:
    """Add working days after the last day of a window that is still open."""
    batch = lock(notice.batch)
    notice = lock(notice)
    NOTICE.check(notice, "extend", by=by, reason=reason)
    if closes_at(notice) <= clock.now():
        raise IllegalStep(_("公示期已满，不能再延长。"))
    ends_on = cast(datetime.date, notice.ends_on)  # an open notice has its days
    last = arranged.working_days(ends_on + calendar.ONE_DAY, _days(days)).last
    # Counted anew: days that turned out to be free since the window was announced are made up for first.
    number = arranged.count_working_days(cast(datetime.date, notice.starts_on), last)
    if number < notice.working_days:
        sentence = _("延长后只有 %(n)d 个工作日，仍不足 %(least)d 个。") % {
            "n": number,
            "least": notice.working_days,
        }
        raise Invalid([Problem("days", "too_few", sentence)])
    NOTICE.move(
        notice,
        "extend",
        by=by,
        reason=reason,
        ends_on=last,
        working_days=number,
        extension_reason=clean_text(reason, multiline=True),
    )
    publish_notice(notice)
    publish_batch(batch)
    return notice


def close_finished(*, now: datetime.datetime | None = None) -> int:
    """Close every window that is over, by the database's clock; returns how many. Two beats at once close each one once."""
    now = now or clock.database_now()
    open_ones = Notice.objects.filter(status=NoticeStatus.OPEN, ends_on__lt=calendar.beijing_date(now))
    closed = sum(close(notice=notice, now=now) for notice in open_ones.order_by("pk"))
    for batch in Batch.objects.filter(status=BatchStatus.NOTICING).order_by("pk"):
        settle(batch=batch)
    return closed


@verb("notice.close")
def close(*, notice: Notice, now: datetime.datetime | None = None, by: User | None = None) -> bool:
    """Close one window if it is over; ``False`` when someone else did or it still runs."""
    batch = lock(notice.batch)  # always the batch before its notice
    found = Notice.objects.select_for_update(skip_locked=True, of=("self",)).filter(
        pk=notice.pk, status=NoticeStatus.OPEN
    )
    current = found.first()
    if current is None or (now or clock.database_now()) < closes_at(current) + GRACE:
        return False
    NOTICE.move(current, "close")
    publish_notice(current)
    publish_batch(batch)
    return True


@verb("batch.end_notice")
def settle(*, batch: Batch, by: User | None = None) -> bool:
    """Move the batch on to the decision when its notice is closed and every objection is settled."""
    batch = lock(batch)
    if batch.status != BatchStatus.NOTICING or not _settled(batch):
        return False
    BATCH.move(batch, "end_notice")
    stages.enter(batch, StageKind.DECISION, by=by)
    publish_batch(batch)
    return True


def _settled(batch: Batch) -> bool:
    notices = batch.notices.exclude(status=NoticeStatus.DRAFT)
    return (
        notices.filter(status=NoticeStatus.CLOSED).exists()
        and not notices.filter(status=NoticeStatus.OPEN).exists()
        and not notices.filter(objections__status__in=UNSETTLED).exists()
    )


def closes_at(notice: Notice) -> datetime.datetime:
    """The first instant after the window of a published notice."""
    if notice.ends_on is None:
        raise ValueError("a notice in preparation has no window")
    return calendar.end_of_day(notice.ends_on)


def too_short() -> list[Notice]:
    """Open notices whose announced window has fewer working days than promised, now that a year's arrangement is known.

    What has been announced is not moved: the window is extended on record.
    """
    known = arranged.overrides()
    found = Notice.objects.filter(status=NoticeStatus.OPEN).order_by("pk")
    return [notice for notice in found if lacks_days(notice, known)]


def lacks_days(notice: Notice, known: calendar.Overrides) -> bool:
    """Whether the window of a published notice has fewer working days than it says."""
    if notice.starts_on is None or notice.ends_on is None:
        return False
    return calendar.count_working_days(notice.starts_on, notice.ends_on, known) < notice.working_days


def revise(*, notice: Notice, entries: list[releases.Entry], by: User, note_zh: str) -> Release:
    """Replace the list under notice by a new version, with the reason. Part of the verb that rules on an objection."""
    release = releases.freeze(
        batch=notice.batch,
        kind=ReleaseKind.PRELIMINARY,
        title_zh=notice.title_zh,
        title_en=notice.title_en,
        entries=releases.renumbered(entries),
        previous=notice.release,
        note_zh=note_zh,
        by=by,
    )
    notice.release = release
    notice.save(update_fields=["release"])
    releases.make_public(release)
    publish_notice(notice)
    publish_batch(notice.batch)
    return release


def _require_stages_finished(batch: Batch) -> None:
    unfinished = batch.stages.exclude(kind__in=(StageKind.NOTICE, StageKind.DECISION)).exclude(
        status=StageStatus.FINISHED
    )
    stage = unfinished.order_by("position").first()
    if stage is not None:
        raise IllegalStep(_("“%(stage)s”还没有完成，不能公示。") % {"stage": stage.get_kind_display()})


def _require_same_list(release: Release, applications: list[Application]) -> None:
    listed = set(release.entries.values_list("platform_code", flat=True))
    if listed != {application.platform.code for application in applications}:
        raise IllegalStep(_("编制公示之后初步名单又有变动，请重新编制。"))


def _shortlisted(batch: Batch) -> list[Application]:
    return list(
        Application.objects.filter(batch=batch)
        .in_state(A.SHORTLISTED)
        .select_related(
            "authority",
            *(f"platform__{name}" for name in ("operator", "area", "direction", "region", "city")),
        )
        .order_by("pk")
    )


def _tell_authorities(notice: Notice, applications: list[Application]) -> None:
    """One message per authority, not one per platform."""
    numbers = Counter(application.authority for application in applications)
    for authority, number in numbers.items():
        text = _("贵单位推荐的 %(n)s 个平台进入公示：%(title)s。") % {"n": number, "title": notice.title_zh}
        notify(
            authority_people(authority),
            kind="application.put_on_notice",
            text=text,
            url=f"/notices/{notice.code}/",
            key=f"notice:{notice.pk}:{authority.pk}",
        )


def _title(title: str) -> str:
    title = clean_text(title, max_length=160)
    if not title:
        raise Invalid([Problem("title", "required", _("请填写标题。"))])
    return title


def _days(days: int) -> int:
    if not 1 <= days <= 60:
        raise Invalid([Problem("working_days", "range", _("公示期应为 1–60 个工作日。"))])
    return days


def _code(batch: Batch) -> str:
    parts = parse_tiered_code(batch.code)
    return notice_code(*parts[1:]) if parts else f"N-{batch.code}"[:40]
