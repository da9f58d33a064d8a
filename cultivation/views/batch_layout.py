"""How the table of a batch is laid out: which columns in which order, grouped by what, and areas against authorities."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Case, Count, F, IntegerField, QuerySet, Value, When
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cultivation.choices import ApplicationStatus as A
from cultivation.models import Application
from platforms.templatetags.registry_ui import plain_name


@dataclass(frozen=True)
class Column:
    """``text`` for a plain cell; a cell without it is drawn by the template under the column's key."""

    label: Any
    sort: str = ""
    num: bool = False
    text: Callable[[Application], str] | None = None


def _name(of: Callable[[Application], Any]) -> Callable[[Application], str]:
    def named(one: Application) -> str:
        found = of(one)
        return plain_name(found) if found else ""

    return named


#: The platform always stands first. What is asked of the database covers all of them, whichever are shown.
COLUMNS: dict[str, Column] = {
    "authority": Column(gettext_lazy("推荐单位"), "authority", text=_name(lambda one: one.authority)),
    "rank": Column(gettext_lazy("排序"), num=True, text=lambda one: str(one.rank or "")),
    "area": Column(gettext_lazy("领域"), text=_name(lambda one: one.platform.area)),
    "status": Column(gettext_lazy("状态")),
    "check": Column(gettext_lazy("形式审查")),
    "recommended": Column(gettext_lazy("推荐时间"), "-recommended"),
    "code": Column(gettext_lazy("平台编号"), text=lambda one: one.platform.code),
    "tier": Column(
        gettext_lazy("现梯次"),
        text=lambda one: str(one.platform.get_tier_display()) if one.platform.tier else "",
    ),
    "outcome": Column(gettext_lazy("结论说明"), text=lambda one: one.outcome_reason),
    "due": Column(gettext_lazy("补充截止")),
}
STANDARD = ("authority", "rank", "area", "status", "check", "recommended")
#: ``place-area=2``: what the form of the columns sends, without a script.
PLACE = "place-"


def columns_of(query: QueryDict) -> list[str]:
    """The columns the address asks for, in its order; the usual ones where it asks for none that exist."""
    asked = [name for name in query.get("cols", "").split(",") if name in COLUMNS]
    return list(dict.fromkeys(asked)) or list(STANDARD)


def placed(query: QueryDict) -> QueryDict | None:
    """The address that the form of the columns means: numbers say the order, an empty place hides a column."""
    sent = {name: str(query[PLACE + name]) for name in COLUMNS if PLACE + name in query}
    if not sent:
        return None
    numbered = [(int(place), name) for name, place in sent.items() if place.isdecimal() and len(place) < 4]
    wanted = query.copy()
    for name in [*wanted]:
        if name.startswith(PLACE) or name in ("page", "peek"):
            del wanted[name]
    order = list(COLUMNS)
    wanted["cols"] = ",".join(
        name for _place, name in sorted(numbered, key=lambda each: (each[0], order.index(each[1])))
    )
    if wanted["cols"] in ("", ",".join(STANDARD)):
        del wanted["cols"]
    return wanted


def places(shown: list[str]) -> list[dict[str, Any]]:
    """The lines of that form: every column with its place, the shown ones first."""
    rest = [name for name in COLUMNS if name not in shown]
    return [
        {
            "name": PLACE + name,
            "label": COLUMNS[name].label,
            "place": shown.index(name) + 1 if name in shown else "",
        }
        for name in [*shown, *rest]
    ]


# --- groups ---------------------------------------------------------------------------------------

IN_ORDER = Case(
    *(When(status=state, then=Value(number)) for number, state in enumerate(A.values)),
    output_field=IntegerField(),
)


@dataclass(frozen=True)
class Grouping:
    """``key`` is the column that groups, ``name`` the one that names it, ``order`` how groups follow one another."""

    label: Any
    key: str
    name: str
    order: tuple[Any, ...]
    filter: str


GROUPINGS: dict[str, Grouping] = {
    "authority": Grouping(
        gettext_lazy("推荐单位"),
        "authority_id",
        "authority__name_zh",
        ("authority__position", "authority_id"),
        "authority",
    ),
    "area": Grouping(
        gettext_lazy("领域"),
        "platform__area_id",
        "platform__area__name_zh",
        (F("platform__area__position").asc(nulls_last=True), "platform__area_id"),
        "area",
    ),
    "status": Grouping(gettext_lazy("状态"), "status", "status", (IN_ORDER,), "state"),
}


def groups_of(rows: QuerySet, grouping: Grouping) -> dict[Any, dict[str, Any]]:
    """Every group of the filtered rows, on all pages, with its name and count."""
    states = dict(A.choices)
    counted = rows.order_by().values(*dict.fromkeys((grouping.key, grouping.name))).annotate(n=Count("pk"))
    return {
        row[grouping.key]: {
            "key": row[grouping.key] or "",
            "label": states.get(row[grouping.name], row[grouping.name]) or _("未填写"),
            "count": row["n"],
            "filter": grouping.filter,
        }
        for row in counted
    }


def key_of(one: Application, grouping: Grouping) -> Any:
    return {
        "authority_id": one.authority_id,
        "platform__area_id": one.platform.area_id,
        "status": one.status,
    }[grouping.key]


# --- areas against authorities --------------------------------------------------------------------


def matrix(rows: QuerySet) -> dict[str, Any]:
    """Counts for ``components/heat.html``; heads lead to the table filtered by them. One query."""
    counted = list(
        rows.order_by()
        .values("authority_id", "platform__area_id")
        .annotate(n=Count("pk"))
        .values_list(
            "authority__position", "authority_id", "authority__name_zh", "authority__name_en",
            "platform__area__position", "platform__area_id", "platform__area__name_zh", "platform__area__name_en", "n",
        )
    )  # fmt: skip
    heads = sorted(
        {(each[4] or 99, each[5] or "", each[6] or _("未填写"), each[7] or "") for each in counted}
    )
    lines = sorted({each[:4] for each in counted})
    cells = {(each[1], each[5] or ""): each[8] for each in counted}
    found = [
        {
            "name_zh": name_zh,
            "name_en": name_en,
            "url": f"?authority={code}",
            "cells": [cells.get((code, area), 0) for _position, area, _zh, _en in heads],
            "total": sum(n for (one, _area), n in cells.items() if one == code),
        }
        for _position, code, name_zh, name_en in lines
    ]
    return {
        "row_title": _("推荐单位"),
        "columns": [
            {"name_zh": zh, "name_en": en, "url": f"?area={area}" if area else ""}
            for _position, area, zh, en in heads
        ],
        "rows": found,
        "totals": [sum(row["cells"][n] for row in found) for n in range(len(heads))],
        "total": sum(row["total"] for row in found),
        "largest": max((cell for row in found for cell in row["cells"]), default=0),
    }


def with_heads(
    lines: Iterable[dict[str, Any]], groups: dict[Any, dict[str, Any]], grouping: Grouping
) -> None:
    """Put its group on the first line of each group of a page."""
    before: Any = object()
    for line in lines:
        key = key_of(line["application"], grouping)
        if key != before:
            line["group"] = groups.get(key)
        before = key
