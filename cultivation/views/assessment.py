"""The ministry's pages of visits, consultations and reviewers."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from cultivation.actions import assessment, stages
from cultivation.actions import reviewer as reviewers_actions
from cultivation.choices import BatchStatus, StageKind
from cultivation.forms.assessment import AnswerForm, AskForm, ReviewerForm, VisitForm
from cultivation.models import Batch, Consultation, Reviewer, SiteVisit
from cultivation.views.asking import Asked
from platforms.access import Permission, reach
from platforms.views.access import needs
from platforms.views.pages import page_of

VIEWERS = (Permission.APPLICATION_CHECK, Permission.SCORES_VIEW)


@needs(*VIEWERS, to_write=(Permission.APPLICATION_CHECK,))
@require_http_methods(["GET", "HEAD", "POST"])
def visits(request: HttpRequest, batch: str) -> HttpResponse:
    """The visits of one batch, and a new one while the stage lasts."""
    found = _batch(batch)
    asked = Asked(request, visit=partial(VisitForm, batch=found))
    if asked.do == "visit":
        answer = asked.carry_out(assessment.record_visit, by=request.user, done=_("已登记现场考察。"))
        if answer:
            return answer
    rows, pager = page_of(
        request,
        SiteVisit.objects.filter(application__batch=found)
        .select_related("application__platform", "recorded_by")
        .order_by("-visited_on", "-pk"),
    )
    context = {
        "batch": found,
        "visits": rows,
        "pager": pager,
        "visit": asked.forms["visit"] if _open(request, found, StageKind.SITE_VISIT) else None,
        "form": asked.failed,
    }
    return render(request, "workspace/assessment/visits.html", context, status=asked.status)


@needs(*VIEWERS, to_write=(Permission.APPLICATION_CHECK,))
@require_http_methods(["GET", "HEAD", "POST"])
def consultations(request: HttpRequest, batch: str) -> HttpResponse:
    """Who was asked about this batch and what they answered."""
    found = _batch(batch)
    asked = Asked(request, ask=AskForm, answer=partial(AnswerForm, batch=found))
    done: HttpResponse | None = None
    if asked.do == "ask":
        done = asked.carry_out(assessment.ask, batch=found, by=request.user, done=_("已登记征求意见。"))
    elif asked.do == "answer":
        done = asked.carry_out(assessment.answer, by=request.user, done=_("已登记答复。"))
    if done:
        return done
    rows, pager = page_of(
        request,
        Consultation.objects.filter(batch=found).select_related("recorded_by").order_by("asked_on", "pk"),
    )
    may = _open(request, found, StageKind.CONSULTATION)
    context: dict[str, Any] = {
        "batch": found,
        "consultations": rows,
        "pager": pager,
        "ask": asked.forms["ask"] if may else None,
        "answer": asked.forms["answer"]
        if may and found.consultations.filter(answered_on=None).exists()
        else None,
        "form": asked.failed,
    }
    return render(request, "workspace/assessment/consultations.html", context, status=asked.status)


@needs(Permission.REVIEW_ASSIGN)
@require_http_methods(["GET", "HEAD", "POST"])
def reviewers(request: HttpRequest) -> HttpResponse:
    """Everybody on the list of reviewers, and a form for holders of the expert role."""
    asked = Asked(request, register=ReviewerForm)
    if asked.do == "register":
        answer = asked.carry_out(reviewers_actions.register, by=request.user, done=_("已登记评审专家。"))
        if answer:
            return answer
    rows, pager = page_of(
        request, Reviewer.objects.select_related("user").prefetch_related("areas").with_load().order_by("pk")
    )
    context = {"reviewers": rows, "pager": pager, "register": asked.forms["register"], "form": asked.failed}
    return render(request, "workspace/assessment/reviewers.html", context, status=asked.status)


def _batch(code: str) -> Batch:
    return get_object_or_404(Batch.objects.prefetch_related("stages"), code=code)


def _open(request: HttpRequest, batch: Batch, kind: str) -> bool:
    """Whether this person may record something now: the stage is in progress and the right is held."""
    current = stages.active(batch)
    return (
        batch.status == BatchStatus.ASSESSING
        and current is not None
        and current.kind == kind
        and reach(request.user).may(Permission.APPLICATION_CHECK)
    )
