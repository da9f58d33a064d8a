"""认定: the only writer of ``Platform.tier``. The stored tier always repeats the designation in force."""

from __future__ import annotations

import datetime

from django.utils import timezone

from cultivation.choices import DesignationStatus
from cultivation.models import Decision, Designation, Submission
from cultivation.transitions import DESIGNATION
from platforms.actions.verb import lock, verb
from platforms.choices import TIER_ORDER, ChangeKind, PlatformStatus
from platforms.errors import IllegalStep
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
    end(designation=designation, platform=platform, by=by, reason=reason, on=on or timezone.localdate())
    publish(platform, kind=ChangeKind.TIER_CHANGED)
    return designation


def end(
    *, designation: Designation, platform: Platform, by: User, reason: str, on: datetime.date
) -> Designation:
    """End the designation in force of a locked platform; the verb that calls this publishes the platform afterwards."""
    DESIGNATION.move(
        designation,
        "withdraw",
        by=by,
        reason=reason,
        valid_until=on,
        end_reason=reason,
        ended_at=timezone.now(),
        ended_by=by,
    )
    _store_tier(platform, None)
    return designation


def _store_tier(platform: Platform, tier: str | None) -> None:
    platform.tier = tier
    platform.updated_at = timezone.now()
    platform.version += 1
    platform.save(update_fields=["tier", "updated_at", "version"])


def in_force(platform: Platform) -> Designation | None:
    """The designation that ``Platform.tier`` repeats."""
    return Designation.objects.filter(platform=platform, status=DesignationStatus.IN_FORCE).first()
