"""Which row of a list was which: two versions of it, laid side by side as a person would.

Rows have no key of their own. Taking away the first of thirty must read as one row less, not as thirty rows changed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import Any

Row = dict[str, Any]
#: Index before and index after; ``None`` where the other side has no such row.
Pair = tuple[int | None, int | None]


def opposite(before: Sequence[Row], after: Sequence[Row]) -> list[Pair]:
    """The rows of both sides in the order of the newer one, rows that are gone where they were."""
    alike = SequenceMatcher(None, [*map(_key, before)], [*map(_key, after)], autojunk=False)
    found: list[Pair] = []
    for kind, i, i_end, j, j_end in alike.get_opcodes():
        if kind == "equal":
            found += zip(range(i, i_end), range(j, j_end), strict=True)
        else:
            found += _changed(before, after, [*range(i, i_end)], [*range(j, j_end)])
    return found


def _changed(before: Sequence[Row], after: Sequence[Row], old: list[int], new: list[int]) -> Iterator[Pair]:
    """Of rows none of which is the same on both sides: those that share most belong together, the others in their order."""
    partner: dict[int, int] = {}
    if len(old) == len(new):
        partner = dict(zip(new, old, strict=True))
    else:
        shared = sorted((-_shared(before[i], after[j]), abs(i - j), j, i) for i in old for j in new)
        for score, _distance, j, i in shared:
            if score and j not in partner and i not in partner.values():
                partner[j] = i
    yield from ((i, None) for i in old if i not in partner.values())
    yield from ((partner.get(j), j) for j in new)


def _key(row: Row) -> tuple:
    return tuple(sorted((key, str(value)) for key, value in row.items() if value not in ("", None, False)))


def _shared(one: Row, other: Row) -> int:
    return sum(value not in ("", None, False) and other.get(key) == value for key, value in one.items())
