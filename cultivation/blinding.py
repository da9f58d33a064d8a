"""盲评: what an expert reads of an application when the panel hides whose it is.

Names are taken out of every text, and what leads to them (addresses, telephone numbers, sites) is left out. What a platform
does stays readable, so an expert of a small field may still guess; the page says that guessing is no reason to look it up.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from cultivation.models import Assignment

HIDDEN = "〔略〕"
#: Parts of the copied record that an expert reads; everything else is left out of a blind one.
READ = {
    "platform": (
        "floor_area_m2", "staff_total", "staff_technical", "equipment_value_wan", "summary_zh", "summary_en",
    ),
    "lines": ("name_zh", "process_zh", "scale_min", "scale_max", "unit", "environment"),
    "figures": ("year", "projects_total", "firms_served", "income_wan"),
}  # fmt: skip


@dataclass(frozen=True)
class Material:
    """``title`` names the application to its expert; ``authority`` and ``operator`` are empty in a blind panel."""

    title: str
    blind: bool
    record: dict[str, Any]
    authority: Any = None
    operator: str = ""


def title_of(assignment: Assignment) -> str:
    """What the expert calls it. The number is that of the task, so that two experts cannot compare by it."""
    if assignment.panel.blind:
        return _("材料 %(n)s") % {"n": assignment.pk}
    return str(assignment.application.platform.name_zh)


def material_of(assignment: Assignment) -> Material:
    application = assignment.application
    title, record = title_of(assignment), application.record
    if assignment.panel.blind:
        return Material(title, True, _without_names(record, _names(assignment)))
    operator = (record.get("operator") or {}).get("name_zh", "")
    return Material(title, False, record, application.authority, operator)


def _names(assignment: Assignment) -> list[str]:
    """Every name by which somebody could be told, longest first, so that no part of one stays."""
    application, platform = assignment.application, assignment.application.platform
    stored, unit = application.record.get("platform") or {}, application.record.get("operator") or {}
    partners = re.split("[；、;,，]", f"{platform.co_builders}；{stored.get('co_builders', '')}")
    names = {
        platform.name_zh, platform.name_en, stored.get("name_zh"), stored.get("name_en"), unit.get("name_zh"),
        unit.get("name_en"), unit.get("uscc"), application.authority.name_zh, *partners,
    }  # fmt: skip
    if platform.operator:
        names |= {platform.operator.name_zh, platform.operator.name_en}
    return sorted({name.strip() for name in names if name and len(name.strip()) > 1}, key=len, reverse=True)


def _without_names(record: dict[str, Any], names: list[str]) -> dict[str, Any]:
    pattern = re.compile("|".join(map(re.escape, names)), re.IGNORECASE) if names else None

    def clean(value: Any) -> Any:
        return pattern.sub(HIDDEN, value) if pattern and isinstance(value, str) else value

    def kept(row: dict[str, Any], keys: tuple[str, ...]) -> dict[str, Any]:
        return {key: clean(row[key]) for key in keys if key in row}

    return {
        aggregate: [kept(row, keys) for row in record.get(aggregate) or []]
        if aggregate != "platform"
        else kept(record.get("platform") or {}, keys)
        for aggregate, keys in READ.items()
    }
