"""The outbox: every row is sent or tried again, none stands in the way of another."""

import pytest
from django.core import mail
from django.test import override_settings

from platforms.models import Notification
from platforms.notifications import notify, send_due
from tests import factories

pytestmark = pytest.mark.django_db
LOCMEM = "django.core.mail.backends.locmem.EmailBackend"


class Picky:
    """A gateway that fails on purpose, and not with an ``OSError``."""

    def __init__(self, *_args, **_options):
        pass

    def send_messages(self, messages):
        for message in messages:
            if "不收" in message.subject:
                raise RuntimeError("refused")
            mail.outbox.append(message)
        return len(messages)


def told(*texts):
    person = factories.UserFactory(email="shili@example.invalid")
    for text in texts:
        notify([person], kind="example", text=text)


@override_settings(EMAIL_BACKEND=LOCMEM)
def test_a_reason_of_two_lines_is_one_subject():
    told("第一行\r\n第二行", "后一条")
    assert send_due() == 2
    assert [message.subject for message in mail.outbox] == ["第一行 第二行", "后一条"]


@override_settings(EMAIL_BACKEND="tests.platforms.test_notifications.Picky")
def test_a_failing_row_waits_and_the_rows_behind_it_go_out():
    told("不收这一条", "后一条")
    assert send_due() == 1
    failed, sent = Notification.objects.order_by("pk")
    assert (failed.mail_attempts, failed.mail_sent_at, sent.mail_attempts) == (1, None, 0)
    assert failed.mail_due_at > failed.created_at
    assert send_due() == 0
