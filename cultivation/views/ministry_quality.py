"""数据质量: every rule and how often each authority's records break it, how that has moved, and each authority told of its own;
what the public has questioned, and rules that are switched off."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import F, Sum
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from cultivation.forms.quality import PauseForm
from cultivation.forms.reason import ReasonForm
from cultivation.views.asking import Asked
from platforms import quality
from platforms.access import Permission, reach
from platforms.actions import quality as verbs
from platforms.models import Authority, QualityMark, QualityRulePause
from platforms.views.access import SignedInRequest, needs

P = Permission
#: So many days of the nightly marks are shown.
DAYS = 14
#: So many pauses of rules are shown.
PAUSES = 30


@require_http_methods(["GET", "HEAD", "POST"])
@needs(P.SUBMISSION_DECIDE, P.PLATFORM_END)
def national(request: SignedInRequest) -> HttpResponse:
    asked = Asked(request, pause=PauseForm, end=ReasonForm)
    if request.method == "POST":
        answer = _act(request, asked)
        if answer:
            return answer
    names = list(Authority.objects.all())
    found, rules, mine = quality.by_authority(), quality.rules(), reach(request.user)
    may_send, may_confirm = mine.may(P.SUBMISSION_DECIDE), mine.may(P.PLATFORM_END)
    context = {
        "rules": [
            {"rule": rule, "count": sum(each.issues.get(rule.name, 0) for each in found.values())}
            for rule in rules
        ],
        "heat": _heat(found, rules, names),
        "trend": _trend(),
        "challenges": _challenges(names),
        "pauses": _pauses(request, may_confirm=may_confirm),
        "pause": asked.forms["pause"] if may_send else None,
        "may_send": may_send,
        "form": asked.failed,
    }
    return render(request, "workspace/platform/quality.html", context, status=asked.status)


def _act(request: SignedInRequest, asked: Asked) -> HttpResponse | None:
    if asked.do == "pause":
        done = _("已申请停用，等另一人批准。")
        return asked.carry_out(verbs.pause, by=request.user, done=done)
    if asked.do in ("confirm", "end"):
        number = request.POST.get("pause", "")
        found = get_object_or_404(QualityRulePause, pk=number if number.isdecimal() else 0)
        if asked.do == "end":
            return asked.carry_out(verbs.end_pause, pause=found, by=request.user, done=_("已恢复这条规则。"))
        verbs.confirm_pause(pause=found, by=request.user)
        messages.success(request, _("这条规则已停用。"))
    else:
        number_told = verbs.send(by=request.user)
        messages.success(
            request, _("已把各自的清单发给 %(n)d 个推荐单位；一天内不会重复发送。") % {"n": number_told}
        )
    return redirect("ministry-quality")


def _pauses(request: SignedInRequest, *, may_confirm: bool) -> list[dict[str, Any]]:
    """Rules switched off and proposals first, then the newest that are over."""
    labels = {rule.name: rule for rule in quality.every_rule()}
    rows = QualityRulePause.objects.select_related("proposed_by", "confirmed_by", "ended_by").order_by(
        F("ended_at").desc(nulls_first=True), "-pk"
    )
    return [
        {
            "pause": row,
            "rule": labels.get(row.rule),
            "may_confirm": may_confirm
            and row.confirmed_at is None
            and row.ended_at is None
            and row.proposed_by_id != request.user.pk,
            "end": None if row.ended_at else ReasonForm(prefix="end", auto_id=f"id_{row.pk}_%s"),
        }
        for row in rows[:PAUSES]
    ]


def _challenges(names: list[Authority]) -> list[dict[str, Any]]:
    """Offices with reports of errors, those who have waited longest for an answer first."""
    found, now = quality.challenges(), timezone.now()
    rows = [
        {
            "authority": authority,
            "found": found[authority.pk],
            "days": (now - since).days if (since := found[authority.pk].waiting_since) else None,
        }
        for authority in names
        if authority.pk in found
    ]
    return sorted(rows, key=lambda row: -1 if row["days"] is None else row["days"], reverse=True)


def _heat(
    found: dict[str, quality.Quality], rules: list[quality.Rule], names: list[Authority]
) -> dict[str, Any] | None:
    """For ``components/heat.html``: authorities by rules; heads lead to the platforms they count."""
    table = reverse("ministry-platforms")
    rows: list[dict[str, Any]] = [
        {
            "name_zh": authority.name_zh,
            "name_en": authority.name_en,
            "url": f"{table}?authority={authority.pk}",
            "cells": [found[authority.pk].issues.get(rule.name, 0) for rule in rules],
            "total": sum(found[authority.pk].issues.values()),
        }
        for authority in names
        if authority.pk in found
    ]
    if not rows:
        return None
    totals = [sum(row["cells"][place] for row in rows) for place in range(len(rules))]
    return {
        "row_title": _("推荐单位"),
        "columns": [
            {"name_zh": str(rule.label), "name_en": str(rule.label), "url": f"{table}?issue={rule.name}"}
            for rule in rules
        ],
        "rows": rows,
        "totals": totals,
        "total": sum(totals),
        "largest": max(cell for row in rows for cell in row["cells"]),
    }


def _trend() -> list[dict[str, Any]]:
    """The nation's score on the last days that were marked: every platform counts the same."""
    days = (
        QualityMark.objects.order_by()
        .values("on")
        .annotate(weighted=Sum(F("score") * F("platforms")), number=Sum("platforms"))
        .order_by("-on")[:DAYS]
    )
    return [
        {"on": day["on"], "score": round(day["weighted"] / day["number"], 1), "platforms": day["number"]}
        for day in days
        if day["number"]
    ]
