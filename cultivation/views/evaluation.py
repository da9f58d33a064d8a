"""A cycle of evaluations: scores pasted, grades looked at, then recorded all at once."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from cultivation.actions import evaluation as verbs
from cultivation.choices import EvaluationGrade
from cultivation.forms.evaluation import CohortForm
from cultivation.models import Evaluation
from platforms.access import Permission, reach
from platforms.errors import Conflict, IllegalStep, Invalid
from platforms.forms.problems import show
from platforms.views.access import needs
from platforms.views.pages import page_of


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Permission.EVALUATION_RECORD, Permission.PLATFORM_END)
def evaluations(request: HttpRequest) -> HttpResponse:
    form = CohortForm(request.POST if request.method == "POST" else None)
    proposed: list[dict[str, Any]] = []
    status = 200
    if form.is_bound and form.is_valid():
        data = form.cleaned_data
        try:
            proposed = _proposed(form)
            if "record" in request.POST:
                made = verbs.grade_cycle(
                    cycle=data["cycle"],
                    scores=data["scores"],
                    rules=form.rules(),
                    evaluated_on=data["evaluated_on"],
                    by=request.user,
                )
                messages.success(request, _("已登记 %(n)d 个平台的评价。") % {"n": len(made)})
                return redirect("ministry-evaluations")
        except (Invalid, IllegalStep, Conflict) as error:
            show(form, error)
            status = error.status
    elif form.is_bound:
        status = 400
    rows = Evaluation.objects.select_related("platform", "recorded_by").order_by("-id")
    page, pager = page_of(request, rows)
    context = {
        "evaluations": page,
        "pager": pager,
        "cohort": form if reach(request.user).may(Permission.EVALUATION_RECORD) else None,
        "proposed": proposed if status == 200 else [],
        "form": form,
    }
    return render(request, "workspace/platform/evaluations.html", context, status=status)


def _proposed(form: CohortForm) -> list[dict[str, Any]]:
    """The grades as they would be recorded, best first."""
    scores = form.cleaned_data["scores"]
    words = dict(EvaluationGrade.choices)
    given = verbs.proposed(scores, form.rules())
    ordered = sorted(given.items(), key=lambda item: (-scores[item[0]], item[0].code))
    return [
        {"platform": platform, "score": scores[platform], "grade": words.get(str(grade), "")}
        for platform, grade in ordered
    ]
