"""Headings → fields. Columns are found by what their heading says, so moving or adding columns does no harm."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.utils.translation import gettext_lazy as _

from platforms.errors import DomainError
from platforms.imports import layout
from platforms.imports.layout import Column, column_of, columns_of, letter, sheet_title
from platforms.imports.problems import shown
from platforms.imports.reading import Reading, Row
from platforms.likeness import folded

#: As much of a cell as the preview shows.
BRIEF = 40


#: What a person said about the columns: name of the sheet → letter → pointer, or ``""`` for a column to be left out.
Assigned = dict[str, dict[str, str]]


class HeadingsRefused(DomainError):
    """The headings do not say clearly what the columns are. ``facts`` is what was read all the same; with them a person can
    say it instead."""

    code = "headings_refused"

    def __init__(self, sentence: Any, facts: list[dict[str, Any]] | None = None) -> None:
        self.facts = facts or []
        super().__init__(sentence)


@dataclass
class MappedSheet:
    """One sheet with its columns found. ``columns`` maps a column number to the column of the template."""

    name: str
    aggregate: str
    columns: dict[int, Column]
    rows: Sequence[Row]
    unknown: list[tuple[str, str]] = field(default_factory=list)
    refusal: str = ""

    @cached_property
    def links(self) -> list[tuple[int, Column]]:
        """The two columns that say which platform a row is about."""
        names = (layout.LINK_USCC, layout.LINK_NAME)
        return [(at, column) for at, column in self.columns.items() if column.pointer in names]


@dataclass
class Mapping:
    """The whole file mapped: the main sheet, the sheets of lists that are there, and what else a person should know."""

    main: MappedSheet
    lists: dict[str, MappedSheet]
    template_version: str
    facts: list[dict[str, Any]]


def map_headings(reading: Reading, assigned: Assigned | None = None) -> Mapping:
    """Find every column, in sheets named by ``assigned`` as a person said. Raises ``HeadingsRefused`` for a missing main sheet,
    a missing or doubled heading, an old template."""
    version = _template_version(reading)
    if version and version != layout.VERSION:
        raise HeadingsRefused(
            _("文件用的是 %(version)s 版模板，现行版本是 %(current)s。请下载新模板，把数据复制过去。")
            % {"version": version[:20], "current": layout.VERSION}
        )
    assigned = assigned or {}
    main = _map_sheet(_main_sheet(reading), "", reading, assigned)
    lists = {
        aggregate: _map_sheet(actual, aggregate, reading, assigned)
        for aggregate, title in layout.SHEETS.items()
        if (actual := _find(reading, title)) and reading.rows.get(actual)
    }
    facts = _facts(reading, main, lists)
    if refusals := [sheet.refusal for sheet in (main, *lists.values()) if sheet.refusal]:
        raise HeadingsRefused("".join(refusals), facts)
    return Mapping(main, lists, version, facts)


def _find(reading: Reading, title: str) -> str:
    return next((sheet["name"] for sheet in reading.sheets if folded(sheet["name"]) == folded(title)), "")


def _main_sheet(reading: Reading) -> str:
    found = _find(reading, layout.MAIN)
    if not found and len(reading.sheets) == 1:
        found = reading.sheets[0]["name"]
    if not found:
        raise HeadingsRefused(_("没有找到名为“%(sheet)s”的工作表。") % {"sheet": layout.MAIN})
    if not reading.rows.get(found):
        raise HeadingsRefused(_("工作表“%(sheet)s”是空的。") % {"sheet": found})
    return found


def _template_version(reading: Reading) -> str:
    for row in reading.rows.get(_find(reading, layout.GUIDE), []):
        if folded(row.cell(1) or "") == folded(layout.VERSION_LABEL):
            return str(row.cell(2) or "").strip()
    return ""


def _map_sheet(name: str, aggregate: str, reading: Reading, assigned: Assigned) -> MappedSheet:
    heading, rows = reading.rows[name][0], reading.rows[name].after(1)
    headings = {at: str(text) for at, text in enumerate(heading.cells, start=1) if text not in (None, "")}
    wanted = columns_of(sheet_title(aggregate))
    sheet = MappedSheet(name, aggregate, {}, rows)
    if name in assigned:
        by_pointer = {column.pointer: column for column in wanted}
        said = {column_of(at): by_pointer[pointer] for at, pointer in assigned[name].items() if pointer}
        sheet.columns = dict(sorted(said.items()))
    else:
        sheet.columns, doubled = _by_heading(headings, wanted)
        sheet.refusal = "".join(_doubled(name, sheet.columns, headings, at) for at in doubled)
    sheet.unknown = [(letter(at), text[:BRIEF]) for at, text in headings.items() if at not in sheet.columns]
    sheet.refusal += _missing(name, wanted, sheet.columns, heading)
    return sheet


def _by_heading(headings: dict[int, str], wanted: list[Column]) -> tuple[dict[int, Column], list[int]]:
    """The columns whose heading is one of the template's, and those that say the same as an earlier one."""
    by_label = {folded(column.label): column for column in wanted}
    found: dict[int, Column] = {}
    doubled = []
    for at, text in headings.items():
        column = by_label.get(folded(text))
        if column in found.values():
            doubled.append(at)
        elif column is not None:
            found[at] = column
    return found, doubled


def _doubled(name: str, found: dict[int, Column], headings: dict[int, str], at: int) -> str:
    first = next(other for other in found if folded(headings[other]) == folded(headings[at]))
    return _("工作表“%(sheet)s”有两列“%(label)s”：%(first)s 列和 %(second)s 列。请只保留一列。") % {
        "sheet": name,
        "label": found[first].label,
        "first": letter(first),
        "second": letter(at),
    }


def _missing(name: str, wanted: list[Column], found: dict[int, Column], heading: Row) -> str:
    missing = [column.label for column in wanted if column.required and column not in found.values()]
    if not missing:
        return ""
    seen = "、".join(str(text)[:20] for text in heading.cells[:8] if text not in (None, ""))
    return _("工作表“%(sheet)s”第 %(row)s 行应是列名，缺少：%(missing)s。读到的列名是：%(seen)s。") % {
        "sheet": name,
        "row": heading.number,
        "missing": "、".join(missing),
        "seen": seen or "—",
    }


def _facts(reading: Reading, main: MappedSheet, lists: dict[str, MappedSheet]) -> list[dict[str, Any]]:
    """What is kept on the run and shown above the result: for each sheet its columns, and what was left aside."""
    mapped = {sheet.name: sheet for sheet in (main, *lists.values())}
    known = {folded(name) for name in (layout.GUIDE, layout.OPTIONS, *layout.SHEETS.values())}
    facts = []
    for described in reading.sheets:
        sheet = mapped.get(described["name"])
        if sheet is None and folded(described["name"]) in known:
            continue
        facts.append(
            {
                "sheet": described["name"],
                "aggregate": sheet.aggregate if sheet else None,
                "used": sheet is not None,
                "hidden": described["hidden"],
                "hidden_rows": described["hidden_rows"],
                "merged": described["merged"],
                "encoding": described.get("encoding", ""),
                "columns": {letter(at): column.pointer for at, column in sheet.columns.items()}
                if sheet
                else {},
                "unknown": [list(pair) for pair in sheet.unknown] if sheet else [],
                "first": [[_brief(cell) for cell in row.cells] for row in sheet.rows[:5]] if sheet else [],
            }
        )
    return facts


def _brief(cell: Any) -> str:
    text = shown(cell)
    return text if len(text) <= BRIEF else f"{text[: BRIEF - 1]}…"
