"""The authority's pages: its platforms, its submissions, writing one and handing it on."""

from __future__ import annotations

import secrets
from typing import Any

from django.contrib import messages
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cultivation.actions import submission as verbs
from cultivation.actions import submission_bulk
from cultivation.choices import SubmissionKind, SubmissionStatus
from cultivation.forms.submission import ReturnForm, SectionForm
from cultivation.models import Submission
from cultivation.transitions import SUBMISSION
from cultivation.views import submission_record as pages
from platforms import record
from platforms.access import Permission, reach
from platforms.choices import Tier
from platforms.errors import Conflict, IllegalStep, Invalid
from platforms.models import Authority, Platform
from platforms.views.access import needs, visible
from platforms.views.pages import page_of

P = Permission
FIRST_SECTION = next(iter(record.SECTIONS))


def office(request: HttpRequest, code: str, permission: str) -> Authority:
    """The authority of the address; one the person does not act for does not exist."""
    own = reach(request.user).authority_codes(permission)
    if own is not None and code not in own:
        raise Http404
    return get_object_or_404(Authority, code=code)


def of_office(
    request: HttpRequest, code: str, number: str, permission: str = P.SUBMISSION_VIEW
) -> Submission:
    rows = Submission.objects.select_related("authority", "platform", "prepared_by", "created_by")
    return visible(request, rows, permission, authority=code, number=number)  # type: ignore[return-value]


# ---- lists ----


@require_safe
@needs(P.PLATFORM_VIEW)
def platforms(request: HttpRequest, code: str) -> HttpResponse:
    """The platforms this authority recommends, with the open change of each."""
    authority = office(request, code, P.PLATFORM_VIEW)
    rows = Platform.objects.filter(authority=authority).select_related("area", "operator", "city")
    q, tier = request.GET.get("q", "").strip()[:60], request.GET.get("tier", "")
    if q:
        rows = rows.filter(Q(name_zh__icontains=q) | Q(code__iexact=q) | Q(operator__name_zh__icontains=q))
    if tier in Tier.values:
        rows = rows.filter(tier=tier)
    found, pager = page_of(request, rows)
    under_way = dict(
        Submission.objects.open().filter(platform__in=found).values_list("platform_id", "number")
    )
    for platform in found:
        platform.under_way = under_way.get(platform.pk, "")
    context = {
        "authority": authority,
        "rows": found,
        "pager": pager,
        "q": q,
        "tier": tier,
        "tiers": Tier.choices,
        "may_change": reach(request.user).may(P.SUBMISSION_PREPARE, Submission(authority=authority)),
    }
    return render(request, "workspace/submission/platforms.html", context)


@require_safe
@needs(P.SUBMISSION_VIEW)
def submissions(request: HttpRequest, code: str) -> HttpResponse:
    """The authority's submissions by state; rows of one state can be moved together."""
    authority = office(request, code, P.SUBMISSION_VIEW)
    rows = reach(request.user).rows(Submission.objects.filter(authority=authority), P.SUBMISSION_VIEW)
    state = request.GET.get("state", "")
    counts = dict(rows.order_by().values_list("status").annotate(n=Count("pk")))
    listed = rows.in_state(state) if state in SubmissionStatus.values else rows  # type: ignore[attr-defined]
    q = request.GET.get("q", "").strip()[:60]
    if q:
        listed = listed.filter(Q(name_zh__icontains=q) | Q(number__iexact=q))
    found, pager = page_of(request, listed.for_list())
    tabs = [{"url": "?", "label": _("全部"), "count": sum(counts.values()), "current": not state}]
    tabs += [
        {"url": f"?state={value}", "label": label, "count": counts.get(value, 0), "current": state == value}
        for value, label in SubmissionStatus.choices
        if counts.get(value) or value == state
    ]
    context = {
        "authority": authority,
        "rows": _drawn(found),
        "pager": pager,
        "tabs": tabs,
        "state": state,
        "q": q,
        "bulk": _bulk_verbs(request, authority, counts),
        "may_prepare": reach(request.user).may(P.SUBMISSION_PREPARE, Submission(authority=authority)),
    }
    return render(request, "workspace/submission/list.html", context)


def _drawn(rows: list[Submission]) -> list[Submission]:
    for row in rows:
        row.drawing = pages.DRAWINGS[row.status]  # type: ignore[attr-defined]
    return rows


def _bulk_verbs(request: HttpRequest, authority: Authority, counts: dict[str, int]) -> list[dict[str, Any]]:
    """What may be done with many rows at once, where there are rows to do it with."""
    mine, example = reach(request.user), Submission(authority=authority)
    moves = [SUBMISSION.find(verb) for verb in ("prepare", "submit")]
    return [
        {"verb": move.verb, "label": move.label}
        for move in moves
        if mine.may(move.permission, example) and any(counts.get(source) for source in move.sources)
    ]


@require_POST
@needs(P.SUBMISSION_PREPARE, P.SUBMISSION_APPROVE)
def bulk(request: HttpRequest, code: str) -> HttpResponse:
    """First what would happen with the ticked rows, then the job."""
    verb = request.POST.get("verb", "")
    if verb not in ("prepare", "submit"):
        raise Http404
    move = SUBMISSION.find(verb)
    authority = office(request, code, move.permission)
    chosen = list(
        Submission.objects.filter(authority=authority, pk__in=picked(request)).for_list().order_by("id")
    )
    moving, refused = sort_out(chosen, verb, request)
    back = reverse("authority-submissions", args=[code])
    if request.POST.get("confirm") and moving:
        start = submission_bulk.prepare_many if verb == "prepare" else submission_bulk.submit_many
        job = start(submissions=moving, by=request.user, authority=authority, nonce=nonce_of(request))
        return redirect("job", pk=job.pk)
    return preview(request, move, moving, refused, back)


def picked(request: HttpRequest) -> list[int]:
    """Database numbers of the ticked rows; anything else is ignored."""
    return [int(pk) for pk in request.POST.getlist("pick") if pk.isascii() and pk.isdigit() and len(pk) < 18]


def nonce_of(request: HttpRequest) -> str:
    return request.POST.get("nonce", "")[:40]


def sort_out(
    chosen: list[Submission], verb: str, request: HttpRequest
) -> tuple[list[Submission], list[dict[str, str]]]:
    """Which of the chosen can be moved now, and why the others cannot. The job checks each again."""
    move = SUBMISSION.find(verb)
    moving, refused = [], []
    for row in chosen:
        if row.status not in move.sources:
            refused.append({"label": str(row), "reason": SUBMISSION.refusal(row, move)})
        elif verb == "submit" and row.prepared_by_id == request.user.pk:
            refused.append({"label": str(row), "reason": _("您是填报人，须由另一位审核人办理。")})
        else:
            moving.append(row)
    return moving, refused


def preview(
    request: HttpRequest, move: Any, moving: list[Submission], refused: list[dict[str, str]], back: str
) -> HttpResponse:
    context = {
        "move": move,
        "moving": moving,
        "refused": refused,
        "back": back,
        "nonce": secrets.token_hex(8),
        "title": _("%(verb)s（%(n)s 项）") % {"verb": move.label, "n": len(moving)},
    }
    return render(request, "workspace/submission/bulk.html", context)


# ---- writing ----


@require_http_methods(["GET", "HEAD", "POST"])
@needs(P.SUBMISSION_PREPARE)
def new(request: HttpRequest, code: str) -> HttpResponse:
    """Start a new platform with its first section. Nothing is stored before the first save."""
    authority = office(request, code, P.SUBMISSION_PREPARE)
    lookups = record.Lookups.load()
    form = SectionForm(
        request.POST if request.method == "POST" else None,
        section=FIRST_SECTION,
        payload=record.empty_payload(),
        lookups=lookups,
    )
    if request.method == "POST" and form.is_valid():
        submission = _start(request, form, authority, lookups)
        if submission is not None:
            messages.success(request, _("草稿已保存，编号 %(number)s。") % {"number": submission.number})
            following = list(record.SECTIONS)[1]
            return redirect("submission-section", code=code, number=submission.number, section=following)
    entries = [
        {
            "label": f"{n} {title}",
            "state": "not_started",
            "url": "",
            "word": "",
            "current": key == FIRST_SECTION,
        }
        for n, (key, title) in enumerate(record.SECTIONS.items(), start=1)
    ]
    context = {
        "authority": authority,
        "form": form,
        "title": _("登记新平台"),
        "section_title": record.SECTIONS[FIRST_SECTION],
        "tasks": entries,
        "complete": 0,
        "total": len(entries),
        "percent": 0,
        "version": "",
        "locked": [],
        "locked_tables": [],
    }
    status = 400 if form.is_bound and form.errors else 200
    return render(request, "workspace/submission/section.html", context, status=status)


def _start(
    request: HttpRequest, form: SectionForm, authority: Authority, lookups: record.Lookups
) -> Submission | None:
    """Name and code are what a draft is recognised by, so both are needed from the start."""
    for aggregate, key in (("platform", "name_zh"), ("operator", "uscc")):
        if not form.payload[aggregate].get(key):
            form.add_error(f"{aggregate}-{key}", _("必填。"))
    if form.errors:
        return None
    try:
        return verbs.create_draft(authority=authority, payload=form.payload, by=request.user, lookups=lookups)
    except Invalid as refusal:
        form.add_problems(refusal.problems)
        return None


@require_POST
@needs(P.SUBMISSION_PREPARE)
def propose_change(request: HttpRequest, code: str, platform: str) -> HttpResponse:
    """Open the change under way, or start one from the record as it is."""
    authority = office(request, code, P.SUBMISSION_PREPARE)
    found = visible(request, Platform.objects.filter(authority=authority), P.PLATFORM_VIEW, code=platform)
    under_way = Submission.objects.open().filter(platform=found).first()
    submission = under_way or verbs.create_draft(
        authority=authority, by=request.user, kind=SubmissionKind.CHANGE, platform=found
    )
    return redirect("submission", code=code, number=submission.number)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(P.SUBMISSION_PREPARE)
def section(request: HttpRequest, code: str, number: str, section: str) -> HttpResponse:
    """One section of a draft. Rows are added and removed without losing what was typed elsewhere."""
    if section not in record.SECTIONS:
        raise Http404
    submission = of_office(request, code, number, P.SUBMISSION_PREPARE)
    if submission.status not in verbs.EDITABLE:
        raise IllegalStep(
            _("“%(record)s”现在是“%(state)s”，不能修改。")
            % {"record": submission, "state": submission.get_status_display()}
        )
    lookups = record.Lookups.load()
    form = _section_form(request, submission, section, lookups)
    add, drop = request.POST.get("add", ""), request.POST.get("drop", "")
    if add or drop:
        form = _section_form(request, submission, section, lookups, form.rearranged(add=add, drop=drop))
        return _section_page(request, submission, section, lookups, form, rearranged=True)
    conflict: list[dict[str, Any]] = []
    if request.method == "POST" and form.is_valid():
        try:
            saved = verbs.save_draft(
                submission=submission,
                payload=form.payload,
                by=request.user,
                version=_version(request),
                lookups=lookups,
            )
        except Invalid as refusal:
            form.add_problems(refusal.problems)
        except Conflict:
            submission = of_office(request, code, number, P.SUBMISSION_PREPARE)
            conflict = _conflicting(submission, form, section, lookups)
        else:
            return _after_saving(request, saved, section)
    return _section_page(request, submission, section, lookups, form, conflict=conflict)


def _section_form(
    request: HttpRequest,
    submission: Submission,
    section: str,
    lookups: record.Lookups,
    data: dict[str, Any] | None = None,
) -> SectionForm:
    return SectionForm(
        data if data is not None else (request.POST if request.method == "POST" else None),
        section=section,
        payload=submission.payload,
        lookups=lookups,
        unlocked=lambda path: verbs.unlocked(submission, path),
        pins={pin["field"]: pin["reason"] or submission.return_reason for pin in submission.returned_fields},
    )


def _version(request: HttpRequest) -> int | None:
    given = request.POST.get("version", "")
    return int(given) if given.isascii() and given.isdigit() and len(given) < 10 else None


def _conflicting(
    submission: Submission, form: SectionForm, section: str, lookups: record.Lookups
) -> list[dict[str, Any]]:
    """Where the record in force and what was typed differ, within the section."""
    return [
        {**pages._change(difference, lookups), "field": difference["field"]}
        for difference in record.differences(submission.payload, form.payload)
        if any(
            item.section == section and item.aggregate == difference["field"].partition("/")[0]
            for item in record.FIELDS
        )
    ]


def _after_saving(request: HttpRequest, submission: Submission, section: str) -> HttpResponse:
    code, number = submission.authority_id, submission.number
    messages.success(request, _("已保存。"))
    keys = list(record.SECTIONS)
    following = keys.index(section) + 1
    if request.POST.get("stay") or following == len(keys):
        return redirect("submission", code=code, number=number)
    return redirect("submission-section", code=code, number=number, section=keys[following])


def _section_page(
    request: HttpRequest,
    submission: Submission,
    section: str,
    lookups: record.Lookups,
    form: SectionForm,
    *,
    rearranged: bool = False,
    conflict: list[dict[str, Any]] | None = None,
) -> HttpResponse:
    base = verbs.address(submission)
    entries, complete = pages.tasks(submission, lookups, base=base, current=section)
    [shown] = pages.sections(submission, lookups, only=section)
    locked = {item.label for item in form.locked}
    context = {
        "authority": submission.authority,
        "submission": submission,
        "form": form,
        "quiet": rearranged,
        "conflict": conflict or [],
        "title": str(submission),
        "section_title": record.SECTIONS[section],
        "tasks": entries,
        "complete": complete,
        "total": len(entries),
        "percent": complete * 100 // len(entries),
        "version": submission.version
        if conflict or request.method != "POST"
        else request.POST.get("version", ""),
        "locked": [fact for fact in shown["facts"] if fact["name"] in locked],
        "locked_tables": shown["tables"] if form.locked_lists else [],
    }
    refused = bool(conflict) or (form.is_bound and not rearranged and bool(form.errors))
    status = (409 if conflict else 400) if refused else 200
    return render(request, "workspace/submission/section.html", context, status=status)


# ---- one submission ----

#: Verbs with a button on the authority's page, and whether they ask for a reason.
ACTS = {
    "prepare": verbs.prepare,
    "take_back": verbs.take_back,
    "submit": verbs.submit,
    "withdraw": verbs.withdraw,
}


@require_safe
@needs(P.SUBMISSION_VIEW)
def detail(request: HttpRequest, code: str, number: str) -> HttpResponse:
    """Check your answers: the whole record, what it changes, what is missing, what happened, what can be done."""
    return _detail_page(request, of_office(request, code, number))


@require_POST
@needs(P.SUBMISSION_PREPARE, P.SUBMISSION_APPROVE)
def act(request: HttpRequest, code: str, number: str, verb: str) -> HttpResponse:
    """One move with one button. Pressed twice, the second is refused by the state of the record."""
    submission = of_office(request, code, number)
    if verb == "send_back":
        return _send_back(request, submission)
    if verb == "rebase":
        verbs.rebase(submission=submission, by=request.user)
        messages.success(request, _("已改按最新记录填报，请核对下面的改动。"))
    elif verb in ACTS:
        try:
            ACTS[verb](submission=submission, by=request.user, version=_version(request))
        except Invalid as refusal:
            return _detail_page(request, submission, problems=refusal.problems, status=400)
        messages.success(request, said(verb, submission))
    else:
        raise Http404
    return redirect("submission", code=code, number=number)


def _send_back(request: HttpRequest, submission: Submission) -> HttpResponse:
    form = ReturnForm(request.POST, with_due=False)
    if not form.is_valid():
        return _detail_page(request, submission, return_form=form, status=400)
    verbs.send_back(
        submission=submission,
        by=request.user,
        reason=form.cleaned_data["reason"],
        fields=form.pins,
        version=_version(request),
    )
    messages.success(request, said("send_back", submission))
    return redirect("submission", code=submission.authority_id, number=submission.number)


def said(verb: str, submission: Submission) -> str:
    """What is told after a move: what was done and what happens next."""
    sentences = {
        "prepare": _("已提交，本单位审核人会收到消息。编号 %(number)s。"),
        "take_back": _("已取回，可以继续修改。"),
        "submit": _("已上报，等待部受理，结果会发到您的消息。编号 %(number)s。"),
        "send_back": _("已退回经办人，原因已发到对方的消息。"),
        "withdraw": _("已撤回。"),
        "accept": _("已受理入库，公众页面已经更新。"),
        "return": _("已退回补正，原因已发给推荐单位。"),
        "reject": _("已记为不予受理，原因已发给推荐单位。"),
    }
    return sentences[verb] % {"number": submission.number}


def _detail_page(
    request: HttpRequest,
    submission: Submission,
    *,
    problems: list[Any] | None = None,
    return_form: ReturnForm | None = None,
    status: int = 200,
) -> HttpResponse:
    lookups = record.Lookups.load()
    mine = reach(request.user)
    editable = submission.status in verbs.EDITABLE and mine.may(P.SUBMISSION_PREPARE, submission)
    base = verbs.address(submission)
    moves = [
        move for move in SUBMISSION.available(submission, request.user) if move.verb in (*ACTS, "send_back")
    ]
    own = submission.status == SubmissionStatus.PREPARED and submission.prepared_by_id == request.user.pk
    if own:
        moves = [move for move in moves if move.verb not in ("submit", "send_back")]
    if problems is not None:
        listed = [{"href": "", "text": pages.describe(problem)} for problem in problems]
    else:
        listed = []
    context = {
        "authority": submission.authority,
        "submission": submission,
        "drawing": pages.DRAWINGS[submission.status],
        "sections": pages.sections(submission, lookups, base=base if editable else ""),
        "editable": editable,
        "missing": pages.problem_list(submission, lookups, base) if editable else [],
        "error_list": listed,
        "changes": pages.changes(submission, lookups) if submission.kind == SubmissionKind.CHANGE else [],
        "stale": _stale(submission),
        "events": pages.timeline(submission, for_ministry=mine.may(P.SUBMISSION_DECIDE)),
        "moves": [move for move in moves if move.verb != "send_back"],
        "own": own and mine.may(P.SUBMISSION_APPROVE, submission),
        "return_form": return_form
        or (ReturnForm(with_due=False) if any(move.verb == "send_back" for move in moves) else None),
    }
    if editable:
        context["tasks"], context["complete"] = pages.tasks(submission, lookups, base=base)
        context["total"] = len(record.SECTIONS)
        context["percent"] = context["complete"] * 100 // context["total"]
    return render(request, "workspace/submission/detail.html", context, status=status)


def _stale(submission: Submission) -> bool:
    return bool(
        submission.kind == SubmissionKind.CHANGE
        and submission.status in SubmissionStatus.values[:4]
        and submission.platform is not None
        and submission.platform.version != submission.base_version
    )
