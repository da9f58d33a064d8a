"""中试平台: withdrawing, and what merging and splitting share with it: a platform that ends holds no designation in force."""

from __future__ import annotations

import datetime
from collections.abc import Callable

from django.utils import timezone

from cultivation.actions import designation as designations
from cultivation.choices import ApplicationStatus as A
from cultivation.models import Application, Designation
from platforms.actions import platform as platforms
from platforms.actions.verb import verb
from platforms.errors import IllegalStep, NotFound
from platforms.models import Platform, User
from platforms.transitions import PLATFORM
from platforms.words import gettext_lazy as _

#: A platform in one of these stands in a list that is being made; whoever makes it decides first.
UNDER_WAY = (A.PROPOSED, A.RECOMMENDED, A.SUPPLEMENT, A.IN_REVIEW, A.SHORTLISTED, A.RESERVE_LIST, A.ON_NOTICE)


@verb("platform.withdraw")
def withdraw(*, platform: Platform, by: User, reason: str, on: datetime.date | None = None) -> Platform:
    """Strike a platform off: its designation ends, its page becomes a tombstone with the reason. ``on`` is today."""
    platform = locked(platform)[platform.pk]
    on = clear_the_way(platform, "withdraw", by=by, reason=reason, on=on)
    return platforms.withdraw(platform=platform, by=by, reason=reason, on=on)


def locked(*those: Platform) -> dict[int, Platform]:
    """By primary key, and locked in that order, so that two people who merge A into B and B into A do not block each other."""
    wanted = {platform.pk for platform in those}
    rows = Platform.objects.select_for_update(of=("self",)).filter(pk__in=wanted).order_by("pk")
    locked = {platform.pk: platform for platform in rows}
    if locked.keys() != wanted:
        raise NotFound()
    return locked


def clear_the_way(
    platform: Platform,
    move: str,
    *,
    by: User,
    reason: str,
    on: datetime.date | None,
    ended_by: Callable[..., Designation] = designations.end,
) -> datetime.date:
    """Refuse what is not allowed, then end the designation in force; returns the day on which both end."""
    PLATFORM.check(platform, move, by=by, reason=reason)
    waiting = Application.objects.filter(platform=platform, status__in=UNDER_WAY).select_related("batch")
    if found := waiting.first():
        raise IllegalStep(
            _("“%(platform)s”在批次“%(batch)s”中为“%(state)s”，须先办结。")
            % {"platform": platform, "batch": found.batch, "state": found.get_status_display()}
        )
    day = on or timezone.localdate()
    current = designations.in_force(platform)
    if current is not None:
        ended_by(designation=current, platform=platform, by=by, reason=reason, on=day)
    return day
