"""The ministry's page of one platform: where it stands, what it stood like on any day, its evaluations, and how it ends."""

from __future__ import annotations

import datetime
from functools import partial
from typing import Any

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from cultivation.actions import designation as designations
from cultivation.actions import evaluation as evaluations
from cultivation.actions import platform_end, platform_merge
from cultivation.choices import DesignationStatus
from cultivation.forms.evaluation import CloseForm, EndForm, EvaluationForm, MergeForm
from cultivation.forms.reason import ReasonForm
from cultivation.models import Evaluation
from cultivation.replay import on_day
from cultivation.views.asking import Asked
from cultivation.views.timeline import happened
from platforms import quality
from platforms.access import Permission, reach
from platforms.actions import platform as platform_actions
from platforms.choices import PlatformStatus, Tier
from platforms.models import Authority, Platform, User
from platforms.templatetags.registry_ui import plain_name
from platforms.transitions import PLATFORM
from platforms.views.access import needs, visible
from platforms.views.pages import page_of

P = Permission
VIEWERS = (P.EVALUATION_RECORD, P.PLATFORM_END)
STATES = {
    DesignationStatus.IN_FORCE: "done",
    DesignationStatus.SUPERSEDED: "closed",
    DesignationStatus.WITHDRAWN: "revoked",
    DesignationStatus.EXPIRED: "closed",
    DesignationStatus.TRANSFERRED: "closed",
}


@require_safe
@needs(*VIEWERS)
def platforms(request: HttpRequest) -> HttpResponse:
    """Every platform on record, found by name, operator or code."""
    rows = Platform.objects.select_related("operator", "authority").order_by("code")
    search = request.GET.get("q", "").replace("\x00", "").strip()[:60]
    tier, status = request.GET.get("tier", ""), request.GET.get("status", "")
    if search:
        rows = rows.filter(
            Q(name_zh__icontains=search) | Q(code__iexact=search) | Q(operator__name_zh__icontains=search)
        )
    if tier in Tier.values:
        rows = rows.filter(tier=tier)
    if status in PlatformStatus.values:
        rows = rows.filter(status=status)
    issue, authority = request.GET.get("issue", ""), request.GET.get("authority", "")
    rows = quality.with_fault(rows, issue)
    if authority.isascii() and authority.isdigit():
        rows = rows.filter(authority=authority)
    page, pager = page_of(request, rows)
    context = {
        "platforms": page,
        "pager": pager,
        "search": search,
        "may_remap": reach(request.user).may(P.CHANGE_DECIDE),
        "issues": [(name, label, name == issue) for name, (label, _broken) in quality.faults().items()],
        "offices": [(each.pk, plain_name(each), each.pk == authority) for each in Authority.objects.all()],
        "tiers": [(value, label, value == tier) for value, label in Tier.choices],
        "states": [(value, label, value == status) for value, label in PlatformStatus.choices],
    }
    return render(request, "workspace/platform/ministry_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(*VIEWERS)
def platform(request: HttpRequest, code: str) -> HttpResponse:
    found = _visible(request, code)
    asked = Asked(
        request,
        evaluate=EvaluationForm,
        rectify=partial(CloseForm, platform=found),
        end_tier=EndForm,
        withdraw=EndForm,
        merge=MergeForm,
        unmerge=ReasonForm,
        restore=ReasonForm,
    )
    answer = _act(asked, found, request.user)  # type: ignore[arg-type]
    if answer:
        return answer
    context = _context(request, _visible(request, code), asked)
    return render(request, "workspace/platform/detail.html", context, status=asked.status)


def _act(asked: Asked, found: Platform, by: User) -> HttpResponse | None:
    current = designations.in_force(found)
    acts: dict[str, tuple[Any, str, dict[str, Any]]] = {
        "evaluate": (evaluations.record, _("评价已登记。"), {"platform": found}),
        "rectify": (evaluations.close, _("整改已办结。"), {}),
        "withdraw": (platform_end.withdraw, _("平台已撤销。"), {"platform": found}),
        "merge": (platform_merge.merge, _("平台已合并。"), {"platform": found}),
        "unmerge": (platform_merge.unmerge, _("合并已撤销，两条记录各自恢复。"), {"platform": found}),
        "restore": (platform_actions.restore, _("平台已恢复。"), {"platform": found}),
    }
    if current is not None:
        acts["end_tier"] = (designations.withdraw, _("认定已撤销。"), {"designation": current})
    if asked.do not in acts:
        return None
    act, done, fixed = acts[asked.do]
    return asked.carry_out(act, by=by, done=done, **fixed)


def _context(request: HttpRequest, found: Platform, asked: Asked) -> dict[str, Any]:
    mine = reach(request.user)
    moves = {move.verb for move in PLATFORM.available(found, request.user)}
    held = list(found.designations.select_related("decision__release", "ended_by").order_by("-id"))
    may_end_tier = mine.may(P.DESIGNATION_END, found) and any(
        each.status == DesignationStatus.IN_FORCE for each in held
    )
    judged = list(
        Evaluation.objects.filter(platform=found)
        .select_related("recorded_by")
        .prefetch_related("rectifications")
        .order_by("-evaluated_on")
    )
    may_record = mine.may(P.EVALUATION_RECORD, found)
    putting_right = any(each.closed_at is None for one in judged for each in one.rectifications.all())
    forms = asked.forms
    return {
        "platform": found,
        "designations": [
            {"record": each, "drawing": STATES[DesignationStatus(each.status)]} for each in held
        ],
        "evaluations": judged,
        "former_names": found.former_names.all(),
        "day": _day(request),
        "then": _then(found, request),
        "events": happened(found, PLATFORM, EVENTS, for_ministry=True),
        "evaluate": forms["evaluate"] if may_record and found.tier in evaluations.EVALUATED else None,
        "rectify": forms["rectify"] if may_record and putting_right else None,
        "end_tier": forms["end_tier"] if may_end_tier else None,
        "withdraw": forms["withdraw"] if "withdraw" in moves else None,
        "merge": forms["merge"] if "merge" in moves else None,
        "unmerge": forms["unmerge"] if "unmerge" in moves and _can_come_back(found) else None,
        "may_split": "split" in moves,
        "parts": found.split_into.order_by("code"),
        "restore": forms["restore"] if "restore" in moves else None,
        "form": asked.failed,
    }


#: What else the page tells of the history of a record.
EVENTS = {"submission.accept": _("申报入库"), "change_request.accept": _("同意变更")}


def _day(request: HttpRequest) -> datetime.date | None:
    """The day asked for; nonsense asks for none."""
    try:
        return datetime.date.fromisoformat(request.GET.get("on", ""))
    except ValueError:
        return None


def _then(found: Platform, request: HttpRequest):
    day = _day(request)
    if day is None or not 2000 <= day.year <= 2100 or not reach(request.user).may(P.HISTORY_VIEW, found):
        return None
    return on_day(found, day)


def _visible(request: HttpRequest, code: str) -> Platform:
    mine = reach(request.user)
    permission = next((p for p in VIEWERS if mine.may(p)), VIEWERS[0])
    rows = Platform.objects.select_related("operator", "authority", "region", "city", "area", "direction")
    return visible(request, rows, permission, code=code)


def _can_come_back(platform: Platform) -> bool:
    """A merger that left its details and is not too old."""
    merger = platform_merge.standing(platform)
    return merger is not None and platform_merge.is_recent(merger)
