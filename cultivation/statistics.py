"""Counts for publication: a table in which no small number can be read or computed back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

#: Fewer than this many are not told as a number.
SMALL = 3

Cells = list[list[int]]


@dataclass(frozen=True)
class Quiet:
    """A table for the public: ``None`` is a cell that is not told; totals are always told."""

    cells: list[list[int | None]]
    row_totals: list[int]
    column_totals: list[int]
    total: int


def quiet(cells: Sequence[Sequence[int]]) -> Quiet:
    """Hide cells of one or two, and more cells wherever a line would give one away.

    A line (row or column) gives a cell away when it hides only one, or when what it hides adds up to one each. Then the
    smallest cell that is told is hidden as well, a zero if there is nothing else. All hidden cells look the same, because a
    mark that said "fewer than three" on some of them would tell the others apart.
    """
    rows, columns = len(cells), len(cells[0]) if cells else 0
    hidden = {(r, c) for r in range(rows) for c in range(columns) if 0 < cells[r][c] < SMALL}
    lines = [[(r, c) for c in range(columns)] for r in range(rows)]
    lines += [[(r, c) for r in range(rows)] for c in range(columns)]
    changed = True
    while changed:
        changed = False
        for line in lines:
            more = _to_hide(line, hidden, cells)
            if more:
                hidden.add(more)
                changed = True
    return Quiet(
        [[None if (r, c) in hidden else cells[r][c] for c in range(columns)] for r in range(rows)],
        [sum(row) for row in cells],
        [sum(column) for column in zip(*cells, strict=True)],
        sum(map(sum, cells)),
    )


def _to_hide(
    line: Iterable[tuple[int, int]], hidden: set[tuple[int, int]], cells: Sequence[Sequence[int]]
) -> tuple[int, int] | None:
    """The next cell this line has to hide, if it gives one away."""
    line = list(line)
    mine = [cell for cell in line if cell in hidden]
    values = [cells[r][c] for r, c in mine]
    if not mine or (len(mine) > 1 and (0 in values or sum(values) > len(values))):
        return None
    told = [cell for cell in line if cell not in hidden]
    return min(
        told, key=lambda cell: (cells[cell[0]][cell[1]] == 0, cells[cell[0]][cell[1]], cell), default=None
    )
