"""工作台: what this person has to do now, whatever the role. Each office's part is one function and one query or two."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models import Count, Q
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from cultivation.actions.submission_city import unattended
from cultivation.choices import (
    AssignmentStatus,
    DecisionStatus,
    ObjectionStatus,
    PanelInvitationStatus,
    SubmissionStatus,
)
from cultivation.models import Assignment, Decision, Objection, PanelInvitation, Submission
from cultivation.views import desk_aftercare
from cultivation.views.announcement import unread
from cultivation.views.desk_aftercare import task_of
from cultivation.views.desk_office import offices, open_quotas
from cultivation.views.desk_operator import own_platforms
from cultivation.views.submission_record import DRAWINGS
from platforms.access import Permission, reach
from platforms.choices import DeliveryStatus, JobStatus
from platforms.models import Delivery, Job, Notification
from platforms.templatetags.registry_ui import plain_name
from platforms.views.access import SignedInRequest, needs
from platforms.views.rail import address_of

P = Permission
S = SubmissionStatus
SHOWN = 12


@require_safe
@needs(P.DESK_VIEW)
def desk(request: SignedInRequest) -> HttpResponse:
    """Returned things first, then what has a deadline, then the rest; counts and messages beside it."""
    tasks = [task for part in PARTS for task in part(request)]
    tasks.sort(key=lambda task: (task["state"] != "returned", task["due_at"] is None, task["due_at"] or 0))
    context = {
        "tasks": tasks,
        "counts": list(_counts(request)),
        "messages_": Notification.objects.filter(recipient=request.user.pk)[:8],
        "offices": offices(request, request.user),
        "own": own_platforms(request.user),
        "announcements": unread(request),
    }
    return render(request, "workspace/desk/desk.html", context)


def _task(row: Submission, *, drawing: str = "", word: str = "", **more: Any) -> dict[str, Any]:
    """A submission of the office as a line of the desk."""
    return task_of(
        row.name_zh or _("未命名"),
        address_of("submission", row.authority_id, row.number),
        drawing or DRAWINGS[row.status],
        word=word or row.get_status_display(),
        hint=row.number,
        **more,
    )


def _own_submissions(request: HttpRequest) -> Iterator[dict[str, Any]]:
    """The office's: what came back, with the reason. Drafts have a place of their own on the desk."""
    rows = reach(request.user).rows(Submission.objects.in_state(S.RETURNED), P.SUBMISSION_PREPARE)
    for row in rows.for_list().order_by("correction_due_at", "-updated_at")[:SHOWN]:
        yield _task(row, note=row.return_reason, due_at=row.correction_due_at)


def _to_fill(request: HttpRequest) -> Iterator[dict[str, Any]]:
    """The operator's: drafts in which its own people hold the pen, with what the office asks for."""
    rows = reach(request.user).rows(Submission.objects.in_state(S.FILLING), P.SUBMISSION_FILL)
    for row in rows.for_list().order_by("correction_due_at", "-updated_at")[:SHOWN]:
        yield _task(row, note=row.return_reason, due_at=row.correction_due_at)


def _for_city(request: HttpRequest) -> Iterator[dict[str, Any]]:
    """The city's: what waits for its check, the most urgent first."""
    rows = reach(request.user).rows(Submission.objects.in_state(S.CITY_REVIEW), P.SUBMISSION_CITY_REVIEW)
    for row in rows.for_list().order_by("city_due_at")[:SHOWN]:
        yield _task(row, due_at=row.city_due_at)


def _left_by_city(request: HttpRequest) -> Iterator[dict[str, Any]]:
    """The clerk's: what waits with a city that has nobody to check it, or has let its time pass."""
    rows = unattended(reach(request.user).rows(Submission.objects.all(), P.SUBMISSION_PREPARE))
    for row in rows.for_list().select_related("city").order_by("city_due_at")[:SHOWN]:
        late = row.city_due_at <= timezone.now()
        city = row.city or _("所填城市")
        words = _("%(city)s初审逾期，可以代行") if late else _("%(city)s没有初审人员，可以邀请或代行")
        yield _task(row, note=words % {"city": city}, due_at=row.city_due_at)


def _handed_in(request: HttpRequest) -> Iterator[dict[str, Any]]:
    """The clerk's: what operators have filled in and handed over, and what cities have passed."""
    rows = reach(request.user).rows(Submission.objects.in_state(S.DRAFT), P.SUBMISSION_PREPARE)
    come = rows.filter(Q(handed_in_at__isnull=False) | Q(city_passed_at__isnull=False))
    for row in come.for_list().order_by(Coalesce("city_passed_at", "handed_in_at"))[:SHOWN]:
        word = _("已过地市初审") if row.city_passed_at else _("建设单位已交来")
        yield _task(row, drawing=DRAWINGS[S.PREPARED], word=word, due_at=row.correction_due_at)


def _to_approve(request: HttpRequest) -> Iterator[dict[str, Any]]:
    """The approver's: prepared by someone else of the office."""
    rows = reach(request.user).rows(Submission.objects.in_state(S.PREPARED), P.SUBMISSION_APPROVE)
    for row in rows.exclude(prepared_by=request.user).for_list().order_by("prepared_at")[:SHOWN]:
        yield _task(row)


def _open_batches(request: HttpRequest) -> Iterator[dict[str, Any]]:
    """Batches in which the office may still recommend."""
    codes = reach(request.user).authority_codes(P.APPLICATION_VIEW)
    if not codes:
        return
    for quota in open_quotas(codes[0], SHOWN):
        yield task_of(
            plain_name(quota["batch"], "title"),
            quota["url"],
            "open",
            word=_("推荐中"),
            hint=quota["batch"].code,
            note=_places(quota),
            due_at=quota["batch"].recommend_until,
        )


def _places(quota: dict[str, Any]) -> str:
    if quota["places"] is None:
        return _("已推荐 %(used)s 个，不限名额") % quota
    if not quota["left"]:
        return _("名额 %(places)s 个已用完") % quota
    return _("已推荐 %(used)s / %(places)s，还可推荐 %(left)s 个") % quota


def _to_decide(request: HttpRequest) -> Iterator[dict[str, Any]]:
    """The ministry clerk's: how much waits from which office."""
    if not reach(request.user).may(P.SUBMISSION_DECIDE):
        return
    waiting = (
        Submission.objects.in_state(S.SUBMITTED)
        .order_by()
        .values("authority_id", "authority__name_zh")
        .annotate(n=Count("pk"))
        .order_by("-n")[:SHOWN]
    )
    for office in waiting:
        yield task_of(
            _("%(office)s：%(n)s 项申报") % {"office": office["authority__name_zh"], "n": office["n"]},
            f"{address_of('ministry-submissions')}?authority={office['authority_id']}",
            DRAWINGS[S.SUBMITTED],
            word=str(S.SUBMITTED.label),
        )


def _letters(request: HttpRequest) -> Iterator[dict[str, Any]]:
    """Whoever answers for a platform: how many letters wait."""
    mine = reach(request.user)
    if not mine.may(P.LETTER_ANSWER):
        return
    waiting = mine.rows(Delivery.objects.filter(status=DeliveryStatus.WAITING), P.LETTER_ANSWER).count()
    if waiting:
        yield task_of(_("%(n)s 封来信待答复") % {"n": waiting}, address_of("letters"), "in_progress")


def _objections(request: HttpRequest) -> Iterator[dict[str, Any]]:
    if not reach(request.user).may(P.OBJECTION_VIEW):
        return
    count = Objection.objects.filter(status__in=(ObjectionStatus.LODGED, ObjectionStatus.HANDLING)).count()
    if count:
        label = _("%(n)s 件异议没有办结") % {"n": count}
        yield task_of(label, address_of("ministry-objections"), "in_progress", word=_("办理中"))


def _decisions(request: HttpRequest) -> Iterator[dict[str, Any]]:
    """The ministry approver's: frozen lists that wait for approval."""
    if not reach(request.user).may(P.DECISION_APPROVE):
        return
    for decision in Decision.objects.filter(status=DecisionStatus.FROZEN).select_related("batch")[:SHOWN]:
        yield task_of(
            plain_name(decision.batch, "title"),
            address_of("ministry-decisions"),
            "decision",
            word=_("待批准"),
        )


def _reviews(request: HttpRequest) -> Iterator[dict[str, Any]]:
    """The expert's: by panel, how many are still to score."""
    if not reach(request.user).may(P.REVIEW_SCORE):
        return
    for invitation in PanelInvitation.objects.filter(
        reviewer__user=request.user.pk, status=PanelInvitationStatus.SENT
    ).select_related("panel")[:SHOWN]:
        yield task_of(
            _("评审邀请：%(panel)s") % {"panel": invitation.panel.name},
            address_of("reviews"),
            "pending",
            due_at=invitation.answer_by,
            word=_("待答复"),
        )
    waiting = (
        Assignment.objects.filter(
            reviewer__user=request.user.pk, status=AssignmentStatus.ASSIGNED, panel__status="open"
        )
        .order_by()
        .values("panel__name", "panel__due_at")
        .annotate(n=Count("pk"))
    )
    for panel in waiting:
        yield task_of(
            _("%(panel)s：%(n)s 份待评") % {"panel": panel["panel__name"], "n": panel["n"]},
            address_of("reviews"),
            "review",
            due_at=panel["panel__due_at"],
        )


def _operation(request: HttpRequest) -> Iterator[dict[str, Any]]:
    """The administrators': jobs that gave up, and the way to their pages."""
    mine = reach(request.user)
    if mine.may(P.SYSTEM_OPERATE):
        dead = Job.objects.filter(status=JobStatus.DEAD).count()
        if dead:
            yield task_of(_("%(n)s 个任务多次失败") % {"n": dead}, address_of("ministry-system"), "failed")
    if mine.may(P.USE_ADMIN):
        label = _("授予和收回角色") if mine.may(P.ROLES_GRANT) else _("管理后台")
        yield task_of(label, address_of("admin:index"), "manual", word=_("随时"))


PARTS = (
    desk_aftercare.announcements,
    desk_aftercare.requests,
    desk_aftercare.reports,
    desk_aftercare.invitations,
    _own_submissions,
    _to_fill,
    _for_city,
    _left_by_city,
    _handed_in,
    _to_approve,
    _open_batches,
    _to_decide,
    _letters,
    _objections,
    _decisions,
    _reviews,
    _operation,
)


def _counts(request: HttpRequest) -> Iterator[dict[str, Any]]:
    """How many submissions stand in each state, for everyone who sees submissions."""
    mine = reach(request.user)
    rows = mine.rows(Submission.objects.all(), P.SUBMISSION_VIEW)
    counts = dict(rows.order_by().values_list("status").annotate(n=Count("pk")))
    codes = mine.authority_codes(P.SUBMISSION_VIEW) or []
    base = address_of("authority-submissions", codes[0]) if codes else ""
    if mine.may(P.SUBMISSION_CITY_REVIEW):
        base = address_of("city-review")
    if mine.may(P.SUBMISSION_DECIDE):
        base = address_of("ministry-submissions")
    for state in S:
        if counts.get(state):
            url = f"{base}?state={state}" if base else ""
            yield {"label": state.label, "count": counts[state], "url": url}
