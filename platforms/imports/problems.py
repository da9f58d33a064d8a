"""What is wrong with a cell: which one, what stands in it, why it cannot stay, what to do."""

from __future__ import annotations

from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from platforms import record
from platforms.errors import Problem
from platforms.imports import layout
from platforms.likeness import folded

#: Groups by which a person works through many problems, with the codes that belong to each; the rest is text.
KINDS: dict[str, tuple[Promise, tuple[str, ...]]] = {
    "code": (_("编码"), ("numeric_code", "unknown_code", "phone", "phone_mobile")),
    "required": (_("必填"), ("required",)),
    "number": (
        _("数值"),
        (
            "not_number",
            "too_large",
            "min_value",
            "max_value",
            "decimal_places",
            "percent_format",
            "part_exceeds_whole",
        ),
    ),
    "date": (_("日期"), ("not_a_date", "date_range", "date_in_text", "year_twice")),
    "choice": (
        _("选项"),
        (
            "unknown_choice",
            "unknown_reference",
            "not_boolean",
            "city_not_in_province",
            "direction_not_in_area",
        ),
    ),
    "formula": (_("公式"), ("formula", "cell_error")),
    "repeated": (_("重复"), ("repeated", "look_alike", "under_way", "no_platform")),
    "text": (_("文字"), ()),
}
_KIND_OF = {code: kind for kind, (_label, codes) in KINDS.items() for code in codes}

MARKED: dict[str, tuple[str, Promise]] = {
    "formula": ("formula", _("公式不可导入，请改为数值或文字。")),
    "error": ("cell_error", _("单元格是公式错误值，请改为数值或文字。")),
    "percent": ("percent_format", _("单元格是百分比格式，请改为常规格式，填写 0 至 100 的数。")),
}
DATE_IN_TEXT = _("被表格软件改成了日期，请将单元格设为文本格式后重新填写。")
NUMERIC_CODE = _("被表格软件改成了数字，请将该列设为文本格式后重新填写。")


def kind_of(code: str) -> str:
    return "code" if code.startswith("uscc") else _KIND_OF.get(code, "text")


def at(pointer: str, code: str, message: str | Promise) -> Problem:
    return Problem(pointer, code, str(message))


def before_reading(raw: dict[str, Any]) -> tuple[list[Problem], dict[str, Any]]:
    """Values that only look right because the spreadsheet program changed them, and the payload without them."""
    found: dict[str, Problem] = {}
    for pointer, mark in raw["marks"].items():
        problem = _marked(pointer, mark)
        if problem is not None:
            found[pointer] = problem
    for pointer, value in _codes(raw):
        if isinstance(value, int | float) and not isinstance(value, bool) and pointer not in found:
            found[pointer] = at(pointer, "numeric_code", NUMERIC_CODE)
    if not found:
        return [], raw["payload"]
    return list(found.values()), _without(raw["payload"], set(found))


def _marked(pointer: str, mark: str) -> Problem | None:
    if mark == "date":
        if pointer == layout.CODE or record.field(pointer).kind == "date":
            return None
        return at(pointer, "date_in_text", DATE_IN_TEXT)
    code, message = MARKED[mark]
    return at(pointer, code, message)


CODE_FIELDS = tuple(item for item in record.FIELDS if item.kind in ("uscc", "phone"))


def _codes(raw: dict[str, Any]) -> list[tuple[str, Any]]:
    return [(item.path, raw["payload"][item.aggregate].get(item.key)) for item in CODE_FIELDS]


def _without(payload: dict[str, Any], pointers: set[str]) -> dict[str, Any]:
    def kept(place: str, values: dict[str, Any]) -> dict[str, Any]:
        return {key: value for key, value in values.items() if f"{place}/{key}" not in pointers}

    return {
        aggregate: kept(aggregate, values)
        if aggregate in record.SINGLES
        else [kept(f"{aggregate}/{index}", row) for index, row in enumerate(values)]
        for aggregate, values in payload.items()
    }


def placed(
    found: list[Problem], raw: dict[str, Any], sheet: str, number: int, places: dict[str, dict[str, str]]
) -> list[dict[str, Any]]:
    """Problems with their cells, as kept on ``ImportRow.problems`` and shown to the person."""
    if not found:
        return []
    sheets = {folded(name): name for name in places}
    with override("zh-hans"):
        return [_placed(problem, raw, sheet, number, places, sheets) for problem in found]


def _placed(
    problem: Problem,
    raw: dict[str, Any],
    sheet: str,
    number: int,
    places: dict[str, dict[str, str]],
    sheets: dict[str, str],
) -> dict[str, Any]:
    head, *rest = problem.pointer.split("/")
    column = problem.pointer
    if head in record.LISTS and rest and not raw.get("link"):
        sheet = sheets.get(folded(layout.SHEETS[head]), layout.SHEETS[head])
        number = raw["at"][head][int(rest[0])]
    if head in record.LISTS and rest:
        column = f"{head}/{rest[-1]}"
    letter = places.get(sheet, {}).get(column, "")
    item = None if column == layout.CODE else _field(column)
    return {
        "sheet": sheet,
        "row": number,
        "cell": f"{letter}{number}" if letter else "",
        "pointer": problem.pointer,
        "field": item.label if item else layout.CODE_LABEL,
        "value": shown(value_at(raw, problem.pointer)),
        "code": problem.code,
        "kind": kind_of(problem.code),
        "message": problem.message,
        "hint": _hint(item, problem.code),
    }


def _field(pointer: str) -> record.Field | None:
    try:
        return record.field(pointer)
    except KeyError:
        return None


def _hint(item: record.Field | None, code: str) -> str:
    if item is None or kind_of(code) == "repeated":
        return ""
    if item.hint:
        return str(item.hint)
    if item.choices and code == "required":
        return "、".join(label for _value, label in item.choices)
    return str(_("例如：%(example)s") % {"example": item.example}) if item.example else ""


def value_at(raw: dict[str, Any], pointer: str) -> Any:
    """What stood in the cell of a pointer."""
    if pointer == layout.CODE:
        return raw["code"]
    if raw.get("link") and pointer in raw["link"]:
        return raw["link"][pointer]
    head, *rest = pointer.split("/")
    values = raw["payload"].get(head)
    try:
        if head in record.LISTS:
            return values[int(rest[0])].get(rest[1]) if len(rest) == 2 else None
        return values.get(rest[0])
    except (IndexError, AttributeError, ValueError):
        return None


def shown(value: Any) -> str:
    """A cell value as text for a person: 3.0 is 3, a code that became a number looks like the damage it is."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else f"{value:G}"
    return str(value)
