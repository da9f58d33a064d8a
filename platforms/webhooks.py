"""Telling receivers of public changes: each follows the change feed by its own number, message after message.

``publish()`` knows nothing of receivers. A message is made when it is about to be sent, out of what the feed has after the
receiver's number, and is kept until it is delivered or given up; the number moves in the transaction that makes the message. A
worker sends outside any transaction and records what came of it afterwards: one that dies in between has its message sent
again, under the same number and with the same content.
"""

from __future__ import annotations

import datetime
import hashlib
import hmac
import time
from dataclasses import dataclass

import orjson
import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import F, Value
from django.db.models.functions import Now
from django.utils import timezone

from platforms import history, outbound
from platforms.actions.webhook import secret_of
from platforms.choices import PushKind, PushStatus
from platforms.failpoints import failpoint
from platforms.feed import CHANGE_COLUMNS, as_item
from platforms.models import Change, PublicPlatform, Push, Webhook
from platforms.notifications import notify
from platforms.publish import head
from platforms.transitions import PUSH, WEBHOOK
from platforms.words import gettext_lazy as _

log = structlog.get_logger(__name__)

#: Changes in one message, and messages in one turn of a worker.
TOGETHER, IN_A_TURN = 100, 20
#: Longer than a call can take with the asking of names before it.
LEASE = datetime.timedelta(seconds=90)
#: Twice as long after each failure, at most six hours: the twentieth comes two and a half days after the first.
FIRST_WAIT, LONGEST_WAIT, MOST_ATTEMPTS = 30, 6 * 3600, 20


@dataclass(frozen=True)
class Taken:
    """A message in this worker's hands."""

    push: Push
    url: str
    body: bytes
    headers: dict[str, str]


def due(limit: int = 200) -> list[int]:
    """Receivers that have something to be sent now."""
    if not settings.WEBHOOKS:
        return []
    return list(Webhook.objects.due(head()).order_by("next_at").values_list("pk", flat=True)[:limit])


def send(webhook_id: int) -> int:
    """Send what a receiver has not had, in order, until it is up to date or fails; returns how many were delivered."""
    delivered = 0
    while delivered < IN_A_TURN and (taken := _take(webhook_id)) is not None:
        answer = outbound.post(taken.url, taken.body, taken.headers)
        failpoint("webhook.before_record")
        if not _record(taken.push, answer):
            break
        delivered += 1
    return delivered


def _take(webhook_id: int) -> Taken | None:
    """The message whose turn it is, for this worker alone until its time has run out."""
    if not settings.WEBHOOKS:
        return None
    newest = head()
    with transaction.atomic():
        webhook = (
            Webhook.objects.due(newest)
            .select_for_update(skip_locked=True, of=("self",))
            .filter(pk=webhook_id)
            .first()
        )
        if webhook is None:
            return None
        waiting = webhook.pushes.filter(status=PushStatus.PENDING).order_by("pk").first()
        push = waiting or _next(webhook, newest)
        if push is None:
            return None
        Webhook.objects.filter(pk=webhook.pk).update(next_at=Now() + Value(LEASE))
        Push.objects.filter(pk=push.pk).update(attempts=F("attempts") + 1, tried_at=Now())
        push.attempts += 1
        body = body_of(push)
        return Taken(push, webhook.target, body, headers_of(webhook, push, body))


def _next(webhook: Webhook, newest: int) -> Push | None:
    """The next message out of the feed; the receiver's number moves with it, also past what it did not ask for."""
    changes = wanted(webhook).filter(number__gt=webhook.position, number__lte=newest)
    numbers = list(changes.order_by("number").values_list("number", flat=True)[:TOGETHER])
    after, up_to = webhook.position, numbers[-1] if len(numbers) == TOGETHER else newest
    Webhook.objects.filter(pk=webhook.pk).update(position=up_to)
    if not numbers:
        return None
    return Push.objects.create(
        webhook=webhook, kind=PushKind.CHANGES, numbers=numbers, after=after, up_to=up_to
    )


def wanted(webhook: Webhook):
    """The changes a receiver asked for. Authority and area are those the platform has in the public record now."""
    changes = Change.objects.all()
    if webhook.kinds:
        changes = changes.filter(kind__in=webhook.kinds)
    if webhook.tier:
        changes = changes.filter(tier=webhook.tier)
    places = {}
    if webhook.authority_id:
        places["authority_code"] = webhook.authority_id
    if webhook.area_id:
        places["area_code"] = webhook.area_id
    if places:
        found = PublicPlatform.objects.filter(**places).values("code")
        changes = changes.filter(noun="platform", code__in=found)
    return changes


def body_of(push: Push) -> bytes:
    """The same bytes at every attempt."""
    rows = Change.objects.filter(number__in=push.numbers).order_by("number").values_list(*CHANGE_COLUMNS)
    return orjson.dumps(
        {
            "id": str(push.uid),
            "type": push.kind,
            "created_at": push.created_at,
            "after": push.after,
            "up_to": push.up_to,
            "changes": [as_item(row) for row in rows],
        },
        default=str,
    )


def headers_of(webhook: Webhook, push: Push, body: bytes) -> dict[str, str]:
    moment = int(time.time())
    return {
        "Content-Type": "application/json",
        "User-Agent": "registry-webhook/1",
        "Registry-Delivery": str(push.uid),
        "Registry-Attempt": str(push.attempts),
        "Registry-Signature": f"t={moment},v1={signature(secret_of(webhook), moment, body)}",
    }


def signature(secret: str, moment: int, body: bytes) -> str:
    """HMAC-SHA256 over the time, a full stop and the body; hexadecimal."""
    return hmac.new(secret.encode(), str(moment).encode() + b"." + body, hashlib.sha256).hexdigest()


def _record(push: Push, answer: outbound.Answer) -> bool:
    """Write down what came of an attempt. A worker that comes too late, for another has taken over, writes nothing."""
    with transaction.atomic():
        webhook = Webhook.objects.select_for_update().select_related("owner").get(pk=push.webhook_id)
        mine = Push.objects.filter(pk=push.pk, status=PushStatus.PENDING, attempts=push.attempts)
        noted = mine.update(
            response_code=answer.status, failure=answer.failure, milliseconds=answer.milliseconds
        )
        if not noted:
            return False
        if not answer.failure:
            PUSH.move(push, "deliver", delivered_at=timezone.now())
            Webhook.objects.filter(pk=webhook.pk).update(failures=0, next_at=Now(), delivered_at=Now())
            return True
        wait = datetime.timedelta(seconds=min(FIRST_WAIT * 2 ** (push.attempts - 1), LONGEST_WAIT))
        Webhook.objects.filter(pk=webhook.pk).update(failures=F("failures") + 1, next_at=Now() + Value(wait))
        if push.attempts >= MOST_ATTEMPTS:
            _stop(webhook, push)
    log.info("webhook.failed", webhook=webhook.pk, attempt=push.attempts, failure=answer.failure)
    return False


def _stop(webhook: Webhook, push: Push) -> None:
    """Two and a half days of nothing but failures: no more until the owner has looked, who is told."""
    PUSH.move(push, "give_up")
    if webhook.status != WEBHOOK.find("stop").sources[0]:
        return  # paused or ended meanwhile, by the owner
    with history.context(verb="webhook.stop", by=None):
        WEBHOOK.move(webhook, "stop")
    notify(
        [webhook.owner],
        kind="webhook.stopped",
        text=_("推送“%(name)s”连续 %(n)s 次未能送达，已停止。排除故障后可以恢复，不会漏掉变更。")
        % {"name": webhook.name, "n": push.attempts},
        url=f"/accounts/webhooks/{webhook.pk}/",
        key=f"webhook-stopped:{push.uid}:{timezone.now():%Y%m%d%H%M}",
    )
