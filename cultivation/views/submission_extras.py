"""Beside the record: attachments of a submission and the person to call."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core import signing
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cultivation.actions import submission_attachment as attaching
from cultivation.actions import submission_contact as contacts
from cultivation.actions.submission import may_write, require_pen
from cultivation.forms.submission_extras import AttachmentForm, ContactForm
from cultivation.models import Attachment, Submission
from cultivation.views.submission_list import of_office
from platforms.access import Permission
from platforms.errors import Conflict, Invalid
from platforms.uploads import read_upload
from platforms.views.access import SignedInRequest, needs, visible
from platforms.views.stored_file import send

P = Permission


def listed(submission: Submission) -> list[Attachment]:
    return list(submission.attachments.in_force().select_related("document", "added_by"))


@require_http_methods(["GET", "HEAD", "POST"])
@needs(P.SUBMISSION_VIEW, to_write=(P.SUBMISSION_PREPARE, P.SUBMISSION_FILL))
def attachments(request: SignedInRequest, code: str, number: str) -> HttpResponse:
    """The files of a submission; who may write in the draft adds to them."""
    submission = of_office(request, code, number)
    if request.method == "POST":
        require_pen(submission, request.user)
    editable = may_write(submission, request.user)
    form = AttachmentForm(request.POST or None, request.FILES or None)
    if request.method == "POST":
        form = AttachmentForm(request.POST, request.FILES)
        if form.is_valid():
            try:
                attaching.attach(
                    submission=submission,
                    upload=read_upload(form.cleaned_data["file"]),
                    kind=form.cleaned_data["kind"],
                    title=form.cleaned_data["title"],
                    by=request.user,
                )
            except Invalid as refusal:
                for problem in refusal.problems:
                    form.add_error(
                        problem.pointer if problem.pointer in form.fields else None, problem.message
                    )
            else:
                messages.success(request, _("附件已添加。"))
                return redirect("submission-attachments", code=code, number=number)
    context = {
        "authority": submission.authority,
        "submission": submission,
        "form": form,
        "attachments": listed(submission),
        "editable": editable,
    }
    status = 400 if request.method == "POST" else 200
    return render(request, "workspace/submission/attachments.html", context, status=status)


@require_safe
@needs(P.SUBMISSION_VIEW)
def download(request: HttpRequest, number: str, pk: int) -> HttpResponse:
    """One file, for whoever sees its submission: its authority, and the ministry once it was sent up."""
    rows = Attachment.objects.select_related("document").filter(submission__number=number)
    document = visible(request, rows, P.SUBMISSION_VIEW, pk=pk).document
    return send(document.stored_as, name=document.title, media_type=document.media_type)


@require_POST
@needs(P.SUBMISSION_PREPARE, P.SUBMISSION_FILL)
def detach(request: SignedInRequest, code: str, number: str, pk: int) -> HttpResponse:
    """Take a file away from a draft."""
    submission = of_office(request, code, number)
    require_pen(submission, request.user)
    found = get_object_or_404(Attachment, submission=submission, pk=pk)
    attaching.detach(submission=submission, attachment=found, by=request.user)
    messages.success(request, _("附件已移除。"))
    return redirect("submission-attachments", code=code, number=number)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(P.SUBMISSION_PREPARE, P.SUBMISSION_FILL)
def contact(request: SignedInRequest, code: str, number: str) -> HttpResponse:
    """The person to call. The script saves it while it is typed, like every other page of the draft."""
    submission = of_office(request, code, number)
    require_pen(submission, request.user)
    present = contacts.shown(contacts.contact_of(submission))
    by_script = request.headers.get("Accept", "").startswith("application/json")
    if request.method != "POST":
        return _contact_page(request, submission, ContactForm(initial=present), present)
    form = ContactForm(request.POST)
    if form.is_valid():
        values = {key: form.cleaned_data[key] for key in contacts.KEYS}
        try:
            saved = contacts.set_contact(
                submission=submission,
                values=values,
                consent=form.cleaned_data["consent"],
                by=request.user,
                expected=_expected(request),
            )
        except Invalid as refusal:
            for problem in refusal.problems:
                form.add_error(problem.pointer, problem.message)
        except Conflict as refusal:
            if by_script:
                return JsonResponse({"conflict": True, "sentence": refusal.sentence}, status=409)
            form.add_error(None, refusal.sentence)
        else:
            if by_script:
                sentence = _("已自动保存 %(time)s") % {"time": f"{timezone.localtime():%H:%M}"}
                return JsonResponse({"version": digest(contacts.shown(saved.contact)), "sentence": sentence})
            messages.success(request, _("已保存。"))
            return redirect("submission", code=code, number=number)
    if by_script:
        return JsonResponse({"version": "", "sentence": _("有内容填写有误，还没有保存。")})
    return _contact_page(request, submission, form, present, status=400)


def _expected(request: HttpRequest) -> dict[str, Any] | None:
    """The contact the page was made from, as the page carries it."""
    try:
        return signing.loads(request.POST.get("version", ""), salt="contact")
    except signing.BadSignature:
        return {}


def digest(present: dict[str, Any]) -> str:
    return signing.dumps(present, salt="contact")


def _contact_page(
    request: HttpRequest,
    submission: Submission,
    form: ContactForm,
    present: dict[str, Any],
    status: int = 200,
) -> HttpResponse:
    context = {
        "authority": submission.authority,
        "submission": submission,
        "form": form,
        "version": digest(present),
        "text_version": contacts.CONSENT_TEXT,
    }
    return render(request, "workspace/submission/contact.html", context, status=status)
