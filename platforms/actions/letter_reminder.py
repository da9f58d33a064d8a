"""Reminders of letters that nobody has answered: to the platform's people, later to its authority as well."""

from __future__ import annotations

import datetime

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from platforms.actions.letter import readers
from platforms.actions.verb import verb
from platforms.choices import DeliveryStatus
from platforms.models import Delivery, User
from platforms.notifications import notify
from platforms.words import gettext_lazy as _


def overdue(now: datetime.datetime | None = None) -> QuerySet[Delivery]:
    """Letters without an answer for longer than a platform should need, the oldest first."""
    before = (now or timezone.now()) - datetime.timedelta(days=settings.LETTER_REMIND_DAYS)
    return Delivery.objects.filter(status=DeliveryStatus.WAITING, letter__sent_at__lte=before).order_by(
        "letter__sent_at", "pk"
    )


@verb("delivery.remind")
def remind(*, by: User | None = None, now: datetime.datetime | None = None) -> int:
    """Remind of each letter twice at most: the platform's people first, and with its authority after twice the time.

    Returns how many letters have a reminder due, whether it went out now or earlier.
    """
    now = now or timezone.now()
    late = list(overdue(now).select_related("letter", "platform__authority", "platform__operator"))
    for delivery in late:
        days = (now - delivery.letter.sent_at).days
        second = days >= 2 * settings.LETTER_REMIND_DAYS
        text = _(
            "“%(platform)s”的%(kind)s %(receipt)s 已 %(days)s 天没有答复，请尽快答复或说明不予办理的原因。"
        )
        notify(
            readers(delivery, with_authority=second),
            kind="letter.late",
            text=(
                text
                % {
                    "platform": delivery.platform,
                    "kind": delivery.letter.get_kind_display(),
                    "receipt": delivery.letter.receipt,
                    "days": days,
                }
            ),
            url=f"/desk/letters/{delivery.pk}/",
            key=f"delivery:{delivery.pk}:late:{2 if second else 1}",
        )
    return len(late)
