"""变更申请: asked for by the authority, decided by the ministry on one page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cultivation.actions import change_request as verbs
from cultivation.actions import platform_merge
from cultivation.aftercare_transitions import CHANGE_REQUEST
from cultivation.choices import ChangeRequestKind, RequestStatus
from cultivation.forms.change_request import LABELS, ChangeForm
from cultivation.forms.reason import ReasonForm
from cultivation.models import ChangeRequest
from cultivation.views.timeline import happened
from platforms.access import Permission, reach
from platforms.actions import platform as platforms
from platforms.choices import PlatformStatus
from platforms.errors import Conflict, IllegalStep, Invalid
from platforms.forms.problems import show
from platforms.models import Platform
from platforms.transitions import PLATFORM, Transition
from platforms.views.access import SignedInRequest, needs, office, visible
from platforms.views.pages import page_of
from platforms.views.stored_file import send

P = Permission
DRAWING = {
    RequestStatus.PREPARED: "pending",
    RequestStatus.SUBMITTED: "recommended",
    RequestStatus.RETURNED: "returned",
    RequestStatus.ACCEPTED: "selected",
    RequestStatus.REJECTED: "not_selected",
    RequestStatus.WITHDRAWN: "withdrawn",
}
#: What each side does with a request that exists; ``revise`` has a form of its own.
ACTS: dict[str, Callable[..., ChangeRequest]] = {
    "submit": verbs.submit,
    "send_back": verbs.send_back,
    "withdraw": verbs.withdraw,
    "accept": verbs.accept,
    "return": verbs.return_,
    "reject": verbs.reject,
}
ROWS = ChangeRequest.objects.select_related(
    "platform__authority", "platform__operator", "prepared_by", "submitted_by", "decided_by"
)


@require_safe
@needs(P.SUBMISSION_VIEW)
def changes(request: SignedInRequest, code: str) -> HttpResponse:
    """The authority's requests, the open ones first."""
    authority = office(request, code, P.SUBMISSION_VIEW)
    rows = reach(request.user).rows(ROWS.filter(platform__authority=authority), P.SUBMISSION_VIEW)
    found, pager = page_of(request, rows)
    return render(
        request,
        "workspace/change/list.html",
        {"authority": authority, "rows": _drawn(found), "pager": pager},
    )


@require_safe
@needs(P.CHANGE_DECIDE)
def ministry_changes(request: SignedInRequest) -> HttpResponse:
    """What waits for the ministry, oldest first; ``?all=1`` shows what has been decided too."""
    rows = reach(request.user).rows(ROWS.all(), P.CHANGE_DECIDE)
    everything = request.GET.get("all") == "1"
    if not everything:
        rows = rows.filter(status=RequestStatus.SUBMITTED)
    found, pager = page_of(request, rows.order_by("-pk" if everything else "submitted_at", "pk"))
    context = {"rows": _drawn(found), "pager": pager, "everything": everything, "ministry": True}
    return render(request, "workspace/change/list.html", context)


def _drawn(rows: Any) -> list[ChangeRequest]:
    found = list(rows)
    for row in found:
        row.drawing = DRAWING[row.status]
    return found


@needs(P.SUBMISSION_PREPARE)
@require_http_methods(["GET", "HEAD", "POST"])
def propose(request: SignedInRequest, code: str, platform: str) -> HttpResponse:
    """First the kind of change (``?kind=``), then its form."""
    found = visible(
        request,
        Platform.objects.filter(authority=code).select_related("operator", "authority", "region", "city"),
        P.SUBMISSION_PREPARE,
        code=platform,
    )
    kind = request.GET.get("kind", "")
    if kind not in ChangeRequestKind.values:
        context = {"authority": found.authority, "platform": found, "kinds": ChangeRequestKind.choices}
        return render(request, "workspace/change/kinds.html", context)
    form = _form(request, found, kind, initial=_now(found, kind))
    status = 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            try:
                made = verbs.prepare(platform=found, kind=kind, by=request.user, **form.arguments())
            except (Invalid, IllegalStep, Conflict) as error:
                show(form, error)
                status = error.status
            else:
                messages.success(request, _("变更申请已提交审核人。"))
                return redirect("change-request", code=code, pk=made.pk)
    return _form_page(request, found, kind, form, status)


def _now(platform: Platform, kind: str) -> dict[str, str]:
    return {name: fact["value"] for name, fact in verbs.facts_of(platform, kind).items()}


def _form(request: HttpRequest, platform: Platform, kind: str, initial: dict[str, Any]) -> ChangeForm:
    sent = (request.POST, request.FILES) if request.method == "POST" else ()
    return ChangeForm(*sent, platform=platform, kind=kind, initial=initial)


def _form_page(
    request: HttpRequest, platform: Platform, kind: str, form: ChangeForm, status: int, **more: Any
) -> HttpResponse:
    context = {
        "authority": platform.authority,
        "platform": platform,
        "kind": ChangeRequestKind(kind).label,
        "form": form,
        **more,
    }
    return render(request, "workspace/change/form.html", context, status=status)


def _of_office(request: HttpRequest, code: str, pk: int, permission: str) -> ChangeRequest:
    return visible(request, ROWS.filter(platform__authority=code), permission, pk=pk)


@require_safe
@needs(P.SUBMISSION_VIEW)
def change(request: SignedInRequest, code: str, pk: int) -> HttpResponse:
    """One request as its authority sees it."""
    return _page(request, _of_office(request, code, pk, P.SUBMISSION_VIEW))


@needs(P.SUBMISSION_PREPARE)
@require_http_methods(["GET", "HEAD", "POST"])
def revise(request: SignedInRequest, code: str, pk: int) -> HttpResponse:
    """The same form again, with what came back and why."""
    found = _of_office(request, code, pk, P.SUBMISSION_PREPARE)
    initial = {name: fact["value"] for name, fact in found.after.items()} | {
        "reason": found.reason,
        "evidence_note": found.evidence_note,
        "effective_on": found.effective_on,
        "evidence": [str(row.pk) for row in found.evidence.all()],
    }
    form = _form(request, found.platform, found.kind, initial)
    status = 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            try:
                verbs.revise(change_request=found, by=request.user, **form.arguments())
            except (Invalid, IllegalStep, Conflict) as error:
                show(form, error)
                status = error.status
            else:
                messages.success(request, _("变更申请已提交审核人。"))
                return redirect("change-request", code=code, pk=pk)
    return _form_page(request, found.platform, found.kind, form, status, returned=found.return_reason)


@require_safe
@needs(P.SUBMISSION_VIEW)
def evidence(request: SignedInRequest, code: str, pk: int, document: int) -> HttpResponse:
    """One file of the evidence, for the office."""
    return _file(_of_office(request, code, pk, P.SUBMISSION_VIEW), document)


@require_safe
@needs(P.CHANGE_DECIDE)
def ministry_evidence(request: SignedInRequest, pk: int, document: int) -> HttpResponse:
    """The same for the ministry, once the request was sent up."""
    return _file(visible(request, ROWS.all(), P.CHANGE_DECIDE, pk=pk), document)


def _file(found: ChangeRequest, pk: int) -> HttpResponse:
    document = get_object_or_404(found.evidence, pk=pk)
    return send(document.stored_as, name=document.title, media_type=document.media_type)


@require_POST
@needs(P.SUBMISSION_PREPARE, P.SUBMISSION_APPROVE)
def act(request: SignedInRequest, code: str, pk: int, verb: str) -> HttpResponse:
    if verb not in ("submit", "send_back", "withdraw"):
        raise Http404
    return _act(request, _of_office(request, code, pk, P.SUBMISSION_VIEW), verb, ministry=False)


@require_safe
@needs(P.CHANGE_DECIDE)
def ministry_change(request: SignedInRequest, pk: int) -> HttpResponse:
    """What is asked, with what evidence, what follows from it, and the three decisions."""
    return _page(request, visible(request, ROWS.all(), P.CHANGE_DECIDE, pk=pk), ministry=True)


@require_POST
@needs(P.CHANGE_DECIDE)
def ministry_act(request: SignedInRequest, pk: int, verb: str) -> HttpResponse:
    if verb not in ("accept", "return", "reject", "restore"):
        raise Http404
    found = visible(request, ROWS.all(), P.CHANGE_DECIDE, pk=pk)
    return _act(request, found, verb, ministry=True)


def _act(request: SignedInRequest, found: ChangeRequest, verb: str, *, ministry: bool) -> HttpResponse:
    move = _revival(found.platform) if verb == "restore" else CHANGE_REQUEST.find(verb)
    form = ReasonForm(request.POST)
    if move.needs_reason and not form.is_valid():
        return _page(request, found, ministry=ministry, refused=(verb, form))
    facts: dict[str, Any] = {"by": request.user}
    if move.needs_reason:
        facts["reason"] = form.cleaned_data["reason"]
    if verb == "restore":
        revive = platform_merge.unmerge if move.verb == "unmerge" else platforms.restore
        revive(platform=found.platform, **facts)
    else:
        ACTS[verb](change_request=found, **facts)
    messages.success(request, _("已办理：%(verb)s。") % {"verb": move.label})
    if ministry:
        return redirect("ministry-change", pk=found.pk)
    return redirect("change-request", code=found.platform.authority_id, pk=found.pk)


def _revival(platform: Platform) -> Transition:
    """How a platform that ended by a request comes back."""
    return PLATFORM.find("unmerge" if platform.status == PlatformStatus.MERGED else "restore")


def _page(
    request: SignedInRequest,
    found: ChangeRequest,
    *,
    ministry: bool = False,
    refused: tuple[str, ReasonForm] | None = None,
) -> HttpResponse:
    platform = found.platform
    moves = [
        {"verb": move.verb, "label": move.label, "form": _reason(move, refused)}
        for move in CHANGE_REQUEST.available(found, request.user)
        if move.verb != "revise" and not (move.verb == "submit" and found.prepared_by_id == request.user.pk)
    ]
    ended = platform.status != PlatformStatus.ACTIVE and found.status == RequestStatus.ACCEPTED
    if ministry and ended and reach(request.user).may(P.PLATFORM_END, platform):
        restore = _revival(platform)
        moves.append({"verb": "restore", "label": restore.label, "form": _reason(restore, refused)})
    context = {
        "request_": found,
        "platform": platform,
        "authority": platform.authority,
        "drawing": DRAWING[RequestStatus(found.status)],
        "changes": [
            {
                "label": LABELS[name],
                "before": found.before.get(name, {}).get("text", ""),
                "after": fact["text"],
            }
            for name, fact in found.after.items()
            if fact["text"] != found.before.get(name, {}).get("text", "")
        ],
        "evidence": found.evidence.all(),
        "former": platform.former_names.all(),
        "ministry": ministry,
        "moves": moves,
        "may_revise": not ministry
        and found.status == RequestStatus.RETURNED
        and reach(request.user).may(P.SUBMISSION_PREPARE, found),
        "events": happened(
            found, CHANGE_REQUEST, {"change_request.prepare": _("提出申请")}, for_ministry=ministry
        ),
        "form": refused[1] if refused else None,
    }
    return render(request, "workspace/change/detail.html", context, status=400 if refused else 200)


def _reason(move: Any, refused: tuple[str, ReasonForm] | None) -> ReasonForm | None:
    if not move.needs_reason:
        return None
    if refused and refused[0] == move.verb:
        return refused[1]
    return ReasonForm(auto_id=f"id_{move.verb}_%s")
