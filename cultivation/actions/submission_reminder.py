"""Reminders of corrections that are due: three days before, one day before, and once when the day has passed."""

from __future__ import annotations

import datetime

from django.utils import timezone

from cultivation.actions.submission import address
from cultivation.choices import SubmissionStatus
from cultivation.models import Submission
from platforms.actions.verb import verb
from platforms.models import User
from platforms.notifications import authority_people, notify
from platforms.words import gettext_lazy as _

#: (how long before the deadline, name of the reminder, sentence); the nearest that applies is sent, each once.
STEPS = (
    (
        datetime.timedelta(0),
        "overdue",
        _("“%(name)s”的补正已经过了截止时间（%(due)s），请尽快处理或与部里联系"),
    ),
    (datetime.timedelta(days=1), "1d", _("“%(name)s”的补正不到一天就截止（%(due)s）")),
    (datetime.timedelta(days=3), "3d", _("“%(name)s”的补正三天内截止（%(due)s）")),
)


@verb("submission.remind")
def remind(*, by: User | None = None, now: datetime.datetime | None = None) -> int:
    """Tell the authorities whose corrections are due soon or overdue; a reminder that was sent is not sent again.

    Returns the number of submissions that have a reminder due, whether it went out now or earlier.
    """
    now = now or timezone.now()
    due = Submission.objects.in_state(SubmissionStatus.RETURNED).filter(
        correction_due_at__lte=now + STEPS[-1][0]
    )
    count = 0
    for submission in due.select_related("authority").defer("payload"):
        count += 1
        assert submission.correction_due_at is not None  # noqa: S101 - filtered above; for type checkers
        _before, name, words = next(step for step in STEPS if submission.correction_due_at - now <= step[0])
        shown = timezone.localtime(submission.correction_due_at - datetime.timedelta(seconds=1))
        notify(
            authority_people(submission.authority),
            kind="submission.due",
            text=str(words % {"name": submission, "due": f"{shown:%Y-%m-%d} 24:00"})
            if (shown.hour, shown.minute) == (23, 59)
            else str(words % {"name": submission, "due": f"{shown:%Y-%m-%d %H:%M}"}),
            url=address(submission),
            key=f"submission:{submission.pk}:due:{submission.correction_due_at.isoformat()}:{name}",
            due_at=submission.correction_due_at,
        )
    return count
