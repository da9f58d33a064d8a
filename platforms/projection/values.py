"""Stored values as a public document says them."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

from platforms.models import Area, Authority, Direction, Region
from platforms.record.fields import Publication, fields_of


def named(item: Region | Authority | Area | Direction | None) -> dict[str, str] | None:
    """A reference as a small object with both names."""
    return None if item is None else {"code": item.pk, "name_zh": item.name_zh, "name_en": item.name_en}


def public_values(row: Any, aggregate: str) -> dict[str, Any]:
    """The public fields of one row, and nothing else."""
    return {
        item.key: plain_value(getattr(row, item.stored_in.attname))
        for item in fields_of(aggregate, Publication.PUBLIC)
    }


def plain_value(value: Any) -> Any:
    """A stored value as JSON: decimals as numbers, dates as text."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, datetime.date):
        return value.isoformat()
    return value
