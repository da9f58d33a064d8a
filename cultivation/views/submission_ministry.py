"""The ministry's pages: the queue of submissions and deciding on one or many."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from cultivation.actions import submission_acceptance as verbs
from cultivation.actions import submission_bulk
from cultivation.actions.submission_contact import contact_of
from cultivation.choices import SubmissionKind, SubmissionStatus
from cultivation.forms.reason import ReasonForm
from cultivation.forms.submission_return import ReturnForm
from cultivation.models import Submission
from cultivation.models.submission import SubmissionQuerySet
from cultivation.transitions import SUBMISSION
from cultivation.views import submission_record as pages
from cultivation.views.submission import is_stale, said
from cultivation.views.submission_extras import listed
from cultivation.views.submission_list import drawn, nonce_of, picked, preview, sort_out, version_of
from platforms import record
from platforms.access import Permission, reach
from platforms.models import Authority
from platforms.views.access import SignedInRequest, needs, visible
from platforms.views.pages import page_of

P = Permission
STATES = (
    SubmissionStatus.SUBMITTED,
    SubmissionStatus.RETURNED,
    SubmissionStatus.ACCEPTED,
    SubmissionStatus.REJECTED,
)


def _rows(request: HttpRequest, values: Any) -> tuple[SubmissionQuerySet, dict[str, str]]:
    """The queue narrowed by the filters in ``values`` (the query, or a form that carries it)."""
    rows = reach(request.user).rows(Submission.objects.all(), P.SUBMISSION_DECIDE)
    chosen = {
        "state": values.get("state") if values.get("state") in STATES else SubmissionStatus.SUBMITTED.value,
        "authority": values.get("authority", "")[:6],
        "kind": values.get("kind") if values.get("kind") in SubmissionKind.values else "",
        "q": values.get("q", "").strip()[:60],
    }
    rows = rows.in_state(chosen["state"])
    if chosen["authority"]:
        rows = rows.filter(authority=chosen["authority"])
    if chosen["kind"]:
        rows = rows.filter(kind=chosen["kind"])
    if chosen["q"]:
        rows = rows.filter(Q(name_zh__icontains=chosen["q"]) | Q(number__iexact=chosen["q"]))
    return rows, chosen


@require_safe
@needs(P.SUBMISSION_DECIDE)
def queue(request: HttpRequest) -> HttpResponse:
    """What waits for the ministry, oldest first."""
    rows, chosen = _rows(request, request.GET)
    found, pager = page_of(request, rows.for_list().order_by("submitted_at", "id"))
    everything = reach(request.user).rows(Submission.objects.all(), P.SUBMISSION_DECIDE)
    counts = dict(everything.order_by().values_list("status").annotate(n=Count("pk")))
    context = {
        "rows": drawn(list(found)),
        "pager": pager,
        "chosen": chosen,
        "tabs": [
            {
                "url": f"?state={state}",
                "label": state.label,
                "count": counts.get(state, 0),
                "current": chosen["state"] == state,
            }
            for state in STATES
        ],
        "authorities": Authority.objects.only("code", "name_zh"),
        "kinds": SubmissionKind.choices,
        "may_accept": chosen["state"] == SubmissionStatus.SUBMITTED,
    }
    return render(request, "workspace/submission/queue.html", context)


@require_POST
@needs(P.SUBMISSION_DECIDE)
def bulk(request: SignedInRequest) -> HttpResponse:
    """Accept the ticked rows, or all that the filters show: first the count, then the job."""
    rows, _chosen = _rows(request, request.POST)
    if not request.POST.get("all"):
        rows = reach(request.user).rows(Submission.objects.all(), P.SUBMISSION_DECIDE)
        rows = rows.filter(pk__in=picked(request))
    moving, refused = sort_out(list(rows.for_list().order_by("submitted_at", "id")), "accept", request)
    if request.POST.get("confirm") and moving:
        job = submission_bulk.accept_many(submissions=moving, by=request.user, nonce=nonce_of(request))
        return redirect("job", pk=job.pk)
    return preview(request, SUBMISSION.find("accept"), moving, refused, reverse("ministry-submissions"))


def _found(request: HttpRequest, number: str) -> Submission:
    rows = Submission.objects.select_related("authority", "platform", "declared_by")
    return visible(request, rows, P.SUBMISSION_DECIDE, number=number)


@require_safe
@needs(P.SUBMISSION_DECIDE)
def detail(request: HttpRequest, number: str) -> HttpResponse:
    """One submission: the record, what it changes in the register, and the three decisions."""
    return _page(request, _found(request, number))


@require_POST
@needs(P.SUBMISSION_DECIDE)
def act(request: HttpRequest, number: str, verb: str) -> HttpResponse:
    """Accept, return for correction, or reject."""
    submission = _found(request, number)
    facts: dict[str, Any] = {"submission": submission, "by": request.user, "version": version_of(request)}
    if verb == "accept":
        verbs.accept(**facts)
    elif verb == "return":
        form = ReturnForm(request.POST)
        if not form.is_valid():
            return _page(request, submission, return_form=form, status=400)
        verbs.return_(**facts, reason=form.cleaned_data["reason"], fields=form.pins, due_at=form.due_at)
    elif verb == "reject":
        reason = ReasonForm(request.POST, prefix="reject")
        if not reason.is_valid():
            return _page(request, submission, reject_form=reason, status=400)
        verbs.reject(**facts, reason=reason.cleaned_data["reason"])
    else:
        raise Http404
    messages.success(request, said(verb, submission))
    return redirect("ministry-submission", number=number)


def _page(
    request: HttpRequest,
    submission: Submission,
    *,
    return_form: ReturnForm | None = None,
    reject_form: ReasonForm | None = None,
    status: int = 200,
) -> HttpResponse:
    lookups = record.Lookups.load()
    open_ = submission.status == SubmissionStatus.SUBMITTED
    context = {
        "submission": submission,
        "drawing": pages.DRAWINGS[submission.status],
        "sections": pages.sections(submission, lookups),
        "changes": pages.changes(submission, lookups) if open_ else [],
        "corrected": pages.since_return(submission, lookups) if open_ else None,
        "attachments": listed(submission),
        "contact": contact_of(submission),
        "stale": is_stale(submission),
        "events": pages.timeline(submission, for_ministry=True),
        "open": open_,
        "return_form": return_form or ReturnForm(),
        "reject_form": reject_form or ReasonForm(prefix="reject"),
        "form": next((form for form in (return_form, reject_form) if form is not None), None),
    }
    return render(request, "workspace/submission/ministry.html", context, status=status)
