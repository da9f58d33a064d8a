"""消息: what a person does with the messages on the own desk."""

from django.utils import timezone

from platforms.actions.verb import verb
from platforms.models import Notification, User


@verb("notification.read_all")
def read_all(*, by: User) -> int:
    """Mark all of this person's messages as read; returns how many were not."""
    return Notification.objects.filter(recipient=by, read_at=None).update(read_at=timezone.now())
