"""Quoted figures with their sources, and live counts apart from them."""

from __future__ import annotations

import csv
import io
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from cultivation.models import PublishedStatistic
from cultivation.statistics import quiet
from platforms import exports
from platforms.directory import names
from platforms.templatetags.registry_words import tier_label
from platforms.views.caching import by_head
from registry.pages import figures
from registry.pages.home import TIERS, tiles
from registry.pages.live import Live, current_areas, live

HIDDEN = "*"
UNSTATED = {"name_zh": "未注明领域", "name_en": "Area not stated", "url": ""}


@by_head(hourly=True)
def statistics(request: HttpRequest) -> HttpResponse:
    """Two kinds of figures that are never added up: what was published elsewhere, and what the registry counts."""
    counted, known = live(), names("area", "authority")
    quoted = list(PublishedStatistic.objects.all())
    as_of = counted.as_of or timezone.localdate()
    heat = heat_of(counted, known["authority"], known["area"])
    context = {
        "published": _published(quoted),
        "live": _live(counted, as_of),
        "as_of": as_of,
        "demo": counted.demo,
        "sentence": _sentence(heat) if counted.total else "",
        "heat": heat if counted.total else None,
        "years": _years(counted),
        "gaps": figures.gaps(counted),
        "counts": tiles(counted, known["authority"]),
        "sources": [_source(row) for row in quoted],
        "csv_url": "/statistics/province-area.csv",
        "api_url": "/api/v1/statistics/",
    }
    return render(request, "public/statistics.html", context)


@by_head
def province_area_csv(request: HttpRequest) -> HttpResponse:
    """The table of the page; ``*`` is a number that is not told."""
    counted, known = live(), names("area", "authority")
    heat = heat_of(counted, known["authority"], known["area"])
    out = io.StringIO()
    writer = csv.writer(out)
    marks = exports.mark()
    heads = [column["name_zh"] for column in heat["columns"]]
    writer.writerow([*marks, "authority_code", "authority_zh", *map(exports.safe_cell, heads), "total"])
    for row in heat["rows"]:
        cells = [HIDDEN if cell is None else cell for cell in row["cells"]]
        writer.writerow(
            [*marks.values(), row["code"], exports.safe_cell(row["name_zh"]), *cells, row["total"]]
        )
    response = HttpResponse(exports.BOM + out.getvalue(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="province-area.csv"'
    return response


def _years(counted: Live) -> list[dict[str, Any]]:
    """For ``components/years.html``."""
    return [dict(zip(("year", *figures.TIERS), row, strict=False)) for row in figures.years(counted).rows]


def heat_of(
    counted: Live, authorities: dict[str, dict[str, str]], areas: dict[str, dict[str, str]]
) -> dict[str, Any]:
    """For ``components/heat.html``: the largest authorities first, areas that have platforms, small numbers hidden."""
    named = current_areas(areas, counted)
    columns = [*named, *([""] if counted.by_area[""] else [])]
    rows = sorted(
        (code for code in authorities if counted.by_authority[code]),
        key=lambda code: (-counted.by_authority[code], code),
    )
    table = quiet([[counted.by_cell[row, column] for column in columns] for row in rows])
    told = [cell for line in table.cells for cell in line if cell is not None]
    return {
        "row_title": _("推荐单位"),
        "columns": [
            {**named[code], "url": f"/platforms/?area={code}"} if code else UNSTATED for code in columns
        ],
        "rows": [
            {**authorities[code], "url": f"/platforms/?authority={code}", "cells": cells, "total": total}
            for code, cells, total in zip(rows, table.cells, table.row_totals, strict=True)
        ],
        "totals": table.column_totals,
        "total": table.total,
        "largest": max(told, default=0),
        "areas": len(named),
        "covering": sum(all(counted.by_cell[row, column] for column in named) for row in rows),
    }


def _sentence(heat: dict[str, Any]) -> str:
    """Coverage, not only counts."""
    if not heat["covering"]:
        return _("%(n)s 个推荐单位有在库平台。") % {"n": len(heat["rows"])}
    return _("%(n)s 个推荐单位有在库平台，其中 %(all)s 个覆盖全部 %(areas)s 个领域。") % {
        "n": len(heat["rows"]),
        "all": heat["covering"],
        "areas": heat["areas"],
    }


def _published(quoted: list[PublishedStatistic]) -> list[dict[str, Any]]:
    by_key = {row.key: row for row in quoted if row.key}
    return [
        {
            "label": _("%(tier)s平台") % {"tier": tier_label(tier)},
            "value": row.value,
            "note": _("已公布，%(date)s") % {"date": row.as_of},
            "tier": tier,
        }
        for tier in TIERS
        if (row := by_key.get(f"tier_{tier}"))
    ]


def _live(counted: Live, as_of: Any) -> list[dict[str, Any]]:
    note = (_("示例数据，%(date)s") if counted.demo else _("截至 %(date)s")) % {"date": as_of.isoformat()}
    figures = [{"label": _("名录在库"), "value": counted.total, "note": note, "url": "/platforms/"}]
    return figures + [
        {
            "label": _("其中%(tier)s") % {"tier": tier_label(tier)},
            "value": counted.by_tier[tier],
            "note": note,
            "tier": tier,
            "url": f"/platforms/?tier={tier}",
        }
        for tier in TIERS
        if counted.by_tier[tier]
    ]


def _source(row: PublishedStatistic) -> dict[str, Any]:
    return {
        "label_zh": f"{row.metric_zh}（{row.scope_zh}）",
        "value": row.value,
        "as_of": row.as_of,
        "source_url": row.source_url,
        "source_kind": row.source_kind,
    }
