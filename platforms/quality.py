"""数据质量: what is wanting in the records of an authority, as plain questions to the database.

The score is the share of answers that are right, in per cent: every active platform is asked every question.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db.models import BooleanField, Case, Count, Exists, OuterRef, Q, Value, When
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from platforms.models import Equipment, PilotLine, Platform, ServiceItem, YearlyFigures
from platforms.models.platform import PlatformQuerySet

STALE_AFTER = datetime.timedelta(days=365)
#: Upper ends of the bands with their names; above the last is the best.
BANDS = ((90, _("待改进")), (95, _("一般")), (98, _("良好")), (100, _("优秀")))


def _of(model: Any, **more: Any) -> Exists:
    return Exists(model.objects.filter(platform=OuterRef("pk"), **more))


def stale_before(today: datetime.date | None = None) -> datetime.date:
    """Records last confirmed before this day count as stale."""
    return (today or timezone.localdate()) - STALE_AFTER


def faults() -> dict[str, tuple[Any, Any]]:
    """Name → (label, what is true of a platform that has this fault), in the order in which they are worth mending."""
    year = timezone.localdate().year - 1
    return {
        "stale": (_("一年未更新"), Q(confirmed_on__isnull=True) | Q(confirmed_on__lt=stale_before())),
        "phone": (_("办公电话缺失"), Q(office_phone="")),
        "summary": (_("平台简介缺失"), Q(summary_zh="")),
        "direction": (_("行业方向缺失"), Q(direction__isnull=True)),
        "services": (_("没有服务项目"), ~_of(ServiceItem)),
        "scale": (_("中试线缺规模"), ~_of(PilotLine, scale_max__isnull=False)),
        "equipment": (_("设备缺购置年份"), _of(Equipment, commissioned_year__isnull=True)),
        "figures": (_("缺上一年度业绩"), ~_of(YearlyFigures, year=year)),
    }


@dataclass(frozen=True)
class Quality:
    """``score`` in per cent with one decimal, ``None`` without platforms; ``issues`` by name, only what occurs."""

    platforms: int
    issues: dict[str, int]

    @property
    def score(self) -> Decimal | None:
        if not self.platforms:
            return None
        asked = self.platforms * len(faults())
        right = Decimal(100) * (asked - sum(self.issues.values())) / asked
        return right.quantize(Decimal("0.1"), ROUND_HALF_UP)

    @property
    def band(self) -> str:
        return str(next(label for most, label in BANDS if (self.score or 0) <= most))


def with_fault(rows: PlatformQuerySet, name: str) -> PlatformQuerySet:
    """The platforms that have this fault; an unknown name narrows nothing."""
    found = faults().get(name)
    return rows.active().filter(found[1]) if found else rows


def by_authority(*codes: str) -> dict[str, Quality]:
    """Quality of these authorities' active platforms, or of all authorities; one query."""
    rows = Platform.objects.active()
    if codes:
        rows = rows.filter(authority__in=codes)
    known = faults()
    marked = rows.annotate(**{f"_{name}": _flag(condition) for name, (_label, condition) in known.items()})
    counted = (
        marked.order_by()
        .values("authority_id")
        .annotate(n=Count("pk"), **{name: Count("pk", filter=Q(**{f"_{name}": True})) for name in known})
    )
    return {
        row["authority_id"]: Quality(row["n"], {name: row[name] for name in known if row[name]})
        for row in counted
    }


def _flag(condition: Any) -> Any:
    return Case(When(condition, then=Value(True)), default=Value(False), output_field=BooleanField())
