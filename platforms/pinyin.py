"""Readings of Chinese names: for typing them on a Latin keyboard and for sorting them.

Runs of Chinese characters come in already folded (see ``platforms.search.normalise``).
"""

from __future__ import annotations

import csv
import re
from functools import cache, lru_cache
from pathlib import Path

OVERRIDES = Path(__file__).parent / "data" / "pinyin_overrides.csv"
LONGEST_SPELLED = 4
LONGEST_INITIALS = 6


@cache
def overrides() -> dict[str, tuple[str, ...]]:
    """Readings the dictionary gets wrong, mostly place names: term → one toned syllable ("lu4") per
    character.
    """
    with OVERRIDES.open(encoding="utf-8", newline="") as file:
        return {row["term"]: tuple(row["pinyin"].split()) for row in csv.DictReader(file)}


@cache
def _override_pattern() -> re.Pattern[str]:
    terms = sorted(overrides(), key=len, reverse=True)
    return re.compile("|".join(map(re.escape, terms)))


@lru_cache(maxsize=4096)
def syllables(run: str) -> tuple[str, ...]:
    """One toned pinyin syllable ("chang2"; ü is v, the neutral tone has no number) per Chinese character."""
    found: list[str] = []
    end = 0
    for match in _override_pattern().finditer(run):
        found += _spelled(run[end : match.start()])
        found += overrides()[match[0]]
        end = match.end()
    return (*found, *_spelled(run[end:]))


def _spelled(run: str) -> list[str]:
    if not run:
        return []
    from pypinyin.seg.simpleseg import seg  # its dictionaries take a fifth of a second: only where needed

    spelled = [syllable for phrase in seg(run) for syllable in _spelled_phrase(phrase)]
    # Characters the dictionary does not know come back as they are, several in one piece.
    return spelled if len(spelled) == len(run) else [_spelled_phrase(character)[0] for character in run]


@lru_cache(maxsize=16_384)
def _spelled_phrase(phrase: str) -> tuple[str, ...]:
    """Apart and kept, because names are made of the same phrases and spelling one takes most of the time."""
    from pypinyin import Style, lazy_pinyin

    return tuple(lazy_pinyin(phrase, style=Style.TONE3))


def spellings(run: str) -> set[str]:
    """What may be typed for a run: stretches of up to four syllables and of two to six initials from anywhere
    in it, and both from its beginning up to any length.
    """
    found: set[str] = set()
    spelled = [syllable.rstrip("12345") for syllable in syllables(run)]
    initials = "".join(syllable[0] for syllable in spelled)
    for i in range(len(spelled)):
        whole = len(spelled) if i == 0 else 0
        last = min(i + max(whole, LONGEST_SPELLED), len(spelled))
        found.update("".join(spelled[i:j]) for j in range(i + 1, last + 1))
        last = min(i + max(whole, LONGEST_INITIALS), len(spelled))
        found.update(initials[i:j] for j in range(i + 2, last + 1))
    return found
