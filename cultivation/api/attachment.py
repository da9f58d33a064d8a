"""附件 of a submission over the API: what there is, one more, one less."""

from __future__ import annotations

from typing import Any, ClassVar

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from rest_framework.request import Request

from cultivation.actions import submission_attachment as verbs
from cultivation.choices import AttachmentKind
from cultivation.models import Attachment, Submission
from platforms.access import Permission
from platforms.api import parameters, shapes
from platforms.api.endpoint import Access, Endpoint, api_url, page_url
from platforms.api.idempotency import idempotent
from platforms.api.rehearsal import rehearsable
from platforms.api.uploading import OneFile, file_of
from platforms.api.workspace import answer, body_of, expected_version, own_record, text_of, version_tag

ATTACHMENT = shapes.titled(
    "Attachment",
    shapes.record(
        id=shapes.INTEGER,
        kind=shapes.words(AttachmentKind),
        title=shapes.STRING,
        media_type=shapes.STRING,
        size=shapes.INTEGER,
        sha256=shapes.STRING,
        added_at=shapes.MOMENT,
    ),
)
ALL = shapes.thing(count=shapes.INTEGER, results=shapes.many(ATTACHMENT))


def _own(request: Request, number: str) -> Submission:
    return own_record(request, Submission.objects.all(), Permission.SUBMISSION_VIEW, number=number)


def _key(submission: Submission) -> str:
    return f"{submission.number}.attachments"


def _tag(submission: Submission) -> str:
    """One tag for all the files: adding or removing any of them is a new version of the whole."""
    return version_tag(verbs.files_of(submission), _key(submission))


def _expected(request: Request, submission: Submission) -> int | None:
    return expected_version(request, verbs.files_of(submission), _key(submission), required=False)


def _shown(attachment: Attachment) -> dict[str, Any]:
    document, number = attachment.document, attachment.submission.number
    return {
        "url": api_url(f"submissions/{number}/attachments/{attachment.pk}/"),
        "html_url": page_url(f"/submissions/{number}/attachments/{attachment.pk}/"),
        "display": document.title,
        "id": attachment.pk,
        "kind": attachment.kind,
        "title": document.title,
        "media_type": document.media_type,
        "size": document.size,
        "sha256": document.sha256,
        "added_at": attachment.added_at,
    }


class Attachments(Endpoint):
    """The files of a submission. POST adds one to a draft."""

    takes_key = True
    access: ClassVar[dict[str, Access]] = {
        "GET": (Permission.SUBMISSION_VIEW,),
        "POST": (Permission.SUBMISSION_PREPARE,),
    }
    parser_classes = (OneFile,)
    item_schema = ALL
    bodies: ClassVar = {
        "POST": shapes.thing(
            file={"type": "string", "format": "binary"},
            kind=shapes.words(AttachmentKind),
            title=shapes.STRING,
        )
    }
    answers: ClassVar = {"POST": (201, ATTACHMENT)}

    def get(self, request: Request, number: str) -> HttpResponse:
        parameters.check(request.query_params, ())
        submission = _own(request, number)
        found = submission.attachments.in_force().select_related("document", "submission")
        rows = [_shown(attachment) for attachment in found]
        return answer({"count": len(rows), "results": rows}, etag=_tag(submission))

    @idempotent
    def post(self, request: Request, number: str) -> HttpResponse:
        """A form with ``file``, ``kind`` and, if it should not be called as the file is, ``title``. ``If-Match`` with the tag of
        the list is optional: the same file is never added twice."""
        submission = _own(request, number)
        version = _expected(request, submission)
        body = body_of(request, ("file", "kind", "title"), required=("kind",))
        made = verbs.attach(
            submission=submission,
            upload=file_of(request),
            kind=text_of(body, "kind"),
            title=text_of(body, "title"),
            by=request.user,
            version=version,
        )
        shown = _shown(made)
        return answer(shown, status=201, etag=_tag(submission), location=shown["url"])


def _attachment(submission: Submission, pk: int) -> Attachment:
    rows = Attachment.objects.select_related("document", "submission")
    return get_object_or_404(rows, submission=submission, pk=pk)


class AttachmentDetail(Endpoint):
    """One file of a submission; its bytes are served by the page, which checks reach again."""

    access: ClassVar[dict[str, Access]] = {"GET": (Permission.SUBMISSION_VIEW,)}
    item_schema = ATTACHMENT

    def get(self, request: Request, number: str, pk: int) -> HttpResponse:
        submission = _own(request, number)
        found = _attachment(submission, pk)
        if found.removed_at is not None:
            raise Http404
        return answer(_shown(found), etag=_tag(submission))


class AttachmentRemove(Endpoint):
    """Take a file away from a draft. Once is enough: a second time changes nothing."""

    takes_key = True
    access: ClassVar[dict[str, Access]] = {"POST": (Permission.SUBMISSION_PREPARE,)}
    bodies: ClassVar = {"POST": shapes.thing()}
    answers: ClassVar = {"POST": (200, ATTACHMENT)}

    @rehearsable
    @idempotent
    def post(self, request: Request, number: str, pk: int) -> HttpResponse:
        """The file stays in the history of the submission. ``If-Match`` with the tag of the files is optional."""
        submission = _own(request, number)
        body_of(request, ())
        found = _attachment(submission, pk)
        version = _expected(request, submission)
        verbs.detach(submission=submission, attachment=found, by=request.user, version=version)
        return answer(_shown(found), etag=_tag(submission))
