"""What the script of a form page talks to: the same forms and verbs as the buttons, answered in a sentence to show."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, JsonResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from cultivation.actions import submission_draft as drafts
from cultivation.forms.submission import SectionForm
from cultivation.views.submission_list import office, version_of
from cultivation.views.submission_write import (
    FIRST_SECTION,
    begun,
    first_form,
    form_of,
    open_draft,
    start_key_of,
)
from platforms import record
from platforms.access import Permission
from platforms.errors import Conflict, Invalid, Problem
from platforms.views.access import SignedInRequest, needs

P = Permission


@require_POST
@needs(P.SUBMISSION_PREPARE, P.SUBMISSION_FILL)
def section(request: SignedInRequest, code: str, number: str, section: str) -> HttpResponse:
    """Keep one section as typed. 409 when somebody else has written on the same page: then a person has to choose."""
    submission = open_draft(request, code, number, section)
    lookups = record.Lookups.load()
    form = form_of(submission, section, lookups, request.POST)
    try:
        kept = drafts.autosave(
            submission=submission,
            typed=_typed(form),
            section=section,
            by=request.user,
            version=version_of(request),
            lookups=lookups,
        )
    except Conflict as refusal:
        return JsonResponse({"conflict": True, "sentence": refusal.sentence}, status=409)
    return JsonResponse(_answer(kept))


@require_POST
@needs(P.SUBMISSION_PREPARE)
def first(request: SignedInRequest, code: str) -> HttpResponse:
    """The first words of a new platform make its draft; from then on the page belongs to the draft."""
    authority = office(request, code, P.SUBMISSION_PREPARE)
    if not start_key_of(request):
        raise Invalid([Problem("start_key", "required", _("请重新打开本页。"))])
    lookups = record.Lookups.load()
    typed = _typed(first_form(request.POST, lookups))
    already = begun(request, authority)
    if already is not None:
        facts: dict[str, Any] = {"submission": already, "version": already.version, "section": FIRST_SECTION}
        kept = drafts.autosave(**facts, typed=typed, by=request.user, lookups=lookups)
    elif any(value not in ("", None, False) for part in typed.values() for value in part.values()):
        kept = drafts.begin(
            authority=authority,
            typed=typed,
            start_key=start_key_of(request),
            by=request.user,
            lookups=lookups,
        )
    else:
        return JsonResponse({"version": "", "sentence": ""})
    number = kept.submission.number
    return JsonResponse(
        _answer(kept)
        | {
            "address": reverse("submission-section", args=[code, number, FIRST_SECTION]),
            "autosave": reverse("submission-autosave", args=[code, number, FIRST_SECTION]),
        }
    )


def _typed(form: SectionForm) -> dict[str, Any]:
    form.refuse_uncounted()
    return form.typed()[0]


def _answer(kept: drafts.Kept) -> dict[str, Any]:
    sentence = _("已自动保存 %(time)s") % {"time": f"{timezone.localtime():%H:%M}"}
    if kept.problems:
        sentence = _("%(saved)s，其中 %(n)s 处填写有误，已原样保留") % {
            "saved": sentence,
            "n": len(kept.problems),
        }
    return {"version": kept.submission.version, "sentence": sentence}
