"""Drawings: icons, bars, the tile grid, the heat table, the capability ladder, the tier pyramid, strips of scores.

Widths are SVG attributes and places are classes, so no page needs an inline style. All take plain numbers and dicts.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from itertools import pairwise
from math import floor, log10, sqrt
from typing import Any

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _

from .registry_ui import in_english
from .registry_words import vocabulary

register = template.Library()

# Only drawings written in this file and by our own libraries are marked safe; nothing a person typed gets here.
_RING = '<circle cx="8" cy="8" r="6.5" fill="none" stroke="currentColor" stroke-width="1.5"/>'
_FILLED = _RING + '<path fill="currentColor" d="{}"/>'
MARKS = {  # 16 × 16: states and tiers
    "ring": _RING,
    "quarter": _FILLED.format("M8 8V1.5A6.5 6.5 0 0 1 14.5 8Z"),
    "half": _FILLED.format("M8 1.5a6.5 6.5 0 0 1 0 13Z"),
    "most": _FILLED.format("M8 8H1.5A6.5 6.5 0 1 0 8 1.5Z"),
    "full": '<circle cx="8" cy="8" r="7" fill="currentColor"/>',
    "clock": _RING + '<path d="M8 4v4l2.5 2" fill="none" stroke="currentColor" stroke-width="1.5"/>',
    "struck": _RING + '<path d="m3.5 12.5 9-9" stroke="currentColor" stroke-width="1.5"/>',
    "back": '<path d="M6 3 2.5 6.5 6 10M3 6.5h7a3.5 3.5 0 0 1 0 7H7" fill="none" stroke="currentColor" '
    'stroke-width="1.8"/>',
    "tick": '<path d="m2 8.5 4 4 8-9" fill="none" stroke="currentColor" stroke-width="1.8"/>',
    "cross": '<path d="m3 3 10 10M13 3 3 13" stroke="currentColor" stroke-width="1.8"/>',
    "reserve": '<path d="M2 11h12v3H2z"/>',
    "key": '<path d="M2 11h12v3H2zM4 6.6h8v3H4z"/>',
    "national": '<path d="M2 11h12v3H2zM4 6.6h8v3H4zM6 2.2h4v3H6z"/>',
}
ICONS = {  # 20 × 20: actions
    "search": '<circle cx="8.5" cy="8.5" r="5.5"/><path d="m13 13 4.5 4.5"/>',
    "phone": '<path d="M4 3h3l1.5 4-2 1.5a9 9 0 0 0 5 5l1.5-2 4 1.5v3a1 1 0 0 1-1 1A14 14 0 0 1 3 4a1 1 0 0 1 1-1Z"/>',
    "print": '<path d="M6 7V3h8v4M6 14H3V7h14v7h-3"/><path d="M6 12h8v5H6z"/>',
    "download": '<path d="M10 3v10m-4-4 4 4 4-4M3 17h14"/>',
    "verified": '<path d="M10 2.5 4 5v4.5c0 4 2.6 6.7 6 8 3.4-1.3 6-4 6-8V5Z"/><path d="m7.3 10 2 2 3.5-4"/>',
    "warning": '<path d="M10 3 2.5 16.5h15ZM10 8v4M10 14.3v.2"/>',
}
AREAS = {  # 32 × 32: the six areas by number
    "1": '<path d="M12 4h8M14 4v9L6.5 27a1.5 1.5 0 0 0 1.3 2h16.4a1.5 1.5 0 0 0 1.3-2L18 13V4M9.5 21h13"/>',
    "2": '<circle cx="16" cy="16" r="5"/><path d="M16 4v4m0 16v4M4 16h4m16 0h4M7.5 7.5l2.9 2.9m11.2 11.2 2.9 2.9m0-17'
    '-2.9 2.9M10.4 21.6l-2.9 2.9"/>',
    "3": '<path d="M6 10h20l-2 18H8ZM11 13V8a5 5 0 0 1 10 0v5"/>',
    "4": '<path d="M9 9h14v14H9zM13 13h6v6h-6zM12 9V4m8 5V4m-8 24v-5m8 5v-5M9 12H4m5 8H4m24-8h-5m5 8h-5"/>',
    "5": '<circle cx="16" cy="16" r="2.5"/><ellipse cx="16" cy="16" rx="12.5" ry="5"/><ellipse cx="16" cy="16" rx="12.5"'
    ' ry="5" transform="rotate(60 16 16)"/><ellipse cx="16" cy="16" rx="12.5" ry="5" transform="rotate(120 16 16)"/>',
    "6": '<path d="M4 8h10v8H4zM18 16h10v8H18zM14 12h9v4M9 16v8h9"/>',
}


@register.simple_tag
def mark(name: str) -> SafeString:
    return format_html(
        '<svg viewBox="0 0 16 16" aria-hidden="true">{}</svg>',
        mark_safe(MARKS.get(name, _RING)),
    )


@register.simple_tag
def icon(name: str) -> SafeString:
    drawing = mark_safe(ICONS[name])
    return format_html('<svg class="icon" viewBox="0 0 20 20" aria-hidden="true">{}</svg>', drawing)


@register.simple_tag
def area_icon(number: Any) -> SafeString:
    drawing = mark_safe(AREAS.get(str(number), AREAS["6"]))
    return format_html('<svg viewBox="0 0 32 32" aria-hidden="true">{}</svg>', drawing)


@register.filter
def svg_only(text: str) -> SafeString:
    """A drawing made by a library on this server, without its XML declaration, to stand in the page itself."""
    return mark_safe(text[max(0, text.find("<svg")) :])


@register.simple_tag
def json_ld(data: dict[str, Any]) -> SafeString:
    """Facts for search engines. A block of data, which browsers do not run, so the policy against inline script holds."""
    text = json.dumps(data, ensure_ascii=False).translate(_NO_MARKUP)
    return format_html('<script type="application/ld+json">{}</script>', mark_safe(text))


_NO_MARKUP = {ord("<"): "\\u003C", ord(">"): "\\u003E", ord("&"): "\\u0026"}


def _width(part: Any, whole: Any) -> str:
    share = 100 * float(part or 0) / float(whole) if whole else 0
    return f"{min(100.0, max(0.0, share)):.2f}".rstrip("0").rstrip(".")


@register.simple_tag
def bar(part: Any, whole: Any, tone: str = "b4") -> SafeString:
    """A quantity line. The number always stands beside it in text."""
    return bar_parts([(part, tone)], whole)


@register.simple_tag
def bar_parts(parts: Sequence[tuple[Any, str]], whole: Any = None) -> SafeString:
    """Several quantities end to end: ``[(41, "b5"), (12, "b3")]``; the whole is their sum unless given."""
    whole = whole if whole is not None else sum(float(n or 0) for n, _tone in parts)
    rows, start = [], 0.0
    for count, tone in parts:
        rows.append((tone, _width(start, whole), _width(count, whole)))
        start += float(count or 0)
    drawn = format_html_join("", '<rect class="{}" x="{}" width="{}" height="1"/>', rows)
    return format_html(
        '<svg class="bar" viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true">{}</svg>', drawn
    )


# ---- classes of quantity ----


@register.simple_tag
def level_breaks(largest: Any) -> list[int]:
    """Four round lower bounds of classes 2–5, so that a legend reads ``30, 60, 90, 120`` and not ``29.8 …``."""
    largest = max(5, int(largest or 0))
    rough = largest / 5
    unit = 10 ** floor(log10(rough))
    step = next((int(unit * m) for m in (1, 2, 3, 4, 5, 10) if unit * m >= rough), int(unit * 10))
    return [step * n for n in range(1, 5)]


@register.filter
def level(count: Any, breaks: Sequence[int]) -> int:
    """The class 1–5 of ``count``."""
    return 1 + sum(1 for lower in breaks if (count or 0) >= lower)


@register.simple_tag
def level_legend(breaks: Sequence[int]) -> list[dict[str, Any]]:
    """The legend of the five classes: ``＜30``, ``30–59`` … ``≥120``."""
    words = [f"＜{breaks[0]}" if not in_english() else f"<{breaks[0]}"]
    words += [f"{a}–{b - 1}" if b - 1 > a else str(a) for a, b in pairwise(breaks)]
    words.append(f"≥{breaks[-1]}")
    return [{"level": n, "text": text} for n, text in enumerate(words, 1)]


# authority code → (row, column, Chinese letter, Latin letters); order = order of administrative codes
TILES: dict[str, tuple[int, int, str, str]] = {
    "110000": (2, 7, "京", "BJ"), "120000": (3, 7, "津", "TJ"), "130000": (3, 6, "冀", "HE"),
    "140000": (3, 5, "晋", "SX"), "150000": (1, 6, "蒙", "NM"), "210000": (2, 8, "辽", "LN"),
    "210200": (2, 9, "大连", "DL"), "220000": (1, 9, "吉", "JL"), "230000": (0, 9, "黑", "HL"),
    "310000": (5, 8, "沪", "SH"), "320000": (5, 7, "苏", "JS"), "330000": (6, 7, "浙", "ZJ"),
    "330200": (6, 8, "宁波", "NB"), "340000": (5, 6, "皖", "AH"), "350000": (7, 6, "闽", "FJ"),
    "350200": (7, 7, "厦门", "XM"), "360000": (6, 6, "赣", "JX"), "370000": (4, 7, "鲁", "SD"),
    "370200": (4, 8, "青岛", "QD"), "410000": (4, 6, "豫", "HA"), "420000": (5, 5, "鄂", "HB"),
    "430000": (6, 5, "湘", "HN"), "440000": (7, 5, "粤", "GD"), "440300": (8, 7, "深圳", "SZ"),
    "450000": (7, 4, "桂", "GX"), "460000": (8, 4, "琼", "HI"), "500000": (5, 4, "渝", "CQ"),
    "510000": (5, 3, "川", "SC"), "520000": (6, 4, "黔", "GZ"), "530000": (7, 3, "滇", "YN"),
    "540000": (4, 1, "藏", "XZ"), "610000": (3, 4, "陕", "SN"), "620000": (2, 3, "甘", "GS"),
    "630000": (3, 2, "青", "QH"), "640000": (2, 4, "宁", "NX"), "650000": (1, 1, "新", "XJ"),
    "660000": (1, 0, "兵团", "BT"),
}  # fmt: skip
OUTSIDE = (
    (7, 9, "台", "TW", _("台湾省")),
    (8, 6, "港", "HK", _("香港特别行政区")),
    (8, 5, "澳", "MO", _("澳门特别行政区")),
)
CITY_TILES = {"210200", "330200", "350200", "370200", "440300", "660000"}


@register.simple_tag
def tile_grid(counts: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The 40 tiles from ``[{code, name_zh, name_en, count, url}]``; an authority that is missing counts 0."""
    by_code = {str(row["code"]): row for row in counts}
    breaks = level_breaks(max((row.get("count") or 0 for row in counts), default=0))
    tiles = []
    for code, (row, column, letter, latin) in TILES.items():
        found = by_code.get(code, {})
        count = found.get("count") or 0
        tiles.append({
            "row": row, "column": column, "short": latin if in_english() else letter, "city": code in CITY_TILES,
            "count": count, "level": level(count, breaks), "url": found.get("url"),
            "source": {"name_zh": found.get("name_zh") or letter, "name_en": found.get("name_en") or latin},
        })  # fmt: skip
    outside = [{"row": r, "column": c, "short": latin if in_english() else zh, "name": name}
               for r, c, zh, latin, name in OUTSIDE]  # fmt: skip
    return {"tiles": tiles, "outside": outside, "breaks": breaks}


@register.simple_tag
def ladder_rows(lines: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Process × scale class: each cell is ``""``, ``"on"`` or ``"max"``. Lines without a known scale are left out."""
    classes = vocabulary("ScaleClass")
    order = list(classes)
    rows = []
    for line in lines or ():
        low, high = line.get("scale_class_min"), line.get("scale_class_max")
        if high not in order:
            continue
        top = order.index(high)
        first = order.index(low) if low in order else top
        cells = ["max" if n == top else "on" if first <= n < top else "" for n in range(len(order))]
        rows.append({"line": line, "cells": cells})
    return {"heads": list(classes.values()), "rows": rows}


@register.simple_tag
def pyramid_rows(tiers: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Widths ∝ √n in a 220-wide drawing, because 21 : 241 : 2,400 cannot be read on one linear scale."""

    def amount(row: Mapping[str, Any]) -> float:
        digits = "".join(ch for ch in str(row.get("value", "")) if ch.isdigit() or ch == ".")
        return float(digits or 0)

    largest = max((amount(row) for row in tiers), default=0) or 1
    tones = {"national": "bn", "key": "bk"}
    rows = []
    for row in tiers:
        width = 220 * sqrt(amount(row) / largest)
        rows.append({**row, "width": f"{width:.1f}", "x": f"{(220 - width) / 2:.1f}",
                     "tone": tones.get(str(row.get("tier")), "b4")})  # fmt: skip
    return rows


@register.simple_tag
def stacked_years(years: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Horizontal stacked bars of ``[{year, reserve, key, national}]``; a year that is ``None`` is a gap, not a zero."""
    known = [sum(row.get(t) or 0 for t in ("reserve", "key", "national")) for row in years]
    largest = max(known, default=0) or 1
    rows = []
    for n, (row, total) in enumerate(zip(years, known, strict=True)):
        missing = all(row.get(t) is None for t in ("reserve", "key", "national"))
        start, parts = 48.0, []
        for tier, tone in (("reserve", "b4"), ("key", "bk"), ("national", "bn")):
            width = 400 * (row.get(tier) or 0) / largest
            if width:
                parts.append({"x": f"{start:.1f}", "width": f"{max(width - 1.5, 1):.1f}", "tone": tone})
            start += width
        rows.append({**row, "total": total, "missing": missing, "parts": parts, "y": 10 + 52 * n,
                     "text_y": 32 + 52 * n, "end": f"{start + 8:.1f}"})  # fmt: skip
    return {"rows": rows, "height": 52 * len(rows) + 8}


@register.simple_tag
def split_bar(parts: Sequence[Mapping[str, Any]]) -> SafeString:
    """The bar of ``components/split_bar.html``."""
    return bar_parts([(part.get("count") or 0, str(part.get("tone", "b4"))) for part in parts])


# ---- scores ----

#: The drawing of scores: 200 × 24, with room for half a dot at both ends.
_EDGE, _INNER, _MIDDLE = 6.0, 188.0, 12


def _at(value: Any, low: Any, high: Any) -> str:
    span = float(high) - float(low)
    share = (float(value) - float(low)) / span if span else 0.5
    return f"{_EDGE + _INNER * min(1.0, max(0.0, share)):.1f}"


def _strip(parts: Sequence[SafeString], cut: str | None) -> SafeString:
    """The numbers stand beside the drawing in every table that has one, so it is not read out."""
    line = format_html('<line class="cut" x1="{0}" x2="{0}" y1="0" y2="24"/>', cut) if cut else ""
    return format_html(
        '<svg class="dots" viewBox="0 0 200 24" aria-hidden="true"><line x1="6" x2="194" y1="12" y2="12"/>{}{}</svg>',
        format_html_join("", "{}", ((part,) for part in parts)), line,
    )  # fmt: skip


@register.simple_tag
def dot_strip(
    totals: Sequence[Any], scale: tuple[int, int], median: Any = None, cut: Any = None
) -> SafeString:
    """Every score a dot on the common scale, equal ones above one another; a tick at the median, a dashed line at the cut."""
    seen: dict[str, int] = {}
    parts = []
    if median is not None:
        parts.append(format_html('<line class="mid" x1="{0}" x2="{0}" y1="2" y2="22"/>', _at(median, *scale)))
    for total in totals:
        place = _at(total, *scale)
        height = _MIDDLE - 5 * seen.get(place, 0)
        seen[place] = seen.get(place, 0) + 1
        parts.append(format_html('<circle cx="{}" cy="{}" r="4"/>', place, height))
    return _strip(parts, None if cut is None else _at(cut, *scale))


@register.simple_tag
def box_strip(five: Any, scale: tuple[int, int], cut: Any = None) -> SafeString:
    """The box from quartile to quartile with its median, the line from lowest to highest."""
    low, lower, median, upper, high = (
        _at(value, *scale) for value in (five.low, five.lower, five.median, five.upper, five.high)
    )
    width = f"{float(upper) - float(lower):.1f}"
    box = [
        format_html('<line class="span" x1="{}" x2="{}" y1="12" y2="12"/>', low, high),
        format_html('<rect x="{}" y="5" width="{}" height="14"/>', lower, width),
        format_html('<line class="mid" x1="{0}" x2="{0}" y1="5" y2="19"/>', median),
    ]
    return _strip(box, None if cut is None else _at(cut, *scale))


@register.simple_tag
def rank_strip(rank: int, stability: Any, places: int, cut: Any = None) -> SafeString:
    """The rank as a dot in the band of ranks that drawing anew gives; the dashed line stands behind the last place."""
    scale = (1, places)
    band = format_html(
        '<line class="span" x1="{}" x2="{}" y1="12" y2="12"/>',
        _at(stability.low, *scale), _at(stability.high, *scale),
    )  # fmt: skip
    dot = format_html('<circle cx="{}" cy="12" r="4"/>', _at(rank, *scale))
    return _strip([band, dot], _at(cut + 0.5, *scale) if cut and cut < places else None)
