"""认定: the only writer of ``Platform.tier``. The stored tier always repeats the designation in force."""

from __future__ import annotations

import datetime
from typing import Any

from django.utils import timezone

from cultivation import clock
from cultivation.audiences import tell
from cultivation.choices import DesignationStatus
from cultivation.models import Decision, Designation, Submission
from cultivation.transitions import DESIGNATION
from platforms.actions.verb import lock, verb
from platforms.choices import TIER_ORDER, ChangeKind, PlatformStatus
from platforms.errors import IllegalStep, Invalid, Problem
from platforms.models import Platform, User
from platforms.publish import publish
from platforms.words import gettext_lazy as _


def designate(
    *,
    platform: Platform,
    tier: str,
    on: datetime.date,
    decision: Decision | None = None,
    submission: Submission | None = None,
    row: int | None = None,
    basis: str = "",
) -> Designation:
    """Bring a designation into force and supersede the one before. Part of the verbs that accept and that decide.

    Runs inside their transaction; the caller has locked the platform and checked the right to do this.
    """
    if platform.status != PlatformStatus.ACTIVE:
        raise IllegalStep(
            _("“%(platform)s”现为“%(state)s”，不能认定。")
            % {"platform": platform, "state": platform.get_status_display()}
        )
    current = Designation.objects.in_force().filter(platform=platform).first()
    if current is not None:
        if TIER_ORDER[current.tier] >= TIER_ORDER[tier]:
            raise IllegalStep(
                _("“%(platform)s”已是“%(tier)s”。")
                % {"platform": platform, "tier": current.get_tier_display()}
            )
        DESIGNATION.move(current, "supersede", valid_until=on)
    designation = Designation.objects.create(
        platform=platform,
        tier=tier,
        decision=decision,
        submission=submission,
        row=row,
        valid_from=on,
        valid_until=decision.valid_until if decision else None,
        basis_zh=basis,
    )
    _store_tier(platform, tier)
    return designation


@verb("designation.withdraw")
def withdraw(
    *, designation: Designation, by: User, reason: str, on: datetime.date | None = None
) -> Designation:
    """Take a designation away. The platform keeps its record; its tier falls to none until it is designated again."""
    # The platform first, as everything else does that touches both: otherwise two acts could wait for each other.
    platform = lock(designation.platform)
    designation = lock(designation)
    end(designation=designation, platform=platform, by=by, reason=reason, on=on or clock.today())
    publish(platform, kind=ChangeKind.TIER_CHANGED)
    text = _("“%(platform)s”的“%(tier)s”认定已撤销：%(reason)s")
    _tell("withdraw", designation, platform, text % _facts(designation, platform, reason), by)
    return designation


def expire_due(*, today: datetime.date | None = None) -> int:
    """End every designation whose last day has passed; returns how many. Two beats at once end each one once."""
    today = today or clock.today()
    due = Designation.objects.in_force().filter(valid_until__lt=today).order_by("pk")
    return sum(expire(designation=designation, today=today) for designation in due.iterator())


@verb("designation.expire")
def expire(*, designation: Designation, today: datetime.date | None = None, by: User | None = None) -> bool:
    """End one designation if its last day has passed; ``False`` when it has ended already or still runs."""
    platform = lock(designation.platform)
    designation = lock(designation)
    last = designation.valid_until
    if designation.status != DesignationStatus.IN_FORCE or last is None or last >= (today or clock.today()):
        return False
    reason = str(_("有效期至 %(day)s。") % {"day": last})
    DESIGNATION.move(designation, "expire", reason=reason, end_reason=reason)
    _store_tier(platform, None)
    publish(platform, kind=ChangeKind.TIER_CHANGED)
    text = _("“%(platform)s”的“%(tier)s”认定已到期：%(reason)s")
    _tell("expire", designation, platform, text % _facts(designation, platform, reason), by)
    return True


def _facts(designation: Designation, platform: Platform, reason: str) -> dict[str, str]:
    return {"platform": str(platform), "tier": str(designation.get_tier_display()), "reason": reason}


def _tell(move: str, designation: Designation, platform: Platform, text: Any, by: User | None) -> None:
    tell(DESIGNATION.find(move), designation, text=text, url=f"/platforms/{platform.code}/", by=by)


def end(
    *, designation: Designation, platform: Platform, by: User, reason: str, on: datetime.date
) -> Designation:
    """End the designation in force of a locked platform; the verb that calls this publishes the platform afterwards."""
    DESIGNATION.check(designation, "withdraw", by=by, reason=reason)
    return _ended(designation, "withdraw", platform, ended_by=by, reason=reason, on=on, by=by)


def transfer(
    *, designation: Designation, platform: Platform, by: User, reason: str, on: datetime.date
) -> Designation:
    """End the designation of a locked platform that is split; the part that takes it over is designated by the same verb."""
    return _ended(designation, "transfer", platform, ended_by=by, reason=reason, on=on)


def _ended(
    designation: Designation,
    move: str,
    platform: Platform,
    *,
    ended_by: User,
    reason: str,
    on: datetime.date,
    **asked: User,
) -> Designation:
    DESIGNATION.move(
        designation,
        move,
        **asked,
        reason=reason,
        valid_until=_within(designation, on),
        end_reason=reason,
        ended_at=timezone.now(),
        ended_by=ended_by,
    )
    _store_tier(platform, None)
    return designation


def reinstate(*, designation: Designation, platform: Platform, on: datetime.date, basis: str) -> Designation:
    """Give a locked platform again what it held: the same tier by the same decision, from today on; the gap stays visible."""
    again = Designation.objects.create(
        platform=platform,
        tier=designation.tier,
        decision=designation.decision,
        row=designation.row,
        valid_from=on,
        valid_until=designation.decision.valid_until if designation.decision else None,
        basis_zh=basis,
    )
    _store_tier(platform, designation.tier)
    return again


def _within(designation: Designation, on: datetime.date) -> datetime.date:
    """The day on which a designation ends: not before it began and not in the future."""
    if designation.valid_from <= on <= clock.today():
        return on
    day = {"first": designation.valid_from, "last": clock.today()}
    raise Invalid([Problem("on", "out_of_range", str(_("终止日期应在 %(first)s 至 %(last)s 之间。") % day))])


def _store_tier(platform: Platform, tier: str | None) -> None:
    platform.tier = tier
    platform.updated_at = timezone.now()
    platform.version += 1
    platform.save(update_fields=["tier", "updated_at", "version"])


def in_force(platform: Platform) -> Designation | None:
    """The designation that ``Platform.tier`` repeats."""
    return Designation.objects.filter(platform=platform, status=DesignationStatus.IN_FORCE).first()
