"""推送: asked for by whoever may hold a key, paused, resumed and ended by the same person. Sending is in ``platforms.webhooks``."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Iterable

from django.conf import settings
from django.db.models.functions import Now

from platforms import outbound
from platforms.access import Permission, require
from platforms.actions.verb import lock, verb
from platforms.choices import ChangeKind, PushKind, PushStatus, Tier, WebhookStatus
from platforms.errors import Conflict, NotFound, Problems
from platforms.models import Area, Authority, Push, User, Webhook
from platforms.publish import head
from platforms.transitions import PUSH, WEBHOOK
from platforms.words import gettext_lazy as _

MOST, LONGEST_NAME = 10, 60


def secret_of(webhook: Webhook) -> str:
    """What signs its messages, as the receiver was shown it once."""
    key = hmac.new(settings.SECRET_KEY.encode(), f"webhook:{webhook.salt}".encode(), hashlib.sha256).digest()
    return "whsec_" + base64.urlsafe_b64encode(key).decode().rstrip("=")


@verb("webhook.create")
def create(
    *,
    name: str,
    target: str,
    by: User,
    kinds: Iterable[str] = (),
    authority: Authority | None = None,
    area: Area | None = None,
    tier: str = "",
) -> tuple[Webhook, str]:
    """A new receiver and its secret, which is shown now and not again. The first message is a trial.

    It hears of what is published from now on. No ``kinds`` means all of them.
    """
    require(by, Permission.WEBHOOKS_OWN)
    wanted, problems = sorted(set(kinds)), Problems()
    try:
        outbound.parse(target)
    except outbound.Refused:
        problems.add(
            "target",
            "refused_address",
            _("应为以 https:// 开头的公网地址，端口 443 或 8443，不含用户名和密码。"),
        )
    if not name.strip() or len(name) > LONGEST_NAME:
        problems.add("name", "length", _("名称应为 1 至 %(n)s 个字。") % {"n": LONGEST_NAME})
    for kind in wanted:
        if kind not in ChangeKind.values:
            problems.add("kinds", "unknown_choice", _("没有“%(kind)s”这类变更。") % {"kind": kind})
    if tier and tier not in Tier.values:
        problems.add("tier", "unknown_choice", _("不是允许的取值。"))
    # Whoever asks twice at once waits for the first: the count is of one person.
    User.objects.select_for_update().get(pk=by.pk)
    if Webhook.objects.filter(owner=by).exclude(status=WebhookStatus.ENDED).count() >= MOST:
        problems.add("", "too_many", _("每人最多 %(n)s 个推送，请先取消不用的。") % {"n": MOST})
    problems.raise_if_any()
    webhook = Webhook.objects.create(
        owner=by,
        name=name.strip(),
        target=target,
        kinds=wanted,
        authority=authority,
        area=area,
        tier=tier,
        salt=secrets.token_hex(16),
        position=head(),
        next_at=Now(),
    )
    _ping(webhook)
    return webhook, secret_of(webhook)


@verb("webhook.pause")
def pause(*, webhook: Webhook, by: User) -> Webhook:
    """Nothing is sent until it is resumed; what happens meanwhile is not lost."""
    return WEBHOOK.move(_mine(webhook, by), "pause", by=by)


@verb("webhook.resume")
def resume(*, webhook: Webhook, by: User, skip: bool = False) -> Webhook:
    """Go on where it stood, beginning with what could not be delivered; with ``skip`` from the newest change on."""
    webhook = WEBHOOK.move(_mine(webhook, by), "resume", by=by, next_at=Now(), failures=0)
    if skip:
        for push in webhook.pushes.filter(status=PushStatus.PENDING):
            PUSH.move(push, "give_up")
        webhook.position = head()
        webhook.save(update_fields=["position"])
        return webhook
    latest = webhook.pushes.order_by("-pk").first()
    if latest is not None and latest.status == PushStatus.GIVEN_UP:
        PUSH.move(latest, "replay", by=by, attempts=0)
    return webhook


@verb("webhook.end")
def end(*, webhook: Webhook, by: User) -> Webhook:
    """Nothing is sent any more, for good."""
    return WEBHOOK.move(_mine(webhook, by), "end", by=by)


@verb("webhook.renew_secret")
def renew_secret(*, webhook: Webhook, by: User) -> tuple[Webhook, str]:
    """Another secret, shown now and not again; the old one signs nothing from this moment."""
    webhook = _running(_mine(webhook, by))
    webhook.salt = secrets.token_hex(16)
    webhook.save(update_fields=["salt"])
    return webhook, secret_of(webhook)


@verb("webhook.ping")
def ping(*, webhook: Webhook, by: User) -> Push:
    """Send a trial message. While one is waiting there is no need for another."""
    webhook = _running(_mine(webhook, by))
    waiting = webhook.pushes.filter(kind=PushKind.PING, status=PushStatus.PENDING).first()
    return waiting or _ping(webhook)


@verb("push.replay")
def replay(*, push: Push, by: User) -> Push:
    """Send the same message once more, under the same number. Receivers tell by the number that they know it."""
    _running(_mine(push.webhook, by))
    return PUSH.move(lock(push), "replay", by=by, attempts=0)


def _ping(webhook: Webhook) -> Push:
    return Push.objects.create(
        webhook=webhook, kind=PushKind.PING, after=webhook.position, up_to=webhook.position
    )


def _mine(webhook: Webhook, by: User) -> Webhook:
    """Locked, and of this person: nobody else knows that it exists."""
    require(by, Permission.WEBHOOKS_OWN)
    if webhook.owner_id != by.pk:
        raise NotFound()
    return lock(webhook)


def _running(webhook: Webhook) -> Webhook:
    if webhook.status == WebhookStatus.ENDED:
        raise Conflict(_("这个推送已取消。"))
    return webhook
