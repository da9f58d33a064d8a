"""附件 of a submission: add, take away, and hand them on with the submission."""

from __future__ import annotations

from typing import NamedTuple

from django.db.models import Count
from django.utils import timezone

from cultivation.actions.submission import lock_for_writing
from cultivation.choices import AttachmentKind
from cultivation.models import Attachment, Submission
from platforms.actions.document import store
from platforms.actions.verb import expect_version, verb
from platforms.errors import Invalid, NotFound, Problem
from platforms.models import User
from platforms.uploads import Upload
from platforms.words import gettext_lazy as _

MOST = 30


class Files(NamedTuple):
    """The files of a submission as one thing. Rows are added and marked as removed, never deleted: their number only grows."""

    version: int


def files_of(submission: Submission) -> Files:
    counted = submission.attachments.aggregate(added=Count("pk"), removed=Count("removed_at"))
    return Files(1 + counted["added"] + counted["removed"])


@verb("submission.attach")
def attach(
    *,
    submission: Submission,
    upload: Upload,
    kind: str,
    title: str = "",
    by: User,
    version: int | None = None,
) -> Attachment:
    """Add a file to a draft. The same file is not added twice. ``version`` is that of the files the person saw."""
    submission = lock_for_writing(submission, by)
    expect_version(files_of(submission), version)
    if kind not in AttachmentKind.values:
        raise Invalid([Problem("kind", "unknown_choice", _("请选择材料类别。"))])
    present = submission.attachments.in_force().select_related("document")
    if len(present) >= MOST:
        raise Invalid([Problem("file", "too_many", _("附件最多 30 个，请合并后再上传。"))])
    document = store(upload=upload, by=by, authority=submission.authority, title=title, draft=True)
    if any(other.document.sha256 == document.sha256 for other in present):
        document.stored_as.storage.delete(str(document.stored_as.name))
        raise Invalid([Problem("file", "duplicate", _("这份文件已经添加过。"))])
    return Attachment.objects.create(submission=submission, document=document, kind=kind, added_by=by)


@verb("submission.detach")
def detach(*, submission: Submission, attachment: Attachment, by: User, version: int | None = None) -> None:
    """Take a file away from a draft. Once is enough: a second time changes nothing."""
    submission = lock_for_writing(submission, by)
    expect_version(files_of(submission), version)
    if attachment.submission_id != submission.pk:
        raise NotFound()
    submission.attachments.in_force().filter(pk=attachment.pk).update(
        removed_at=timezone.now(), removed_by=by
    )
