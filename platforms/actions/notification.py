"""消息: what a person does with the messages on the own desk."""

from django.utils import timezone

from platforms.actions.verb import verb
from platforms.choices import Language
from platforms.errors import Invalid, Problem
from platforms.models import Notification, User
from platforms.words import gettext_lazy as _


@verb("notification.read_all")
def read_all(*, by: User) -> int:
    """Mark all of this person's messages as read; returns how many were not."""
    return Notification.objects.filter(recipient=by, read_at=None).update(read_at=timezone.now())


@verb("notification.choose_language")
def choose_language(*, by: User, language: str) -> User:
    """In which language this person gets e-mails."""
    if language not in Language.values:
        raise Invalid([Problem("language", "unknown_choice", _("不是允许的取值。"))])
    by.language = language
    by.save(update_fields=["language"])
    return by
