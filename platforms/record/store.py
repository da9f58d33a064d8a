"""Between payloads and rows: write an accepted payload into the working record, and read a record back as a payload.

Only verbs call ``apply``. Reading back what was written gives the same payload, which is what makes an exported file import
again with no change.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.apps import apps
from django.db import models
from django.db.models import QuerySet

from platforms.models import Operator, PilotLine, Platform
from platforms.record.fields import LISTS, Field, fields_of
from platforms.scales import ladder_class, parse_unit


def payload_of(platform: Platform) -> dict[str, Any]:
    """The record as a payload. Read it from ``Platform.objects.with_everything()`` to keep the number of queries fixed."""
    payload: dict[str, Any] = {
        "platform": values_of(platform, "platform"),
        "operator": values_of(platform.operator, "operator") if platform.operator else {},
    }
    for aggregate in LISTS:
        payload[aggregate] = [values_of(row, aggregate) for row in getattr(platform, aggregate).all()]
    return payload


def payloads_of(platforms: QuerySet[Platform]) -> dict[int, dict[str, Any]]:
    """The same for many platforms, by primary key, without making a model instance of every row: an import compares thousands."""
    found: dict[int, dict[str, Any]] = {}
    singles = {
        aggregate: [(item.key, f"{prefix}{item.stored_in.attname}") for item in fields_of(aggregate)]
        for aggregate, prefix in (("platform", ""), ("operator", "operator__"))
    }
    columns = [column for pairs in singles.values() for _key, column in pairs]
    for key, *values in platforms.values_list("pk", *columns):
        coming = iter(values)
        found[key] = {
            aggregate: _filled((name, next(coming)) for name, _column in pairs)
            for aggregate, pairs in singles.items()
        } | {aggregate: [] for aggregate in LISTS}
    for aggregate, name in LISTS.items():
        model = apps.get_model("platforms", name)
        keys = [item.key for item in fields_of(aggregate)]
        columns = [item.stored_in.attname for item in fields_of(aggregate)]
        rows = model._default_manager.filter(platform__in=list(found)).order_by(
            "platform_id", *model._meta.ordering
        )
        for platform, *values in rows.values_list("platform_id", *columns):
            found[platform][aggregate].append(_filled(zip(keys, values, strict=True)))
    return found


def values_of(row: models.Model, aggregate: str) -> dict[str, Any]:
    """One row (a platform, an operator, a service …) as its part of a payload; empty values are left out."""
    return _filled((item.key, getattr(row, item.stored_in.attname)) for item in fields_of(aggregate))


def _filled(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    return {key: _plain(value) for key, value in pairs if value not in (None, "")}


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    if isinstance(value, datetime.date):
        return value.isoformat()
    return value


def apply(platform: Platform, payload: dict[str, Any]) -> Platform:
    """Write a checked payload into the platform, its operator and its lists. Runs inside the caller's transaction."""
    platform.operator = _apply_operator(payload["operator"], demo=platform.demo)
    _assign(platform, "platform", payload["platform"])
    platform.save()
    for aggregate in LISTS:
        _replace(platform, aggregate, payload[aggregate])
    return platform


def _apply_operator(values: dict[str, Any], *, demo: bool) -> Operator:
    """The operator of that code, brought up to date; two submissions naming a new operator at once get the same row."""
    operator, _created = Operator.objects.get_or_create(
        uscc=values["uscc"], defaults={"name_zh": values["name_zh"], "demo": demo}
    )
    changed = _assign(operator, "operator", values)
    if changed:
        operator.save(update_fields=changed)
    return operator


def _assign(row: models.Model, aggregate: str, values: dict[str, Any]) -> list[str]:
    """Set every field of the aggregate; returns the names of those that changed."""
    changed = []
    for item in fields_of(aggregate):
        new = stored_value(item, values.get(item.key))
        if getattr(row, item.stored_in.attname) != new:
            setattr(row, item.stored_in.attname, new)
            changed.append(item.key)
    return changed


def stored_value(item: Field, value: Any) -> Any:
    """A payload value as the model field keeps it; an absent value becomes the field's empty value."""
    column = item.stored_in
    if value is None or value == "":
        if column.has_default():
            return column.get_default()
        return None if column.null else ""
    return column.to_python(value)


def _replace(platform: Platform, aggregate: str, rows: list[dict[str, Any]]) -> None:
    """Make the stored list equal to ``rows``, touching only rows that differ, so that history shows real changes."""
    model = apps.get_model("platforms", LISTS[aggregate])
    existing = list(getattr(platform, aggregate).order_by(*model._meta.ordering))
    for index, values in enumerate(rows):
        row = existing[index] if index < len(existing) else model(platform=platform)
        changed = _assign(row, aggregate, values) + _derive(row, index)
        if changed or row.pk is None:
            row.save()
    for row in existing[len(rows) :]:
        row.delete()


def _derive(row: models.Model, index: int) -> list[str]:
    """Position, and the place of a pilot line on the ladder from gram to ten tonnes."""
    derived: dict[str, Any] = {}
    if hasattr(row, "position"):
        derived["position"] = index
    if isinstance(row, PilotLine):
        derived["scale_class_min"], derived["scale_class_max"] = scale_classes(
            row.scale_min, row.scale_max, row.unit
        )
    changed = [name for name, value in derived.items() if getattr(row, name) != value]
    for name in changed:
        setattr(row, name, derived[name])
    return changed


def scale_classes(smallest: Decimal | None, largest: Decimal | None, unit: str) -> tuple[str, str]:
    """Ladder classes of a line's range; empty where the unit has no place on the ladder (wafers, litres)."""
    parsed = parse_unit(unit or "")
    if parsed is None:
        return "", ""
    top = ladder_class(largest, *parsed) if largest is not None else None
    bottom = ladder_class(smallest, *parsed) if smallest is not None else top
    return bottom or top or "", top or ""
