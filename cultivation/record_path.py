"""Looking up fields in the payload of a submission.

``platform.floor_area_m2``, ``lines[0].name``, ``figures[-1].projects_external`` (the latest year),
``equipment[:].original_value`` and, over several rows, ``sum(figures[-3:].projects_external)``, ``max(…)``,
``min(…)`` or ``count(equipment)``. Rows that all carry a year are put in order of year first.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

MAX_EXPONENT = 30  # beyond any real figure; keeps "1e999999" from becoming a megabyte of zeros in a sentence

_NAME = r"[a-z_][a-z0-9_]{0,62}"
_STEP = rf"{_NAME}(?:\[(?:-?[0-9]{{1,3}}|-[0-9]{{1,3}}:|:)\])?"
FIELD = re.compile(rf"(?:(sum|max|min|count)\(({_STEP}(?:\.{_STEP})*)\)|({_STEP}(?:\.{_STEP})*))")
_ONE_STEP = re.compile(rf"({_NAME})(?:\[(-?[0-9]+)?(:)?\])?")

_AGGREGATES: dict[str, Callable[[list[Decimal]], Decimal]] = {
    "sum": lambda numbers: sum(numbers, Decimal(0)),
    "max": max,
    "min": min,
}

Record = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Used:
    """A field a result looked at, with the value found; ``None`` when nothing was filled in."""

    field: str
    value: Any


def is_empty(value: Any) -> bool:
    """Whether nothing was filled in. 0 and "no" are answers."""
    return value is None or value == "" or value in ([], {}, ())


def as_number(value: Any) -> Decimal | None:
    """The number meant, also where the payload carries it as text.

    ``None`` for truth values and anything else.
    """
    if isinstance(value, bool) or not isinstance(value, (int, float, str, Decimal)):
        return None
    try:
        number = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number.adjusted()) <= MAX_EXPONENT else None


def lookup(record: Record, path: str) -> tuple[Any, tuple[Used, ...]]:
    """The value at ``path`` and the fields it came from.

    ``sum``, ``max`` and ``min`` give ``None`` when any row lacks the value: part of a sum is not the sum.
    """
    match = FIELD.fullmatch(path)
    if match is None:
        raise ValueError(f"{path!r} is not a field")
    function, inner, simple = match.groups()
    if function is None:
        found = _find(record, simple)
        value = found[0].value if len(found) == 1 and ":" not in simple else [used.value for used in found]
        return (value if found else None), tuple(found)
    found = _find(record, inner)
    if function == "count":
        rows = found[0].value if len(found) == 1 and isinstance(found[0].value, (list, tuple)) else None
        if rows is None and len(found) == 1 and found[0].value is None:
            return None, (Used(path, None),)
        counted = len(rows) if rows is not None else sum(not is_empty(used.value) for used in found)
        return counted, (Used(path, counted),)
    numbers = [number for used in found if (number := as_number(used.value)) is not None]
    complete = bool(numbers) and len(numbers) == len(found)
    return (_AGGREGATES[function](numbers) if complete else None), tuple(found)


def _find(record: Record, path: str) -> list[Used]:
    here: list[Used] = [Used("", record)]
    for step in path.split("."):
        here = [after for before in here for after in _step(before, step)]
    return here


def _step(before: Used, step: str) -> list[Used]:
    match = _ONE_STEP.fullmatch(step)
    if match is None or not isinstance(before.value, Mapping):
        return [Used(_join(before.field, step), None)]
    name, index, colon = match.groups()
    value = before.value.get(name)
    if index is None and colon is None:
        return [Used(_join(before.field, name), value)]
    rows = list(enumerate(_by_year(value))) if isinstance(value, (list, tuple)) else []
    if colon:
        rows = rows[int(index) :] if index else rows
    elif -len(rows) <= int(index) < len(rows):
        rows = [rows[int(index)]]
    else:
        return [Used(_join(before.field, step), None)]
    return [Used(_join(before.field, f"{name}[{_row_name(row, position)}]"), row) for position, row in rows]


def _by_year(rows: Sequence[Any]) -> list[Any]:
    """Rows in order of year when all of them have one, so that [-1] is the latest whatever order they
    came in.
    """
    years = [as_number(row.get("year")) if isinstance(row, Mapping) else None for row in rows]
    if None in years:
        return list(rows)
    return [
        row
        for _year, _position, row in sorted(
            zip(years, range(len(rows)), rows, strict=True), key=lambda r: r[:2]
        )
    ]


def _row_name(row: Any, number: int) -> str:
    return str(row["year"]) if isinstance(row, Mapping) and "year" in row else str(number)


def _join(head: str, tail: str) -> str:
    return f"{head}.{tail}" if head else tail
