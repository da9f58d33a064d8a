"""The figures of the statistics page: each is one table, shown on the page, and as CSV, SVG and PNG under an address of its own."""

from __future__ import annotations

import csv
import datetime
import io
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from django.core.cache import cache
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from platforms import exports
from platforms.choices import TIER_ORDER, PlatformStatus, Tier
from platforms.directory import names
from platforms.models import PublicPlatform
from platforms.printing import picture
from platforms.publish import head
from platforms.templatetags.registry_figures import TILES, level, level_breaks
from platforms.templatetags.registry_ui import plain_name
from platforms.templatetags.registry_words import tier_label
from platforms.views.caching import build, by_head
from registry.pages.live import Live, live

TIERS = (Tier.RESERVE, Tier.KEY, Tier.NATIONAL)
FIRST_YEAR = 2024


@dataclass(frozen=True)
class Figure:
    """A table with a title and what it counts. ``drawing`` is its shape for ``templates/print/figure.typ``.

    The first ``words`` columns name the row; what follows are numbers.
    """

    name: str
    title: str
    definition: str
    head: list[str]
    rows: list[list[Any]]
    drawing: dict[str, Any] = field(default_factory=dict)
    words: int = 1


# --- the figures ---------------------------------------------------------------------------------------------------


def tiers(counted: Live) -> Figure:
    """The pyramid as numbers."""
    rows: list[list[Any]] = [[tier_label(tier), counted.by_tier[tier]] for tier in reversed(TIERS)]
    largest = max((row[1] for row in rows), default=0) or 1
    bars = [[row[0], str(row[1]), row[1] / largest, 5 - n] for n, row in enumerate(rows)]
    return Figure(
        "tiers", _("各梯度在库平台数"), _("名录中状态为在录的平台，按现在的梯度计数。"), [_("梯度"), _("平台数")], rows,
        {"kind": "bars", "rows": bars},
    )  # fmt: skip


def authorities(counted: Live) -> Figure:
    """The tile grid as numbers."""
    known = names("authority")["authority"]
    rows: list[list[Any]] = [
        [code, plain_name(name), counted.by_authority[code]] for code, name in known.items()
    ]
    breaks = level_breaks(max((row[2] for row in rows), default=0))
    tiles = [
        [row, column, short, str(counted.by_authority[code]), level(counted.by_authority[code], breaks)]
        for code, (row, column, short, _latin) in TILES.items()
    ]
    return Figure(
        "authorities", _("各推荐单位在库平台数"), _("按推荐单位而不是所在地计数；方格图不是地图。"),
        [_("代码"), _("推荐单位"), _("平台数")], rows, {"kind": "tiles", "tiles": tiles},
    )  # fmt: skip


def years(counted: Live) -> Figure:
    """Where each platform stood at the end of each year, by its highest designation then in force; and the growth since the year before."""
    known = by_year()
    rows: list[list[Any]] = []
    for year, found in known.items():
        total = sum(found.values())
        before = sum(known[year - 1].values()) if year - 1 in known else None
        growth = f"{100 * (total - before) / before:+.1f}%" if before else ""
        rows.append([year, *(found[tier] for tier in TIERS), total, growth])
    largest = max((row[4] for row in rows), default=0) or 1
    stacks = [
        [
            str(row[0]),
            str(row[4]),
            [[row[n + 1] / largest, tier] for n, tier in enumerate(TIERS) if row[n + 1]],
        ]
        for row in rows
    ]
    return Figure(
        "years", _("各年梯度构成"), _("各年末有效的认定，每个平台只计最高一级；最后一年截至今天。引自公开报道、没有认定记录的平台不计。"),
        [_("年份"), *map(tier_label, TIERS), _("合计"), _("较上年")], rows,
        {"kind": "stacks", "rows": stacks, "key": [[tier, tier_label(tier)] for tier in TIERS]},
    )  # fmt: skip


def gaps(counted: Live) -> Figure:
    """Direction × province with no platform: where a firm finds nobody near."""
    known = names("region", "direction")
    provinces = {
        code: name for code, name in known["region"].items() if code.endswith("0000") and code[:2] < "71"
    }
    cells = Counter(
        PublicPlatform.objects.filter(status=PlatformStatus.ACTIVE)
        .exclude(direction_code="")
        .order_by()
        .values_list("direction_code", "region_code")
    )
    newest = max((code.partition("-")[0] for code in known["direction"]), default="")
    rows = []
    for code, name in known["direction"].items():
        if not code.startswith(f"{newest}-"):
            continue  # an older edition names the same fields again
        there = {region for direction, region in cells if direction == code}
        missing = [plain_name(province) for region, province in provinces.items() if region not in there]
        total = sum(count for (direction, _region), count in cells.items() if direction == code)
        rows.append([code, plain_name(name), total, len(provinces) - len(missing), "、".join(missing)])
    rows.sort(key=lambda row: (row[3], row[0]))
    shown = [[row[1], str(row[2]), str(row[3]), row[4] if row[3] else _("全部")] for row in rows]
    return Figure(
        "gaps", _("行业方向空白"), _("有在录平台的省份个数，和还没有平台的省份；只含已公布或公开报道的行业方向，按所在地计数。"),
        [_("方向代码"), _("行业方向"), _("平台数"), _("有平台的省份"), _("没有平台的省份")], rows,
        {"kind": "table", "head": [_("行业方向"), _("平台数"), _("有平台的省份"), _("没有平台的省份")], "rows": shown,
         "level": [[0, 0, 0] for _row in shown]},
    )  # fmt: skip


def by_year() -> dict[int, Counter[str]]:
    """Year → how many platforms stood at which tier on its last day, from the designations on the public record."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT p.code, d->>'tier', d->>'from', d->>'to' FROM public_platform p,"
            " jsonb_array_elements(COALESCE(p.document->'designations', '[]')) d WHERE d->>'from' IS NOT NULL"
        )
        held: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
        for code, tier, first, last in cursor.fetchall():
            held[code].append((tier, first, last or "9999"))
    today = timezone.localdate()
    found = {}
    for year in range(FIRST_YEAR, today.year + 1):
        day = min(datetime.date(year, 12, 31), today).isoformat()
        standing: Counter[str] = Counter()
        for spans in held.values():
            at = [tier for tier, first, last in spans if first <= day < last]
            if at:
                standing[max(at, key=lambda tier: TIER_ORDER[tier])] += 1
        found[year] = standing
    return {year: counts for year, counts in found.items() if counts}


FIGURES: dict[str, Callable[[Live], Figure]] = {
    "tiers": tiers,
    "authorities": authorities,
    "years": years,
    "gaps": gaps,
}


# --- the addresses -------------------------------------------------------------------------------------------------


@by_head(hourly=True)
def figure_file(request: HttpRequest, name: str, form: Literal["csv", "svg", "png"]) -> HttpResponse:
    """One figure as ``csv``, ``svg`` or ``png``, with its date and what it counts in the file itself."""
    counted = live()
    figure = FIGURES[name](counted)
    day = (counted.as_of or timezone.localdate()).isoformat()
    if form == "csv":
        response = HttpResponse(exports.BOM + as_csv(figure, day), content_type="text/csv; charset=utf-8")
    else:
        response = HttpResponse(_drawn(figure, day, form), content_type=MEDIA_TYPES[form])
    response["Content-Disposition"] = f'attachment; filename="{name}-{day}.{form}"'
    return response


MEDIA_TYPES = {"svg": "image/svg+xml", "png": "image/png"}


def as_csv(figure: Figure, day: str) -> str:
    out = io.StringIO()
    writer = csv.writer(out)
    marks = exports.mark()
    writer.writerow([*marks, *figure.head, _("截至")])
    for row in figure.rows:
        writer.writerow([*marks.values(), *map(exports.safe_cell, row), day])
    writer.writerow(
        [f"# {len(figure.rows)}", exports.safe_cell(figure.title), exports.safe_cell(figure.definition)]
    )
    return out.getvalue()


def _drawn(figure: Figure, day: str, form: Literal["svg", "png"]) -> bytes:
    """Drawn once per publication, language and day; drawing costs more than a page."""
    key = f"figure:{figure.name}:{form}:{get_language()}:{head()}:{build()}:{day}"
    try:
        known = cache.get(key)
    except Exception:
        known = None
    if known is None:
        note = _("截至 %(day)s。%(definition)s 来源：制造业中试平台名录。") % {
            "day": day,
            "definition": figure.definition,
        }
        known = picture("figure", {**figure.drawing, "title": figure.title, "note": note}, form=form)
        try:
            cache.set(key, known, 24 * 3600)
        except Exception:  # the picture is there all the same
            return known
    return known
