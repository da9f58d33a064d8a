"""Where a reader is in a long list: on a numbered page near its beginning, and behind that at a place given by the row before it.

A page by number costs what lies before it, and shifts when rows come or go. A place does neither, so links lead there from
``NUMBERED`` pages on; a number typed by hand is still answered.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as _

from platforms.walks import BadCursor, Walk

#: How many pages have a number to click on.
NUMBERED = 40
#: Reading on behind a row, reading back before one, and the value of the latter for the very end of the list.
AFTER, BEFORE, END = "after", "before", "end"
PARAMETERS = ("page", AFTER, BEFORE)


@dataclass(frozen=True)
class Place:
    """``page`` is the number the reader is told. ``values``: the keys of the row next to the page, empty at an end of the list."""

    page: int = 1
    values: tuple[Any, ...] | None = None
    backwards: bool = False

    @property
    def deep(self) -> bool:
        return self.values is not None


@dataclass(frozen=True)
class Part:
    """The rows of one page, and the query strings' values that lead to the pages beside it (empty where there is none)."""

    rows: list[Any]
    before: str = ""
    after: str = ""


def read_place(params: QueryDict, walk: Walk) -> Place | None:
    """The place a query string names; ``None`` when it names a page by its number. Raises ``ValidationError``."""
    named = [name for name in (AFTER, BEFORE) if params.get(name)]
    if not named:
        return None
    if len(named) > 1 or params.get("page"):
        raise ValidationError(_("页码、after 和 before 只能用一个。"))
    name, text = named[0], str(params[named[0]])
    if name == BEFORE and text == END:
        return Place(0, (), backwards=True)
    try:
        page, *values = walk.read(text)
    except BadCursor:
        raise ValidationError(_("不是本页给出的地址。请从第一页重新开始。")) from None
    return Place(page, tuple(values), name == BEFORE)


def read_part(found: QuerySet, walk: Walk, place: Place, size: int, columns: Sequence[str]) -> Part:
    """The page at ``place``: one statement, two or three where the page reaches over the end of a stretch of equal keys."""
    names = [*columns, *(key.column for key in walk.keys)]
    way = walk.backwards if place.backwards else walk
    branches = way.beyond(found, list(place.values)) if place.values else [found]
    rows: list[tuple[Any, ...]] = []
    for branch in branches:
        if len(rows) <= size:
            ordered = branch.order_by(*(key.order for key in way.keys)).values_list(*names)
            rows += ordered[: size + 1 - len(rows)]
    more, rows = len(rows) > size, rows[:size]
    if place.backwards:
        rows.reverse()
    width = len(columns)
    if not rows:
        return Part([])
    behind = (place.backwards and bool(place.values)) or (not place.backwards and more)
    before = not place.backwards or more
    return Part(
        [row[:width] for row in rows],
        before=walk.cursor((place.page - 1, *rows[0][width:])) if before and place.page > 1 else "",
        after=walk.cursor((place.page + 1, *rows[-1][width:])) if behind else "",
    )
