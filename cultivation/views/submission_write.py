"""Writing a submission: a new one, a change of a platform, one section after another, with a script and without."""

from __future__ import annotations

import secrets
from typing import Any, cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from cultivation.actions import submission as verbs
from cultivation.actions.submission_pins import unlocked
from cultivation.choices import SubmissionKind
from cultivation.forms import submission_rows as rows
from cultivation.forms.submission import SectionForm
from cultivation.models import Submission
from cultivation.views import submission_merge as merging
from cultivation.views import submission_record as pages
from cultivation.views.submission_list import of_office, office
from platforms import record
from platforms.access import Permission, reach
from platforms.errors import Conflict, Invalid
from platforms.models import Authority, Platform, User
from platforms.views.access import SignedInRequest, needs, visible

P = Permission
FIRST_SECTION = next(iter(record.SECTIONS))
#: Buttons that change the rows of a page without saving it.
REARRANGING = ("add", "drop", "paste")
#: How often a page is compared anew with a draft that changes at the same moment, before a person is asked.
ATTEMPTS = 4


def start_key_of(request: HttpRequest) -> str:
    """The key of the page a draft is begun on; anything but a key of ours is none."""
    given = request.POST.get("start_key", "")
    return given if len(given) == 32 and given.isascii() and given.isalnum() else ""


def begun(request: SignedInRequest, authority: Authority) -> Submission | None:
    """The draft that this page has already made."""
    key = start_key_of(request)
    mine = Submission.objects.select_related("authority").filter(authority=authority, created_by=request.user)
    return mine.filter(start_key=key).first() if key else None


@require_http_methods(["GET", "HEAD", "POST"])
@needs(P.SUBMISSION_PREPARE)
def new(request: SignedInRequest, code: str) -> HttpResponse:
    """Start a new platform with its first section. Nothing is stored before the first save, by a button or by the script."""
    authority = office(request, code, P.SUBMISSION_PREPARE)
    lookups = record.Lookups.load()
    form = first_form(request.POST if request.method == "POST" else None, lookups)
    known: dict[str, Any] = {}
    if request.POST.get("lookup"):
        data, known = pages.with_operator(form, authority)
        form = first_form(data, lookups)
    elif request.method == "POST":
        already = begun(request, authority)
        if already is not None:  # sent twice
            return redirect("submission-section", code=code, number=already.number, section=FIRST_SECTION)
        if form.is_valid():
            submission = _start(request, form, authority, lookups)
            if submission is not None:
                messages.success(request, _("草稿已保存，编号 %(number)s。") % {"number": submission.number})
                following = list(record.SECTIONS)[1]
                return redirect("submission-section", code=code, number=submission.number, section=following)
    return _first_page(request, authority, form, known)


def first_form(data: Any, lookups: record.Lookups) -> SectionForm:
    return SectionForm(data, section=FIRST_SECTION, payload=record.empty_payload(), lookups=lookups)


def _first_page(
    request: HttpRequest, authority: Authority, form: SectionForm, known: dict[str, Any]
) -> HttpResponse:
    quiet = bool(request.POST.get("lookup"))
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
        "quiet": quiet,
        "known": known,
        "start_key": start_key_of(request) or secrets.token_hex(16),
        "autosave": reverse("submission-new-autosave", args=[authority.code]),
        "title": _("登记新平台"),
        "section": FIRST_SECTION,
        "section_title": record.SECTIONS[FIRST_SECTION],
        "tasks": entries,
        "complete": 0,
        "total": len(entries),
        "percent": 0,
        "version": "",
    }
    status = 400 if form.is_bound and form.errors and not quiet else 200
    return render(request, "workspace/submission/section.html", context, status=status)


def _start(
    request: SignedInRequest, form: SectionForm, authority: Authority, lookups: record.Lookups
) -> Submission | None:
    """Name and code are what a draft is recognised by, so both are needed from the start."""
    for aggregate, key in (("platform", "name_zh"), ("operator", "uscc")):
        if not form.payload[aggregate].get(key):
            form.add_error(f"{aggregate}-{key}", _("必填。"))
    if form.errors:
        return None
    try:
        return verbs.create_draft(
            authority=authority,
            payload=form.payload,
            by=request.user,
            lookups=lookups,
            start_key=start_key_of(request),
        )
    except Invalid as refusal:
        form.add_problems(refusal.problems)
        return None


@require_POST
@needs(P.SUBMISSION_PREPARE, P.SUBMISSION_FILL)
def propose_change(request: SignedInRequest, code: str, platform: str) -> HttpResponse:
    """Open the change under way, or start one from the record as it is; an operator's person starts it for the operator."""
    own = reach(request.user).rows(Platform.objects.filter(authority=code), P.SUBMISSION_FILL)
    mine = own.filter(code=platform).select_related("authority", "operator").first()
    if mine is not None:
        draft = filling_of(mine, request.user) or verbs.create_draft(
            authority=mine.authority,
            by=request.user,
            kind=SubmissionKind.CHANGE,
            platform=mine,
            filled_by=mine.operator,
        )
        return redirect("submission", code=code, number=draft.number)
    authority = office(request, code, P.SUBMISSION_PREPARE)
    found = visible(request, Platform.objects.filter(authority=authority), P.PLATFORM_VIEW, code=platform)
    under_way = Submission.objects.open().filter(platform=found).first()
    submission = under_way or verbs.create_draft(
        authority=authority, by=request.user, kind=SubmissionKind.CHANGE, platform=found
    )
    return redirect("submission", code=code, number=submission.number)


def filling_of(platform: Platform, user: User) -> Submission | None:
    """The change of this platform that is under way and that this person may see."""
    return reach(user).rows(Submission.objects.open(), P.SUBMISSION_VIEW).filter(platform=platform).first()


@require_POST
@needs(P.SUBMISSION_FILL)
def begin_own(request: SignedInRequest, code: str, operator: int) -> HttpResponse:
    """A further platform of an operator, begun by its own person: what the register knows of the operator is filled in."""
    own = reach(request.user).rows(Platform.objects.active().filter(authority=code), P.SUBMISSION_FILL)
    known = own.select_related("authority", "operator").filter(operator=operator).first()
    if known is None:
        raise Http404
    payload = {**record.empty_payload(), "operator": record.values_of(known.operator, "operator")}
    draft = verbs.create_draft(
        authority=known.authority, by=request.user, payload=payload, filled_by=known.operator
    )
    return redirect("submission", code=code, number=draft.number)


def open_draft(request: HttpRequest, code: str, number: str, section: str) -> Submission:
    """The draft in which this person may write; one that was handed over says why not."""
    if section not in record.SECTIONS:
        raise Http404
    submission = of_office(request, code, number)
    verbs.require_pen(submission, cast(SignedInRequest, request).user)
    return submission


@require_http_methods(["GET", "HEAD", "POST"])
@needs(P.SUBMISSION_PREPARE, P.SUBMISSION_FILL)
def section(request: SignedInRequest, code: str, number: str, section: str) -> HttpResponse:
    """One section of a draft. Whoever saves a page that somebody else has changed meanwhile chooses place by place."""
    submission = open_draft(request, code, number, section)
    lookups = record.Lookups.load()
    if request.method != "POST":
        return _section_page(request, submission, section, lookups, opened(submission, section, lookups))
    form = form_of(submission, section, lookups, request.POST)
    if any(request.POST.get(name) for name in REARRANGING):
        data, refusal = _rearranged(request, form)
        form = form_of(submission, section, lookups, data)
        return _section_page(request, submission, section, lookups, form, unsaved=True, refusal=refusal)
    for _attempt in range(ATTEMPTS):
        merger = merging.Merger(request, submission, section, form, lookups)
        if merger.is_needed:
            break
        if not merger.form.is_valid():
            return _section_page(request, submission, section, lookups, merger.form)
        try:
            saved = verbs.save_draft(
                submission=submission,
                payload=merger.form.payload,
                by=request.user,
                version=submission.version,
                lookups=lookups,
                section=section,
            )
        except Invalid as refusal:
            merger.form.add_problems(refusal.problems)
            return _section_page(request, submission, section, lookups, merger.form)
        except Conflict:  # saved by somebody between our reading and our locking it
            submission = open_draft(request, code, number, section)
            form = form_of(submission, section, lookups, request.POST)
        else:
            return _after_saving(request, saved, section)
    return merger.page()


def form_of(submission: Submission, section: str, lookups: record.Lookups, data: Any = None) -> SectionForm:
    return SectionForm(
        data,
        section=section,
        payload=submission.payload,
        lookups=lookups,
        unlocked=lambda path: unlocked(submission, path),
        pins={pin["field"]: pin["reason"] or submission.return_reason for pin in submission.returned_fields},
    )


def opened(submission: Submission, section: str, lookups: record.Lookups) -> SectionForm:
    """The page as it was left, with what is wrong in it where something is."""
    if any(verbs.within(path, section) for path in submission.unfinished):
        return form_of(submission, section, lookups, rows.data_of(submission.as_written, section))
    return form_of(submission, section, lookups)


def _rearranged(request: HttpRequest, form: SectionForm) -> tuple[dict[str, Any], str]:
    add, drop, paste = (request.POST.get(name, "") for name in REARRANGING)
    if paste:
        text = request.POST.get(f"{paste}-paste", "")
        return rows.with_pasted(form, paste, text, request.POST.get("paste_at", ""))
    return (rows.with_row(form, add) if add else rows.without_row(form, drop)), ""


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
    unsaved: bool = False,
    refusal: str = "",
) -> HttpResponse:
    """``unsaved``: rows were added or removed; the script saves such a page at once, without it a button does."""
    base = verbs.address(submission)
    entries, complete = pages.tasks(submission, lookups, base=base, current=section)
    [shown] = pages.sections(submission, lookups, only=section)
    pages.show_registered(form, submission, section, lookups)
    locked = {item.label for item in form.locked}
    typed_version = request.POST.get("version", "") if request.method == "POST" else ""
    context = {
        "authority": submission.authority,
        "submission": submission,
        "form": form,
        "quiet": unsaved,
        "unsaved": unsaved and not refusal,
        "error_list": [{"href": "", "text": refusal}] if refusal else [],
        "autosave": reverse(
            "submission-autosave", args=[submission.authority_id, submission.number, section]
        ),
        "title": str(submission),
        "section": section,
        "section_title": record.SECTIONS[section],
        "tasks": entries,
        "complete": complete,
        "total": len(entries),
        "percent": complete * 100 // len(entries),
        "version": typed_version or submission.version,
        "locked": [fact for fact in shown["facts"] if fact["name"] in locked],
        "locked_tables": shown["tables"] if form.locked_lists else [],
    }
    refused = bool(refusal) or (
        request.method == "POST" and form.is_bound and not unsaved and bool(form.errors)
    )
    return render(request, "workspace/submission/section.html", context, status=400 if refused else 200)
