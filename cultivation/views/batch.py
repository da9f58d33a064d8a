"""The ministry's batches: the list, the draft and its quotas, and the steps that lead a batch on."""

from __future__ import annotations

from functools import partial
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from cultivation.actions import batch as batches
from cultivation.actions import check, stages
from cultivation.choices import BatchStatus, CheckState, StageKind, StageStatus
from cultivation.forms.batch import (
    BatchForm,
    ExtendForm,
    NewBatchForm,
    QuotaForm,
    StagesForm,
    ViewForm,
)  # fmt: skip
from cultivation.forms.reason import ReasonForm
from cultivation.models import Application, Batch
from cultivation.transitions import APPLICATION, BATCH
from cultivation.views.batch_layout import placed
from cultivation.views.batch_table import CHECK_DRAWING, VIEWS, BatchTable
from platforms.access import Permission, reach
from platforms.actions import saved_view
from platforms.errors import DomainError, Invalid, Problem
from platforms.models import SavedView
from platforms.templatetags.registry_ui import plain_name
from platforms.views.access import needs
from platforms.views.choosing import number_or
from platforms.views.pages import page_of

PAGE = 25
#: What the keys of the table do; each has a button, link or field that does the same (``registry/static/batch.js``).
KEYS = (
    ("/", gettext_lazy("查找")),
    ("j", gettext_lazy("下一行")),
    ("k", gettext_lazy("上一行")),
    ("x", gettext_lazy("勾选这一行")),
    ("a", gettext_lazy("全选本页")),
    ("o", gettext_lazy("打开")),
    ("p", gettext_lazy("速览")),
    ("e", gettext_lazy("办理")),
    ("g", gettext_lazy("选择分组")),
    ("n", gettext_lazy("下一页")),
    ("b", gettext_lazy("上一页")),
    ("Esc", gettext_lazy("关闭速览")),
    ("?", gettext_lazy("显示或收起这张表")),
)
#: Steps of a batch that have a page of their own, in the order of the process.
STEPS = ("open", "extend", "close", "finish_stage", "cancel")
ACTS = {
    "open": lambda batch, by, data: batches.open_batch(batch=batch, by=by),
    "extend": lambda batch, by, data: batches.extend_deadline(batch=batch, by=by, **data),
    "close": lambda batch, by, data: batches.close(batch=batch, by=by, **data),
    "finish_stage": lambda batch, by, data: batches.finish_stage(batch=batch, by=by, **data),
    "cancel": lambda batch, by, data: batches.cancel(batch=batch, by=by, **data),
}


@require_http_methods(["GET", "POST"])
@needs(Permission.BATCH_PREPARE, Permission.BATCH_APPROVE)
def batch_list(request: HttpRequest) -> HttpResponse:
    """All batches, newest first, and a new draft."""
    may_prepare = reach(request.user).may(Permission.BATCH_PREPARE)
    form = NewBatchForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        batch = _draft(form.cleaned_data, request)
        messages.success(request, _("已建立草稿 %(code)s，请继续填写。") % {"code": batch.code})
        return redirect("ministry-batch-edit", batch=batch.code)
    rows = Batch.objects.annotate(
        recommended=Count("applications", filter=Q(applications__recommended_at__isnull=False))
    ).order_by("-id")
    page, pager = page_of(request, rows, PAGE)
    context = {
        "batches": page,
        "pager": pager,
        "form": form,
        "may_prepare": may_prepare,
        "person": request.user,
    }
    return render(request, "workspace/batch/list.html", context, status=400 if form.errors else 200)


def _draft(data: dict[str, Any], request: HttpRequest) -> Batch:
    values = {"title_zh": data["title_zh"], "edition": data["edition"]}
    if data["source"]:
        return batches.copy_from(source=data["source"], values=values, by=request.user)
    return batches.create(tier=data["tier"], values=values, by=request.user)


@require_safe
@needs(Permission.BATCH_PREPARE, Permission.BATCH_APPROVE)
def workspace(request: HttpRequest, batch: str) -> HttpResponse:
    """Everything in one batch: where it stands, its applications, what can be done next."""
    found = get_object_or_404(Batch.objects.prefetch_related("stages"), code=batch)
    arranged = placed(request.GET)
    if arranged is not None:
        return redirect(f"{request.path}?{arranged.urlencode()}")
    table = BatchTable(found, request.GET)
    page, pager = page_of(request, table.rows(), table.page_size)
    available = [each for each in BATCH.available(found, request.user) if each.verb in STEPS]
    context = {
        "batch": found,
        "table": table,
        "lines": table.lines(page),
        "pager": pager,
        "steps": steps_of(found),
        "available": available,
        "links": _links(found),
        "bulk_verbs": table.bulk_verbs(request.user),
        "editable": found.status == BatchStatus.DRAFT,
        "may_prepare": reach(request.user).may(Permission.BATCH_PREPARE),
        "obstacle": _obstacle(found),
        "tabs": table.tabs(request.user, request.path),
        "view_form": ViewForm(),
        "peek": _peek(request, found),
        "undo": undo_of(request, found),
        "keys": KEYS,
        "bulk_verbs_span": 1 if table.bulk_verbs(request.user) else 0,
        "hidden": [(name, value) for name, value in table.query.items() if name != "cols"],
        "person": request.user,
    }
    return render(request, "workspace/batch/workspace.html", context)


def undo_of(request: HttpRequest, batch: Batch) -> dict[str, Any] | None:
    """The last bulk move of this person in this batch, if the table of transitions leads back; kept for ten minutes."""
    kept = request.session.get("undo") or {}
    if kept.get("batch") != batch.code or kept.get("until", 0) < timezone.now().timestamp():
        return None
    return kept | {
        "label": APPLICATION.find(kept["verb"]).label,
        "done": APPLICATION.find(kept["did"]).label,
        "count": len(kept["ids"]),
    }


def _peek(request: HttpRequest, batch: Batch) -> dict[str, Any] | None:
    """One application beside the table (``?peek=``): what one would open its page for first."""
    wanted = request.GET.get("peek", "")
    if not (wanted.isascii() and wanted.isdigit() and len(wanted) <= 18):
        return None
    rows = Application.objects.select_related("platform__operator", "platform__area", "authority")
    one = rows.filter(batch=batch, recommended_at__isnull=False, pk=int(wanted)).first()
    if one is None:
        return None
    facts = [
        {"name": _("建设单位"), "value": one.platform.operator.name_zh if one.platform.operator else ""},
        {"name": _("推荐单位"), "value": f"{plain_name(one.authority)} {one.rank or ''}"},
        {"name": _("领域"), "value": plain_name(one.platform.area)},
        {"name": _("状态"), "value": one.get_status_display()},
        {"name": _("结论说明"), "value": one.outcome_reason},
        {"name": _("推荐意见"), "value": one.opinion},
        {"name": _("批注"), "value": "；".join(each.text for each in one.comments.order_by("-pk")[:3])},
    ]
    tasks = [
        {
            "label": each.sentence_zh,
            "state": CHECK_DRAWING.get(each.counts_as, ""),  # type: ignore[call-overload]
            "word": CheckState(each.counts_as).label,
        }
        for each in one.checks.all()
    ]
    page = reverse("ministry-application", args=(batch.code, one.pk))
    return {
        "application": one,
        "facts": facts,
        "tasks": tasks,
        "links": [
            {"url": page, "label": _("打开"), "solid": True},
            {"url": f"{page}#moves", "label": _("办理"), "solid": False},
        ],
    }


@require_http_methods(["POST"])
@needs(Permission.BATCH_PREPARE, Permission.BATCH_APPROVE)
def views(request: HttpRequest, batch: str) -> HttpResponse:
    """Keep the table as it is filtered now under a name, or drop one's own view."""
    found = get_object_or_404(Batch, code=batch)
    form = ViewForm(request.POST)
    dropped = number_or(request.POST.get("drop", ""))
    query = BatchTable(found, request.GET).query.urlencode()
    if dropped is not None:
        saved_view.drop(view=SavedView(pk=dropped), by=request.user)
        messages.success(request, _("视图已删除。"))
    elif form.is_valid():
        saved_view.keep(page=VIEWS, name=form.cleaned_data["name"], query=query, by=request.user)
        messages.success(request, _("视图已保存。"))
    else:
        raise Invalid([Problem("name", "required", str(each)) for each in form.errors["name"]])
    return redirect(f"{reverse('ministry-batch', args=(batch,))}?{query}")


def steps_of(batch: Batch) -> list[dict[str, Any]]:
    """The way of the batch for ``components/steps.html``: recommending first, then its stages."""
    recommending = {
        BatchStatus.DRAFT: "",
        BatchStatus.RECOMMENDING: "current",
    }.get(batch.status, "done")  # type: ignore[call-overload]
    way = [{"label": _("推荐"), "note": "", "state": recommending}]
    kinds = [stage.kind for stage in batch.stages.all()]
    for stage in batch.stages.all():
        label = stage.get_kind_display()
        if kinds.count(stage.kind) > 1:
            label = _("%(stage)s第 %(n)d 轮") % {"stage": label, "n": stage.round}
        state = {StageStatus.FINISHED: "done", StageStatus.ACTIVE: "current"}.get(stage.status, "")  # type: ignore[call-overload]
        note = ""
        if stage.planned_until and state != "done":
            note = _("计划 %(day)s 前") % {"day": stage.planned_until.isoformat()}
        way.append({"label": label, "note": note, "state": state})
    return way


def _obstacle(batch: Batch) -> str:
    current = stages.active(batch)
    if batch.status != BatchStatus.ASSESSING or current is None:
        return ""
    return str(stages.obstacle(batch, current))


def _links(batch: Batch) -> list[dict[str, str]]:
    """Pages of neighbouring parts of the process, where they exist."""
    kinds = {stage.kind for stage in batch.stages.all()}
    wanted = (
        ("ministry-panels", _("评审组")),
        ("ministry-scores", _("评审结果")),
        *([("ministry-visits", _("现场考察"))] if StageKind.SITE_VISIT in kinds else []),
        *([("ministry-consultations", _("征求意见"))] if StageKind.CONSULTATION in kinds else []),
        ("ministry-batch-notice", _("公示")),
        ("ministry-batch-decision", _("决定")),
    )
    found = []
    for name, label in wanted:
        try:
            found.append({"url": reverse(name, args=[batch.code]), "label": label})
        except NoReverseMatch:
            continue
    return found


@require_http_methods(["GET", "POST"])
@needs(Permission.BATCH_PREPARE)
def edit(request: HttpRequest, batch: str) -> HttpResponse:
    """The draft: facts and stages, each saved by its own button."""
    found = get_object_or_404(Batch.objects.prefetch_related("stages"), code=batch)
    part = request.POST.get("part", "")
    posted = {name: request.POST if part == name else None for name in ("facts", "stages")}
    facts = BatchForm(posted["facts"], instance=found, initial={"version": found.version})
    plan = StagesForm(posted["stages"], batch=found)
    forms_of: dict[str, forms.BaseForm] = {"facts": facts, "stages": plan}
    form = forms_of.get(part)
    if request.method == "POST" and form is not None and form.is_valid():
        try:
            _save_part(part, form, batch, request)
        except Invalid as error:
            add_problems(form, error)
        else:
            messages.success(request, _("已保存。"))
            return redirect("ministry-batch-edit", batch=batch)
    context = {
        "batch": Batch.objects.get(pk=found.pk),
        "facts": facts,
        "plan": plan,
        "form": form,
        "person": request.user,
    }
    return render(request, "workspace/batch/edit.html", context, status=400 if form else 200)


def _save_part(part: str, form: Any, code: str, request: HttpRequest) -> None:
    batch = Batch.objects.get(code=code)
    data = form.cleaned_data
    if part == "facts":
        values = {name: data[name] for name in batches.EDITABLE}
        batches.update(batch=batch, values=values, by=request.user, version=data["version"])
    else:
        batches.set_stages(batch=batch, plan=form.plan(), by=request.user)


def add_problems(form: forms.BaseForm, error: Invalid) -> None:
    """Put the verb's problems beside the fields they are about."""
    for problem in error.problems:
        form.add_error(problem.pointer if problem.pointer in form.fields else None, problem.message)


@require_http_methods(["GET", "POST"])
@needs(Permission.BATCH_PREPARE)
def quotas(request: HttpRequest, batch: str) -> HttpResponse:
    """Places per authority beside what each has used."""
    found = get_object_or_404(Batch, code=batch)
    form = QuotaForm(request.POST or None, batch=found, used=batches.quota_used(found))
    if request.method == "POST" and form.is_valid():
        try:
            batches.set_quotas(batch=found, places=form.places(), by=request.user)
        except Invalid as error:
            add_problems(form, error)
        else:
            messages.success(request, _("名额已保存。"))
            return redirect("ministry-batch-quotas", batch=batch)
    context = {"batch": found, "form": form, "person": request.user}
    return render(request, "workspace/batch/quotas.html", context, status=400 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@needs(Permission.BATCH_PREPARE, Permission.BATCH_APPROVE)
def step(request: HttpRequest, batch: str, name: str) -> HttpResponse:
    """Ask once more, with the reason where one is needed, then take the step."""
    found = get_object_or_404(Batch.objects.prefetch_related("stages"), code=batch)
    transition = BATCH.find(name)
    kind = {"open": forms.Form, "extend": ExtendForm}.get(name, _optional)
    form = kind(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            ACTS[name](found, request.user, form.cleaned_data)
        except Invalid as error:
            add_problems(form, error)
        else:
            messages.success(request, _("已办理：%(step)s。") % {"step": transition.label})
            return redirect("ministry-batch", batch=batch)
    context = {
        "batch": found,
        "transition": transition,
        "form": form,
        "refusal": _refusal(found, name, request),
        "person": request.user,
    }
    return render(request, "workspace/batch/step.html", context, status=400 if form.errors else 200)


_optional = partial(ReasonForm, required=False)


def _refusal(batch: Batch, name: str, request: HttpRequest) -> str:
    """Why the step cannot be taken now, told before anyone presses the button."""
    try:
        BATCH.check(batch, name, by=request.user, reason="-")
    except DomainError as error:
        return str(error)
    return _obstacle(batch) if name == "finish_stage" else ""


@require_http_methods(["POST"])
@needs(Permission.APPLICATION_CHECK)
def rerun(request: HttpRequest, batch: str) -> HttpResponse:
    """Evaluate the criteria again for every application whose check is open."""
    found = get_object_or_404(Batch, code=batch)
    differences = check.run_batch_checks(batch=found, by=request.user)
    if not differences:
        messages.success(request, _("已重新审查，结果没有变化。"))
        return redirect("ministry-batch", batch=batch)
    context = {"batch": found, "differences": described(differences), "count": len(differences)}
    return render(request, "workspace/batch/differences.html", context)


def described(differences: list[check.Difference]) -> list[dict[str, Any]]:
    """What a run of the criteria changed, with names, the first two hundred of it."""
    shown = differences[:200]
    names = dict(
        Application.objects.filter(pk__in={each.application for each in shown}).values_list(
            "pk", "platform__name_zh"
        )
    )
    words = {"": "", **dict(CheckState.choices)}
    return [
        {
            "label": names.get(each.application, ""),
            "note": each.criterion,
            "before": words.get(each.before, each.before),
            "after": words.get(each.after, each.after),
        }
        for each in shown
    ]
