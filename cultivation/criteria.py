"""Criteria and rubrics to start a batch from. All of them are examples (示例) that the ministry replaces by its own.

No national threshold has been published. The numbers below are those of single provinces and cities (Hunan 2023, Fujian
2026, Dazhou 2025) and say so in their texts; the weights of the rubric are placeholders.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Template:
    """A named set of criteria for ``cultivation.eligibility``."""

    key: str
    title: str | Promise
    criteria: tuple[dict[str, Any], ...]


def _at_least(key: str, field: str, value: int, unit: str, zh: str, en: str, *, soft: bool = False) -> dict:
    leaf = {
        "id": key,
        "field": field,
        "op": "gte",
        "value": value,
        "unit": unit,
        "label_zh": zh,
        "label_en": en,
        "text_zh": f"示例：{zh}",
        "text_en": f"Sample: {en}",
    }
    return leaf | {"in_principle": True} if soft else leaf


def _floor(value: int) -> dict:
    return _at_least("floor", "platform.floor_area_m2", value, "m²", "中试场地面积", "pilot floor area")


def _equipment(value: int, *, soft: bool = False) -> dict:
    return _at_least(
        "equipment",
        "platform.equipment_value_wan",
        value,
        "万元",
        "中试设备原值",
        "value of equipment",
        soft=soft,
    )


def _staff(value: int) -> dict:
    return _at_least("staff", "platform.staff_total", value, "人", "专职人员", "full-time staff")


CLEAN = {
    "id": "clean",
    "field": "platform.clean_record",
    "op": "eq",
    "value": True,
    "label_zh": "近三年无重大事故和失信的承诺",
    "label_en": "declaration of a clean record",
    "text_zh": "示例：信用和安全",
    "text_en": "Sample: clean record",
}
PUBLIC_SERVICE = {
    "id": "public_service",
    "manual": True,
    "text_zh": "示例：具备公共服务属性",
    "text_en": "Sample: serves the public",
}
SERVICES_OR_LINE = {
    "id": "external",
    "text_zh": "示例：对外服务能力",
    "text_en": "Sample: external services",
    "any_of": [
        {
            "field": "figures[-1].projects_external",
            "op": "gte",
            "value": 20,
            "unit": "项",
            "label_zh": "最近一年对外服务项目",
            "label_en": "external projects of the latest year",
        },
        {
            "field": "lines",
            "op": "count_gte",
            "value": 1,
            "unit": "条",
            "label_zh": "中试线",
            "label_en": "pilot lines",
        },
    ],
}
THREE_YEARS_OR_INCOME = {
    "id": "external",
    "text_zh": "示例：三年对外服务或收入",
    "text_en": "Sample: external services in three years, or income",
    "any_of": [
        {
            "field": "sum(figures[-3:].projects_external)",
            "op": "gte",
            "value": 30,
            "unit": "项",
            "label_zh": "近三年对外服务项目",
            "label_en": "external projects of three years",
        },
        {
            "field": "figures[-1].income_wan",
            "op": "gte",
            "value": 50,
            "unit": "万元",
            "label_zh": "最近一年中试服务收入",
            "label_en": "income of the latest year",
        },
    ],
}

TEMPLATES = (
    Template(
        "provincial_2023",
        _("示例：参照湖南省级中试基地 2023 年条件"),
        (
            _floor(2000),
            _equipment(1000),
            _staff(10),
            _at_least(
                "technical", "platform.staff_technical", 6, "人", "其中技术人员", "technical staff among them"
            ),
            SERVICES_OR_LINE,
            CLEAN,
            PUBLIC_SERVICE,
        ),
    ),
    Template(
        "provincial_2026",
        _("示例：参照福建 2026 年条件（原则上）"),
        (_equipment(800, soft=True), SERVICES_OR_LINE, CLEAN, PUBLIC_SERVICE),
    ),
    Template(
        "municipal_2025",
        _("示例：参照达州市级 2025 年条件"),
        (_floor(400), _equipment(400), _staff(10), THREE_YEARS_OR_INCOME, CLEAN),
    ),
)
DEFAULT = TEMPLATES[0]


def template(key: str) -> Template:
    """Raises ``KeyError`` for a key that no template has."""
    return {each.key: each for each in TEMPLATES}[key]


SIXTH = Decimal("16.67")
#: Dimension and weight in percent. The six names are the ministry's; the equal weights are an example and sum to 100.
DIMENSIONS: tuple[tuple[str, str, Decimal], ...] = (
    ("战略定位", "Strategic positioning", SIXTH),
    ("基础能力", "Basic capability", SIXTH),
    ("技术优势", "Technical advantage", SIXTH),
    ("服务成效", "Service results", SIXTH),
    ("运行机制", "Operating mechanism", SIXTH),
    ("未来潜力", "Future potential", Decimal("16.65")),
)
