"""The authority's submissions, and moving many of them together. Its platforms: ``my_platforms``."""

from __future__ import annotations

import secrets
from typing import Any

from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from cultivation.actions import submission_bulk
from cultivation.actions.submission import NOT_PASSED, awaits_city
from cultivation.choices import SubmissionStatus
from cultivation.models import Submission
from cultivation.transitions import SUBMISSION
from cultivation.views import submission_record as pages
from platforms.access import Permission, reach
from platforms.models import Authority
from platforms.transitions import Transition
from platforms.views.access import SignedInRequest, needs, office, visible
from platforms.views.choosing import chosen_ids
from platforms.views.pages import page_of

P = Permission
UNDECLARED = gettext_lazy("请先确认所填内容不含国家秘密、工作秘密。")


def of_office(
    request: HttpRequest, code: str, number: str, permission: str = P.SUBMISSION_VIEW
) -> Submission:
    rows = Submission.objects.select_related(
        "authority", "platform", "prepared_by", "created_by", "declared_by"
    )
    return visible(request, rows, permission, authority=code, number=number)


def version_of(request: HttpRequest, name: str = "version") -> int | None:
    """The version of the record the page was made from."""
    given = request.POST.get(name, "")
    return int(given) if given.isascii() and given.isdigit() and len(given) < 10 else None


@require_safe
@needs(P.SUBMISSION_VIEW)
def submissions(request: HttpRequest, code: str) -> HttpResponse:
    """The authority's submissions by state; rows of one state can be moved together."""
    authority = office(request, code, P.SUBMISSION_VIEW)
    rows = reach(request.user).rows(Submission.objects.filter(authority=authority), P.SUBMISSION_VIEW)
    state = request.GET.get("state", "")
    counts = dict(rows.order_by().values_list("status").annotate(n=Count("pk")))
    listed = rows.in_state(state) if state in SubmissionStatus.values else rows
    q = request.GET.get("q", "").strip()[:60]
    if q:
        listed = listed.filter(Q(name_zh__icontains=q) | Q(number__iexact=q))
    found, pager = page_of(request, listed.for_list())
    tabs = [{"url": "?", "label": _("全部"), "count": sum(counts.values()), "current": not state}]
    tabs += [
        {"url": f"?state={value}", "label": label, "count": counts.get(value, 0), "current": state == value}
        for value, label in SubmissionStatus.choices
        if counts.get(value) or value == state
    ]
    moves = _bulk_moves(request, authority, counts)
    context = {
        "authority": authority,
        "rows": drawn(list(found)),
        "pager": pager,
        "tabs": tabs,
        "state": state,
        "q": q,
        "bulk": moves,
        "movable": [source for item in moves for source in item.sources],
        "may_prepare": reach(request.user).may(P.SUBMISSION_PREPARE, Submission(authority=authority)),
    }
    return render(request, "workspace/submission/list.html", context)


def drawn(rows: list[Submission]) -> list[Submission]:
    for row in rows:
        row.drawing = pages.DRAWINGS[row.status]  # type: ignore[attr-defined]
    return rows


def _bulk_moves(request: HttpRequest, authority: Authority, counts: dict[str, int]) -> list[Transition]:
    """What may be done with many rows at once, where there are rows to do it with."""
    mine, example = reach(request.user), Submission(authority=authority)
    moves = [SUBMISSION.find(verb) for verb in bulk_verbs(authority)]
    return [
        move
        for move in moves
        if mine.may(move.permission, example) and any(counts.get(source) for source in move.sources)
    ]


def bulk_verbs(authority: Authority) -> tuple[str, ...]:
    return ("send_to_city", "prepare", "submit") if authority.city_review else ("prepare", "submit")


@require_POST
@needs(P.SUBMISSION_PREPARE, P.SUBMISSION_APPROVE)
def bulk(request: SignedInRequest, code: str) -> HttpResponse:
    """First what would happen with the ticked rows, then the job."""
    verb = request.POST.get("verb", "")
    if verb not in ("send_to_city", "prepare", "submit"):
        raise Http404
    move = SUBMISSION.find(verb)
    authority = office(request, code, move.permission)
    chosen = list(
        Submission.objects.filter(authority=authority, pk__in=picked(request)).for_list().order_by("id")
    )
    moving, refused = sort_out(chosen, verb, request)
    back = reverse("authority-submissions", args=[code])
    declared = bool(request.POST.get("declared"))
    if request.POST.get("confirm") and moving and (declared or verb != "prepare"):
        facts: dict[str, Any] = {"submissions": moving, "by": request.user, "authority": authority}
        facts["nonce"] = nonce_of(request)
        if verb == "prepare":
            job = submission_bulk.prepare_many(**facts, declared=declared)
        elif verb == "send_to_city":
            job = submission_bulk.send_to_city_many(**facts)
        else:
            job = submission_bulk.submit_many(**facts)
        return redirect("job", pk=job.pk)
    return preview(request, move, moving, refused, back, declaring=verb == "prepare")


def picked(request: HttpRequest) -> list[int]:
    """Database numbers of the ticked rows; anything else is ignored."""
    return chosen_ids(request, "pick")


def nonce_of(request: HttpRequest) -> str:
    return request.POST.get("nonce", "")[:40]


def sort_out(
    chosen: list[Submission], verb: str, request: HttpRequest
) -> tuple[list[Submission], list[dict[str, str]]]:
    """Which of the chosen can be moved now, and why the others cannot. The job checks each again."""
    move = SUBMISSION.find(verb)
    moving, refused = [], []
    for row in chosen:
        if row.status not in move.sources:
            refused.append({"label": str(row), "reason": str(SUBMISSION.refusal(row, move))})
        elif verb == "prepare" and awaits_city(row):
            refused.append({"label": str(row), "reason": str(NOT_PASSED)})
        elif verb == "submit" and row.prepared_by_id == request.user.pk:
            refused.append({"label": str(row), "reason": _("您是填报人，须由另一位审核人办理。")})
        else:
            moving.append(row)
    return moving, refused


def preview(
    request: HttpRequest,
    move: Any,
    moving: list[Submission],
    refused: list[dict[str, str]],
    back: str,
    *,
    declaring: bool = False,
) -> HttpResponse:
    """``declaring``: the act includes a declaration; confirmed without it, the page says what is missing."""
    undeclared = declaring and bool(request.POST.get("confirm"))
    context = {
        "declaring": declaring,
        "error_list": [{"href": "#declared", "text": UNDECLARED}] if undeclared else [],
        "move": move,
        "moving": moving,
        "refused": refused,
        "back": back,
        "nonce": secrets.token_hex(8),
        "title": _("%(verb)s（%(n)s 项）") % {"verb": move.label, "n": len(moving)},
    }
    status = 400 if undeclared else 200
    return render(request, "workspace/submission/bulk.html", context, status=status)
