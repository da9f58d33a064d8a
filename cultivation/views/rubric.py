"""The rubric of a batch: its versions, and the lines of the one that the next round will open with."""

from __future__ import annotations

from copy import copy

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from cultivation.actions import rubric as verbs
from cultivation.choices import BatchStatus
from cultivation.forms.reason import ReasonForm
from cultivation.forms.rubric import RulesForm, kept, lines_of
from cultivation.models import Batch
from platforms.access import Permission
from platforms.errors import Invalid
from platforms.views.access import needs


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Permission.BATCH_PREPARE)
def rubric(request: HttpRequest, batch: str) -> HttpResponse:
    """Look at it and change it; what a round has opened with stays, a change makes the next version."""
    found = get_object_or_404(Batch, code=batch)
    current = verbs.newest(found)
    sent = request.POST if request.method == "POST" else None
    lines = lines_of(current, sent)
    reason = ReasonForm(sent, required=found.status != BatchStatus.DRAFT)
    rules = RulesForm(sent, instance=copy(current) if current else None)
    problems: list[dict[str, str]] = []
    if sent is not None and lines.is_valid() and reason.is_valid() and rules.is_valid():
        try:
            saved = verbs.set_indicators(
                batch=found,
                lines=kept(lines),
                rules=rules.cleaned_data,
                reason=reason.cleaned_data["reason"],
                by=request.user,
            )
        except Invalid as error:
            problems = [{"href": "#lines", "text": problem.message} for problem in error.problems]
        else:
            messages.success(request, _("评分表已保存为第 %(n)d 版。") % {"n": saved.version})
            return redirect("ministry-batch-rubric", batch=batch)
    elif sent is not None:
        problems = [{"href": "#lines", "text": text} for text in _faults(lines)]
        problems += [
            {"href": f"#id_{name}", "text": str(each)}
            for name, errors in rules.errors.items()
            for each in errors
        ]
    context = {
        "batch": found,
        "rubric": current,
        "lines": lines,
        "rules": rules,
        "reason": reason,
        "needs_reason": found.status != BatchStatus.DRAFT,
        "editable": found.status in verbs.CHANGEABLE,
        "weight": verbs.weight_of(current),
        "versions": found.rubrics.order_by("-version").select_related("frozen_by"),
        "form": reason,
        "error_list": problems,
    }
    return render(request, "workspace/batch/rubric.html", context, status=400 if sent is not None else 200)


def _faults(lines) -> list[str]:
    found = [str(error) for error in lines.non_form_errors()]
    for number, form in enumerate(lines.forms, 1):
        for name, errors in form.errors.items():
            label = form.fields[name].label if name in form.fields else ""
            found += [
                _("第 %(n)d 行“%(field)s”：%(error)s") % {"n": number, "field": label, "error": e}
                for e in errors
            ]
    return found
