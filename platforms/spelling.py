"""What a person may have meant by a word that nothing answers: the same sounds in other characters, or one slip of the hand.

Looked for among words that are known to be said here: the synonym table, the taxonomy, and names of platforms and services that
share a part with what was typed. Asked only where a search found nothing.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from platforms import search
from platforms.filters import synonyms
from platforms.models import Area, Direction, PublicPlatform, PublicResource
from platforms.pinyin import syllables

#: Texts read per source, and words offered per word typed.
READ, OFFERED = 300, 2
#: A shorter word is too easily another one; two characters are still taken by their sound.
LEAST_HAN, LEAST_LATIN, LONGEST = 3, 5, 12
_HAN = re.compile(r"[㐀-鿿]+")


def meant(word: str) -> list[str]:
    """Other words for one that was typed (already folded), the likeliest first."""
    if not 2 <= len(word) <= LONGEST:
        return []
    if word.isascii():
        if len(word) < LEAST_LATIN or not word.isalpha():
            return []
        known = Counter(term for term in synonyms() if term.isascii() and one_slip(word, term))
        return [term for term, _count in known.most_common(OFFERED)]
    if not _HAN.fullmatch(word):
        return []
    sounds = _sound(word)
    found: Counter[tuple[bool, str]] = Counter()
    whole = set()
    for text in _texts(word):
        whole.add(text)
        for part in {*_windows(text, len(word))}:
            if part == word:
                continue
            alike = len(part) == len(word) and _sound(part) == sounds
            if alike or (len(word) >= LEAST_HAN and one_slip(word, part)):
                found[alike, part] += 1
    # What stands for itself somewhere is likelier a word than what was cut out of a longer text.
    ranked = sorted(found, key=lambda key: (not key[0], key[1] not in whole, -found[key], key[1]))
    return list(dict.fromkeys(part for _alike, part in ranked))[:OFFERED]


def one_slip(typed: str, other: str) -> bool:
    """One character more, less or other, or two that changed places."""
    if typed == other or abs(len(typed) - len(other)) > 1:
        return False
    start = 0
    while start < min(len(typed), len(other)) and typed[start] == other[start]:
        start += 1
    rest, known = typed[start:], other[start:]
    return (
        rest[1:] == known[1:]
        or rest[1:] == known
        or rest == known[1:]
        or (rest[:2] == known[1::-1] and len(rest) > 1 and rest[2:] == known[2:])
    )


def _sound(word: str) -> tuple[str, ...]:
    return tuple(syllable.rstrip("12345") for syllable in syllables(word))


def _texts(word: str) -> Iterator[str]:
    for term, others in synonyms().items():
        yield term
        yield from map(search.normalise, others)
    pairs = sorted({word[n : n + 2] for n in range(len(word) - 1)})
    names = PublicPlatform.objects.filter(search__tokens__overlap=[f"n:{pair}" for pair in pairs])
    titles = PublicResource.objects.filter(tokens__overlap=pairs)
    said = Area.objects.order_by().values_list("name_zh").union(
        Direction.objects.order_by().values_list("name_zh"),
        names.order_by().values_list("name_zh")[:READ],
        titles.order_by().values_list("title_zh").distinct()[:READ],
        all=True,
    )  # fmt: skip
    yield from (search.normalise(text) for (text,) in said)


def _windows(text: str, length: int) -> Iterator[str]:
    """Parts of the text about as long as the word, within its Chinese stretches."""
    for run in _HAN.findall(text):
        for size in (length, length - 1, length + 1):
            yield from (run[n : n + size] for n in range(len(run) - size + 1) if size > 1)
