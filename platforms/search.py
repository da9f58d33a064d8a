"""The text side of search: what a record is found by, and what a query asks for.

Chinese is searched by pairs of neighbouring characters: every term of two or more characters that occurs in
a text has all its pairs in the text's token set, so nothing is ever missed (dictionary segmentation misses
a fifth). Latin words and numbers are tokens as a whole. Tokens are bare, and repeated with a tag for the
fields that rank higher: ``n:`` name, ``o:`` operator, ``s:`` service, equipment or process. Pinyin of names
is tagged ``p:``, scales of pilot lines ``scale:``. Which table holds the tokens is not known here.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from operator import add
from pathlib import Path

import opencc
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from platforms import pinyin, scales
from platforms.text import FORMAT_CHARACTERS

DATA = Path(__file__).parent / "data"
MAX_QUERY = 200
MAX_WORDS = 10
MAX_ALTERNATIVES = 12
LONGEST_TOKEN = 60  # as long as a stored token may be; the database would cut longer ones without a word
_LONGEST_TERM = 20

TIERS = {"name": "n:", "operator": "o:", "service": "s:", "text": "", "scale": ""}
Synonyms = Mapping[str, Sequence[str]]

_HAN = "\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_HAN_RUN = re.compile(f"[{_HAN}]+")
_RUNS = re.compile(f"([{_HAN}]+)|([^\\W_{_HAN}]+)")
_INVISIBLE = re.compile(f"[{FORMAT_CHARACTERS}\u034f\u115f\u1160\u3164\ufe00-\ufe0f\U000e0100-\U000e01ef]+")
_SEPARATORS = re.compile(r"[\s,，、;；]+")


# --- folding --------------------------------------------------------------------------------------


def normalise(text: str) -> str:
    """The form in which text is compared: NFKC, lower case, simplified characters, nothing invisible.

    Characters are simplified one by one. Converting by phrase would read better, but would fold a character
    differently in a query than inside the sentence it is looked for in.
    """
    folded = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text).lower())
    # Most text is simplified already, and looking is ten times faster than translating.
    if folded.isascii() or _traditional().isdisjoint(folded):
        return folded
    return folded.translate(_simplified())


@cache
def _traditional() -> frozenset[str]:
    return frozenset(map(chr, _simplified()))


@cache
def _simplified() -> dict[int, str]:
    blocks = ((0x3400, 0x9FFF), (0x20000, 0x323AF))
    characters = [chr(point) for first, last in blocks for point in range(first, last + 1)]
    # One call for all: line ends keep the converter from seeing phrases.
    simple = opencc.OpenCC("t2s").convert("\n".join(characters)).split("\n")
    table = {ord(old): new for old, new in zip(characters, simple, strict=True) if old != new}
    # A few characters take two steps; folding has to be done after one pass.
    return {old: table.get(ord(new), new) if len(new) == 1 else new for old, new in table.items()}


# --- documents ------------------------------------------------------------------------------------


def tokens(text: str) -> set[str]:
    """Latin and digit words, single Chinese characters and pairs of neighbours of ``text``."""
    return _tokens(normalise(text))


def _tokens(folded: str) -> set[str]:
    found: set[str] = set()
    for han, word in _RUNS.findall(folded):
        if han:
            found.update(han)
            found.update(map(add, han, han[1:]))
        else:
            found.add(word)
    return found


def document_tokens(fields: Mapping[str, Iterable[str]]) -> set[str]:
    """All tokens of a record.

    ``fields`` maps a tier of ``TIERS`` to texts: ``name`` (current, former and English names), ``operator``,
    ``service`` (services, equipment, processes), ``text`` (everything else) and ``scale`` (amounts such as
    "500 L/批", which also give their rung of the ladder).
    """
    return set().union(*(_tokens_of(tier, text) for tier, texts in fields.items() for text in texts))


@lru_cache(maxsize=16_384)
def _tokens_of(tier: str, text: str) -> frozenset[str]:
    """The tokens of one text. Kept, because services, equipment and places say the same on thousands of records."""
    folded = normalise(text)
    bare = _tokens(folded)
    found = bare | _amounts(folded)
    if tier == "scale" and (scale := scales.parse_scale(folded)):
        found.update(_amount_tokens(scale))
        found.update([f"scale:{scale.ladder}"] if scale.ladder else [])
    if tag := TIERS[tier]:
        found.update([tag + token for token in bare])
    if tier == "name":
        found.update(["p:" + token for token in pinyin_tokens(text)])
    return frozenset(token for token in found if len(token) <= LONGEST_TOKEN)


# --- pinyin ---------------------------------------------------------------------------------------

_LONGEST_NAME = 60


def pinyin_tokens(name: str) -> set[str]:
    """What people type for a name on a Latin keyboard: "dianchi", "gtdc", "gutaidianchizhongshi".

    Spelled stretches of up to four syllables and initials of two to six from anywhere in the name, and both
    from the beginning of the name up to any length.
    """
    return {
        spelling
        for run in _HAN_RUN.findall(normalise(name)[:_LONGEST_NAME])
        for spelling in pinyin.spellings(run)
    }


@lru_cache(maxsize=4096)
def sort_key(name: str) -> str:
    """A key that sorts names as a Chinese dictionary does: by syllable, tone, then character.

    To be compared by code point (``COLLATE "C"``). Numbers sort by value, Latin letters among the syllables.
    """
    parts: list[str] = []
    for han, word in _RUNS.findall(normalise(name)[:_LONGEST_NAME]):
        if han:
            parts += (
                f"{syllable} {character}"
                for syllable, character in zip(pinyin.syllables(han), han, strict=True)
            )
        else:
            parts.append(re.sub(r"[0-9]+", lambda number: number[0].zfill(8), word))
    return " ".join(parts)


# --- scales in text -------------------------------------------------------------------------------

# Masses and volumes only: "3 台" in running text is a number of things, not a scale.
_WEIGHED = "|".join(
    sorted((s for s, unit in scales.UNIT_SPELLINGS.items() if unit in scales.GRAMS), key=len, reverse=True)
)
_AMOUNT = re.compile(
    rf"(?<![a-z0-9.,])(?P<value>{scales.NUMBER})\s*(?P<unit>{_WEIGHED})"
    rf"(?:(?P<rung>级)|\s*/\s*(?P<period>{scales.PERIOD}))?(?![a-z0-9])"
)
# 升级 means "to upgrade", so litres need a number or a 百/千/万 before them.
_RUNG = re.compile(
    r"(?<![a-z0-9])(?P<many>十|百|千|万)?(?:(?P<mass>毫克|公斤|千克|克|吨)|(?<=[百千万])(?P<volume>升|立方米))级"
)
_MANY = {None: 1, "十": 10, "百": 100, "千": 1_000, "万": 10_000}


def _amounts(folded: str) -> set[str]:
    """``scale:`` tokens of the amounts in running text: "500 L/批" gives scale:500l and scale:500l/batch.

    A rung only where the text claims it ("吨级"): an amount in running text may be a yearly output.
    """
    found: set[str] = set()
    for match in _AMOUNT.finditer(folded):
        found.update(_tokens_of_amount(match[0]))
    if "级" in folded:
        found.update(f"scale:{rung}" for match in _RUNG.finditer(folded) if (rung := _rung(match)))
    return found


@lru_cache(maxsize=4096)
def _tokens_of_amount(text: str) -> tuple[str, ...]:
    """Apart and cached, because the same few sizes recur in every equipment list."""
    match = _AMOUNT.fullmatch(text)
    scale = _scale(match) if match else None
    if match is None or scale is None:
        return ()
    claimed = [f"scale:{scale.ladder}"] if match["rung"] and scale.ladder else []
    return (*_amount_tokens(scale), *claimed)


def _scale(match: re.Match[str]) -> scales.Scale | None:
    period = f"/{match['period']}" if match["period"] else ""
    return scales.parse_scale(f"{match['value']} {match['unit']}{period}")


def _amount_tokens(scale: scales.Scale) -> list[str]:
    amount = f"scale:{scales.plain(scale.value)}{scale.unit.lower()}"
    return [amount, f"{amount}/{scale.period}"] if scale.period else [amount]


def _rung(match: re.Match[str]) -> str | None:
    unit = scales.UNIT_SPELLINGS[match["mass"] or match["volume"]]
    return scales.ladder_class(_MANY[match["many"]], unit)


# --- queries --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Alternative:
    """One way to satisfy a word: a record needs all of ``tokens``.

    Tokens with a colon of their own are never tagged. ``text`` is the term they stand for, to tell a person why a record
    was found; two ways with the same tokens are the same way.
    """

    tokens: tuple[str, ...]
    text: str = field(default="", compare=False)

    def tagged(self, tag: str) -> tuple[str, ...]:
        return tuple(token if ":" in token else tag + token for token in self.tokens)


@dataclass(frozen=True, slots=True)
class Word:
    """A word of the query and the ways to satisfy it: as typed, as a synonym, as pinyin, as a scale."""

    text: str
    alternatives: tuple[Alternative, ...]


@dataclass(frozen=True, slots=True)
class Query:
    """All words have to be satisfied, each by any of its alternatives."""

    words: tuple[Word, ...]

    def __bool__(self) -> bool:
        return bool(self.words)

    def matches(self, found: set[str], tag: str = "") -> bool:
        """Whether a record with these tokens satisfies the query, with ``tag`` within that tier only."""
        return all(any(found.issuperset(way.tagged(tag)) for way in word.alternatives) for word in self.words)

    def tsquery(self, tag: str = "") -> str:
        """The same condition as a PostgreSQL ``tsquery`` literal, to be bound as a parameter and cast."""
        return " & ".join(
            "("
            + " | ".join("(" + " & ".join(map(_quoted, way.tagged(tag))) + ")" for way in word.alternatives)
            + ")"
            for word in self.words
        )


def _quoted(token: str) -> str:
    return "'" + token.replace("\\", "\\\\").replace("'", "''") + "'"


def parse_query(q: str, synonyms: Synonyms | None = None) -> Query:
    """The query a person typed. Words are separated by spaces or commas and all have to match.

    ``synonyms`` maps a normalised term to further terms. An empty query has no words and is false.
    Raises ``ValidationError`` when the text is longer than 200 characters or has more than ten words.
    """
    if len(q) > MAX_QUERY:
        raise ValidationError(
            _("搜索内容不能超过%(limit)d个字符。"), code="query_long", params={"limit": MAX_QUERY}
        )
    rest, words = _take_scales(normalise(q))
    for text in _SEPARATORS.split(rest):
        for part in _tiles(text, synonyms or {}):
            ways = _ways(part, synonyms or {})
            if ways:
                words.append(Word(part, ways))
    if len(words) > MAX_WORDS:
        raise ValidationError(
            _("一次最多搜索%(limit)d个词，请减少一些。"), code="query_words", params={"limit": MAX_WORDS}
        )
    return Query(tuple(words))


def _take_scales(folded: str) -> tuple[str, list[Word]]:
    """Scales are taken out before splitting at spaces, because "500 L" is one word."""
    words: list[Word] = []

    def take(match: re.Match[str]) -> str:
        if match.re is _AMOUNT:
            scale = _scale(match)
            rung = scale and match["rung"] and scale.ladder
            token = f"scale:{rung}" if rung else scale and _amount_tokens(scale)[-1]
        else:
            rung = _rung(match)
            token = rung and f"scale:{rung}"
        if not token:
            return match[0]
        ways = [Alternative((token,))]
        if match.re is _RUNG or not re.search(r"\s", match[0]):
            ways += _plain_ways(match[0])  # "5g" is five grams or a radio; the text decides
        words.append(Word(match[0], tuple(ways)))
        return " "

    return _RUNG.sub(take, _AMOUNT.sub(take, folded)), words


def _ways(text: str, synonyms: Synonyms) -> tuple[Alternative, ...]:
    ways = [way for term in _expanded(text, synonyms) for way in _plain_ways(term)]
    spelled = text.replace("ü", "v").replace("'", "")
    if spelled.isascii() and spelled.isalpha():
        ways.append(Alternative((f"p:{spelled}",)))
    return tuple(dict.fromkeys(ways))


def _plain_ways(text: str) -> list[Alternative]:
    """As typed. Of a longer Chinese stretch the pairs are enough; a single character is a token itself."""
    needed: dict[str, None] = {}
    for han, word in _RUNS.findall(text):
        needed.update(dict.fromkeys(map(add, han, han[1:]) if len(han) > 1 else [han or word]))
    return [Alternative(tuple(needed), text)] if needed else []


def _expanded(text: str, synonyms: Synonyms) -> list[str]:
    """The word itself, then with the longest known term in it replaced by each of that term's synonyms."""
    known = [term for i in range(len(text)) if (term := _known_at(text, i, synonyms))]
    if not known:
        return [text]
    term = max(known, key=len)
    others = [text.replace(term, normalise(synonym)) for synonym in synonyms[term]]
    return [text, *others][:MAX_ALTERNATIVES]


def _tiles(text: str, synonyms: Synonyms) -> list[str]:
    """锂电正极材料 as 锂电 and 正极材料 when known terms cover all of it; otherwise the word whole.

    Texts with the terms side by side are found either way; this also finds those that say them apart.
    """
    parts: list[str] = []
    position = 0
    while position < len(text):
        term = _known_at(text, position, synonyms)
        if term is None:
            return [text]
        parts.append(term)
        position += len(term)
    return parts


def _known_at(text: str, position: int, synonyms: Synonyms) -> str | None:
    ends = range(min(position + _LONGEST_TERM, len(text)), position + 1, -1)
    return next((text[position:end] for end in ends if text[position:end] in synonyms), None)


# --- synonyms -------------------------------------------------------------------------------------


def read_synonyms(rows: Iterable[Mapping[str, str]]) -> dict[str, list[str]]:
    """Synonyms by normalised term from rows with ``term``, ``synonym`` and ``kind``.

    ``equivalent`` and ``abbreviation`` work both ways; ``narrower`` finds the synonym under the term only, so
    that cathode materials find lithium iron phosphate but not the other way round.
    """
    found: dict[str, list[str]] = {}
    for row in rows:
        pairs = [(row["term"], row["synonym"])]
        if row["kind"] != "narrower":
            pairs.append((row["synonym"], row["term"]))
        for term, synonym in pairs:
            listed = found.setdefault(normalise(term), [])
            if synonym not in listed:
                listed.append(synonym)
    return found


@cache
def initial_synonyms() -> dict[str, list[str]]:
    """The project's initial list; the ministry's own table takes its place once it is kept there."""
    with (DATA / "synonyms.csv").open(encoding="utf-8", newline="") as file:
        return read_synonyms(csv.DictReader(file))
