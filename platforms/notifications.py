"""Telling people: rows written in the transaction of the act, e-mails sent from them later.

An audience is a name such as ``authority_approvers``; what a transition notifies is part of its table.
"""

from __future__ import annotations

import datetime

import structlog
from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.db.models import F, Value
from django.db.models.functions import Now
from django.utils import timezone, translation
from django.utils.functional import Promise

from platforms.access import Role
from platforms.choices import Language
from platforms.models import Authority, Membership, Notification, Operator, Region, User
from platforms.words import in_readers_language

log = structlog.get_logger(__name__)
MAIL_ATTEMPTS = 6


def notify(
    recipients: list[User],
    *,
    kind: str,
    text: str | Promise,
    url: str = "",
    key: str = "",
    due_at: datetime.datetime | None = None,
) -> None:
    """Put a message on each person's desk and into the outbox. With ``key`` the same news is told once.

    ``text`` is a sentence that has not been worded yet (``platforms.words``): it is kept in both languages, because nobody
    knows in which the recipient will read it.
    """
    in_chinese, in_english = _worded(text, "zh-hans"), _worded(text, "en")
    Notification.objects.bulk_create(
        [
            Notification(
                recipient=person,
                kind=kind,
                text=in_chinese[:300],
                text_en=in_english[:600],
                url=url,
                due_at=due_at,
                unique_key=f"{key}:{person.pk}" if key else None,
                mail_due_at=timezone.now() if person.email else None,
            )
            for person in recipients
        ],
        ignore_conflicts=True,
    )


def _worded(text: str | Promise, language: str) -> str:
    with translation.override(language):
        return str(in_readers_language(text))


def people_with_role(
    role: str, *, authority: Authority | None = None, city: Region | None = None
) -> list[User]:
    """Everyone who holds the role now, for one authority and city where the role is bound to them."""
    holders = Membership.objects.in_force().filter(role=role, user__is_active=True)
    if authority is not None:
        holders = holders.filter(authority=authority)
    if city is not None:
        holders = holders.filter(city=city)
    return list(User.objects.filter(pk__in=holders.values("user_id")))


def people_of_operator(operator: Operator) -> list[User]:
    """Everyone who fills in for the operator now."""
    holders = Membership.objects.in_force().filter(
        role=Role.OPERATOR, operator=operator, user__is_active=True
    )
    return list(User.objects.filter(pk__in=holders.values("user_id")))


def authority_people(authority: Authority) -> list[User]:
    """Clerks and approvers of one authority."""
    return [
        person
        for role in (Role.AUTHORITY_CLERK, Role.AUTHORITY_APPROVER)
        for person in people_with_role(role, authority=authority)
    ]


def send_due(limit: int = 100) -> int:
    """Send what is due from the outbox, one row locked at a time; a failing gateway is tried again later and later."""
    sent = 0
    for _turn in range(limit):
        with transaction.atomic():
            row = (
                Notification.objects.select_for_update(skip_locked=True, of=("self",))
                .filter(mail_due_at__lte=Now(), mail_sent_at__isnull=True, mail_attempts__lt=MAIL_ATTEMPTS)
                .select_related("recipient")
                .order_by("mail_due_at")
                .first()
            )
            if row is None:
                return sent
            sent += _send(row)
    return sent


def _send(row: Notification) -> bool:
    words, url = row.text, f"{settings.BASE_URL}{row.url}"
    if row.recipient.language == Language.EN:
        words, url = row.text_en or row.text, f"{settings.BASE_URL}/en{row.url}"
    subject = " ".join(words.split())[:80]  # a reason may have several lines, a header has one
    try:
        send_mail(subject, f"{words}\n\n{url}", None, [row.recipient.email])
    except (
        Exception
    ) as error:  # gateway, address or message: whatever it is, the rows behind must not wait for this one
        log.warning("mail.failed", notification=row.pk, error=type(error).__name__)
        wait = datetime.timedelta(minutes=2**row.mail_attempts)
        Notification.objects.filter(pk=row.pk).update(
            mail_attempts=F("mail_attempts") + 1, mail_due_at=Now() + Value(wait)
        )
        return False
    Notification.objects.filter(pk=row.pk).update(mail_sent_at=Now(), mail_due_at=None)
    return True
