"""中试平台: how a record ends and comes back. A code is cited for ever, so what ends stays as a tombstone.

``withdraw``, ``merge`` and ``split`` are parts of the verbs of the same name in ``cultivation.actions``, which first end the
designation in force: a tombstone must not keep a tier, and this package does not know designations.
"""

from __future__ import annotations

import datetime
from typing import Any

from django.db.models import Max
from django.utils import timezone

from platforms import codes
from platforms.access import Permission, Role, require
from platforms.actions.verb import lock, verb
from platforms.choices import ChangeKind, PlatformStatus
from platforms.errors import IllegalStep, Invalid, Problem
from platforms.models import Membership, Platform, User
from platforms.notifications import authority_people, notify
from platforms.publish import publish
from platforms.transitions import PLATFORM
from platforms.turns import Turn, wait_for
from platforms.words import gettext_lazy as _


def withdraw(*, platform: Platform, by: User, reason: str, on: datetime.date) -> Platform:
    """Turn a locked platform that holds no tier into a tombstone. Part of a verb that has ended its designation."""
    return _end(platform, "withdraw", ChangeKind.WITHDRAWN, by=by, reason=reason, on=on)


def merge(*, platform: Platform, into: Platform, by: User, reason: str, on: datetime.date) -> Platform:
    """The same, naming the active platform that goes on. Both are locked by the caller."""
    if into.pk == platform.pk:
        raise Invalid([Problem("into", "itself", _("平台不能并入自身。"))])
    if into.status != PlatformStatus.ACTIVE:
        raise IllegalStep(
            _("“%(platform)s”现为“%(state)s”，不能并入。")
            % {"platform": into, "state": into.get_status_display()}
        )
    return _end(platform, "merge", ChangeKind.MERGED, by=by, reason=reason, on=on, merged_into=into)


def split(*, platform: Platform, by: User, reason: str, on: datetime.date) -> Platform:
    """The same for a platform whose work goes on in several; the caller publishes it when those have begun."""
    return _end(platform, "split", "", by=by, reason=reason, on=on)


def unmerge(*, platform: Platform, by: User, reason: str) -> Platform:
    """Part of the verb that takes a merger back."""
    return _revive(platform, "unmerge", by=by, reason=reason)


@verb("platform.restore")
def restore(*, platform: Platform, by: User, reason: str) -> Platform:
    """Bring a withdrawn record back as an active one. It has no tier until it is designated again."""
    return _revive(lock(platform), "restore", by=by, reason=reason)


def next_code(region: str) -> str:
    """The next public code of a province. Codes are never reused; a number whose transaction failed is simply given again."""
    wait_for(Turn.PLATFORM_CODE, int(region[:2]))
    newest = Platform.objects.filter(code__startswith=f"{codes.PREFIX}-{region[:2]}-").aggregate(
        code=Max("code")
    )["code"]
    return codes.format_code(region, int(newest.split("-")[2]) + 1 if newest else 1)


@verb("platform.remind")
def remind(*, platform: Platform, by: User) -> int:
    """Ask whoever fills in for the operator to bring the record up to date; told once a day. Returns how many people."""
    require(by, Permission.SUBMISSION_PREPARE, platform)
    staff = Membership.objects.in_force().filter(role=Role.OPERATOR, operator=platform.operator_id)
    people = list(User.objects.filter(is_active=True, pk__in=staff.values("user")))
    notify(
        people,
        kind="platform.stale",
        text=_("“%(platform)s”的信息已超过一年未更新，请核对。") % {"platform": platform},
        url=f"/platforms/{platform.code}/",
        key=f"stale:{platform.pk}:{timezone.localdate():%Y%m%d}",
    )
    return len(people)


def _end(
    platform: Platform, move: str, kind: str, *, by: User, reason: str, on: datetime.date, **changes: Any
) -> Platform:
    PLATFORM.check(platform, move, by=by, reason=reason)
    if platform.tier:
        raise IllegalStep(_("“%(platform)s”仍有有效认定，须先撤销认定。") % {"platform": platform})
    if on > timezone.localdate():
        raise Invalid([Problem("on", "future", _("日期不能晚于今天。"))])
    return _move(platform, move, kind, by=by, reason=reason, status_reason=reason, status_on=on, **changes)


def _revive(platform: Platform, move: str, *, by: User, reason: str) -> Platform:
    return _move(
        platform,
        move,
        ChangeKind.RESTORED,
        by=by,
        reason=reason,
        status_reason="",
        status_on=None,
        merged_into=None,
    )


def _move(platform: Platform, move: str, kind: str, *, by: User, reason: str, **changes: Any) -> Platform:
    PLATFORM.move(
        platform,
        move,
        by=by,
        reason=reason,
        version=platform.version + 1,
        updated_at=timezone.now(),
        **changes,
    )
    if kind:
        publish(platform, kind=kind)
    notify(
        [person for person in authority_people(platform.authority) if person.pk != by.pk],
        kind=f"platform.{move}",
        text=(
            _("“%(name)s”（%(code)s）：%(move)s。%(reason)s")
            % {
                "name": platform,
                "code": platform.code,
                "move": PLATFORM.find(move).label,
                "reason": reason,
            }
        ),
        url=f"/platforms/{platform.code}/",
        key=f"platform:{platform.pk}:{move}:{platform.version}",
    )
    return platform
