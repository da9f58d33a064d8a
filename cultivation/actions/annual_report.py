"""年度信息: the figures of one platform and year. A clerk writes them, an approver sends them on; then they are public record.

Last year stands beside; a figure far from it needs a word of explanation, a wrong one is refused like everywhere else.
"""

from __future__ import annotations

import datetime
import enum
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils import timezone

from cultivation.choices import CampaignStatus
from cultivation.models import AnnualReport, Campaign
from platforms import record
from platforms.access import Permission, Role, require
from platforms.actions.verb import lock, verb
from platforms.choices import PlatformStatus
from platforms.errors import Conflict, IllegalStep, Invalid, NotPermitted, Problem, Problems
from platforms.models import Platform, User, YearlyFigures
from platforms.notifications import notify, people_with_role
from platforms.publish import publish
from platforms.record.store import stored_value
from platforms.words import gettext_lazy as _

#: The year's figures as the record names them, without the year itself.
FIGURES = tuple(item for item in record.fields_of("figures") if item.key != "year")
#: A figure counts as far off when it is more than so many times last year's, or less than one so-manieth of it …
FACTOR = Decimal(3)
#: … and differs by at least so much: from 1 to 4 is no news.
LEAST_DIFFERENCE = Decimal(10)
#: Without an annual check, reports are asked for until this month and day of the following year.
DUE = (4, 30)


def current_year(today: datetime.date | None = None) -> int:
    """The year that is reported on now: the last one that has ended."""
    return (today or timezone.localdate()).year - 1


def due_on(year: int) -> datetime.date:
    """The last day: that of the year's annual check, once one has been opened."""
    campaign = Campaign.objects.filter(year=year).exclude(status=CampaignStatus.DRAFT).first()
    return campaign.due_on if campaign else datetime.date(year + 1, *DUE)


class Unasked(enum.Enum):
    """For callers that write over whatever is there, as a person at a page does who has just seen it."""

    UNASKED = enum.auto()


UNASKED = Unasked.UNASKED


@verb("annual_report.save")
def save(
    *,
    platform: Platform,
    year: int,
    figures: dict[str, Any],
    by: User,
    explanations: dict[str, str] | None = None,
    seen: int | Unasked | None = UNASKED,
) -> AnnualReport:
    """Write the report of a year, again as often as needed until it is submitted.

    ``seen`` is the version the person worked on, ``None`` for a report that was not there. Raises ``Invalid`` for wrong
    figures and for figures far from last year's without an explanation, ``Conflict`` when somebody else wrote meanwhile.
    """
    require(by, Permission.SUBMISSION_PREPARE, platform)
    platform = lock(platform)
    if platform.status != PlatformStatus.ACTIVE:
        raise IllegalStep(
            _("“%(platform)s”现在是“%(state)s”，不再填报。")
            % {"platform": platform, "state": platform.get_status_display()}
        )
    report = AnnualReport.objects.filter(platform=platform, year=year).first()
    if report is not None and report.submitted_at is not None:
        raise IllegalStep(_("“%(platform)s”%(year)s 年度信息已上报，不能再改。") % _named(platform, year))
    if seen is not UNASKED and seen != (report.version if report else None):
        raise Conflict(
            _("“%(platform)s”%(year)s 年度信息已有其他人填报，请核对后再保存。") % _named(platform, year)
        )
    clean = _checked(figures, year)
    said = {key: text.strip() for key, text in (explanations or {}).items() if text.strip()}
    _explained(platform, year, clean, said)
    values = {
        "figures": clean, "explanations": said, "prepared_at": timezone.now(), "prepared_by": by,
        "return_reason": "", "version": report.version + 1 if report else 1,
    }  # fmt: skip
    if report is None:
        return AnnualReport.objects.create(platform=platform, year=year, **values)
    for name, value in values.items():
        setattr(report, name, value)
    report.save(update_fields=list(values))
    return report


@verb("annual_report.submit")
def submit(*, report: AnnualReport, by: User) -> AnnualReport:
    """Approve and publish the year's figures. Nobody approves what they wrote themselves."""
    report = lock(report)
    _may_approve(report, by)
    if report.prepared_by_id == by.pk:
        raise NotPermitted(sentence=_("年度信息由您填报，须由另一人审核。"))
    platform = lock(report.platform)
    report.submitted_at, report.submitted_by, report.version = timezone.now(), by, report.version + 1
    report.save(update_fields=["submitted_at", "submitted_by", "version"])
    row = YearlyFigures.objects.filter(platform=platform, year=report.year).first()
    row = row or YearlyFigures(platform=platform, year=report.year)
    for item in FIGURES:
        setattr(row, item.stored_in.attname, stored_value(item, report.figures.get(item.key)))
    row.save()
    platform.version += 1
    platform.updated_at, platform.confirmed_on = timezone.now(), timezone.localdate()
    platform.save(update_fields=["version", "updated_at", "confirmed_on"])
    publish(platform)
    return report


@verb("annual_report.send_back")
def send_back(*, report: AnnualReport, by: User, reason: str) -> AnnualReport:
    """The approver returns it to the clerks with the reason."""
    report = lock(report)
    _may_approve(report, by)
    if not reason.strip():
        raise Invalid([Problem("reason", "required", _("请写明原因。"))])
    report.return_reason, report.version = reason.strip(), report.version + 1
    report.save(update_fields=["return_reason", "version"])
    platform = report.platform
    notify(
        people_with_role(Role.AUTHORITY_CLERK, authority=platform.authority),
        kind="annual_report.send_back",
        text=(
            _("“%(platform)s”%(year)s 年度信息被退回：%(reason)s")
            % {**_named(platform, report.year), "reason": report.return_reason}
        ),
        url=address(platform, report.year),
        key=f"annual_report:{report.pk}:{timezone.now():%Y%m%d%H%M%S%f}",
    )
    return report


def address(platform: Platform, year: int) -> str:
    return f"/authorities/{platform.authority_id}/reports/{year}/{platform.code}/"


def outliers(platform: Platform, year: int, figures: dict[str, Any]) -> dict[str, str]:
    """Key → the sentence about a figure far from last year's. Compares numbers, never an empty figure."""
    before = YearlyFigures.objects.filter(platform=platform, year=year - 1).first()
    if before is None:
        return {}
    found = {}
    for item in FIGURES:
        old, new = getattr(before, item.stored_in.attname), _number(figures.get(item.key))
        if old is not None and new is not None and _far(Decimal(old), new):
            change = f"{(new - old) / old * 100:+,.0f}%" if old else f"0 → {new}"
            found[item.key] = str(
                _("与 %(year)s 年相比 %(change)s，请确认或说明。") % {"year": year - 1, "change": change}
            )
    return found


def _far(old: Decimal, new: Decimal) -> bool:
    low, high = sorted((old, new))
    return high - low >= LEAST_DIFFERENCE and high > low * FACTOR


def _number(value: Any) -> Decimal | None:
    try:
        return Decimal(str(value)) if value not in (None, "") else None
    except InvalidOperation:
        return None


def _checked(figures: dict[str, Any], year: int) -> dict[str, Any]:
    """The figures in stored form; everything wrong with them at once, by the rules of every other entrance."""
    raw = {**record.empty_payload(), "figures": [{**figures, "year": year}]}
    found = record.check(raw, record.Lookups.load(), draft=True)
    problems = [
        Problem(problem.pointer.rsplit("/", 1)[-1], problem.code, problem.words)
        for problem in found.problems
        if problem.pointer.startswith("figures")
    ]
    if problems:
        raise Invalid(problems)
    return {key: value for key, value in found.payload["figures"][0].items() if key != "year"}


def _explained(platform: Platform, year: int, clean: dict[str, Any], said: dict[str, str]) -> None:
    problems = Problems()
    for key, sentence in outliers(platform, year, clean).items():
        if key not in said:
            problems.add(key, "outlier", sentence)
    problems.raise_if_any()


def _may_approve(report: AnnualReport, by: User) -> None:
    require(by, Permission.SUBMISSION_APPROVE, report)
    if report.submitted_at is not None:
        raise Conflict(_("“%(platform)s”%(year)s 年度信息已上报。") % _named(report.platform, report.year))


def _named(platform: Platform, year: int) -> dict[str, Any]:
    return {"platform": platform, "year": year}
