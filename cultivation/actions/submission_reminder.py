"""Reminders of corrections that are due: three days before, one day before, and once when the day has passed."""

from __future__ import annotations

import datetime
from typing import Any

from django.utils import timezone

from cultivation.actions.submission import address
from cultivation.actions.submission_city import reviewers_of
from cultivation.choices import SubmissionStatus
from cultivation.models import Submission
from platforms.access import Role
from platforms.actions.verb import verb
from platforms.models import User
from platforms.notifications import authority_people, notify, people_with_role
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
        people = authority_people(submission.authority)
        _remind(submission, people, submission.correction_due_at, now, STEPS, kind="submission.due")
    return count


CITY_STEPS = (
    (
        datetime.timedelta(0),
        "overdue",
        _("“%(name)s”的地市初审已经过了截止时间（%(due)s），推荐单位可以代行"),
    ),
    (datetime.timedelta(days=1), "1d", _("“%(name)s”的地市初审不到一天就截止（%(due)s）")),
    (datetime.timedelta(days=3), "3d", _("“%(name)s”的地市初审三天内截止（%(due)s）")),
)


@verb("submission.remind_city")
def remind_city(*, by: User | None = None, now: datetime.datetime | None = None) -> int:
    """The same for what waits with a city: its reviewers are told, and the office's clerks too once the time is over."""
    now = now or timezone.now()
    due = Submission.objects.in_state(SubmissionStatus.CITY_REVIEW).filter(
        city_due_at__lte=now + CITY_STEPS[-1][0]
    )
    count = 0
    for submission in due.select_related("authority", "city").defer("payload"):
        count += 1
        assert submission.city_due_at is not None  # noqa: S101 - filtered above; for type checkers
        people = reviewers_of(submission.authority, submission.city)
        if submission.city_due_at <= now:
            people += people_with_role(Role.AUTHORITY_CLERK, authority=submission.authority)
        _remind(submission, people, submission.city_due_at, now, CITY_STEPS, kind="submission.city_due")
    return count


def _remind(
    submission: Submission,
    people: list[User],
    due_at: datetime.datetime,
    now: datetime.datetime,
    steps: tuple[tuple[datetime.timedelta, str, Any], ...],
    *,
    kind: str,
) -> None:
    """Send the nearest reminder that applies; one that was sent is not sent again."""
    _before, name, words = next(step for step in steps if due_at - now <= step[0])
    shown = timezone.localtime(due_at - datetime.timedelta(seconds=1))
    day_ends = (shown.hour, shown.minute) == (23, 59)
    due = f"{shown:%Y-%m-%d} 24:00" if day_ends else f"{shown:%Y-%m-%d %H:%M}"
    notify(
        people,
        kind=kind,
        text=words % {"name": submission, "due": due},
        url=address(submission),
        key=f"submission:{submission.pk}:{kind.removeprefix('submission.')}:{due_at.isoformat()}:{name}",
        due_at=due_at,
    )
