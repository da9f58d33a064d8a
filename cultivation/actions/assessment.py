"""现场考察 and 征求意见: what the ministry records in the stages between expert review and notice."""

from __future__ import annotations

import datetime

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cultivation.actions import stages
from cultivation.choices import ApplicationStatus, BatchStatus, StageKind
from cultivation.models import Application, Batch, Consultation, SiteVisit
from platforms.access import Permission, require
from platforms.actions.verb import lock, verb
from platforms.errors import IllegalStep, Invalid, Problem
from platforms.models import User

#: Applications that may be visited: still in the running.
VISITED = (ApplicationStatus.IN_REVIEW, ApplicationStatus.RESERVE_LIST, ApplicationStatus.SHORTLISTED)


@verb("site_visit.record")
def record_visit(
    *,
    application: Application,
    visited_on: datetime.date,
    visitors: str,
    report: str,
    by: User,
    recommended: bool | None = None,
) -> SiteVisit:
    """Put a visit to one platform on record, while the batch is in its stage of visits."""
    require(by, Permission.APPLICATION_CHECK, application)
    batch = _in_stage(application.batch, StageKind.SITE_VISIT)
    application = lock(application)
    if application.status not in VISITED:
        raise IllegalStep(
            _("“%(application)s”现在是“%(state)s”，不登记现场考察。")
            % {"application": application, "state": application.get_status_display()}
        )
    _check_day("visited_on", visited_on, earliest=_begin(batch))
    _need(visitors=visitors, report=report)
    return SiteVisit.objects.create(
        application=application,
        visited_on=visited_on,
        visitors=visitors,
        report=report,
        recommended=recommended,
        recorded_by=by,
    )


@verb("consultation.ask")
def ask(*, batch: Batch, body: str, asked_on: datetime.date, by: User) -> Consultation:
    """Record that another body was asked for its opinion on the batch; one open question to each."""
    require(by, Permission.APPLICATION_CHECK, batch)
    batch = _in_stage(batch, StageKind.CONSULTATION)
    _need(body=body)
    _check_day("asked_on", asked_on, earliest=_begin(batch))
    if batch.consultations.filter(body=body.strip(), answered_on=None).exists():
        raise Invalid([Problem("body", "open", str(_("已向该单位征求意见，还没有答复。")))])
    return Consultation.objects.create(batch=batch, body=body.strip(), asked_on=asked_on, recorded_by=by)


@verb("consultation.answer")
def answer(*, consultation: Consultation, answered_on: datetime.date, opinion: str, by: User) -> Consultation:
    """Record the answer. It is given once; whatever follows is asked anew."""
    require(by, Permission.APPLICATION_CHECK, consultation.batch)
    _in_stage(consultation.batch, StageKind.CONSULTATION)
    consultation = lock(consultation)
    if consultation.answered_on is not None:
        raise IllegalStep(_("“%(body)s”的答复已经登记。") % {"body": consultation.body})
    _need(opinion=opinion)
    _check_day("answered_on", answered_on, earliest=consultation.asked_on)
    consultation.answered_on, consultation.opinion = answered_on, opinion
    consultation.save(update_fields=["answered_on", "opinion"])
    return consultation


def _in_stage(batch: Batch, kind: str) -> Batch:
    """The batch, locked, if a stage of this kind is in progress."""
    batch = lock(batch)
    current = stages.active(batch)
    if batch.status != BatchStatus.ASSESSING or current is None or current.kind != kind:
        raise IllegalStep(_("“%(stage)s”不是进行中的环节。") % {"stage": StageKind(kind).label})
    return batch


def _begin(batch: Batch) -> datetime.date | None:
    begin = batch.recommend_from or batch.opened_at
    return timezone.localdate(begin) if begin else None


def _check_day(pointer: str, day: datetime.date, *, earliest: datetime.date | None) -> None:
    problem: str | Promise = ""
    if day > timezone.localdate():
        problem = _("日期不能晚于今天。")
    elif earliest is not None and day < earliest:
        problem = _("日期不能早于 %(day)s。") % {"day": earliest.isoformat()}
    if problem:
        raise Invalid([Problem(pointer, "date", str(problem))])


def _need(**texts: str) -> None:
    empty = [Problem(name, "required", str(_("必填。"))) for name, text in texts.items() if not text.strip()]
    if empty:
        raise Invalid(empty)
