"""The expert's pages: what is assigned, and one sheet at a time. Nobody else's marks are ever read here."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from cultivation.actions import review as review_actions
from cultivation.actions import score as score_actions
from cultivation.blinding import material_of, title_of
from cultivation.choices import AssignmentStatus, PanelStatus
from cultivation.conflicts import conflicts
from cultivation.forms.assessment import ConflictForm
from cultivation.forms.reason import ReasonForm
from cultivation.forms.review import ScoreForm
from cultivation.models import Assignment, PanelInvitation, Reviewer, ScoreSheet
from cultivation.views.asking import Asked
from platforms.access import Permission
from platforms.errors import IllegalStep, Invalid, Problem
from platforms.views.access import needs, visible

MINE = Assignment.objects.exclude(panel__status=PanelStatus.FORMING).exclude(status=AssignmentStatus.RECUSED)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Permission.REVIEW_SCORE)
def assignments(request: HttpRequest) -> HttpResponse:
    """Everything assigned to this expert, by panel, with what is left; ties to operators are declared here."""
    reviewer = Reviewer.objects.filter(user=request.user.pk).first()
    asked = Asked(request, conflict=ConflictForm)
    if asked.do == "conflict" and reviewer is not None:
        answer = asked.carry_out(
            review_actions.declare_conflict, reviewer=reviewer, by=request.user, done=_("已申报利益冲突。")
        )
        if answer:
            return answer
    mine = (
        MINE.filter(reviewer__user=request.user.pk)
        .select_related("panel__stage__batch", "application__platform__area", "sheet")
        .order_by("panel_id", "id")
    )
    context = {
        "assignments": [(each, title_of(each)) for each in mine],
        "declared": reviewer.conflicts.select_related("operator") if reviewer else [],
        "conflict": asked.forms["conflict"] if reviewer else None,
        "invitations": PanelInvitation.objects.filter(reviewer__user=request.user.pk)
        .exclude(panel__status=PanelStatus.CLOSED)
        .select_related("panel__stage__batch")
        .order_by("-pk"),
        "form": asked.failed,
    }
    return render(request, "workspace/review/list.html", context, status=asked.status)


@require_http_methods(["GET", "POST"])
@needs(Permission.REVIEW_SCORE)
def sheet(request: HttpRequest, pk: int) -> HttpResponse:
    """Read the material on one side, mark on the other; saving keeps whatever is there."""
    assignment = visible(request, _with_material(), Permission.REVIEW_SCORE, pk=pk)
    if conflicts(assignment.reviewer, assignment.application):
        return redirect("reviews")
    indicators = list(assignment.panel.rubric.indicators.all())
    stored = score_actions.sheet_of(assignment)
    form = ScoreForm(request.POST or None, sheet=stored, indicators=indicators)
    problems: list[dict[str, str]] = []
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            stored = _keep(assignment, stored, form, request.user)
            if "same" in request.POST:
                return _repeated(request, form, pk)
            if "submit" not in request.POST:
                messages.success(request, _("评分已保存，尚未提交。"))
                return redirect("review-sheet", pk=pk)
            unfinished = _handed_in(assignment, request.user)
        except Invalid as error:
            problems = [
                {"href": f"#{item.pointer.replace('/', '-')}", "text": item.message}
                for item in error.problems
            ]
            status = error.status
        else:
            if not unfinished:
                messages.success(request, _("评分已提交。"))
                return redirect("reviews")
            problems, status = [{"href": "#sc", "text": unfinished}], IllegalStep.status
            form = ScoreForm(sheet=stored, indicators=indicators)  # what was marked so far has been kept
    context = {
        "assignment": assignment,
        "application": assignment.application,
        "material": material_of(assignment),
        "form": form,
        "error_list": problems,
        "editable": assignment.status == AssignmentStatus.ASSIGNED
        and assignment.panel.status == PanelStatus.OPEN,
        "reason_form": ReasonForm(),
    }
    return render(request, "workspace/review/score.html", context, status=status)


@require_POST
@needs(Permission.REVIEW_SCORE)
def autosave(request: HttpRequest, pk: int) -> HttpResponse:
    """What the script of the sheet talks to: keeps what is marked so far. Another window's marks are never overwritten (409)."""
    assignment = visible(request, _with_material(), Permission.REVIEW_SCORE, pk=pk)
    stored = score_actions.sheet_of(assignment)
    indicators = list(assignment.panel.rubric.indicators.all())
    form = ScoreForm(request.POST, sheet=stored, indicators=indicators)
    if not form.is_valid():
        raise Invalid(
            [Problem(name, "invalid", str(each)) for name, errors in form.errors.items() for each in errors]
        )
    kept = _keep(assignment, stored, form, request.user)
    left = len([item for item in indicators if not item.veto]) - len(kept.scores)
    sentence = _("已自动保存 %(time)s") % {"time": f"{timezone.localtime():%H:%M}"}
    if left:
        sentence = _("%(saved)s，还有 %(n)d 项没有打分") % {"saved": sentence, "n": left}
    return JsonResponse({"version": kept.version, "sentence": sentence})


def _keep(assignment: Assignment, stored: ScoreSheet, form: ScoreForm, by: Any) -> ScoreSheet:
    return score_actions.save(
        assignment=assignment,
        scores=form.marks(),
        vetoes=form.vetoes(),
        comment=form.cleaned_data["comment"],
        version=form.cleaned_data["version"] if stored.pk else None,
        by=by,
    )


def _repeated(request: HttpRequest, form: ScoreForm, pk: int) -> HttpResponse:
    """Says what became of “same as the last one” and returns to that indicator."""
    if form.nothing_to_repeat():
        messages.warning(request, _("上一项还没有打分，本项没有改动。"))
    else:
        messages.success(request, _("评分已保存，尚未提交。"))
    asked = request.POST["same"]
    anchor = f"#scores-{asked}" if any(str(item["id"]) == asked for item in form.criteria()) else ""
    return redirect(reverse("review-sheet", args=(pk,)) + anchor)


def _handed_in(assignment: Assignment, by: Any) -> str:
    """Hand the sheet in; the sentence of what is still missing, ``""`` when it went."""
    try:
        score_actions.submit(assignment=assignment, by=by)
    except IllegalStep as error:
        return str(error)
    return ""


@require_POST
@needs(Permission.REVIEW_SCORE)
def recuse(request: HttpRequest, pk: int) -> HttpResponse:
    assignment = visible(request, MINE, Permission.REVIEW_SCORE, pk=pk)
    review_actions.recuse(assignment=assignment, by=request.user, reason=request.POST.get("reason", ""))
    messages.success(request, _("已申请回避。"))
    return redirect("reviews")


def _with_material() -> QuerySet[Assignment]:
    return MINE.select_related(
        "panel__rubric", "panel__stage__batch", "reviewer__user", "application__platform__operator",
        "application__platform__area", "application__platform__direction", "application__authority",
    )  # fmt: skip
