"""数据质量: every rule and how often each authority's records break it, how that has moved, and each authority told of its own."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import F, Sum
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from platforms import quality
from platforms.access import Permission, reach
from platforms.actions import quality as verbs
from platforms.models import Authority, QualityMark
from platforms.views.access import SignedInRequest, needs

P = Permission
#: So many days of the nightly marks are shown.
DAYS = 14


@require_http_methods(["GET", "HEAD", "POST"])
@needs(P.SUBMISSION_DECIDE, P.PLATFORM_END, to_write=(P.SUBMISSION_DECIDE,))
def national(request: SignedInRequest) -> HttpResponse:
    if request.method == "POST":
        number = verbs.send(by=request.user)
        messages.success(
            request, _("已把各自的清单发给 %(n)d 个推荐单位；一天内不会重复发送。") % {"n": number}
        )
        return redirect("ministry-quality")
    found = quality.by_authority()
    rules = quality.rules()
    context = {
        "rules": [
            {"rule": rule, "count": sum(each.issues.get(rule.name, 0) for each in found.values())}
            for rule in rules
        ],
        "heat": _heat(found, rules),
        "trend": _trend(),
        "may_send": reach(request.user).may(P.SUBMISSION_DECIDE),
    }
    return render(request, "workspace/platform/quality.html", context)


def _heat(found: dict[str, quality.Quality], rules: list[quality.Rule]) -> dict[str, Any] | None:
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
        for authority in Authority.objects.filter(pk__in=found)
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
