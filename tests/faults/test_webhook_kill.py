"""The worker that sends a message is killed after the receiver has had it and before that is on record."""

from __future__ import annotations

import multiprocessing

import pytest
from django.conf import settings as live_settings
from django.db import connection, connections

from platforms import webhooks
from platforms.actions import webhook as verbs
from platforms.models import Push, Webhook
from platforms.publish import head
from tests.platforms.publishing import published
from tests.platforms.receiving import receiving
from tests.platforms.test_webhook_send import LONG_AGO

pytestmark = pytest.mark.django_db(transaction=True)


def test_it_arrives_again_under_the_same_number_and_nothing_is_lost(cast, settings):
    settings.WEBHOOKS, settings.WEBHOOK_LOOPBACK = True, True
    with receiving() as receiver:
        webhook, _secret = verbs.create(name="示例系统", target=receiver.url, by=cast.jiangsu_clerk)
        webhooks.send(webhook.pk)
        receiver.requests.clear()
        published("示例甲平台")

        assert killed_while_sending(webhook.pk) == 137
        push = Push.objects.latest("pk")
        assert (push.status, push.attempts, len(receiver.requests)) == ("pending", 1, 1)
        assert webhooks.send(webhook.pk) == 0, "the dead worker's turn has not run out"

        Webhook.objects.filter(pk=webhook.pk).update(next_at=LONG_AGO)
        published("示例乙平台")
        webhooks.send(webhook.pk)

    first, again, news = receiver.requests
    assert first[1] == again[1]
    assert first[0]["Registry-Delivery"] == again[0]["Registry-Delivery"] == str(push.uid)
    assert receiver.bodies[2]["after"] == receiver.bodies[1]["up_to"]
    assert sorted(set(receiver.numbers)) == list(range(1, head() + 1))
    assert news[0]["Registry-Delivery"] != str(push.uid)


def killed_while_sending(webhook_id: int) -> int | None:
    connections.close_all()

    def work() -> None:
        inherited, connection.connection = connection.connection, None  # noqa: F841 (kept: the parent's to close)
        live_settings.FAILPOINTS = ["webhook.before_record=exit"]
        webhooks.send(webhook_id)

    process = multiprocessing.get_context("fork").Process(target=work)
    process.start()
    process.join(180)
    return process.exitcode
