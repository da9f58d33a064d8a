"""Scales of pilot lines: amounts with units and periods, and their place on the scale ladder.

The ladder answers the question firms ask first: is this a gram, kilogram or tonne line? It describes the
size of *one run*: an amount per batch, per day (how continuous lines are named) or without a period. A rate
per hour, month or year says how long a line runs rather than how big it is, so it has no place on the
ladder. Volumes are placed as if filled with water (1 L as 1 kg): a convention for finding lines of like
size, never a conversion to be shown as a mass.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from platforms.choices import ScaleClass

LADDER: tuple[str, ...] = tuple(ScaleClass.values)

# Grams (water-equivalent for volumes) in one unit.
GRAMS: dict[str, Decimal] = {
    "mg": Decimal("0.001"),
    "g": Decimal(1),
    "kg": Decimal(1_000),
    "t": Decimal(1_000_000),
    "mL": Decimal(1),
    "L": Decimal(1_000),
    "m3": Decimal(1_000_000),
}
COUNT_UNITS = ("片", "件", "台", "套", "个", "只", "支", "辆", "剂", "颗", "米", "平方米")
UNITS = (*GRAMS, *COUNT_UNITS)
PERIODS_OF_ONE_RUN = ("", "batch", "d")

_LEAST_GRAMS = (
    ("10t", Decimal(10_000_000)),
    ("t", Decimal(1_000_000)),
    ("100kg", Decimal(100_000)),
    ("kg", Decimal(1_000)),
    ("100g", Decimal(100)),
    ("g", Decimal(1)),
)

# Spellings after NFKC and lower-casing, so "ｍ³", "㎥" and "M3" are one spelling already.
UNIT_SPELLINGS: dict[str, str] = {
    "mg": "mg", "毫克": "mg",
    "g": "g", "克": "g",
    "kg": "kg", "公斤": "kg", "千克": "kg",
    "t": "t", "吨": "t", "公吨": "t",
    "ml": "mL", "毫升": "mL",
    "l": "L", "升": "L", "公升": "L",
    "m3": "m3", "立方米": "m3", "立方": "m3",
    "片": "片", "wafer": "片", "wafers": "片",
    "件": "件", "pcs": "件", "台": "台", "套": "套", "个": "个", "只": "只", "支": "支",
    "辆": "辆", "剂": "剂", "颗": "颗", "米": "米", "m": "米", "平方米": "平方米", "m2": "平方米",
}  # fmt: skip
PERIOD_SPELLINGS: dict[str, str] = {
    "批": "batch", "批次": "batch", "batch": "batch", "釜": "batch", "次": "batch",
    "h": "h", "hr": "h", "小时": "h", "时": "h", "hour": "h",
    "d": "d", "天": "d", "日": "d", "day": "d",
    "月": "month", "month": "month",
    "a": "a", "y": "a", "yr": "a", "年": "a", "year": "a",
}  # fmt: skip


def _either(spellings: dict[str, str]) -> str:
    return "|".join(sorted(map(re.escape, spellings), key=len, reverse=True))


NUMBER = r"[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]{1,6})?|[0-9]{1,12}(?:\.[0-9]{1,6})?"
UNIT = _either(UNIT_SPELLINGS)
PERIOD = _either(PERIOD_SPELLINGS)
_SCALE = re.compile(
    rf"(?:(?P<before>年|月|日|天|批|单批|每批)(?:产能|产量|产|处理|加工)?)?\s*"
    rf"(?:(?P<low>{NUMBER})\s*(?:-|~|–|—|至|到)\s*)?(?P<value>{NUMBER})\s*"
    rf"(?P<unit>{UNIT})(?:\s*(?:/|每)\s*(?P<period>{PERIOD}))?"
)


@dataclass(frozen=True, slots=True)
class Scale:
    """An amount in a unit, per period.

    ``minimum`` is the lower end when a range was given, ``value`` its upper end.
    """

    value: Decimal
    unit: str
    period: str = ""
    minimum: Decimal | None = None

    @property
    def ladder(self) -> str | None:
        return ladder_class(self.value, self.unit, self.period)

    def __str__(self) -> str:
        amount = plain(self.value) if self.minimum is None else f"{plain(self.minimum)}–{plain(self.value)}"
        unit = "m³" if self.unit == "m3" else self.unit
        period = {"batch": "批", "month": "月"}.get(self.period, self.period)
        return f"{amount} {unit}/{period}" if period else f"{amount} {unit}"


def plain(value: Decimal) -> str:
    """A decimal without exponent and without trailing zeros: 2.50 → "2.5", 1E+3 → "1000"."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def fold(text: str) -> str:
    """The spelling under which units are compared."""
    return unicodedata.normalize("NFKC", text).lower().strip()


def parse_unit(text: str) -> tuple[str, str] | None:
    """``(unit, period)`` of "t/批", "L" or "m³/h"; ``None`` when the unit is not known."""
    unit, slash, period = fold(text).partition("/")
    known_unit = UNIT_SPELLINGS.get(unit.strip())
    known_period = PERIOD_SPELLINGS.get(period.strip(), "")
    if known_unit is None or (slash and not known_period):
        return None
    return known_unit, known_period


def parse_scale(text: str) -> Scale | None:
    """The scale written as "2 t/批", "500 L", "年产 300 吨" or "100–500 L".

    ``None`` when the text is not one scale.
    """
    match = _SCALE.fullmatch(fold(text))
    return None if match is None else _from_match(match)


def _from_match(match: re.Match[str]) -> Scale | None:
    before = match["before"]
    stated = PERIOD_SPELLINGS.get(match["period"] or "", "")
    if before and stated:
        return None
    period = PERIOD_SPELLINGS[before.removeprefix("单").removeprefix("每")] if before else stated
    value = _number(match["value"])
    minimum = _number(match["low"]) if match["low"] else None
    if value <= 0 or (minimum is not None and minimum > value):
        return None
    return Scale(value, UNIT_SPELLINGS[match["unit"]], period, minimum)


def _number(text: str) -> Decimal:
    return Decimal(text.replace(",", ""))


def grams(value: Decimal | int | str, unit: str) -> Decimal | None:
    """The mass in grams (water-equivalent for volumes), or ``None`` for units without mass or a value
    that is no number.
    """
    factor = GRAMS.get(unit)
    if factor is None or isinstance(value, float):
        return None
    try:
        amount = Decimal(value)
    except InvalidOperation:
        return None
    return amount * factor if amount.is_finite() and amount > 0 else None


def ladder_class(value: Decimal | int | str, unit: str, period: str = "") -> str | None:
    """The rung of ``LADDER`` on which one run of this amount stands; ``None`` when the ladder does not apply.

    ``unit`` may carry the period ("t/批"). Each rung begins at the amount it is named after: 100 g up to 1
    kg is "100g".
    """
    parsed = parse_unit(unit)
    if parsed is None:
        return None
    known_unit, period_in_unit = parsed
    if (period or period_in_unit) not in PERIODS_OF_ONE_RUN:
        return None
    mass = grams(value, known_unit)
    if mass is None:
        return None
    return next((rung for rung, least in _LEAST_GRAMS if mass >= least), None)
