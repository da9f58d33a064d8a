"""公告: a clerk drafts, another person approves, the clock puts it out; readers confirm, and the ministry may withdraw with a reason."""

from __future__ import annotations

import datetime
import re
from collections.abc import Collection
from typing import Any

from cultivation import audiences, clock
from cultivation.choices import AnnouncementAudience, AnnouncementStatus
from cultivation.models import Addressee, Announcement, ReadReceipt
from cultivation.models.announcement import ADDRESSED, OF_OFFICES
from cultivation.publish import publish_announcement
from cultivation.transitions import ANNOUNCEMENT
from platforms.access import Permission, reach, require
from platforms.actions.verb import expect_version, lock, verb
from platforms.codes import announcement_code
from platforms.errors import IllegalStep, Invalid, NotFound, NotPermitted, Problem
from platforms.failpoints import failpoint
from platforms.models import Authority, User
from platforms.notifications import notify
from platforms.text import clean_text
from platforms.turns import Turn, wait_for
from platforms.words import gettext_lazy as _


@verb("announcement.draft")
def draft(
    *,
    title_zh: str,
    body_zh: str,
    audience: str,
    by: User,
    title_en: str = "",
    body_en: str = "",
    roles: Collection[str] = (),
    authorities: Collection[Authority] = (),
    shown_from: datetime.datetime | None = None,
    shown_until: datetime.datetime | None = None,
    demo: bool = False,
) -> Announcement:
    """Write an announcement down. Nobody outside the ministry knows of it before another person approves it."""
    require(by, Permission.ANNOUNCEMENT_PREPARE)
    values = _values(title_zh, title_en, body_zh, body_en, audience, roles, shown_from, shown_until)
    chosen = _chosen(values, authorities)
    wait_for(Turn.ANNOUNCEMENT_CODE)
    made = Announcement.objects.create(
        code=_next_code(), created_by=by, prepared_by=by, demo=demo, **values, prepared_at=clock.now()
    )
    _address(made, chosen)
    return made


@verb("announcement.revise")
def revise(
    *,
    announcement: Announcement,
    version: int | None,
    title_zh: str,
    body_zh: str,
    audience: str,
    by: User,
    title_en: str = "",
    body_en: str = "",
    roles: Collection[str] = (),
    authorities: Collection[Authority] = (),
    shown_from: datetime.datetime | None = None,
    shown_until: datetime.datetime | None = None,
) -> Announcement:
    """Write the draft anew; whoever wrote last is its author from then on and cannot approve it."""
    announcement = lock(announcement)
    require(by, Permission.ANNOUNCEMENT_PREPARE, announcement)
    if announcement.status != AnnouncementStatus.DRAFT:
        raise IllegalStep(_("只有起草中的公告可以修改。"))
    expect_version(announcement, version)
    values = _values(title_zh, title_en, body_zh, body_en, audience, roles, shown_from, shown_until)
    chosen = _chosen(values, authorities)
    values |= {"prepared_by": by, "prepared_at": clock.now(), "version": announcement.version + 1}
    for name, value in values.items():
        setattr(announcement, name, value)
    announcement.save(update_fields=list(values))
    _address(announcement, chosen)
    return announcement


@verb("announcement.submit")
def submit(*, announcement: Announcement, by: User) -> Announcement:
    announcement = lock(announcement)
    transition = ANNOUNCEMENT.check(announcement, "submit", by=by)
    _require_time_left(announcement)
    ANNOUNCEMENT.move(announcement, "submit", by=by, return_reason="", version=announcement.version + 1)
    audiences.tell(
        transition,
        announcement,
        text=str(_("公告“%(title)s”待审批。") % {"title": announcement}),
        url=f"/ministry/announcements/{announcement.code}/",
        by=by,
    )
    return announcement


@verb("announcement.send_back")
def send_back(*, announcement: Announcement, by: User, reason: str = "") -> Announcement:
    announcement = lock(announcement)
    ANNOUNCEMENT.move(
        announcement,
        "send_back",
        by=by,
        reason=reason,
        return_reason=clean_text(reason, multiline=True, max_length=1000),
        version=announcement.version + 1,
    )
    notify(
        [announcement.prepared_by],
        kind="announcement.send_back",
        text=str(
            _("公告“%(title)s”已退回修改：%(reason)s") % {"title": announcement, "reason": reason.strip()}
        ),
        url=f"/ministry/announcements/{announcement.code}/",
    )
    return announcement


def has_written(announcement: Announcement, by: User) -> bool:
    """Whether this person wrote any version of it, not only the last: then another one approves it."""
    if by.pk in (announcement.created_by_id, announcement.prepared_by_id):
        return True
    return announcement.events.filter(prepared_by=by).exists()  # type: ignore[attr-defined]


@verb("announcement.publish")
def publish(*, announcement: Announcement, by: User) -> Announcement:
    """Approve: out at once when its time has come, else when it comes."""
    announcement = lock(announcement)
    ANNOUNCEMENT.check(announcement, "publish", by=by)
    if has_written(announcement, by):
        raise NotPermitted(sentence=_("起草人不能批准自己起草的公告，请另一位有权限的人批准。"))
    _require_time_left(announcement)
    ANNOUNCEMENT.move(announcement, "publish", by=by, version=announcement.version + 1)
    if announcement.shown_from is None or announcement.shown_from <= clock.now():
        _release(announcement)
    return announcement


@verb("announcement.release")
def release(*, announcement: Announcement, by: User | None = None) -> Announcement:
    """The time of an approved announcement has come."""
    announcement = lock(announcement)
    ANNOUNCEMENT.check(announcement, "release", by=by)
    if announcement.shown_from is not None and announcement.shown_from > clock.now():
        raise IllegalStep(_("还没有到发布时间。"))
    return _release(announcement)


def release_due() -> int:
    """What should be out by now; run every minute, and twice without putting anything out twice."""
    due = Announcement.objects.filter(status=AnnouncementStatus.SCHEDULED, shown_from__lte=clock.now())
    done = 0
    for announcement in due.order_by("shown_from", "pk"):
        try:
            release(announcement=announcement)
        except IllegalStep:  # withdrawn, or put out by another worker, since it was read
            continue
        done += 1
    return done


@verb("announcement.withdraw")
def withdraw(*, announcement: Announcement, by: User, reason: str = "") -> Announcement:
    """Off every desk and, where it was public, replaced by the reason."""
    announcement = lock(announcement)
    ANNOUNCEMENT.move(
        announcement,
        "withdraw",
        by=by,
        reason=reason,
        withdrawal_reason=clean_text(reason, multiline=True, max_length=1000),
        version=announcement.version + 1,
    )
    failpoint("announcement.after_withdraw")
    publish_announcement(announcement)
    return announcement


@verb("announcement.abandon")
def abandon(*, announcement: Announcement, by: User) -> Announcement:
    announcement = lock(announcement)
    return ANNOUNCEMENT.move(announcement, "abandon", by=by, version=announcement.version + 1)


@verb("announcement.confirm_read")
def confirm_read(*, announcement: Announcement, by: User) -> int:
    """已阅 for this person, once for each office they are of; again changes nothing. Returns how many receipts are new."""
    require(by, Permission.DESK_VIEW)
    if not Announcement.objects.addressed_to(by).filter(pk=announcement.pk).exists():
        raise NotFound()
    meant = set(announcement.offices_meant().values_list("pk", flat=True))
    own = {str(grant.key) for grant in reach(by).grants if grant.scope == "authority"}
    offices: list[str | None] = [*sorted(own & meant)] or [None]
    known = set(announcement.receipts.filter(reader=by).values_list("authority_id", flat=True))
    made = ReadReceipt.objects.bulk_create(
        [
            ReadReceipt(announcement=announcement, reader=by, authority_id=office, read_at=clock.now())
            for office in offices
            if office not in known
        ],
        ignore_conflicts=True,
    )
    return len(made)


def _release(announcement: Announcement) -> Announcement:
    transition = ANNOUNCEMENT.find("release")
    ANNOUNCEMENT.move(announcement, "release", released_at=clock.now(), version=announcement.version + 1)
    failpoint("announcement.after_release")
    publish_announcement(announcement)
    audiences.tell(
        transition,
        announcement,
        text=str(_("公告：%(title)s") % {"title": announcement}),
        url=f"/desk/announcements/{announcement.code}/",
    )
    return announcement


def _values(
    title_zh: str,
    title_en: str,
    body_zh: str,
    body_en: str,
    audience: str,
    roles: Collection[str],
    shown_from: datetime.datetime | None,
    shown_until: datetime.datetime | None,
) -> dict[str, Any]:
    """The columns of a draft, or every reason why they cannot be."""
    values = {
        "title_zh": clean_text(title_zh, max_length=120),
        "title_en": clean_text(title_en, max_length=240),
        "body_zh": clean_text(body_zh, multiline=True, max_length=8000),
        "body_en": clean_text(body_en, multiline=True, max_length=16000),
        "audience": audience,
        "roles": [role for role in ADDRESSED if role in roles],
        "shown_from": shown_from,
        "shown_until": shown_until,
    }
    problems = []
    if not values["title_zh"]:
        problems.append(Problem("title_zh", "required", _("请填写标题。")))
    if not values["body_zh"]:
        problems.append(Problem("body_zh", "required", _("请填写正文。")))
    if bool(values["title_en"]) != bool(values["body_en"]):
        missing = "body_en" if values["title_en"] else "title_en"
        problems.append(Problem(missing, "required", _("英文标题和英文正文须同时填写，或都不填。")))
    if audience not in AnnouncementAudience.values:
        problems.append(Problem("audience", "choice", _("请选择对象。")))
    if set(roles) - set(ADDRESSED):
        problems.append(Problem("roles", "choice", _("不是允许的取值。")))
    if audience == AnnouncementAudience.CHOSEN and not roles:
        problems.append(Problem("roles", "required", _("请至少选择一个角色。")))
    if audience == AnnouncementAudience.PUBLIC and roles:
        problems.append(Problem("roles", "public", _("面向社会的公告人人可见，不选角色。")))
    if shown_until is not None and shown_until <= max(shown_from or clock.now(), clock.now()):
        problems.append(Problem("shown_until", "past", _("展示截止时间必须晚于发布时间，也晚于现在。")))
    if problems:
        raise Invalid(problems)
    return values


def _chosen(values: dict[str, Any], authorities: Collection[Authority]) -> list[Authority]:
    """The addressees; only people of offices can be narrowed to their authority."""
    if not authorities:
        return []
    if values["audience"] == AnnouncementAudience.PUBLIC:
        raise Invalid([Problem("authorities", "public", _("面向社会的公告人人可见，不选推荐单位。"))])
    if set(values["roles"]) - set(OF_OFFICES):
        raise Invalid(
            [
                Problem(
                    "authorities",
                    "roles",
                    _("限定推荐单位时，只能选择推荐单位和建设单位的角色。"),
                )
            ]
        )
    return sorted(authorities, key=lambda authority: authority.pk)


def _address(announcement: Announcement, authorities: list[Authority]) -> None:
    wanted = {authority.pk for authority in authorities}
    known = set(announcement.addressees.values_list("authority_id", flat=True))
    announcement.addressees.filter(authority__in=known - wanted).delete()
    Addressee.objects.bulk_create(
        [Addressee(announcement=announcement, authority_id=pk) for pk in sorted(wanted - known)]
    )


def _require_time_left(announcement: Announcement) -> None:
    if announcement.shown_until is not None and announcement.shown_until <= clock.now():
        raise IllegalStep(_("展示截止时间已过，请先修改。"))


def _next_code() -> str:
    """The next number of the year; called while holding the turn."""
    year = clock.today().year
    used = Announcement.objects.filter(code__startswith=f"A{year}-").values_list("code", flat=True)
    numbers = [int(found[1]) for code in used if (found := re.fullmatch(r"A\d{4}-(\d+)", code))]
    return announcement_code(year, max(numbers, default=0) + 1)
