"""A webhook that rests and one that has been stopped, with what each was sent. Neither is ever called."""

from __future__ import annotations

import datetime

from django.utils import timezone

from platforms.choices import PushFailure, PushKind, PushStatus, WebhookStatus
from platforms.models import Authority, Push, User, Webhook
from platforms.publish import head

SALT = "demonstration"


def play(people: dict[str, User]) -> None:
    now, newest = timezone.now(), head()
    common = {"owner": people["jiangsu-clerk"], "salt": SALT, "position": newest}
    paused = Webhook.objects.create(
        **common, name="示例·省政务数据平台", target="https://data.example/registry", status=WebhookStatus.PAUSED,
        authority=Authority.objects.get(pk="320000"), delivered_at=now - datetime.timedelta(hours=3),
    )  # fmt: skip
    stopped = Webhook.objects.create(
        **common,
        name="示例·旧门户",
        target="https://portal.example/hook",
        status=WebhookStatus.STOPPED,
        failures=20,
    )
    _delivered(paused, PushKind.PING, [], newest, now - datetime.timedelta(hours=72))
    _delivered(paused, PushKind.CHANGES, [newest], newest, now - datetime.timedelta(hours=3))
    Push.objects.create(
        webhook=stopped, kind=PushKind.CHANGES, numbers=[newest], after=max(newest - 1, 0), up_to=newest,
        status=PushStatus.GIVEN_UP, attempts=20, tried_at=now - datetime.timedelta(hours=1), failure=PushFailure.TIMEOUT,
        milliseconds=10_000,
    )  # fmt: skip


def _delivered(webhook: Webhook, kind: str, numbers: list[int], newest: int, at: datetime.datetime) -> None:
    Push.objects.create(
        webhook=webhook, kind=kind, numbers=numbers, after=max(newest - 1, 0), up_to=newest, created_at=at, tried_at=at,
        status=PushStatus.DELIVERED, attempts=1, delivered_at=at, response_code=204, milliseconds=180,
    )  # fmt: skip
