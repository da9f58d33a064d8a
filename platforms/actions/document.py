"""附件: keep a file that was judged. Who may read it is said by what it belongs to."""

from __future__ import annotations

import hashlib
import uuid

from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone

from platforms.actions.verb import verb
from platforms.models import Authority, Document, User
from platforms.uploads import Upload


@verb("document.store")
def store(
    *, upload: Upload, by: User, authority: Authority | None = None, title: str = "", draft: bool = False
) -> Document:
    """Keep the file under a name of our own. A ``draft`` belongs to something the ministry does not see yet.

    The caller's verb has asked whether this person may: a file has no meaning of its own. When the surrounding transaction
    comes to nothing, the file goes too.
    """
    document = Document(
        authority=authority,
        title=(title.strip() or upload.name)[:160],
        size=len(upload.content),
        sha256=hashlib.sha256(upload.content).hexdigest(),
        media_type=upload.media_type,
        uploaded_by=by,
        sent_at=None if draft else timezone.now(),
    )
    document.stored_as.save(f"{uuid.uuid4().hex}.{upload.extension}", ContentFile(upload.content), save=False)
    try:
        with transaction.atomic():
            document.save(force_insert=True)
    except BaseException:
        document.stored_as.storage.delete(str(document.stored_as.name))
        raise
    return document
