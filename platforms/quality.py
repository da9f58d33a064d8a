"""数据质量: what is wanting in the records of an authority, as plain questions to the database.

The score is the share of answers that are right, in per cent: every active platform is asked every question.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db.models import BooleanField, Case, Count, Exists, Min, OuterRef, Q, TextChoices, Value, When
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from platforms.choices import DeliveryStatus, LetterKind
from platforms.models import (
    Delivery,
    Equipment,
    PilotLine,
    Platform,
    QualityRulePause,
    ServiceItem,
    YearlyFigures,
)
from platforms.models.platform import PlatformQuerySet

STALE_AFTER = datetime.timedelta(days=365)
#: Upper ends of the bands with their names; above the last is the best.
BANDS = ((90, _("待改进")), (95, _("一般")), (98, _("良好")), (100, _("优秀")))


def _of(model: Any, **more: Any) -> Exists:
    return Exists(model.objects.filter(platform=OuterRef("pk"), **more))


def stale_before(today: datetime.date | None = None) -> datetime.date:
    """Records last confirmed before this day count as stale."""
    return (today or timezone.localdate()) - STALE_AFTER


class Severity(TextChoices):
    MUST = "must", _("必须改正")
    SHOULD = "should", _("应当补充")


class Owner(TextChoices):
    """Who can put it right."""

    OPERATOR = "operator", _("建设单位")
    AUTHORITY = "authority", _("推荐单位")


@dataclass(frozen=True)
class Rule:
    """One question asked of every active platform; ``broken`` is true of a platform that has this fault."""

    code: str
    name: str
    label: Any
    text: Any
    severity: Severity
    owner: Owner
    broken: Any


def rules() -> list[Rule]:
    """The rules that are asked: all but those switched off on record."""
    off = set(QualityRulePause.objects.in_force().values_list("rule", flat=True))
    return [rule for rule in every_rule() if rule.name not in off]


def every_rule() -> list[Rule]:
    """In the order in which they are worth mending."""
    year = timezone.localdate().year - 1
    must, should = Severity.MUST, Severity.SHOULD
    operator, authority = Owner.OPERATOR, Owner.AUTHORITY
    stale = Q(confirmed_on__isnull=True) | Q(confirmed_on__lt=stale_before())
    return [
        Rule("Q1", "stale", _("一年未更新"), _("信息在一年之内核对过。"), must, authority, stale),
        Rule("Q2", "phone", _("办公电话缺失"), _("有办公电话。"), must, operator, Q(office_phone="")),
        Rule("Q3", "summary", _("平台简介缺失"), _("有平台简介。"), should, operator, Q(summary_zh="")),
        Rule("Q4", "direction", _("行业方向缺失"), _("归入一个行业方向。"), must, authority, Q(direction__isnull=True)),
        Rule("Q5", "services", _("没有服务项目"), _("至少有一个服务项目。"), must, operator, ~_of(ServiceItem)),
        Rule("Q6", "scale", _("中试线缺规模"), _("至少有一条中试线写明规模。"), should, operator, ~_of(PilotLine, scale_max__isnull=False)),
        Rule("Q7", "equipment", _("设备缺购置年份"), _("设备都写明购置年份。"), should, operator, _of(Equipment, commissioned_year__isnull=True)),
        Rule("Q8", "figures", _("缺上一年度业绩"), _("有上一年度的业绩。"), must, authority, ~_of(YearlyFigures, year=year)),
    ]  # fmt: skip


def faults() -> dict[str, tuple[Any, Any]]:
    """Name → (label, what is true of a platform that has this fault), in the order in which they are worth mending."""
    return {rule.name: (rule.label, rule.broken) for rule in rules()}


@dataclass(frozen=True)
class Quality:
    """``score`` in per cent with one decimal, ``None`` without platforms or rules; ``issues`` by name, only what occurs."""

    platforms: int
    issues: dict[str, int]
    #: So many rules were asked of every platform.
    rules: int

    @property
    def score(self) -> Decimal | None:
        asked = self.platforms * self.rules
        if not asked:
            return None
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
    """Quality of these authorities' active platforms, or of all authorities; two queries."""
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
        row["authority_id"]: Quality(row["n"], {name: row[name] for name in known if row[name]}, len(known))
        for row in counted
    }


def _flag(condition: Any) -> Any:
    return Case(When(condition, then=Value(True)), default=Value(False), output_field=BooleanField())


@dataclass(frozen=True)
class Challenges:
    """质疑: reports of errors in the public records of one authority. ``waiting_since``: the oldest that nobody has answered."""

    waiting: int
    answered: int
    declined: int
    waiting_since: datetime.datetime | None


def challenges() -> dict[str, Challenges]:
    """By authority, where there were any; one query."""
    D = DeliveryStatus
    rows = (
        Delivery.objects.filter(letter__kind=LetterKind.ERROR)
        .order_by()
        .values("platform__authority")
        .annotate(
            waiting=Count("pk", filter=Q(status=D.WAITING)),
            answered=Count("pk", filter=Q(status=D.ANSWERED)),
            declined=Count("pk", filter=Q(status=D.DECLINED)),
            waiting_since=Min("letter__sent_at", filter=Q(status=D.WAITING)),
        )
    )
    return {
        row["platform__authority"]: Challenges(
            row["waiting"], row["answered"], row["declined"], row["waiting_since"]
        )
        for row in rows
    }
