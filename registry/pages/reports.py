"""报表 (M14): statutory tables by period, batch and annual check, each with its date, what it counts and its files; the leader's one page."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from cultivation import clock
from cultivation.models import Batch, Campaign
from cultivation.views.control import UNDER_WAY, alarms
from platforms import exports
from platforms.access import Permission
from platforms.errors import Invalid, Problem
from platforms.templatetags.registry_ui import plain_name
from platforms.templatetags.registry_words import tier_label
from platforms.views import one_page
from platforms.views.access import needs
from registry.pages import figures, report_tables
from registry.pages.figures import Figure
from registry.pages.home import TIERS
from registry.pages.live import live
from registry.pages.report_tables import Period

P = Permission
#: Name → the table and what it is asked of: the period, a batch, an annual check.
REPORTS: dict[str, tuple[str, Callable[[Any], Figure]]] = {
    "submissions": ("period", report_tables.submissions),
    "funnel": ("batch", report_tables.funnel),
    "recommendations": ("batch", report_tables.recommendations),
    "scores": ("batch", report_tables.scores),
    "annual-check": ("campaign", report_tables.annual_check),
}
MEDIA_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@require_safe
@needs(P.SCORES_VIEW)
def reports(request: HttpRequest) -> HttpResponse:
    """Every table for the period, the batch and the annual check that the address names, the newest unless it does."""
    asked = _asked(request)
    tables = [
        {
            "figure": figure,
            "csv": _file_address(request, figure.name, "csv"),
            "xlsx": _file_address(request, figure.name, "xlsx"),
            "of": str(asked[of]),
        }
        for name, (of, count) in REPORTS.items()
        if asked[of] is not None
        for figure in [count(asked[of])]
    ]
    context = {
        "period": asked["period"],
        "batch": asked["batch"],
        "campaign": asked["campaign"],
        "batches": Batch.objects.opened(),
        "campaigns": Campaign.objects.exclude(opened_at=None),
        "tables": tables,
        "as_of": clock.today(),
    }
    return render(request, "workspace/report/reports.html", context)


@require_safe
@needs(P.SCORES_VIEW)
def report_file(request: HttpRequest, name: str, form: str) -> HttpResponse:
    """One table as a file, with the day and what it counts in the file itself."""
    of, count = REPORTS[name]
    subject = _asked(request)[of]
    if subject is None:
        raise Invalid([Problem(of, "none", _("还没有可以统计的内容。"))])
    figure, day = count(subject), clock.today().isoformat()
    if form == "csv":
        content = (exports.BOM + figures.as_csv(figure, day)).encode()
    else:
        rows = (dict(zip(figure.head, row, strict=True)) for row in figure.rows)
        notes = [(figure.title, str(subject)), (_("截至"), day), (_("说明"), figure.definition)]
        content = b"".join(exports.xlsx_lines(figure.head, rows, notes=notes))
    return one_page.attachment(content, f"{name}-{day}.{form}", MEDIA_TYPES[form])


@require_safe
@needs(P.SCORES_VIEW)
def leader(request: HttpRequest) -> HttpResponse:
    """领导一页纸 on the screen."""
    page = leader_page(_asked(request)["period"])
    query = request.GET.urlencode()
    address = reverse("ministry-leader-pdf") + (f"?{query}" if query else "")
    return render(request, "workspace/report/leader.html", {**page, "pdf_url": address})


@require_safe
@needs(P.SCORES_VIEW)
def leader_pdf(request: HttpRequest) -> HttpResponse:
    """The same, word for word, on one sheet of paper."""
    page = leader_page(_asked(request)["period"])
    return one_page.on_paper(page, f"leader-{page['as_of']}.pdf")


def leader_page(period: Period) -> dict[str, Any]:
    """All that the page and the paper say: ``title``, ``lines`` under it and ``sections`` of ``{title, head, rows, note, words}``, as text."""
    counted = live()
    submitted = report_tables.submissions(period)
    batches = list(Batch.objects.filter(status__in=UNDER_WAY)[:6])
    stages = report_tables.funnels(batches)
    campaign = Campaign.objects.exclude(opened_at=None).first()
    sections = [
        one_page.section(
            _("名录在库"),
            [_("合计"), *(tier_label(tier) for tier in TIERS)],
            [[counted.total, *(counted.by_tier[tier] for tier in TIERS)]],
            _("公开记录中状态为在录的平台，按现在的梯度计数。"),
        ),
        one_page.section(_("本期申报"), submitted.head[2:], [submitted.rows[-1][2:]], submitted.definition),
        one_page.section(
            _("进行中的批次"),
            [_("批次"), _("状态"), *(row[0] for row in stages[0].rows)] if batches else [],
            [
                [
                    plain_name(batch, "title"),
                    batch.get_status_display(),
                    *(row[1] for row in funnel.rows),
                ]
                for batch, funnel in zip(batches, stages, strict=True)
            ],
            _("按推荐现在的状态计数。") if batches else _("目前没有进行中的批次。"),
            words=2,
        ),
        one_page.section(
            _("需要关注"),
            [_("事项"), _("数量")],
            [[alarm["label"], alarm["count"]] for alarm in alarms() if alarm["count"]],
            _("与总览页的提示相同；没有的不列。"),
            words=1,
        ),
    ]
    if campaign is not None:
        total = report_tables.annual_check(campaign)
        sections.append(
            one_page.section(
                f"{_('年度核查')} {campaign.year}", total.head[2:], [total.rows[-1][2:]], total.definition
            )
        )
    as_of = clock.today().isoformat()
    lines = [_("统计期间：%(period)s") % {"period": period}, _("截至 %(date)s") % {"date": as_of}]
    if counted.demo:
        lines.append(_("示例数据，不是真实统计。"))
    return {"title": _("制造业中试平台培育情况"), "lines": lines, "as_of": as_of, "sections": sections}


def _asked(request: HttpRequest) -> dict[str, Any]:
    """The period, batch and annual check of the address; what does not exist is 404, what is no period is refused."""
    today = clock.today()
    first = _day(request, "from", today.replace(month=1, day=1))
    last = _day(request, "until", today)
    if first > last:
        raise Invalid([Problem("until", "order", _("截止日期不能早于开始日期。"))])
    batches, campaigns = Batch.objects.opened(), Campaign.objects.exclude(opened_at=None)
    code, year = request.GET.get("batch", ""), request.GET.get("year", "")
    if year and not (year.isascii() and year.isdigit() and len(year) == 4):
        raise Invalid([Problem("year", "year", _("年度应是四位数字。"))])
    return {
        "period": Period(first, last),
        "batch": get_object_or_404(batches, code=code) if code else batches.first(),
        "campaign": get_object_or_404(campaigns, year=year) if year else campaigns.first(),
    }


def _day(request: HttpRequest, name: str, usual: datetime.date) -> datetime.date:
    given = request.GET.get(name, "")
    if not given:
        return usual
    try:
        day = datetime.date.fromisoformat(given)
    except ValueError:
        day = None
    if day is None or not 2000 <= day.year <= 2100:
        raise Invalid([Problem(name, "date", _("日期应写成 2026-11-02 这样。"))])
    return day


def _file_address(request: HttpRequest, name: str, form: str) -> str:
    query = request.GET.urlencode()
    return reverse(f"ministry-report-{name}-{form}") + (f"?{query}" if query else "")
