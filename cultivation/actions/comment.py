"""批注: colleagues of the ministry talk about an application beside the record, without moving it."""

from __future__ import annotations

from cultivation.models import Application, ApplicationComment
from platforms.access import Permission, reach, require
from platforms.actions.verb import verb
from platforms.errors import Invalid, Problem
from platforms.models import User
from platforms.text import clean_text
from platforms.words import gettext_lazy as _


@verb("comment.write")
def write(*, application: Application, text: str, by: User) -> ApplicationComment:
    """Add a comment. Whoever checks or sees the scores may; authorities and experts neither write nor read them."""
    if not reach(by).may(Permission.APPLICATION_CHECK, application):
        require(by, Permission.SCORES_VIEW)
        require(by, Permission.APPLICATION_VIEW, application)
    text = clean_text(text, multiline=True, max_length=1000)
    if not text:
        raise Invalid([Problem("text", "required", _("必填。"))])
    return ApplicationComment.objects.create(application=application, text=text, written_by=by)
