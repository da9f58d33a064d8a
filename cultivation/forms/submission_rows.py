"""The rows of a section as a browser sends them: one more, one less, many from a spreadsheet, or those of a stored record.

All of it is plain form data, so that adding and pasting work without a script and lose nothing that was typed elsewhere.
"""

from __future__ import annotations

import csv
import io
import re
from typing import Any

from django.utils.translation import gettext as _

from cultivation.forms.submission import SectionForm
from platforms import record
from platforms.record.check import FALSE_WORDS, MAX_LIST_ROWS, TRUE_WORDS

Data = dict[str, Any]
#: ``equipment-3-model``: the cell from which a paste begins.
CELL = re.compile(r"([a-z]+)-([0-9]{1,4})-([a-z_]+)")


def data_of(payload: dict[str, Any], section: str) -> Data:
    """What a browser would send for this section of a record."""
    data: Data = {}
    for item in record.FIELDS:
        if item.section != section:
            continue
        held = payload.get(item.aggregate)
        if item.aggregate in record.SINGLES:
            data |= _control(f"{item.aggregate}-{item.key}", (held or {}).get(item.key))
            continue
        data[f"{item.aggregate}-rows"] = str(len(held or []))
        for index, row in enumerate(held or []):
            data |= _control(f"{item.aggregate}-{index}-{item.key}", row.get(item.key))
    return data


def _control(name: str, value: Any) -> Data:
    """A box that is not ticked is not sent."""
    return {} if value is None or value is False else {name: "on" if value is True else str(value)}


def with_row(form: SectionForm, aggregate: str) -> Data:
    """The data as typed with one row more in a list."""
    data = _sent(form)
    if aggregate in form.lists:
        data[f"{aggregate}-rows"] = str(min(MAX_LIST_ROWS, form.rows[aggregate] + 1))
    return data


def without_row(form: SectionForm, place: str) -> Data:
    """The data as typed without row ``equipment-3``."""
    data = _sent(form)
    aggregate, _dash, index = place.rpartition("-")
    if aggregate not in form.lists or not (index.isascii() and index.isdigit() and len(index) < 6):
        return data
    count = form.rows[aggregate]
    if int(index) >= count:
        return data
    for row in range(int(index), count):
        for item in form.lists[aggregate]:
            following = data.get(f"{aggregate}-{row + 1}-{item.key}")
            name = f"{aggregate}-{row}-{item.key}"
            if following is None:
                data.pop(name, None)
            else:
                data[name] = following
    data[f"{aggregate}-rows"] = str(count - 1)
    return data


def with_pasted(form: SectionForm, aggregate: str, text: str, at: str = "") -> tuple[Data, str]:
    """The data as typed with rows from a spreadsheet, and the sentence that refuses them (empty if all went in).

    ``text`` is what spreadsheet programs put on the clipboard: cells separated by tabs. A first line of column headings says
    which column is which; otherwise the cells go in from ``at`` (``equipment-3-model``), or below the rows that there are.
    """
    data = _sent(form)
    columns = form.lists.get(aggregate)
    if columns is None:
        return data, ""
    try:
        lines = [row for row in csv.reader(io.StringIO(text), delimiter="\t") if any(map(str.strip, row))]
    except csv.Error:
        return data, _("没有读懂粘贴的内容，请从表格软件中重新复制。")
    if not lines:
        return data, _("没有粘贴任何内容。请从表格软件中复制若干行，粘贴到文本框中。")
    start, order, has_head = _where(form, aggregate, lines[0], at)
    lines = lines[1:] if has_head else lines
    if start + len(lines) > MAX_LIST_ROWS:
        return data, _("最多 %(most)s 行，粘贴后会有 %(n)s 行，没有粘贴。") % {
            "most": MAX_LIST_ROWS,
            "n": start + len(lines),
        }
    for row, cells in enumerate(lines, start=start):
        for item, cell in zip(order, cells, strict=False):
            if item is not None:
                _put(data, f"{aggregate}-{row}-{item.key}", item, cell.strip())
    data[f"{aggregate}-rows"] = str(max(form.rows[aggregate], start + len(lines)))
    data.pop(f"{aggregate}-paste", None)
    return data, ""


def _where(
    form: SectionForm, aggregate: str, first: list[str], at: str
) -> tuple[int, list[record.Field | None], bool]:
    """The row to begin with, which field each cell of a line is, and whether the first line is a head."""
    columns = form.lists[aggregate]
    by_label = {item.label: item for item in columns}
    named = [by_label.get(cell.strip().removesuffix(_("（选填）")).strip()) for cell in first]
    found = CELL.fullmatch(at)
    keys = [item.key for item in columns]
    begins_at_cell = found is not None and found[1] == aggregate and found[3] in keys
    if begins_at_cell and found is not None and int(found[2]) < form.rows[aggregate]:
        start, offset = int(found[2]), keys.index(found[3])
    else:
        start, offset = _filled_rows(form, aggregate), 0
    if sum(item is not None for item in named) * 2 > len([cell for cell in first if cell.strip()]):
        return start, named, True
    return start, list(columns[offset:]), False


def _filled_rows(form: SectionForm, aggregate: str) -> int:
    """How many rows there are above the empty ones at the end."""
    typed, places = form.typed()
    return places[aggregate][-1] + 1 if typed[aggregate] else 0


def _put(data: Data, name: str, item: record.Field, cell: str) -> None:
    """A cell as the control sends it: a tick, the stored value of a choice, otherwise the text."""
    if item.kind == "boolean" and cell.lower() in TRUE_WORDS | FALSE_WORDS | {""}:
        data.pop(name, None)
        if cell.lower() in TRUE_WORDS:
            data[name] = "on"
        return
    if item.kind == "choice":
        cell = next((value for value, label in item.choices if label == cell), cell)
    data[name] = cell


def _sent(form: SectionForm) -> Data:
    return {name: form.data.get(name) for name in form.data}
