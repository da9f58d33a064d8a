"""The criteria of a batch: written line by line, tried on today's platforms, saved; read-only once the check is over."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from cultivation.actions import batch as batches
from cultivation.actions import stages
from cultivation.actions.check_trial import Trial, trial
from cultivation.choices import BatchStatus
from cultivation.eligibility import place_of, requirement
from cultivation.forms import criteria as outline
from cultivation.models import Batch
from cultivation.views.batch import described
from platforms.access import Permission
from platforms.choices import Tier
from platforms.errors import IllegalStep, Invalid
from platforms.templatetags.registry_ui import in_english
from platforms.views.access import needs


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Permission.BATCH_PREPARE)
def criteria(request: HttpRequest, batch: str) -> HttpResponse:
    """Every button but 保存 leaves the batch as it is and shows the lines as they would be."""
    found = get_object_or_404(Batch.objects.prefetch_related("stages"), code=batch)
    if request.method != "POST":
        return _page(request, found, outline.outline(outline.rows_of(found.criteria)))
    sent = outline.outline(data=request.POST)
    if "act" in request.POST:
        rows = outline.rearranged(outline.typed_rows(sent), request.POST["act"])
        return _page(request, found, outline.outline(rows), unsaved=True)
    if "copy" in request.POST:
        copied = outline.SourceForm(request.POST, batch=found).criteria()
        rows = outline.typed_rows(sent) if copied is None else outline.rows_of(copied)
        return _page(request, found, outline.outline(rows), unsaved=True)
    return _judged(request, found, sent)


def _judged(request: HttpRequest, batch: Batch, lines: Any) -> HttpResponse:
    """Read the lines; then try them or save them."""
    why = outline.WhyForm(request.POST)
    if not (lines.is_valid() and why.is_valid()):
        return _page(request, batch, lines, status=400, problems=_faults(lines, why))
    places: dict[str, int] = {}
    try:
        tree, places = outline.tree_of(lines)
        if "try" in request.POST:
            return _page(request, batch, lines, tried=trial(batch, tree), unsaved=True)
        batches.set_criteria(batch=batch, criteria=tree, by=request.user, **why.cleaned_data)
    except ValidationError as error:
        problems = [
            _link(str(each.message % (each.params or {})), places.get(place_of(each)))
            for each in error.error_list
        ]
    except Invalid as error:
        problems = [
            _link(str(each.message), places.get(each.pointer.rpartition("/")[2]), each.pointer)
            for each in error.problems
        ]
    else:
        messages.success(request, _("审查条件已保存。"))
        return redirect("ministry-batch-criteria", batch=batch.code)
    return _page(request, batch, lines, status=400, problems=problems)


def _link(text: str, line: int | None, pointer: str = "") -> dict[str, str]:
    if pointer == "reason":
        return {"href": "#id_reason", "text": text}
    return {"href": "#lines" if line is None else f"#line-{line}", "text": text}


def _faults(lines: Any, why: outline.WhyForm) -> list[dict[str, str]]:
    found = [_link(str(error), None) for error in lines.non_form_errors()]
    for number, form in enumerate(lines.forms):
        for name, errors in form.errors.items():
            label = form.fields[name].label if name in form.fields else ""
            words = {"n": number + 1, "field": label or name, "error": "；".join(errors)}
            found.append(_link(_("第 %(n)d 行“%(field)s”：%(error)s") % words, number))
    return found + [_link(str(error), None, "reason") for errors in why.errors.values() for error in errors]


def _page(
    request: HttpRequest,
    batch: Batch,
    lines: Any,
    *,
    status: int = 200,
    unsaved: bool = False,
    tried: Trial | None = None,
    problems: list[dict[str, str]] | None = None,
) -> HttpResponse:
    version = request.POST.get("version", batch.version)
    context = {
        "batch": batch,
        "lines": lines,
        "kinds": outline.KINDS,
        "source": outline.SourceForm(batch=batch),
        "why": outline.WhyForm(initial={"version": version, "reason": request.POST.get("reason", "")}),
        "needs_reason": batch.status != BatchStatus.DRAFT,
        "closed": _closed(batch),
        "sentences": [_in_words(each) for each in batch.criteria],
        "unsaved": unsaved,
        "tried": _shown(tried, outline.tree_of(lines)[0]) if tried else None,
        "changes": described(tried.differences) if tried else [],
        "error_list": problems or [],
        "form": None,
    }
    return render(request, "workspace/batch/criteria.html", context, status=status)


def _closed(batch: Batch) -> str:
    """Why the criteria can no longer change; empty while they can."""
    if batch.status == BatchStatus.DRAFT:
        return ""
    try:
        stages.require_before_end_of_check(batch)
    except IllegalStep as error:
        return str(error)
    return ""


def _in_words(criterion: dict[str, Any]) -> str:
    return requirement(criterion)[in_english()]


def _shown(tried: Trial, tree: list[dict[str, Any]]) -> dict[str, Any]:
    """The trial as a table: each criterion as a sentence with its four counts."""
    states = ("pass", "fail", "manual", "missing")
    rows = [
        [f"{number}. {_in_words(each)}", *(counted[state] for state in states)]
        for number, (each, counted) in enumerate(zip(tree, tried.rules, strict=True), 1)
    ]
    return {
        "platforms": tried.platforms,
        "tier": Tier(tried.tier).label if tried.tier else _("未入库"),
        "rows": rows,
        "foot": [_("全部条件一起"), *(tried.overall[state] for state in states)],
        "columns": [
            {"label": _("条件")},
            *(
                {"label": label, "num": True}
                for label in (_("符合"), _("不符合"), _("待人工判断"), _("资料缺失"))
            ),
        ],
    }
