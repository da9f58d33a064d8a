"""The hash tree of RFC 6962 (section 2.1): over the entries of an edition, and over all public changes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence


def leaf(data: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + data).digest()


def node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def root(leaves: Sequence[bytes]) -> bytes:
    """Of leaf hashes; the root of nothing is the hash of nothing."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    level = list(leaves)
    while len(level) > 1:
        level = _above(level)
    return level[0]


def _above(level: Sequence[bytes]) -> list[bytes]:
    """The next level; what has no partner goes up as it is, which is the tree the standard describes."""
    pairs = [node(level[i], level[i + 1]) for i in range(0, len(level) - 1, 2)]
    return pairs + list(level[len(level) & ~1 :])


def path(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """What proves that leaf ``index`` is in the tree, from the bottom up."""
    found, level = [], list(leaves)
    while len(level) > 1:
        partner = index ^ 1
        if partner < len(level):
            found.append(level[partner])
        level, index = _above(level), index >> 1
    return found


def root_of_path(hashed: bytes, index: int, size: int, proof: Sequence[bytes]) -> bytes | None:
    """The root that a proof leads to (RFC 9162, 2.1.3.2), ``None`` for a proof that does not fit the size."""
    if not 0 <= index < size:
        return None
    inner, last = index, size - 1
    for step in proof:
        if last == 0:
            return None
        if inner & 1 or inner == last:
            hashed = node(step, hashed)
            while inner and not inner & 1:
                inner, last = inner >> 1, last >> 1
        else:
            hashed = node(hashed, step)
        inner, last = inner >> 1, last >> 1
    return hashed if last == 0 else None


#: The root of the leaves from one index up to, but not including, another.
Range = Callable[[int, int], bytes]


def half(size: int) -> int:
    """The largest power of two below ``size``: where the standard parts a tree."""
    return 1 << (size - 1).bit_length() - 1


def path_in(of: Range, index: int, size: int) -> list[bytes]:
    """What proves that leaf ``index`` is among the first ``size``, from the bottom up, without all leaves at hand."""
    found, start, end = [], 0, size
    while end - start > 1:
        middle = start + half(end - start)
        if index < middle:
            found.append(of(middle, end))
            end = middle
        else:
            found.append(of(start, middle))
            start = middle
    return found[::-1]


def consistency(of: Range, first: int, second: int) -> list[bytes]:
    """What proves that the tree of ``first`` leaves is the beginning of that of ``second`` (RFC 6962, 2.1.2)."""
    found: list[bytes] = []
    start, end, whole = 0, second, True
    while first != end:
        middle = start + half(end - start)
        if first <= middle:
            found.append(of(middle, end))
            end = middle
        else:
            found.append(of(start, middle))
            start, whole = middle, False
    if not whole:
        found.append(of(start, end))
    return found[::-1]
