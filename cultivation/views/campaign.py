"""The ministry's annual checks: drafting one, watching who is missing, closing it."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from cultivation.actions import annual_report
from cultivation.actions import campaign as verbs
from cultivation.choices import CampaignStatus, DueOutcome
from cultivation.forms.campaign import CampaignForm, RevisionForm
from cultivation.forms.reason import ReasonForm
from cultivation.models import AnnualReport, Campaign
from cultivation.transitions import CAMPAIGN
from cultivation.views.asking import Asked
from platforms.access import Permission, reach
from platforms.choices import Tier
from platforms.models import Authority
from platforms.views.access import needs
from platforms.views.pages import page_of

P = Permission
READERS = (P.EVALUATION_RECORD, P.BATCH_APPROVE)
DRAWING = {CampaignStatus.DRAFT: "pending", CampaignStatus.OPEN: "in_progress", CampaignStatus.CLOSED: "done"}


@require_http_methods(["GET", "HEAD", "POST"])
@needs(*READERS, to_write=(P.EVALUATION_RECORD,))
def campaigns(request: HttpRequest) -> HttpResponse:
    asked = Asked(request, draft=_form)
    if asked.do == "draft":
        answer = asked.carry_out(
            verbs.draft,
            by=request.user,
            done=_("年度核查已起草，等另一人开始。"),
            address=lambda made: reverse("ministry-campaign", args=(made.pk,)),
        )
        if answer:
            return answer
    rows = Campaign.objects.annotate(
        due=Count("dues"), missing=Count("dues", filter=Q(dues__outcome=DueOutcome.MISSING))
    )
    context = {
        "rows": [{"record": row, "drawing": DRAWING[CampaignStatus(row.status)]} for row in rows],
        "draft": asked.forms["draft"] if reach(request.user).may(P.EVALUATION_RECORD) else None,
        "form": asked.failed,
    }
    return render(request, "workspace/report/campaigns.html", context, status=asked.status)


def _form(data: Any = None, **kwargs: Any) -> CampaignForm:
    year = annual_report.current_year()
    title = _("%(year)s 年度核查") % {"year": year}
    return CampaignForm(
        data,
        initial={
            "year": year,
            "title_zh": title,
            "tiers": [Tier.KEY, Tier.NATIONAL],
            "due_on": annual_report.due_on(year),
        },
        **kwargs,
    )


@require_http_methods(["GET", "HEAD", "POST"])
@needs(*READERS)
def campaign(request: HttpRequest, pk: int) -> HttpResponse:
    """How far every office has come, and which platforms are missing."""
    found = get_object_or_404(Campaign.objects.select_related("created_by", "opened_by", "closed_by"), pk=pk)
    asked = Asked(request, revise=lambda data=None, **kwargs: _revision(found, data, **kwargs))
    answer = _act(request, asked, found) or _revise(request, asked, found)
    if answer:
        return answer
    code = request.GET.get("authority", "")
    wanting = (
        verbs.owing(found)
        if found.status == CampaignStatus.OPEN
        else found.dues.exclude(outcome__in=(DueOutcome.IN_TIME, DueOutcome.EXCUSED))
    )
    wanting = wanting.select_related("platform__authority", "platform__operator").order_by("platform__code")
    page, pager = page_of(request, wanting.filter(platform__authority=code) if code else wanting)
    moves = {move.verb for move in CAMPAIGN.available(found, request.user)}
    context = {
        "campaign": found,
        "drawing": DRAWING[CampaignStatus(found.status)],
        "tiers": [Tier(tier).label for tier in found.tiers],
        "deadline": verbs.deadline(found),
        "offices": progress(found),
        "outcomes": _outcomes(found),
        "rows": page,
        "pager": pager,
        "code": code,
        "may_open": "open" in moves and request.user.pk not in (found.created_by_id, found.revised_by_id),
        "revision": asked.forms["revise"] if "revise" in moves or asked.do == "revise" else None,
        "may_close": "close" in moves,
        "may_remind": found.status == CampaignStatus.OPEN and reach(request.user).may(P.EVALUATION_RECORD),
        "form": asked.failed,
    }
    return render(request, "workspace/report/campaign.html", context, status=asked.status)


def _revision(found: Campaign, data: Any = None, **kwargs: Any) -> RevisionForm:
    names = [*CampaignForm.base_fields, "version"]
    return RevisionForm(data, initial={name: getattr(found, name) for name in names}, **kwargs)


def _revise(request: HttpRequest, asked: Asked, found: Campaign) -> HttpResponse | None:
    if asked.do != "revise":
        return None
    return asked.carry_out(
        verbs.revise, campaign=found, by=request.user, done=_("草稿已修改，等另一人开始。")
    )


def _act(request: HttpRequest, asked: Asked, found: Campaign) -> HttpResponse | None:
    acts: dict[str, tuple[Any, str]] = {
        "open": (verbs.open_, _("年度核查已开始，已通知各推荐单位。")),
        "remind": (verbs.remind, _("已提醒还没有报齐的推荐单位；一天内不会重复提醒。")),
        "close": (verbs.close, _("年度核查已结束，结果已通知各推荐单位。")),
    }
    if asked.do not in acts:
        return None
    act, done = acts[asked.do]
    asked.forms[asked.do] = ReasonForm({"reason": "-"})
    return asked.carry_out(lambda reason: act(campaign=found, by=request.user), done=done)


def progress(found: Campaign) -> list[dict[str, Any]]:
    """How far each office has come, for the page and for the reports."""
    sent = AnnualReport.objects.filter(
        platform=OuterRef("platform"), year=found.year, submitted_at__isnull=False
    )
    counted = (
        found.dues.order_by()
        .annotate(sent=Exists(sent))
        .values("platform__authority")
        .annotate(due=Count("pk"), done=Count("pk", filter=Q(sent=True)))
    )
    counts = {row["platform__authority"]: row for row in counted}
    return [
        {
            "authority": authority,
            "due": counts[authority.pk]["due"],
            "done": counts[authority.pk]["done"],
            "left": counts[authority.pk]["due"] - counts[authority.pk]["done"],
        }
        for authority in Authority.objects.filter(pk__in=counts)
    ]


def _outcomes(found: Campaign) -> list[dict[str, Any]]:
    if found.status != CampaignStatus.CLOSED:
        return []
    counts = Counter(found.dues.values_list("outcome", flat=True))
    return [{"label": outcome.label, "count": counts[outcome]} for outcome in DueOutcome if counts[outcome]]
