"""Corrections that are due: told three days before, one day before and when the day has passed, each once."""

import datetime

import pytest
from django.utils import timezone

from cultivation.actions.submission_acceptance import return_
from cultivation.actions.submission_reminder import remind
from platforms.models import Notification
from tests.cultivation.submissions import submitted

pytestmark = pytest.mark.django_db


def test_each_reminder_goes_out_once(cast):
    due = timezone.now() + datetime.timedelta(days=10)
    return_(submission=submitted(cast), by=cast.ministry_clerk, reason="核对", due_at=due)
    sent = []
    for before in (5, 2.5, 2, 0.5, 0.4, -1, -2):
        remind(by=None, now=due - datetime.timedelta(days=before))
        sent.append(Notification.objects.filter(kind="submission.due", recipient=cast.jiangsu_clerk).count())

    assert sent == [0, 1, 1, 2, 2, 3, 3]


def test_nobody_else_is_told_and_an_answered_return_is_quiet(cast):
    due = timezone.now() + datetime.timedelta(days=1)
    return_(submission=submitted(cast), by=cast.ministry_clerk, reason="核对", due_at=due)
    remind(by=None)

    told = set(
        Notification.objects.filter(kind="submission.due").values_list("recipient__username", flat=True)
    )
    assert told == {"js-clerk", "js-approver"}
