"""The ministry's control desk: where every batch stands, what is late, what has failed."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from cultivation import clock
from cultivation.actions import reminder, stages
from cultivation.actions.notice import UNSETTLED
from cultivation.choices import ApplicationStatus as A
from cultivation.choices import BatchStatus, DecisionStatus
from cultivation.models import Application, Batch, BatchQuota, Decision, Objection, Rectification
from cultivation.releases import seal
from platforms.access import Permission, reach
from platforms.actions import letter_reminder
from platforms.choices import JobStatus
from platforms.models import Authority, Job
from platforms.views.access import needs

P = Permission
UNDER_WAY = (BatchStatus.RECOMMENDING, BatchStatus.ASSESSING, BatchStatus.NOTICING, BatchStatus.DECIDING)
MOST = 20


@require_safe
@needs(P.BATCH_PREPARE, P.BATCH_APPROVE)
def control(request: HttpRequest) -> HttpResponse:
    under_way = list(
        Batch.objects.filter(status__in=UNDER_WAY).prefetch_related("stages").order_by("-id")[:MOST]
    )
    context = {
        "alarms": [alarm for alarm in alarms() if alarm["count"]],
        "batches": [_line(batch) for batch in under_way],
        "calls": _calls([batch for batch in under_way if batch.status == BatchStatus.RECOMMENDING]),
        "may_remind": reach(request.user).may(P.BATCH_PREPARE),
    }
    return render(request, "workspace/batch/control.html", context)


def alarms() -> list[dict[str, Any]]:
    """What somebody should look at today, each with the place where it is dealt with."""
    today = clock.today()
    overdue = Objection.objects.filter(status__in=UNSETTLED, answer_due_on__lt=today)
    soon = Objection.objects.filter(status__in=UNSETTLED, answer_due_on__gte=today)
    broken = Job.objects.filter(
        status__in=(JobStatus.DEAD, JobStatus.FAILED), kind="decision.bring_into_force"
    )
    sealed = seal.state()
    return [
        _alarm(_("变更的封存不符"), int(not sealed.genuine), reverse("ministry-audit"), "failed"),
        _alarm(
            _("超时未封存的变更"), sealed.unsealed if sealed.late else 0, reverse("ministry-audit"), "failed"
        ),
        _alarm(_("没有完成的公布"), broken.count(), reverse("ministry-decisions"), "failed"),
        _alarm(_("超期未答复的异议"), overdue.count(), reverse("ministry-objections"), "failed"),
        _alarm(_("办理中的异议"), soon.count(), reverse("ministry-objections"), "in_progress"),
        _alarm(
            _("待批准的决定"),
            Decision.objects.filter(status=DecisionStatus.FROZEN).count(),
            reverse("ministry-decisions"),
            "pending",
        ),
        _alarm(
            _("到期未复核的整改"),
            Rectification.objects.filter(closed_at=None, due_on__lt=today).count(),
            reverse("ministry-platforms"),
            "failed",
        ),
        _alarm(
            _("平台超时未答复的来信"),
            letter_reminder.overdue().count(),
            reverse("ministry-letters") + "?state=late",
            "failed",
        ),
    ]


def _alarm(label: str, count: int, url: str, state: str) -> dict[str, Any]:
    return {"label": label, "count": count, "url": url, "state": state, "word": str(count)}


def _line(batch: Batch) -> dict[str, Any]:
    current = stages.active(batch)
    waits = batch.status == BatchStatus.ASSESSING and current is not None
    return {
        "batch": batch,
        "stage": current.get_kind_display() if current else batch.get_status_display(),
        "planned": current.planned_until if current else None,
        "late": bool(current and current.planned_until and current.planned_until < clock.today()),
        "obstacle": stages.obstacle(batch, current) if waits and current else "",
    }


def _calls(batches: list[Batch]) -> list[dict[str, Any]]:
    """How far each authority has come with each call for recommendations; the places where one is set."""
    calling = Batch.objects.filter(status=BatchStatus.RECOMMENDING)
    counted = (
        Application.objects.filter(batch__in=calling)
        .values("batch_id", "authority_id")
        .order_by()
        .annotate(
            sent=Count("pk", filter=~Q(status__in=(A.PROPOSED, A.WITHDRAWN))),
            waiting=Count("pk", filter=Q(status=A.PROPOSED)),
        )
    )
    counts = {(row["batch_id"], row["authority_id"]): row for row in counted}
    quotas = BatchQuota.objects.filter(batch__in=calling).values_list("batch_id", "authority_id", "places")
    places = {(batch, authority): number for batch, authority, number in quotas}
    authorities = list(Authority.objects.all())
    return [_call(batch, authorities, counts, places) for batch in batches]


def _call(batch: Batch, authorities: list[Authority], counts: dict, places: dict) -> dict[str, Any]:
    rows = []
    for authority in authorities:
        key = (batch.pk, authority.pk)
        found = counts.get(key, {"sent": 0, "waiting": 0})
        rows.append(
            {
                "authority": authority,
                "sent": found["sent"],
                "ready": bool(found["waiting"]) and not found["sent"],
                "places": places.get(key),
            }
        )
    return {
        "batch": batch,
        "rows": rows,
        "sent": sum(bool(row["sent"]) for row in rows),
        "late": sum(not row["sent"] for row in rows),
    }


@require_POST
@needs(P.BATCH_PREPARE)
def remind(request: HttpRequest, batch: str) -> HttpResponse:
    """Remind every authority that has sent nothing yet."""
    found = get_object_or_404(Batch, code=batch)
    number = reminder.remind(batch=found, by=request.user)
    messages.success(request, _("已提醒 %(n)d 个推荐单位；一天内不会重复提醒。") % {"n": number})
    return redirect("ministry-control")
