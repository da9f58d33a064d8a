"""Two to four platforms side by side."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from platforms.choices import PlatformStatus
from platforms.codes import parse_code
from platforms.errors import Invalid, Problem
from platforms.models import PublicPlatform
from platforms.templatetags.registry_ui import in_english, number, plain_name
from platforms.templatetags.registry_words import label
from platforms.views.caching import by_head

MOST = 4
Document = dict[str, Any]


@by_head
def compare(request: HttpRequest) -> HttpResponse:
    """Only what differs, if wished; codes that are not on record are named."""
    codes = list(dict.fromkeys(parse_code(text) or text.strip() for text in request.GET.getlist("code")))
    codes = [code for code in codes if code]
    if len(codes) > MOST:
        sentence = _("一次最多对比 %(most)s 个平台，请少选一些。") % {"most": MOST}
        raise Invalid([Problem("code", "too_many", sentence)])
    found = dict(PublicPlatform.objects.filter(code__in=codes).values_list("code", "document"))
    documents = [found[code] for code in codes if code in found]
    context = {
        "platforms": documents,
        "rows": [row for row in (_row(*line, documents) for line in LINES) if any(row["cells"])],
        "only_different": request.GET.get("only") == "different",
        "as_of": max((document["updated_on"] for document in documents), default=None),
        "reported": any(document.get("source") for document in documents),
        "ended": [document for document in documents if document["status"] != PlatformStatus.ACTIVE],
        "missing": [code[:40] for code in codes if code not in found],
    }
    return render(request, "public/compare.html", context)


def _row(title: Any, kind: str, read: Callable[[Document], Any], documents: list[Document]) -> dict[str, Any]:
    cells = [read(document) for document in documents]
    numbers = [cell for cell in cells if isinstance(cell, int | float)]
    return {
        "label": title,
        "kind": kind,
        "cells": cells,
        "largest": max(numbers, default=0),
        "different": any(cell != cells[0] for cell in cells),
    }


def _several(values: list[str]) -> str:
    return (", " if in_english() else "、").join(dict.fromkeys(value for value in values if value))


def _labels(name: str, key: str) -> Callable[[Document], str]:
    return lambda document: _several([label(value, name) for value in document.get(key) or []])


def _place(document: Document) -> str:
    return " ".join(filter(None, (plain_name(document.get(key)) for key in ("region", "city"))))


def _field(document: Document) -> str:
    return " · ".join(filter(None, (plain_name(document.get(key)) for key in ("area", "direction"))))


def _capacity(document: Document) -> str:
    return _several(
        [
            f"{plain_name(line, 'process') or plain_name(line)} {number(line['scale_max'])} {line.get('unit') or ''}".strip()
            for line in document.get("lines") or []
            if line.get("scale_max") is not None
        ][:3]
    )


def _prices(document: Document) -> str:
    return _several(
        [label(service.get("price_mode"), "PriceMode") for service in document.get("services") or []]
    )


def _quickest(document: Document) -> int | None:
    days = [s["lead_time_days"] for s in document.get("services") or [] if s.get("lead_time_days")]
    return min(days, default=None)


def _count(key: str) -> Callable[[Document], int]:
    return lambda document: len(document.get(key) or [])


LINES: tuple[tuple[Any, str, Callable[[Document], Any]], ...] = (
    (gettext_lazy("梯度"), "tier", lambda d: d.get("tier")),
    (gettext_lazy("状态"), "text", lambda d: label(d.get("status"), "PlatformStatus")),
    (gettext_lazy("建设单位"), "name", lambda d: d.get("operator")),
    (gettext_lazy("领域"), "text", _field),
    (gettext_lazy("所在地"), "text", _place),
    (gettext_lazy("最大能力"), "text", _capacity),
    (gettext_lazy("可承接规模"), "text", _labels("ScaleClass", "scales")),
    (gettext_lazy("服务类型"), "text", _labels("ServiceType", "service_types")),
    (gettext_lazy("服务项目（项）"), "number", _count("services")),
    (gettext_lazy("收费"), "text", _prices),
    (gettext_lazy("最短周期（天）"), "number", _quickest),
    (gettext_lazy("开放程度"), "text", _labels("OpenTo", "open_to")),
    (gettext_lazy("中试场地（平方米）"), "number", lambda d: d.get("floor_area_m2")),
    (gettext_lazy("设备原值（万元）"), "number", lambda d: d.get("equipment_value_wan")),
    (gettext_lazy("专职人员（人）"), "number", lambda d: d.get("staff_total")),
    (gettext_lazy("联系电话"), "phone", lambda d: d.get("phone")),
)
