"""What the home page and the statistics count from the public record, in one statement."""

from __future__ import annotations

import datetime
from collections import Counter
from dataclasses import dataclass, field

from django.contrib.postgres.aggregates import BoolOr
from django.db.models import Count, Max

from platforms.choices import PlatformStatus
from platforms.models import PublicPlatform


@dataclass
class Live:
    """Active platforms by authority, area and tier; ``as_of`` is the last day on which one of them changed."""

    by_cell: Counter[tuple[str, str]] = field(default_factory=Counter)
    by_authority: Counter[str] = field(default_factory=Counter)
    by_area: Counter[str] = field(default_factory=Counter)
    by_tier: Counter[str] = field(default_factory=Counter)
    total: int = 0
    demo: bool = False
    as_of: datetime.date | None = None


def live() -> Live:
    """Counted now; the page that shows it is cached by the head of the change feed."""
    found = Live()
    rows = (
        PublicPlatform.objects.filter(status=PlatformStatus.ACTIVE)
        .order_by()
        .values_list("authority_code", "area_code", "tier")
        .annotate(n=Count("pk"), latest=Max("updated_on"), any_demo=BoolOr("demo"))
    )
    for authority, area, tier, n, latest, demo in rows:
        found.by_cell[authority, area] += n
        found.by_authority[authority] += n
        found.by_area[area] += n
        found.by_tier[tier or ""] += n
        found.total += n
        found.demo = found.demo or demo
        found.as_of = max(found.as_of or latest, latest)
    return found


def current_areas(areas: dict[str, dict[str, str]], counted: Live) -> dict[str, dict[str, str]]:
    """The areas of the newest edition, and those of older editions that still have platforms. Codes begin with the edition."""
    newest = max((code.partition("-")[0] for code in areas), default="")
    return {
        code: name for code, name in areas.items() if code.startswith(f"{newest}-") or counted.by_area[code]
    }
