"""The ministry's review pages: panels, assignments, and the score room once a panel is closed."""

from __future__ import annotations

import datetime
from typing import Any

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cultivation import clock
from cultivation.actions import bulk, further_review
from cultivation.actions import review as review_actions
from cultivation.choices import AssignmentStatus, PanelStatus, StageKind, StageStatus
from cultivation.forms.reason import ReasonForm
from cultivation.forms.review import AssignForm, CutForm, PanelForm, PlanForm
from cultivation.models import Application, Assignment, Batch, Panel, PanelInvitation, Reviewer
from cultivation.roster import candidates, substitute_for
from cultivation.score_room import open_room
from cultivation.transitions import APPLICATION, PANEL
from cultivation.views.panel_invitation import DAYS_TO_ANSWER
from cultivation.views.panel_plan import described
from platforms.access import Permission, reach, require
from platforms.errors import IllegalStep, Invalid, Problem
from platforms.views.access import needs
from platforms.views.choosing import chosen_ids

PANELS = Panel.objects.select_related("stage__batch", "rubric").annotate(
    experts=Count("assignments__reviewer", distinct=True),
    wanted=Count("assignments", filter=~Q(assignments__status=AssignmentStatus.RECUSED), distinct=True),
    handed_in=Count("assignments", filter=Q(assignments__status=AssignmentStatus.SUBMITTED), distinct=True),
)

#: What the score room may do with the selected applications.
DECISIONS = ("shortlist", "reserve", "set_aside")


@require_safe
@needs(Permission.REVIEW_ASSIGN, Permission.SCORES_VIEW)
def overview(request: HttpRequest) -> HttpResponse:
    """All panels that are not closed, and the batches that are in a review stage."""
    batches = Batch.objects.filter(
        stages__kind=StageKind.REVIEW, stages__status=StageStatus.ACTIVE
    ).distinct()
    return render(
        request,
        "workspace/review/overview.html",
        {
            "batches": batches,
            "panels": PANELS.exclude(status="closed").order_by("-id")[:50],
            "may_assign": _may_assign(request),
        },
    )


@require_http_methods(["GET", "POST"])
@needs(Permission.REVIEW_ASSIGN, Permission.SCORES_VIEW, to_write=(Permission.REVIEW_ASSIGN,))
def panels(request: HttpRequest, batch: str) -> HttpResponse:
    """The panels of one batch; a new one for the active review stage."""
    found = get_object_or_404(Batch, code=batch)
    stage = found.stages.filter(kind=StageKind.REVIEW, status=StageStatus.ACTIVE).first()
    form = PanelForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        stage = stage or found.stages.filter(kind=StageKind.REVIEW).order_by("position").first()
        if stage is None:
            raise IllegalStep(_("该批次没有专家评审环节。"))
        panel = review_actions.create_panel(
            stage=stage,
            name=form.cleaned_data["name"],
            due_at=form.due_at(),
            blind=form.cleaned_data["blind"],
            by=request.user,
        )
        return redirect("ministry-panel", batch=batch, pk=panel.pk)
    context = {
        "batch": found,
        "stage": stage,
        "panels": PANELS.filter(stage__batch=found).order_by("id"),
        "form": form,
        "may_assign": _may_assign(request),
    }
    return render(request, "workspace/review/panels.html", context, status=400 if form.errors else 200)


@require_safe
@needs(Permission.REVIEW_ASSIGN, Permission.SCORES_VIEW)
def panel(request: HttpRequest, batch: str, pk: int) -> HttpResponse:
    """One panel: who reviews what, how far they are, a plan for what is missing."""
    found = get_object_or_404(PANELS, stage__batch__code=batch, pk=pk)
    plan_form = PlanForm(request.GET if "per_application" in request.GET else None)
    plan = None
    if plan_form.is_bound and plan_form.is_valid() and _may_assign(request):
        plan = described(found, **plan_form.cleaned_data)
    context = {
        "batch": found.stage.batch,
        "panel": found,
        "assignments": found.assignments.select_related(
            "reviewer__user", "application__platform", "application__authority"
        ),
        "transitions": PANEL.available(found, request.user),
        "assign_form": AssignForm(panel=found),
        # Looking again starts from the plan itself, without the changes chosen so far.
        "plan_form": PlanForm(initial={"per_application": plan_form.cleaned_data["per_application"]})
        if plan
        else plan_form,
        "plan": plan,
        "per_application": plan and plan_form.cleaned_data["per_application"],
        "may_assign": _may_assign(request),
        "why_form": ReasonForm(required=False) if _needs_why(found) else None,
        "invitations": _invitations(found),
        "answer_on": clock.today() + datetime.timedelta(days=DAYS_TO_ANSWER),
        "grid": _grid(found),
    }
    return render(request, "workspace/review/panel.html", context, status=400 if plan_form.errors else 200)


def _invitations(panel: Panel) -> list[tuple[PanelInvitation, Reviewer | None]]:
    """Who was asked and what they said; beside a place that has become free, who could take it, nobody twice."""
    found = list(panel.invitations.select_related("reviewer__user").prefetch_related("reviewer__areas"))
    free = {"declined", "lapsed"}
    among = (
        candidates(panel)
        if panel.status != PanelStatus.CLOSED and any(each.status in free for each in found)
        else []
    )
    rows: list[tuple[PanelInvitation, Reviewer | None]] = []
    for each in found:
        substitute = substitute_for(each, among) if each.status in free else None
        among = [one for one in among if one.reviewer != substitute]
        rows.append((each, substitute))
    return rows


def _grid(panel: Panel) -> dict[str, Any]:
    """Applications against experts: what each expert has of each, as a table."""
    held: dict[Application, dict[int, Assignment]] = {}
    experts: dict[int, Reviewer] = {}
    for each in panel.assignments.select_related("application__platform", "reviewer__user"):
        held.setdefault(each.application, {})[each.reviewer_id] = each
        experts[each.reviewer_id] = each.reviewer
    order = sorted(experts)
    return {
        "columns": [{"label": _("平台")}, *({"label": experts[key].user.name} for key in order)],
        "rows": [
            [
                str(application),
                *(str(cells[key].get_status_display()) if key in cells else "" for key in order),
            ]
            for application, cells in held.items()
        ],
    }


def _needs_why(panel: Panel) -> bool:
    """Whether closing this panel asks for a reason: scores lie too far apart and no expert is left to ask."""
    if panel.status != PanelStatus.OPEN or panel.handed_in != panel.wanted:  # type: ignore[attr-defined]
        return False
    disputed = further_review.disputed(panel)
    return bool(disputed) and not (
        review_actions.propose_assignments(panel, per_application=1, further=disputed).pairs
    )


@require_POST
@needs(Permission.REVIEW_ASSIGN)
def panel_act(request: HttpRequest, batch: str, pk: int, act: str) -> HttpResponse:
    """Open, close, assign by hand, or apply the plan."""
    found = get_object_or_404(Panel.objects.select_related("stage__batch"), stage__batch__code=batch, pk=pk)
    if act == "open":
        review_actions.open_panel(panel=found, by=request.user)
    elif act == "close":
        _close(request, found)
    elif act == "plan":
        form = PlanForm(request.POST)
        if form.is_valid():
            plan = review_actions.assign_plan(panel=found, by=request.user, **form.cleaned_data)
            messages.success(request, _("已分配 %(n)s 项评审任务。") % {"n": len(plan.pairs)})
        else:
            messages.error(request, _("没有分配。请重新查看方案。"))
    else:
        assign_form = AssignForm(request.POST, panel=found)
        if not assign_form.is_valid():
            messages.error(request, _("请选择平台和专家。"))
        else:
            review_actions.assign(panel=found, by=request.user, **assign_form.cleaned_data)
            messages.success(request, _("已分配。"))
    return redirect("ministry-panel", batch=batch, pk=pk)


def _close(request: HttpRequest, panel: Panel) -> None:
    """Says which of the two happened: the panel is closed, or experts were added and it goes on."""
    form = ReasonForm(request.POST, required=False)
    if not form.is_valid():
        raise Invalid([Problem("reason", "invalid", str(each)) for each in form.errors["reason"]])
    before = panel.assignments.count()
    after = review_actions.close_panel(panel=panel, by=request.user, reason=form.cleaned_data["reason"])
    added = panel.assignments.count() - before
    if after.status == PanelStatus.CLOSED:
        messages.success(request, _("评审组已结束。"))
    else:
        messages.warning(
            request,
            _("有 %(n)d 项评分分差超过评分表的规定，已各加派一位专家；提交后请再次结束评审。") % {"n": added},
        )


@require_http_methods(["GET", "POST"])
@needs(
    Permission.SCORES_VIEW,
    Permission.APPLICATION_SHORTLIST,
    to_write=(Permission.APPLICATION_SHORTLIST,),
)
def score_room(request: HttpRequest, batch: str) -> HttpResponse:
    """Results of closed panels, best first; the ministry's clerk proposes the preliminary list from here."""
    found = get_object_or_404(Batch, code=batch)
    if request.method == "POST":
        return _decide(request, found)
    line = CutForm(request.GET or None)
    cut = line.cleaned_data["cut"] if line.is_bound and line.is_valid() else None
    room = open_room(found, cut=cut)
    context = {
        "batch": found,
        "room": room,
        "results": room.results,
        "line": line,
        "open_panels": found.stages.filter(panels__status="open").exists(),
        "verbs": [APPLICATION.find(name) for name in DECISIONS],
        "may_decide": _may(request, Permission.APPLICATION_SHORTLIST),
    }
    return render(request, "workspace/review/score_room.html", context)


def _decide(request: HttpRequest, batch: Batch) -> HttpResponse:
    """One verb for the selected applications; says how many moved and why others did not."""
    name, chosen = request.POST.get("verb", ""), chosen_ids(request, "application")
    form = ReasonForm(request.POST, required=False)
    if name not in DECISIONS or not chosen:
        messages.error(request, _("请选择平台和操作。"))
        return redirect("ministry-scores", batch=batch.code)
    if not form.is_valid():
        raise Invalid([Problem("reason", "invalid", str(each)) for each in form.errors["reason"]])
    reason = form.cleaned_data["reason"]
    require(request.user, Permission.APPLICATION_SHORTLIST)
    outcome = bulk.move_many(batch=batch, ids=chosen, name=name, by=request.user, reason=reason)
    messages.success(request, _("已处理 %(n)s 个平台。") % {"n": len(outcome.moving)})
    for _application, why in outcome.refused[:5]:
        messages.error(request, str(why))
    return redirect("ministry-scores", batch=batch.code)


def _may(request: HttpRequest, permission: str) -> bool:
    return reach(request.user).may(permission)


def _may_assign(request: HttpRequest) -> bool:
    return _may(request, Permission.REVIEW_ASSIGN)
