"""The public changes as a Merkle log (RFC 6962): who has seen one checkpoint can be shown that nothing before it was rewritten.

A leaf is a change as the feed tells it, without the addresses, in canonical JSON; change *n* is leaf *n* − 1. Roots of 256 changes
each are kept as tiles, so that a root or a proof over hundreds of thousands of changes reads a few hundred rows.
"""

from __future__ import annotations

import base64
import datetime
from collections.abc import Iterable
from typing import Any

from cultivation.models import Checkpoint, LogTile
from cultivation.releases import merkle, notes
from platforms.feed import CHANGE_COLUMNS
from platforms.models import Change
from platforms.publish import canonical

TILE = 256


def leaf_of(change: dict[str, Any]) -> bytes:
    """The bytes of a leaf, from a change of the feed or of the table: exactly ``CHANGE_COLUMNS``, the moment in UTC."""
    values = {name: change[name] for name in CHANGE_COLUMNS}
    at = values["at"]
    moment = at if isinstance(at, datetime.datetime) else datetime.datetime.fromisoformat(at)
    return canonical({**values, "at": moment.astimezone(datetime.UTC).isoformat(timespec="microseconds")})


class Tree:
    """The tree over the changes of this installation; reads only the tiles and changes that a question needs."""

    def __init__(self, *, kept: bool = True) -> None:
        self._tiles = dict(LogTile.objects.values_list("index", "root")) if kept else {}
        self._leaves: dict[int, list[bytes]] = {}

    def root(self, size: int) -> bytes:
        return self.range(0, size)

    def range(self, start: int, end: int) -> bytes:
        """The root of the leaves from ``start`` up to, but not including, ``end``; aligned as the standard parts a tree."""
        if end - start == TILE:
            return self.tile(start // TILE)
        if end - start < TILE:
            leaves = self._leaves_of(start // TILE)[start % TILE : start % TILE + end - start]
            if len(leaves) != end - start:
                raise LookupError(f"there are no changes {start + 1} to {end}")
            return merkle.root(leaves)
        middle = start + merkle.half(end - start)
        return merkle.node(self.range(start, middle), self.range(middle, end))

    def tile(self, index: int) -> bytes:
        if index not in self._tiles:
            leaves = self._leaves_of(index)
            if len(leaves) != TILE:
                raise LookupError(f"tile {index} is not full")
            self._tiles[index] = merkle.root(leaves).hex()
            del self._leaves[index]
        return bytes.fromhex(self._tiles[index])

    def _leaves_of(self, index: int) -> list[bytes]:
        if index not in self._leaves:
            first = index * TILE
            rows = Change.objects.filter(number__gt=first, number__lte=first + TILE).order_by("number")
            self._leaves[index] = [merkle.leaf(leaf_of(row)) for row in rows.values(*CHANGE_COLUMNS)]
        return self._leaves[index]


def text_of(size: int, root: bytes, at: datetime.datetime) -> str:
    return (
        f"{notes.origin()}/changes\n{size}\n{base64.b64encode(root).decode()}\n"
        f"issued {at.isoformat(timespec='seconds')}\n"
    )


def newest() -> Checkpoint | None:
    return Checkpoint.objects.order_by("-size").first()


def proof_of_change(number: int, checkpoint: Checkpoint) -> dict[str, Any]:
    """What proves that a change is part of what a checkpoint has sealed."""
    change = Change.objects.values(*CHANGE_COLUMNS).get(number=number)
    steps = merkle.path_in(Tree().range, number - 1, checkpoint.size)
    return {
        "number": number,
        "index": number - 1,
        "entry": leaf_of(change).decode(),
        "path": _hexadecimal(steps),
        "checkpoint": checkpoint.note,
    }


def proof_of_growth(first: int, second: int) -> dict[str, Any]:
    """What proves that the first ``first`` of ``second`` changes are what they were."""
    return {
        "first": first,
        "second": second,
        "path": _hexadecimal(merkle.consistency(Tree().range, first, second)),
    }


def _hexadecimal(steps: Iterable[bytes]) -> list[str]:
    return [step.hex() for step in steps]
