"""What a line across a ranking does: who stands inside, how firm that is, and who would change sides for what.

Equal scores stay together: a group that would cross the line stays outside, because only a person may choose among equals.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeVar

from cultivation.scoring import rounded

Key = TypeVar("Key")

#: Whoever is further from the line than this many changes of place is not listed beside it.
NEAR = 3


@dataclass(frozen=True)
class Edge:
    """How far one stands from the line: in ``swaps`` with the next one in the ranking, and in ``points`` of its score."""

    inside: bool
    swaps: int
    points: Decimal


def inside(scores: Mapping[Key, Decimal], cut: int | None) -> set[Key]:
    """Who has one of ``cut`` places: whoever has fewer than that many others as good or better."""
    if cut is None:
        return set()
    rising = sorted(scores.values())
    return {key for key, own in scores.items() if _as_good(rising, own) < cut}


def edges(scores: Mapping[Key, Decimal], cut: int | None) -> dict[Key, Edge]:
    """Everybody's distance from the line; nobody's where there are places for all."""
    if cut is None or not 0 < cut < len(scores):
        return {}
    rising = sorted(scores.values())
    found = {}
    for key, own in scores.items():
        others = _as_good(rising, own)
        # the score that decides for this one is the last that gets a place when the others are ranked alone
        decisive = rising[-cut - 1] if own >= rising[-cut] else rising[-cut]
        swaps = cut - others if others < cut else others - cut + 1
        found[key] = Edge(others < cut, swaps, rounded(abs(own - decisive)))
    return found


def gap(scores: Mapping[Key, Decimal], cut: int | None) -> Decimal | None:
    """Points between the last inside and the first outside; ``None`` where one of the sides is empty."""
    holders = inside(scores, cut)
    rest = [own for key, own in scores.items() if key not in holders]
    if not holders or not rest:
        return None
    return rounded(min(scores[key] for key in holders) - max(rest))


def crossing(scores: Mapping[Key, Decimal], others: Mapping[Key, Decimal], cut: int | None) -> set[Key]:
    """Who stands on the other side of the line when ``others`` rank instead; whoever has no other score keeps its own."""
    return inside(scores, cut) ^ inside({**scores, **others}, cut)


def inversions(scores: Mapping[Key, Decimal], others: Mapping[Key, Decimal]) -> int:
    """How many changes of place between neighbours turn one order into the other; ties count for neither."""
    keys = [key for key in scores if key in others]
    return sum(
        (scores[first] - scores[second]) * (others[first] - others[second]) < 0
        for place, first in enumerate(keys)
        for second in keys[place + 1 :]
    )


def _as_good(rising: list[Decimal], own: Decimal) -> int:
    """How many others have this score or a better one."""
    return len(rising) - bisect_left(rising, own) - 1
