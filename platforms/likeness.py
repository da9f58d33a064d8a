"""Which records look like one and the same: the one rule for rows of an import and for platforms on record.

Two names are alike when they are nearly the same text; an operator is the same by its code. What a person has decided about a
pair is remembered under the key of the one and the number of the other (``DuplicateDecision``), whoever asked.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import combinations
from typing import Any

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from platforms.models import DuplicateDecision, Platform
from platforms.validators import normalise_code

#: How alike two names of one operator must be. 一期 and 二期 of a long name are beyond it, two lines of business are not.
ALIKE = 0.75
#: A telephone or an address that more records share than this is a switchboard or a park, and says nothing about two of them.
SHARED_BY_MANY = 4

_INVISIBLE = {ord(character): None for character in "\u200b\u200c\u200d\u2060\ufeff\u00ad"} | {
    ord(mark): None for mark in "*＊∗"
}

Key = tuple[str, str]


class Reason(TextChoices):
    """Why two records may be one."""

    OPERATOR = "operator", _("建设单位相同")
    NAME = "name", _("名称相同或相近")
    ADDRESS = "address", _("地址相同")
    PHONE = "phone", _("办公电话相同")


@dataclass(frozen=True)
class Likely:
    """Two active platforms that may be one, the older code first."""

    first: int
    second: int
    reasons: frozenset[Reason]
    # What a person decided about them before, or None: the decision's primary key.
    dismissed: int | None = None


@dataclass(frozen=True)
class _Known:
    pk: int
    code: str
    authority: str
    key: Key
    place: str
    phone: str

    @property
    def stored(self) -> str:
        return stored_key(self.key)


def folded(text: object) -> str:
    """A heading or name for comparison: without spaces, stars and invisible characters, in one width and one case."""
    plain = unicodedata.normalize("NFKC", str(text)).translate(_INVISIBLE)
    return "".join(plain.split()).casefold()


def key_for(uscc: Any, name: Any) -> Key:
    """What makes a platform: its operator's code and its name, compared without regard to width, case or spaces."""
    return normalise_code(str(uscc or "")), folded(name or "")


def stored_key(key: Key) -> str:
    """A key as ``ImportRow.key`` and ``DuplicateDecision.key`` keep it."""
    return "|".join(key)[:400]


def alike(one: str, other: str) -> bool:
    """Whether two folded names are nearly the same."""
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    return matcher.real_quick_ratio() >= ALIKE and matcher.quick_ratio() >= ALIKE and matcher.ratio() >= ALIKE


def likely_pairs() -> list[Likely]:
    """Every pair of active platforms that may be one, those with most reasons first. Two queries."""
    known = _load()
    dismissed = {
        (key, pk): decision
        for decision, key, pk in DuplicateDecision.objects.filter(same=False).values_list(
            "pk", "key", "platform_id"
        )
    }
    found: dict[tuple[int, int], Likely] = {}
    for one, other in _candidates(known):
        reasons = reasons_of(one, other)
        if _enough(one, other, reasons):
            decided = dismissed.get((one.stored, other.pk)) or dismissed.get((other.stored, one.pk))
            found[one.pk, other.pk] = Likely(one.pk, other.pk, reasons, decided)
    codes = {each.pk: each.code for each in known}
    return sorted(
        found.values(), key=lambda pair: (-len(pair.reasons), codes[pair.first], codes[pair.second])
    )


def reasons_of(one: _Known, other: _Known) -> frozenset[Reason]:
    """Everything that two records have in common."""
    said = {
        Reason.OPERATOR: bool(one.key[0]) and one.key[0] == other.key[0],
        Reason.NAME: one.key[1] == other.key[1] or alike(one.key[1], other.key[1]),
        Reason.ADDRESS: bool(one.place) and one.place == other.place,
        Reason.PHONE: bool(one.phone) and one.phone == other.phone,
    }
    return frozenset(reason for reason, holds in said.items() if holds)


def _enough(one: _Known, other: _Known, reasons: frozenset[Reason]) -> bool:
    """One operator's platforms share address and telephone by nature; only their names say that they may be one."""
    if Reason.OPERATOR in reasons:
        return Reason.NAME in reasons
    if one.key[1] == other.key[1]:
        return True
    return bool(reasons & {Reason.PHONE, Reason.ADDRESS})


def _candidates(known: list[_Known]) -> Iterator[tuple[_Known, _Known]]:
    """Pairs that share something, so that thousands of records are not compared with each other one by one."""
    groups: dict[tuple[str, str], list[_Known]] = defaultdict(list)
    for each in known:
        for sort, value in (
            ("operator", each.key[0]),
            ("name", each.key[1]),
            ("place", each.place),
            ("phone", each.phone),
        ):
            if value:
                groups[sort, value].append(each)
    for (sort, _value), members in groups.items():
        if sort in ("operator", "name") or len(members) <= SHARED_BY_MANY:
            yield from combinations(members, 2)


def _load() -> list[_Known]:
    rows = Platform.objects.active().order_by("code")
    return [
        _Known(
            pk,
            code,
            authority,
            key_for(uscc, name),
            f"{region}{folded(address)}" if address else "",
            "".join(filter(str.isdigit, phone)),
        )
        for pk, code, authority, name, uscc, region, address, phone in rows.values_list(
            "pk", "code", "authority_id", "name_zh", "operator__uscc", "region_id", "address", "office_phone"
        )
    ]
