"""The mails of a watch: one to confirm it, then at most one a day with what changed among the platforms of its search."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Any

import structlog
from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.db.models import F, Q
from django.http import QueryDict
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from platforms.actions.watch import CONFIRM_SECONDS, token_of
from platforms.directory import ask
from platforms.errors import Invalid
from platforms.models import Change, Watch
from platforms.publish import head
from platforms.shelves import PLATFORMS

log = structlog.get_logger(__name__)
BETWEEN = datetime.timedelta(hours=20)
ATTEMPTS = 6
SHOWN = 20


def send_due(limit: int = 200) -> int:
    """Send what is due, one watch locked at a time; returns how many mails went out."""
    sent, newest = 0, head()
    for watch_id in list(_due(newest).values_list("pk", flat=True)[:limit]):
        with transaction.atomic():
            watch = Watch.objects.select_for_update(skip_locked=True).filter(pk=watch_id).first()
            if watch is not None:
                sent += _send(watch, newest)
    _forget()
    return sent


def _due(newest: int):
    now = timezone.now()
    unconfirmed = Q(confirmed_at__isnull=True, mailed_at__isnull=True)
    news = Q(confirmed_at__isnull=False, last_change__lt=newest) & (
        Q(mailed_at__lt=now - BETWEEN) | Q(mailed_at__lt=F("confirmed_at"))
    )
    return Watch.objects.filter(unconfirmed | news, attempts__lt=ATTEMPTS).order_by("pk")


def _send(watch: Watch, newest: int) -> bool:
    with translation.override(watch.language):
        mail = _confirmation(watch) if watch.confirmed_at is None else _news(watch, newest)
    if mail is not None:
        try:
            send_mail(*mail, None, [watch.email])
        except Exception as error:
            log.warning("watch.mail_failed", watch=watch.pk, error=type(error).__name__)
            Watch.objects.filter(pk=watch.pk).update(attempts=F("attempts") + 1)
            return False
        watch.mailed_at = timezone.now()
    watch.attempts = 0
    if watch.confirmed_at is not None:
        watch.last_change = newest
    watch.save(update_fields=["mailed_at", "attempts", "last_change"])
    return mail is not None


def _confirmation(watch: Watch) -> tuple[str, str]:
    lines = [
        _("有人用这个邮箱关注了中试平台名录的一次查询：%(address)s") % {"address": _directory(watch)},
        _("如果是您，请在两天内打开下面的地址确认：%(address)s") % {"address": _address(watch, "confirm")},
        _("如果不是您，不必理会，我们不会再发信。"),
    ]
    return _("请确认关注"), "\n\n".join(lines)


def _news(watch: Watch, newest: int) -> tuple[str, str] | None:
    """What changed since the last mail among the platforms the search finds now; ``None`` when nothing did."""
    try:
        found = ask(PLATFORMS, QueryDict(watch.query)).found().order_by().values("code")
    except Invalid:  # a condition that has gone out of use finds nothing
        return None
    changes = Change.objects.filter(
        number__gt=watch.last_change, number__lte=newest, noun="platform", code__in=found
    ).order_by("number")
    named = {change.code: change.title_zh for change in changes}
    if not named:
        return None
    lines = [
        _("您关注的查询有 %(n)s 个平台更新：") % {"n": len(named)},
        "\n".join(_lines(named)),
        _directory(watch),
    ]
    lines.append(_("不再关注：%(address)s") % {"address": _address(watch, "end")})
    return _("中试平台名录：您关注的查询有更新"), "\n\n".join(lines)


def _lines(named: dict[str, str]) -> Iterator[str]:
    for code, name in list(named.items())[:SHOWN]:
        yield f"{name}  {settings.BASE_URL}/platforms/{code}/"
    if len(named) > SHOWN:
        yield "…"


def _directory(watch: Watch) -> str:
    return f"{settings.BASE_URL}{_prefix(watch)}/platforms/{'?' if watch.query else ''}{watch.query}"


def _address(watch: Watch, what: str) -> str:
    return f"{settings.BASE_URL}{_prefix(watch)}/watch/{what}/?t={token_of(watch)}"


def _prefix(watch: Watch) -> str:
    return "" if watch.language == settings.LANGUAGE_CODE else f"/{watch.language}"


def _forget() -> dict[str, Any]:
    """Addresses that were never confirmed are nobody's business."""
    old = timezone.now() - datetime.timedelta(seconds=CONFIRM_SECONDS)
    return Watch.objects.filter(confirmed_at__isnull=True, asked_at__lt=old).delete()[1]
