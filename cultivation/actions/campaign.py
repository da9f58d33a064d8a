"""年度核查: opened by the ministry, it makes every platform in scope owe its report of the year; closing says what came of each."""

from __future__ import annotations

import datetime
from collections.abc import Collection
from typing import Any

from django.db.models import Count, Exists, OuterRef, QuerySet

from cultivation import clock
from cultivation.actions import evaluation as evaluations
from cultivation.calendar import end_of_day
from cultivation.choices import CampaignStatus, DueOutcome
from cultivation.models import AnnualReport, Campaign, DueReport
from cultivation.transitions import CAMPAIGN
from platforms.access import Permission, require
from platforms.actions.verb import expect_version, lock, verb
from platforms.choices import PlatformStatus, Tier
from platforms.errors import IllegalStep, Invalid, NotPermitted, Problem
from platforms.failpoints import failpoint
from platforms.models import Authority, Platform, User
from platforms.notifications import authority_people, notify
from platforms.text import clean_text
from platforms.words import gettext_lazy as _

#: So many days before the last one the offices that still owe reports are reminded by themselves.
REMINDED_BEFORE = (14, 7, 3, 1)


@verb("campaign.draft")
def draft(
    *,
    year: int,
    title_zh: str,
    tiers: Collection[str],
    opens_on: datetime.date,
    due_on: datetime.date,
    by: User,
    template: str = "",
    grade_in_time: str = "",
    grade_late: str = "",
    grade_missing: str = "",
) -> Campaign:
    """Write the round of a year down. Nobody is told before another person opens it."""
    require(by, Permission.EVALUATION_RECORD)
    facts = _facts(year, title_zh, tiers, opens_on, due_on, template)
    grades = {"grade_in_time": grade_in_time, "grade_late": grade_late, "grade_missing": grade_missing}
    return Campaign.objects.create(created_by=by, **facts, **grades)


@verb("campaign.revise")
def revise(
    *,
    campaign: Campaign,
    year: int,
    title_zh: str,
    tiers: Collection[str],
    opens_on: datetime.date,
    due_on: datetime.date,
    by: User,
    template: str = "",
    grade_in_time: str = "",
    grade_late: str = "",
    grade_missing: str = "",
    version: int | None = None,
) -> Campaign:
    """Write the draft anew. Whoever revised it last does not open it either."""
    campaign = lock(campaign)
    CAMPAIGN.check(campaign, "revise", by=by)
    expect_version(campaign, version)
    facts = _facts(year, title_zh, tiers, opens_on, due_on, template)
    grades = {"grade_in_time": grade_in_time, "grade_late": grade_late, "grade_missing": grade_missing}
    return CAMPAIGN.move(campaign, "revise", by=by, version=campaign.version + 1, **facts, **grades)


def _facts(
    year: int,
    title_zh: str,
    tiers: Collection[str],
    opens_on: datetime.date,
    due_on: datetime.date,
    template: str,
) -> dict[str, Any]:
    problems = []
    if not title_zh.strip():
        problems.append(Problem("title_zh", "required", _("请填写标题。")))
    if not tiers or not set(tiers) <= set(Tier.values):
        problems.append(Problem("tiers", "choice", _("请选择范围。")))
    if due_on < clock.today():
        problems.append(Problem("due_on", "past", _("截止日期不能早于今天。")))
    if year >= clock.today().year:
        problems.append(Problem("year", "future", _("只能核查已经结束的年度。")))
    if problems:
        raise Invalid(problems)
    return {
        "year": year,
        "title_zh": clean_text(title_zh, max_length=120),
        "tiers": [tier for tier in Tier.values if tier in tiers],
        "template": clean_text(template, multiline=True, max_length=4000),
        "opens_on": opens_on,
        "due_on": due_on,
    }


@verb("campaign.open")
def open_(*, campaign: Campaign, by: User) -> Campaign:
    """Every active platform in scope owes a report from now on; its office is told how many and until when."""
    campaign = lock(campaign)
    CAMPAIGN.check(campaign, "open", by=by)
    if by.pk in (campaign.created_by_id, campaign.revised_by_id):
        raise NotPermitted(sentence=_("年度核查由您起草或修改，须由另一人开始。"))
    if campaign.due_on < clock.today():
        raise IllegalStep(_("截止日期已过，请先修改草稿。"))
    scope = Platform.objects.active().filter(tier__in=campaign.tiers)
    if not scope.exists():
        raise IllegalStep(_("范围内没有平台。"))
    CAMPAIGN.move(campaign, "open", by=by)
    DueReport.objects.bulk_create(
        [
            DueReport(campaign=campaign, platform_id=pk, tier=tier)
            for pk, tier in scope.values_list("pk", "tier")
        ],
        batch_size=500,
    )
    failpoint("campaign.after_dues")
    for authority, number in _by_authority(campaign.dues.all()):
        text = _("“%(campaign)s”已开始：贵单位有 %(n)s 个平台须上报 %(year)s 年度信息，%(due)s 截止。")
        _tell(campaign, authority, number, text, "open")
    return campaign


@verb("campaign.remind")
def remind(*, campaign: Campaign, by: User | None = None) -> int:
    """Tell each office that still owes reports, at most once a day; returns how many offices."""
    if by is not None:
        require(by, Permission.EVALUATION_RECORD)
    campaign = lock(campaign)
    if campaign.status != CampaignStatus.OPEN:
        raise IllegalStep(
            _("“%(record)s”现在是“%(state)s”，不能提醒。")
            % {"record": campaign, "state": campaign.get_status_display()}
        )
    waiting = list(_by_authority(owing(campaign)))
    for authority, number in waiting:
        text = _("“%(campaign)s”将于 %(due)s 截止，贵单位还有 %(n)s 个平台没有上报 %(year)s 年度信息。")
        _tell(campaign, authority, number, text, f"remind:{clock.today():%Y%m%d}")
    return len(waiting)


def remind_due() -> int:
    """The reminders of today; run once a day, and again without telling anybody twice."""
    days = [clock.today() + datetime.timedelta(days=days) for days in REMINDED_BEFORE]
    rows = Campaign.objects.filter(status=CampaignStatus.OPEN, due_on__in=days)
    return sum(remind(campaign=campaign) for campaign in rows)


@verb("campaign.close")
def close(*, campaign: Campaign, by: User) -> Campaign:
    """After the last day: in time, late or missing, told to each office, and the grades that the campaign gives for it."""
    campaign = lock(campaign)
    CAMPAIGN.check(campaign, "close", by=by)
    if clock.now() < deadline(campaign):
        raise IllegalStep(_("还没有到截止时间，不能结束。"))
    dues = list(campaign.dues.select_related("platform__authority").order_by("pk"))
    sent = dict(
        AnnualReport.objects.filter(
            year=campaign.year, platform__in=[due.platform_id for due in dues], submitted_at__isnull=False
        ).values_list("platform_id", "submitted_at")
    )
    for due in dues:
        due.outcome = _outcome(due, sent.get(due.platform_id), deadline(campaign))
    DueReport.objects.bulk_update(dues, ["outcome"], batch_size=500)
    CAMPAIGN.move(campaign, "close", by=by)
    failpoint("campaign.after_close")
    _evaluate(campaign, dues, by)
    for authority, wanting in _wanting(dues).items():
        late = sum(due.outcome == DueOutcome.LATE for due in wanting)
        text = _("“%(campaign)s”已结束：贵单位逾期上报 %(late)s 个、未上报 %(missing)s 个。") % {
            "campaign": campaign,
            "late": late,
            "missing": len(wanting) - late,
        }
        notify(
            authority_people(authority),
            kind="campaign.close",
            text=text,
            url=f"/authorities/{authority.pk}/reports/{campaign.year}/",
            key=f"campaign:{campaign.pk}:close:{authority.pk}",
        )
    return campaign


def deadline(campaign: Campaign) -> datetime.datetime:
    """The first instant after the last day."""
    return end_of_day(campaign.due_on)


def owing(campaign: Campaign) -> QuerySet[DueReport]:
    """What is still due: platforms on record whose report has not been sent on."""
    sent = AnnualReport.objects.filter(
        platform=OuterRef("platform"), year=campaign.year, submitted_at__isnull=False
    )
    return campaign.dues.filter(platform__status=PlatformStatus.ACTIVE).exclude(Exists(sent))


def _outcome(due: DueReport, sent: datetime.datetime | None, last: datetime.datetime) -> str:
    if sent is not None:
        return DueOutcome.IN_TIME if sent < last else DueOutcome.LATE
    return DueOutcome.MISSING if due.platform.status == PlatformStatus.ACTIVE else DueOutcome.EXCUSED


def _evaluate(campaign: Campaign, dues: list[DueReport], by: User) -> None:
    """Listed platforms get the grade that the campaign gives; one that has lost its tier meanwhile gets none."""
    grades = {
        DueOutcome.IN_TIME: campaign.grade_in_time,
        DueOutcome.LATE: campaign.grade_late,
        DueOutcome.MISSING: campaign.grade_missing,
    }
    cycle = str(_("%(year)s 年度核查") % {"year": campaign.year})
    for due in dues:
        grade = grades.get(DueOutcome(due.outcome), "")
        platform = due.platform
        if grade and platform.status == PlatformStatus.ACTIVE and platform.tier in evaluations.EVALUATED:
            evaluations.record(platform=platform, cycle=cycle, grade=grade, evaluated_on=clock.today(), by=by)


def _wanting(dues: list[DueReport]) -> dict[Authority, list[DueReport]]:
    found: dict[Authority, list[DueReport]] = {}
    for due in dues:
        if due.outcome in (DueOutcome.LATE, DueOutcome.MISSING):
            found.setdefault(due.platform.authority, []).append(due)
    return found


def _by_authority(dues: QuerySet[DueReport]):
    counts = dict(dues.order_by().values_list("platform__authority").annotate(n=Count("pk")))
    for authority in Authority.objects.filter(pk__in=counts):
        yield authority, counts[authority.pk]


def _tell(campaign: Campaign, authority: Authority, number: int, text: Any, key: str) -> None:
    facts = {"campaign": campaign, "n": number, "year": campaign.year, "due": campaign.due_on}
    notify(
        authority_people(authority),
        kind=f"campaign.{key.split(':')[0]}",
        text=text % facts,
        url=f"/authorities/{authority.pk}/reports/{campaign.year}/?state=wanting",
        key=f"campaign:{campaign.pk}:{key}:{authority.pk}",
        due_at=deadline(campaign),
    )
