"""Rows that look like a platform of the register without naming it: asked about once, and the answer is remembered.

An operator that changed its code, or a name typed a little differently, would otherwise become a second record of one platform.
Only the authority's own platforms are compared: somebody else's say nothing here.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from platforms.likeness import Key, alike, folded
from platforms.models import Authority, DuplicateDecision, Platform
from platforms.validators import normalise_code


@dataclass(frozen=True)
class Twin:
    """A platform that a row may be about."""

    pk: int
    code: str
    name: str
    same_operator: bool


@dataclass
class Likeness:
    """The names of an authority's platforms, and what was decided before: (row key, platform) → whether they are the same."""

    by_name: dict[str, list[tuple[str, Twin]]] = field(default_factory=lambda: defaultdict(list))
    by_operator: dict[str, list[tuple[str, Twin]]] = field(default_factory=lambda: defaultdict(list))
    decided: dict[tuple[str, int], bool] = field(default_factory=dict)

    @classmethod
    def load(cls, authority: Authority) -> Likeness:
        found = cls()
        mine = Platform.objects.active().filter(authority=authority)
        for pk, code, name, uscc in mine.values_list("pk", "code", "name_zh", "operator__uscc"):
            plain, operator = folded(name), normalise_code(uscc or "")
            found.by_name[plain].append((operator, Twin(pk, code, name, same_operator=False)))
            found.by_operator[operator].append((plain, Twin(pk, code, name, same_operator=True)))
        decisions = DuplicateDecision.objects.filter(authority=authority)
        found.decided = {
            (key, pk): same for key, pk, same in decisions.values_list("key", "platform_id", "same")
        }
        return found

    def twins(self, key: Key) -> list[Twin]:
        """Platforms of the same operator with a name much like this one, and of other operators with this very name."""
        operator, name = key
        if not operator or not name:
            return []
        near = [
            twin for other, twin in self.by_operator.get(operator, ()) if other != name and alike(name, other)
        ]
        return near + [twin for other, twin in self.by_name.get(name, ()) if other != operator]

    def settled(self, key: Key, stored_key: str) -> tuple[int | None, list[Twin]]:
        """The platform that was decided to be the same, and the twins nobody has decided about."""
        open_ones = []
        for twin in self.twins(key):
            same = self.decided.get((stored_key, twin.pk))
            if same:
                return twin.pk, []
            if same is None:
                open_ones.append(twin)
        return None, open_ones
