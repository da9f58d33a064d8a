"""One submission in the authority's workspace: check your answers, and every move with one button."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from cultivation.actions import submission as verbs
from cultivation.actions import submission_city as city
from cultivation.actions import submission_filling as filling
from cultivation.actions.submission_contact import contact_of
from cultivation.choices import SubmissionKind, SubmissionStatus
from cultivation.forms.reason import OpinionForm
from cultivation.forms.submission_return import ReturnForm
from cultivation.models import Submission
from cultivation.views import submission_record as pages
from cultivation.views.submission_extras import listed
from cultivation.views.submission_list import UNDECLARED, of_office, version_of
from cultivation.views.submission_meter import meters
from platforms import record
from platforms.access import Permission, reach
from platforms.errors import IllegalStep, Invalid, Problem
from platforms.views.access import SignedInRequest, needs

P = Permission
ENDED = (SubmissionStatus.REJECTED, SubmissionStatus.WITHDRAWN)

#: Verbs with a button on the authority's page, and whether they ask for a reason.
ACTS = {
    "hand_in": filling.hand_in,
    "fetch_back": filling.fetch_back,
    "hand_to_city": city.hand_to_city,
    "send_to_city": city.send_to_city,
    "fetch_from_city": city.fetch_from_city,
    "prepare": verbs.prepare,
    "take_back": verbs.take_back,
    "submit": verbs.submit,
    "withdraw": verbs.withdraw,
}

#: Verbs that are sent with an opinion or a reason.
REASONED = {"city_pass": city.city_pass, "stand_in_for_city": city.stand_in_for_city}

#: Verbs that pin reasons to places; a page shows one of them at most.
GIVING_BACK = {
    "send_back": verbs.send_back,
    "ask_operator": filling.ask_operator,
    "city_return": city.city_return,
    "city_return_operator": city.city_return_operator,
}

MOVES = (*ACTS, *REASONED, *GIVING_BACK)


@require_safe
@needs(P.SUBMISSION_VIEW)
def detail(request: HttpRequest, code: str, number: str) -> HttpResponse:
    """Check your answers: the whole record, what it changes, what is missing, what happened, what can be done."""
    return _detail_page(request, of_office(request, code, number))


@require_POST
@needs(P.SUBMISSION_PREPARE, P.SUBMISSION_APPROVE, P.SUBMISSION_FILL, P.SUBMISSION_CITY_REVIEW)
def act(request: SignedInRequest, code: str, number: str, verb: str) -> HttpResponse:
    """One move with one button. Pressed twice, the second is refused by the state of the record."""
    submission = of_office(request, code, number)
    if verb in GIVING_BACK:
        return _give_back(request, submission, verb)
    if verb in REASONED:
        return _with_reason(request, submission, verb)
    if verb == "copy":
        return _copy(request, submission)
    if verb == "rebase":
        verbs.rebase(submission=submission, by=request.user)
        messages.success(request, _("已改按最新记录填报，请核对下面的改动。"))
    elif verb in ACTS:
        declared = bool(request.POST.get("declared"))
        if verb == "prepare" and not declared:
            missing = Problem("declared", "required", UNDECLARED)
            return _detail_page(request, submission, problems=[missing], status=400)
        facts = {"declared": declared} if verb == "prepare" else {}
        try:
            ACTS[verb](submission=submission, by=request.user, version=version_of(request), **facts)
        except Invalid as refusal:
            return _detail_page(request, submission, problems=refusal.problems, status=400)
        messages.success(request, said(verb, submission))
    else:
        raise Http404
    return redirect("submission", code=code, number=number)


def _give_back(request: SignedInRequest, submission: Submission, verb: str) -> HttpResponse:
    form = ReturnForm(request.POST, with_due=False)
    if not form.is_valid():
        return _detail_page(request, submission, return_form=form, status=400)
    GIVING_BACK[verb](
        submission=submission,
        by=request.user,
        reason=form.cleaned_data["reason"],
        fields=form.pins,
        version=version_of(request),
    )
    messages.success(request, said(verb, submission))
    return redirect("submission", code=submission.authority_id, number=submission.number)


def _with_reason(request: SignedInRequest, submission: Submission, verb: str) -> HttpResponse:
    form = OpinionForm(request.POST)
    if not form.is_valid():
        return _detail_page(request, submission, reason_form=form, reason_verb=verb, status=400)
    REASONED[verb](
        submission=submission,
        by=request.user,
        reason=form.cleaned_data["reason"],
        version=version_of(request),
    )
    messages.success(request, said(verb, submission))
    return redirect("submission", code=submission.authority_id, number=submission.number)


def _copy(request: SignedInRequest, submission: Submission) -> HttpResponse:
    """Begin again from a new platform's submission that was refused or given up; nothing has to be typed twice."""
    if submission.status not in ENDED or submission.kind != SubmissionKind.NEW:
        raise IllegalStep(_("只有没有受理或已撤回的新登记可以作为底稿。"))
    draft = verbs.create_draft(authority=submission.authority, payload=submission.payload, by=request.user)
    messages.success(request, _("已按原内容建立新的草稿，编号 %(number)s。") % {"number": draft.number})
    return redirect("submission", code=draft.authority_id, number=draft.number)


def said(verb: str, submission: Submission) -> str:
    """What is told after a move: what was done and what happens next."""
    sentences = {
        "ask_operator": _("已请建设单位填写，要求已发到对方的消息。"),
        "hand_in": _("已交给推荐单位经办人，对方会收到消息。编号 %(number)s。"),
        "fetch_back": _("已收回，可以继续填写。"),
        "hand_to_city": _("已交地市初审，通过后由推荐单位继续办理。编号 %(number)s。"),
        "send_to_city": _("已送地市初审，结果会发到您的消息。编号 %(number)s。"),
        "city_pass": _("已通过，意见已发给推荐单位。编号 %(number)s。"),
        "city_return": _("已退回推荐单位经办人，原因已发到对方的消息。"),
        "city_return_operator": _("已退回建设单位，原因已发到对方的消息。"),
        "stand_in_for_city": _("已代行初审并记录在案，可以继续办理。"),
        "fetch_from_city": _("已从地市收回，可以继续填写。"),
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
    reason_form: OpinionForm | None = None,
    reason_verb: str = "",
    status: int = 200,
) -> HttpResponse:
    lookups = record.Lookups.load()
    mine = reach(request.user)
    editable = verbs.may_write(submission, cast(SignedInRequest, request).user)
    base = verbs.address(submission)
    moves = [move for move in filling.offered(submission, request.user) if move.verb in MOVES]
    own = submission.status == SubmissionStatus.PREPARED and submission.prepared_by_id == request.user.pk
    if own:
        moves = [move for move in moves if move.verb not in ("submit", "send_back")]
    if problems is not None:
        refusals = [
            {
                "href": "#declared" if problem.pointer == "declared" else "",
                "text": pages.describe(problem),
            }
            for problem in problems
        ]
    else:
        refusals = []
    context = {
        "authority": submission.authority,
        "submission": submission,
        "drawing": pages.DRAWINGS[submission.status],
        "sections": pages.sections(submission, lookups, base=base if editable else ""),
        "editable": editable,
        "copyable": submission.status in ENDED
        and submission.kind == SubmissionKind.NEW
        and mine.may(P.SUBMISSION_PREPARE, submission),
        "missing": pages.problem_list(submission, lookups, base) if editable else [],
        "error_list": refusals,
        "changes": pages.changes(submission, lookups, base=base if editable else "")
        if submission.kind == SubmissionKind.CHANGE
        else [],
        "corrected": pages.since_return(submission, lookups),
        "attachments": listed(submission),
        "contact": contact_of(submission),
        "meters": meters(submission, base=base if editable else ""),
        "stale": is_stale(submission),
        "events": pages.timeline(submission, for_ministry=mine.may(P.SUBMISSION_DECIDE)),
        "moves": [move for move in moves if move.verb not in GIVING_BACK],
        "reason_form": reason_form or OpinionForm(),
        "reason_verb": reason_verb,
        "office": mine.may(P.SUBMISSION_VIEW, Submission(authority=submission.authority)),
        "own": own and mine.may(P.SUBMISSION_APPROVE, submission),
        "return_form": return_form
        or (ReturnForm(with_due=False) if any(move.verb in GIVING_BACK for move in moves) else None),
        "giving": next((move for move in moves if move.verb in GIVING_BACK), None),
    }
    if editable:
        context["tasks"], complete = pages.tasks(submission, lookups, base=base)
        context["complete"] = complete
        context["total"] = len(record.SECTIONS)
        context["percent"] = complete * 100 // len(record.SECTIONS)
    return render(request, "workspace/submission/detail.html", context, status=status)


def is_stale(submission: Submission) -> bool:
    return bool(
        submission.kind == SubmissionKind.CHANGE
        and submission.status not in (*ENDED, SubmissionStatus.ACCEPTED)
        and submission.platform is not None
        and submission.platform.version != submission.base_version
    )
