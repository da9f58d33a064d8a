"""Two versions of a record that grew from one: where they differ, who changed what, and the record that is chosen from both.

A *place* is the smallest thing a person chooses: a value, a cell of a row, a row that one side added, or a whole list where
one side took rows away, because from then on the rows of the two sides no longer stand opposite each other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from platforms.record.fields import LISTS, SINGLES, fields_of

Payload = dict[str, Any]
MINE, THEIRS = "mine", "theirs"


@dataclass(frozen=True)
class Place:
    """One difference. ``kind`` is ``value``, ``cell``, ``added`` (a row of one side) or ``list``; an added row that the other
    side does not have is ``None`` there. ``changed`` names who departed from the base: ``mine``, ``theirs`` or ``both``."""

    path: str
    kind: str
    theirs: Any
    mine: Any
    changed: str

    @property
    def contested(self) -> bool:
        return self.changed == "both"


def meeting(base: Payload, theirs: Payload, mine: Payload, only: frozenset[str] | None = None) -> list[Place]:
    """Every place at which ``theirs`` and ``mine`` differ, in the order of the form. ``only`` limits it to these fields and
    lists (``platform/staff_total``, ``equipment``)."""
    found: list[Place] = []
    for aggregate in SINGLES:
        found += _values(aggregate, *(side.get(aggregate) or {} for side in (base, theirs, mine)), only=only)
    for aggregate in LISTS:
        if only is None or aggregate in only:
            found += _list(aggregate, *(side.get(aggregate) or [] for side in (base, theirs, mine)))
    return found


def chosen(theirs: Payload, mine: Payload, places: list[Place], choices: Mapping[str, str]) -> Payload:
    """The record in force with, at each place, the side that was chosen (``theirs`` where nothing was)."""
    result: Payload = {name: dict(theirs.get(name) or {}) for name in SINGLES}
    result |= {name: [dict(row) for row in theirs.get(name) or []] for name in LISTS}
    rows_left_out: dict[str, list[int]] = {}
    for place in places:
        side = choices.get(place.path, THEIRS)
        aggregate, *rest = place.path.split("/")
        if place.kind == "value" and side == MINE:
            _put(result[aggregate], rest[0], place.mine)
        elif place.kind == "cell" and side == MINE:
            _put(result[aggregate][int(rest[0])], rest[1], place.mine)
        elif place.kind == "list" and side == MINE:
            result[aggregate] = [dict(row) for row in place.mine]
        elif place.kind == "added":
            if rest[0] == THEIRS and side == MINE:
                rows_left_out.setdefault(aggregate, []).append(int(rest[1]))
            elif rest[0] == MINE and side == MINE:
                result[aggregate].append(dict(place.mine))
    for aggregate, indexes in rows_left_out.items():
        result[aggregate] = [row for index, row in enumerate(result[aggregate]) if index not in indexes]
    return result


def _put(target: dict[str, Any], key: str, value: Any) -> None:
    if value is None:
        target.pop(key, None)
    else:
        target[key] = value


def _values(
    aggregate: str, base: Payload, theirs: Payload, mine: Payload, *, only: frozenset[str] | None
) -> Iterator[Place]:
    for item in fields_of(aggregate):
        sides = (base.get(item.key), theirs.get(item.key), mine.get(item.key))
        if sides[1] != sides[2] and (only is None or item.path in only):
            yield Place(item.path, "value", sides[1], sides[2], _changed(*sides))


def _list(aggregate: str, base: list[Payload], theirs: list[Payload], mine: list[Payload]) -> Iterator[Place]:
    if theirs == mine:
        return
    shared = len(base)
    if len(theirs) < shared or len(mine) < shared or theirs == base or mine == base:
        yield Place(aggregate, "list", theirs, mine, _changed(base, theirs, mine))
        return
    for index in range(shared):
        for item in fields_of(aggregate):
            sides = [rows[index].get(item.key) for rows in (base, theirs, mine)]
            if sides[1] != sides[2]:
                path = f"{aggregate}/{index}/{item.key}"
                yield Place(path, "cell", sides[1], sides[2], _changed(*sides))
    for index in _without_match(theirs, mine, shared):
        yield Place(f"{aggregate}/{THEIRS}/{index}", "added", theirs[index], None, THEIRS)
    for index in _without_match(mine, theirs, shared):
        yield Place(f"{aggregate}/{MINE}/{index}", "added", None, mine[index], MINE)


def _without_match(rows: list[Payload], others: list[Payload], start: int) -> Iterator[int]:
    """Indexes of the added rows that the other side did not add too; two equal rows need two equal ones there."""
    left = list(others[start:])
    for index in range(start, len(rows)):
        if rows[index] in left:
            left.remove(rows[index])
        else:
            yield index


def _changed(base: Any, theirs: Any, mine: Any) -> str:
    if theirs == base:
        return MINE
    return THEIRS if mine == base else "both"
