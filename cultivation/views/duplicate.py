"""疑似重复: pairs of records that may be one, side by side; either they are two, for a reason, or one is merged into the other."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from cultivation.actions import platform_merge
from cultivation.forms.duplicate import JoinForm
from cultivation.forms.reason import ReasonForm
from cultivation.views.asking import Asked
from platforms.access import Permission, reach
from platforms.actions import duplicate as duplicates
from platforms.choices import PlatformStatus
from platforms.likeness import Reason, likely_pairs
from platforms.models import Platform
from platforms.views.access import needs, visible
from platforms.views.pages import page_of

P = Permission
VIEWERS = (P.SUBMISSION_DECIDE, P.PLATFORM_END)


@require_safe
@needs(*VIEWERS)
def pairs(request: HttpRequest) -> HttpResponse:
    """What nobody has judged yet; with ``?judged=1`` what was found to be two."""
    judged = request.GET.get("judged") == "1"
    wanted = request.GET.get("reason", "")
    found = [pair for pair in likely_pairs() if (pair.dismissed is not None) == judged]
    if wanted in Reason.values:
        found = [pair for pair in found if wanted in pair.reasons]
    page, pager = page_of(request, found)
    platforms = _rows().in_bulk({pk for pair in page for pk in (pair.first, pair.second)})
    context = {
        "rows": [
            {
                "first": platforms[pair.first],
                "second": platforms[pair.second],
                "reasons": [reason.label for reason in Reason if reason in pair.reasons],
            }
            for pair in page
        ],
        "pager": pager,
        "judged": judged,
        "reasons": [(value, label, value == wanted) for value, label in Reason.choices],
    }
    return render(request, "workspace/platform/duplicates.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(*VIEWERS)
def pair(request: HttpRequest, into: str, ending: str) -> HttpResponse:
    """Two records side by side. The address names the one that would go on first."""
    if into == ending:
        raise Http404
    mine = reach(request.user)
    permission = next(each for each in VIEWERS if mine.may(each))
    kept, other = (visible(request, _rows(), permission, code=code) for code in (into, ending))
    asked = Asked(request, dismiss=ReasonForm, merge=partial(JoinForm, ending=other, into=kept))
    answer = _act(request, asked, kept, other)
    if answer:
        return answer
    both = kept.status == other.status == PlatformStatus.ACTIVE
    decided = duplicates.decided(kept, other)
    may_judge = mine.may(P.SUBMISSION_DECIDE)
    context = {
        "into": kept,
        "ending": other,
        "rows": asked.forms["merge"].rows,  # type: ignore[attr-defined]
        "lists": _lists(kept, other),
        "decided": decided,
        "dismiss": asked.forms["dismiss"] if both and may_judge and decided is None else None,
        "may_reopen": decided is not None and may_judge,
        "merge": asked.forms["merge"] if both and mine.may(P.PLATFORM_END) else None,
        "form": asked.failed,
    }
    return render(request, "workspace/platform/duplicate.html", context, status=asked.status)


def _act(request: HttpRequest, asked: Asked, kept: Platform, other: Platform) -> HttpResponse | None:
    acts: dict[str, tuple[Any, Any, str, dict[str, Any]]] = {
        "dismiss": (
            duplicates.dismiss,
            _("已记下：不是重复。"),
            reverse("ministry-duplicates"),
            _pair(kept, other),
        ),
        "merge": (
            platform_merge.merge,
            _("平台已合并，30 天内可以撤销。"),
            reverse("ministry-platform", args=(other.code,)),
            {"platform": other, "into": kept},
        ),
    }
    if request.POST.get("do") == "reopen":
        asked.forms["reopen"] = ReasonForm({"reason": "-"})
        return asked.carry_out(
            lambda reason, **facts: duplicates.reopen(**facts),
            done=_("已重新列入待判定。"),
            by=request.user,
            **_pair(kept, other),
        )
    if asked.do not in acts:
        return None
    act, done, address, fixed = acts[asked.do]
    return asked.carry_out(act, done=done, address=address, by=request.user, **fixed)


def _pair(kept: Platform, other: Platform) -> dict[str, Any]:
    """In the order of their codes, whichever of the two addresses was used."""
    first, second = sorted((kept, other), key=lambda each: each.code)
    return {"first": first, "second": second}


def _rows() -> QuerySet[Platform]:
    return Platform.objects.select_related("operator", "authority", "region", "city", "area", "direction")


def _lists(kept: Platform, other: Platform) -> list[dict[str, Any]]:
    return [
        {"label": label, "into": getattr(kept, name).count(), "ending": getattr(other, name).count()}
        for name, label in platform_merge.bringable()
    ]
