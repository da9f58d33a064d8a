"""A record as it stood at the end of any day, put together from the history that the database keeps."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import models

from cultivation.calendar import end_of_day
from platforms.models import Operator, Platform
from platforms.record import LISTS, fields_of

#: Facts of a platform that no field of the form carries.
STANDING = ("code", "tier", "status", "status_reason", "version")


@dataclass(frozen=True)
class Then:
    """``facts``: what differs or does not between that day and today, one line per field. ``lists``: how many rows each had."""

    day: datetime.date
    existed: bool
    facts: list[dict[str, Any]]
    lists: list[dict[str, Any]]


def on_day(platform: Platform, day: datetime.date) -> Then:
    """The platform, its operator and the size of its lists at 24:00 Beijing time of ``day``, beside what they are now."""
    moment = end_of_day(day)
    before = _newest(Platform, moment, pgh_obj_id=platform.pk)
    if before is None:
        return Then(day, existed=False, facts=[], lists=[])
    facts = [_fact(Platform, name, before, platform) for name in STANDING]
    facts += [
        _fact(Platform, item.key, before, platform)
        for item in fields_of("platform")
        if _has(Platform, item.key)
    ]
    operator = _newest(Operator, moment, pgh_obj_id=before.operator_id) if before.operator_id else None
    if operator is not None or platform.operator is not None:
        facts += [
            _fact(Operator, item.key, operator, platform.operator)
            for item in fields_of("operator")
            if _has(Operator, item.key)
        ]
    lists = [_size(apps.get_model("platforms", name), platform, moment) for name in LISTS.values()]
    return Then(day, existed=True, facts=[fact for fact in facts if fact["then"] or fact["now"]], lists=lists)


def _events(model: type[models.Model]) -> type[models.Model]:
    return apps.get_model(model._meta.app_label, f"{model.__name__}Event")


def _newest(model: type[models.Model], moment: datetime.datetime, **lookup: Any) -> Any:
    """The last event before the moment; ``None`` where there is none or the row had been removed."""
    rows = _events(model)._default_manager.filter(pgh_created_at__lt=moment, **lookup)
    found = rows.order_by("-pgh_id").first()
    return None if found is None or found.pgh_label == "delete" else found  # type: ignore[attr-defined]


def _has(model: type[models.Model], name: str) -> bool:
    return any(field.name == name for field in model._meta.concrete_fields)


def _fact(model: type[models.Model], name: str, then: Any, now: Any) -> dict[str, Any]:
    field: Any = model._meta.get_field(name)
    before, after = (_text(each, field) for each in (then, now))
    return {"label": str(field.verbose_name), "then": before, "now": after, "changed": before != after}


def _text(record: Any, field: models.Field) -> str:
    if record is None:
        return ""
    value = getattr(record, field.name if field.is_relation else field.attname)
    if field.choices:
        value = dict(field.flatchoices).get(value, value)
    return "" if value is None else str(value)


def _size(model: type[models.Model], platform: Platform, moment: datetime.datetime) -> dict[str, Any]:
    """How many rows of a list there were: of each row the last event counts, unless it removed the row."""
    last = (
        _events(model)
        ._default_manager.filter(platform_id=platform.pk, pgh_created_at__lt=moment)
        .order_by("pgh_obj_id", "-pgh_id")
        .distinct("pgh_obj_id")
        .values_list("pgh_label", flat=True)
    )
    return {
        "label": str(model._meta.verbose_name),
        "then": sum(label != "delete" for label in last),
        "now": model._default_manager.filter(platform=platform).count(),
    }
