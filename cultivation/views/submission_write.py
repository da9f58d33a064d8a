"""Writing a submission: a new one, a change of a platform, one section after another."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from cultivation.actions import submission as verbs
from cultivation.choices import SubmissionKind
from cultivation.forms.submission import SectionForm
from cultivation.models import Submission
from cultivation.views import submission_record as pages
from cultivation.views.submission_list import of_office, office, version_of
from platforms import record
from platforms.access import Permission
from platforms.errors import Conflict, IllegalStep, Invalid
from platforms.models import Authority, Platform
from platforms.views.access import needs, visible

P = Permission
FIRST_SECTION = next(iter(record.SECTIONS))


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
                version=version_of(request),
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


def _conflicting(
    submission: Submission, form: SectionForm, section: str, lookups: record.Lookups
) -> list[dict[str, Any]]:
    """Where the record in force and what was typed differ, within the section."""
    return [
        {**pages.change_of(difference, lookups), "field": difference["field"]}
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
