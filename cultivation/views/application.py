"""The ministry's pages of applications: one with its check, many with an exact preview."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cultivation.actions import application as verbs
from cultivation.actions import bulk, check
from cultivation.actions import comment as comments
from cultivation.calendar import end_of_day
from cultivation.choices import CheckState
from cultivation.forms.batch import CommentForm, OverrideForm, SupplementForm
from cultivation.forms.reason import ReasonForm
from cultivation.models import Application, Batch, CheckResult
from cultivation.transitions import APPLICATION
from cultivation.views.batch import add_problems
from cultivation.views.batch_table import CHECK_DRAWING, DRAWING, BatchTable
from cultivation.views.timeline import happened
from platforms.access import Permission, reach
from platforms.errors import DomainError, Invalid
from platforms.models import Area, Direction, Region
from platforms.record import LISTS, fields_of
from platforms.views.access import SignedInRequest, needs, visible
from platforms.views.choosing import chosen_ids, number_or

#: Moves the ministry makes on the page of one application.
SINGLE = {**bulk.MINISTRY, "request_supplement": verbs.request_supplement}
ROWS = Application.objects.select_related(
    "platform__area", "platform__operator", "authority", "batch", "proposed_by", "recommended_by"
).prefetch_related("batch__stages")
#: How long and for how many a bulk move can be taken back in one go.
UNDO_SECONDS, MOST_UNDONE = 600, 500
#: Moves that sort the reviewed ones; kept from authorities until the list is on notice.
SORTING = tuple(
    move.verb for move in APPLICATION.transitions if move.permission == Permission.APPLICATION_SHORTLIST
)


@require_safe
@needs(Permission.APPLICATION_CHECK, Permission.SCORES_VIEW)
def detail(request: SignedInRequest, batch: str, pk: int) -> HttpResponse:
    """The record as it was recommended, the check in sentences, the moves that are open, and what happened."""
    return _page(request, _found(request, batch, pk))


def _found(request: HttpRequest, batch: str, pk: int) -> Application:
    return visible(request, ROWS, Permission.APPLICATION_VIEW, batch__code=batch, pk=pk)


def _page(
    request: SignedInRequest, application: Application, status: int = 200, **changed: Any
) -> HttpResponse:
    results = list(application.checks.select_related("overridden_by", "confirmed_by"))
    mine = reach(request.user)
    judging = application.status in check.OPEN
    moves = [
        (each, _refusal(application, each.verb, request))
        for each in APPLICATION.available(application, request.user)
        if each.verb in SINGLE
    ]
    context = {
        "application": application,
        "batch": application.batch,
        "drawing": DRAWING[application.status],  # type: ignore[index]
        "results": [_result(each, request, judging) for each in results],
        "may_judge": judging and mine.may(Permission.APPLICATION_CHECK),
        "override_form": OverrideForm(),
        "moves": moves,
        "reason_form": ReasonForm(required=False),
        "supplement_form": SupplementForm(),
        "comment_form": CommentForm(),
        "comments": application.comments.select_related("written_by"),
        "sections": snapshot(application.record),
        "events": history_of(application, for_ministry=True),
        "person": request.user,
        **changed,
    }
    return render(request, "workspace/application/detail.html", context, status=status)


def _refusal(application: Application, name: str, request: SignedInRequest) -> str:
    """Why this move cannot be made now, as the verb would say it; ``""`` when it can."""
    try:
        verbs.judge(application, name, by=request.user, reason="-")
    except DomainError as error:
        return str(error)
    return ""


def _result(result: CheckResult, request: HttpRequest, judging: bool) -> dict[str, Any]:
    pending = bool(result.override_state) and not result.confirmed_at
    mine = reach(request.user)
    confirms = mine.may(Permission.APPLICATION_CHECK) or mine.may(Permission.BATCH_APPROVE)
    return {
        "result": result,
        "drawing": CHECK_DRAWING.get(result.counts_as, ""),  # type: ignore[call-overload]
        "state_word": CheckState(result.counts_as).label,
        "override_word": CheckState(result.override_state).label if result.override_state else "",
        "used": [{"field": used["field"], "value": _evidence(used["value"])} for used in result.fields],
        "pending": pending,
        "may_confirm": judging and pending and confirms and result.overridden_by_id != request.user.pk,
    }


def _evidence(value: Any) -> str:
    """A value that a criterion looked at, short enough to stand in a line."""
    if value is None:
        return "—"
    if isinstance(value, bool):
        return _("是") if value else _("否")
    return _("%(n)d 条") % {"n": len(value)} if isinstance(value, list | dict) else str(value)


def snapshot(payload: dict[str, Any]) -> list[dict[str, Any]]:
    """The copied record as name–value lists: the platform, its operator, then the number of rows of each list."""
    titles = {"platform": _("平台"), "operator": _("建设单位")}
    found, names = [], _names_of(payload.get("platform") or {})
    for aggregate, title in titles.items():
        values = payload.get(aggregate) or {}
        facts = [
            {"name": item.label, "value": names.get(item.key) or _shown(item, values[item.key])}
            for item in fields_of(aggregate)
            if values.get(item.key) not in (None, "")
        ]
        found.append({"title": title, "facts": facts})
    tables = [_table(aggregate, payload.get(aggregate) or []) for aggregate in LISTS]
    return [*found, *(table for table in tables if table["rows"])]


def _names_of(values: dict[str, Any]) -> dict[str, str]:
    """What the codes in a copied record are called today."""
    sources: dict[str, type[Region | Area | Direction]] = {
        "region": Region,
        "city": Region,
        "area": Area,
        "direction": Direction,
    }
    found = {key: model.objects.filter(pk=values.get(key)).first() for key, model in sources.items()}
    return {key: each.name_zh for key, each in found.items() if each is not None}


def _table(aggregate: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    names = {
        "lines": _("中试线"),
        "services": _("服务"),
        "equipment": _("设备"),
        "qualifications": _("资质"),
        "figures": _("年度数据"),
    }
    used = [item for item in fields_of(aggregate) if any(row.get(item.key) not in (None, "") for row in rows)]
    return {
        "title": names.get(aggregate, aggregate),
        "columns": [{"label": item.label} for item in used],
        "rows": [[str(_shown(item, row.get(item.key, ""))) for item in used] for row in rows[:100]],
    }


def _shown(item, value: Any) -> Any:
    if isinstance(value, bool):
        return _("是") if value else _("否")
    return dict(item.choices).get(str(value), value) if item.choices else value


def history_of(application: Application, *, for_ministry: bool) -> list[dict[str, Any]]:
    """Who did what and when. How the ministry sorted the reviewed ones is told to authorities once the notice is out."""
    return happened(
        application,
        APPLICATION,
        {"application.propose": _("拟推荐"), "application.set_opinion": _("修改推荐意见")},
        for_ministry=for_ministry,
        veiled=() if application.sorting_is_public else SORTING,
        unexplained=("pass_check",),
    )


@require_POST
@needs(Permission.APPLICATION_CHECK, Permission.SCORES_VIEW)
def comment(request: SignedInRequest, batch: str, pk: int) -> HttpResponse:
    """A word to colleagues beside the record."""
    application = _found(request, batch, pk)
    form = CommentForm(request.POST)
    if not form.is_valid():
        return _page(request, application, 400, form=form, comment_form=form)
    comments.write(application=application, text=form.cleaned_data["text"], by=request.user)
    messages.success(request, _("批注已记下。"))
    return redirect("ministry-application", batch=batch, pk=pk)


@require_POST
@needs(Permission.APPLICATION_CHECK, Permission.APPLICATION_SHORTLIST)
def act(request: SignedInRequest, batch: str, pk: int, name: str) -> HttpResponse:
    """One move of one application."""
    application = _found(request, batch, pk)
    asked_more = name == "request_supplement"
    form = SupplementForm(request.POST) if asked_more else ReasonForm(request.POST, required=False)
    if form.is_valid():
        data = dict(form.cleaned_data)
        if "due_on" in data:
            data["due"] = end_of_day(data.pop("due_on"))
        try:
            SINGLE[name](application=application, by=request.user, **data)
        except Invalid as error:
            add_problems(form, error)
        else:
            label = APPLICATION.find(name).label
            messages.success(
                request, _("“%(application)s”：%(step)s。") % {"application": application, "step": label}
            )
            return redirect("ministry-application", batch=batch, pk=pk)
    shown = "supplement_form" if name == "request_supplement" else "reason_form"
    return _page(request, application, 400, form=form, failed=name, **{shown: form})


@require_POST
@needs(Permission.APPLICATION_CHECK, Permission.BATCH_APPROVE)
def judge_check(request: SignedInRequest, batch: str, pk: int, check_pk: int, name: str) -> HttpResponse:
    """Override one result, or confirm another person's override."""
    application = _found(request, batch, pk)
    result = get_object_or_404(CheckResult, application=application, pk=check_pk)
    if name == "confirm":
        check.confirm_override(result=result, by=request.user)
        messages.success(request, _("已确认人工判断。"))
        return redirect("ministry-application", batch=batch, pk=pk)
    form = OverrideForm(request.POST)
    if form.is_valid():
        check.override(result=result, by=request.user, **form.cleaned_data)
        messages.success(request, _("人工判断已记录，须由另一人确认后生效。"))
        return redirect("ministry-application", batch=batch, pk=pk)
    return _page(request, application, 400, form=form, override_form=form, judged=result.pk)


def _ticked(request: HttpRequest, batch: Batch) -> list[int]:
    """The rows the person means: those of the confirmed preview, all that the filters of the table show, or the ticked ones."""
    if "ids" in request.POST:
        found = (number_or(each) for each in request.POST["ids"].split(","))
        return [each for each in found if each is not None]
    if "all" in request.POST:
        return list(BatchTable(batch, request.GET).rows().order_by("pk").values_list("pk", flat=True))
    return chosen_ids(request, "id")


def _remember(request: HttpRequest, batch: Batch, name: str, outcome: bulk.Outcome) -> None:
    """Offer the way back from a bulk move, where the table of transitions has one; it is taken like any other move."""
    verb, ids = bulk.way_back(name, outcome)
    request.session.pop("undo", None)
    if verb and len(ids) <= MOST_UNDONE:
        until = timezone.now().timestamp() + UNDO_SECONDS
        request.session["undo"] = {
            "batch": batch.code, "did": name, "verb": verb, "ids": ids, "until": until,
        }  # fmt: skip


@require_http_methods(["POST"])
@needs(Permission.APPLICATION_CHECK, Permission.APPLICATION_SHORTLIST)
def move_many(request: SignedInRequest, batch: str) -> HttpResponse:
    """First what would move and what would not, then, when confirmed, exactly that."""
    found = get_object_or_404(Batch.objects.prefetch_related("stages"), code=batch)
    name = request.POST.get("verb", "")
    ids = _ticked(request, found)
    if name not in bulk.MINISTRY or not ids:
        messages.error(request, _("请先选择平台，再选择要办理的事项。"))
        return redirect("ministry-batch", batch=batch)
    transition = APPLICATION.find(name)
    form = ReasonForm(request.POST, required=False)
    reason = form.cleaned_data["reason"] if form.is_valid() else ""
    error = "；".join(map(str, form.errors.get("reason", [])))
    if "confirmed" in request.POST and not error:
        try:
            outcome = bulk.move_many(batch=found, ids=ids, name=name, by=request.user, reason=reason)
        except Invalid as invalid:
            error = str(invalid)
        else:
            _remember(request, found, name, outcome)
            messages.success(
                request,
                _("%(step)s：已处理 %(done)d 条，%(left)d 条没有变动。")
                % {
                    "step": transition.label,
                    "done": len(outcome.moving),
                    "left": len(outcome.refused),
                },
            )
            return redirect("ministry-batch", batch=batch)
    visible_rows = bulk.chosen(found, ids).filter(recommended_at__isnull=False)
    expected = bulk.preview(applications=visible_rows, name=name, by=request.user)
    context = {
        "batch": found,
        "transition": transition,
        "ids": ",".join(str(each.pk) for each in expected.moving),
        "expected": expected,
        "refused": [{"label": str(each), "reason": why} for each, why in expected.refused],
        "reason": reason,
        "error_list": [{"href": "#bulk-reason", "text": error}] if error else [],
        "person": request.user,
    }
    return render(request, "workspace/batch/bulk.html", context, status=400 if error else 200)
