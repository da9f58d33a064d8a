"""Reading a long list by keys: where one part ends the next begins, however many rows lie before it or come and go meanwhile."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from django.core import signing
from django.db.models import F, QuerySet
from django.db.models.expressions import OrderBy
from django.utils.translation import gettext as _

SALT = "api.cursor"


class BadCursor(Exception):
    """A cursor that was not made here, or was made for another list; the text says which."""


@dataclass(frozen=True)
class Key:
    """One column of a stable order; the last key of an order is unique."""

    column: str
    descending: bool = False

    @property
    def order(self) -> OrderBy:
        return F(self.column).desc() if self.descending else F(self.column).asc()


@dataclass(frozen=True)
class Walk:
    """A walk through a queryset in a fixed order. ``about`` binds a cursor to the filters it was made for."""

    keys: tuple[Key, ...]
    about: str = field(default="")

    @property
    def backwards(self) -> Walk:
        return replace(self, keys=tuple(Key(key.column, not key.descending) for key in self.keys))

    def branches(self, queryset: QuerySet, cursor: str) -> list[QuerySet]:
        """The rest of the list behind ``cursor`` in parts that follow one another; rows added or taken away disturb nothing."""
        return self.beyond(queryset, self.read(cursor)) if cursor else [queryset]

    def beyond(self, queryset: QuerySet, values: list[Any]) -> list[QuerySet]:
        """What lies behind the row with these key values.

        First what agrees in all keys but the last, then in one key less: every part is one stretch of an index, where a single
        condition with "or" would be answered by reading the list from its beginning.
        """
        parts = []
        for index in reversed(range(len(self.keys))):
            key = self.keys[index]
            equal = {other.column: value for other, value in zip(self.keys[:index], values, strict=False)}
            beyond = {f"{key.column}__{'lt' if key.descending else 'gt'}": values[index]}
            parts.append(queryset.filter(**equal, **beyond))
        return parts

    def place(self, cursor: str) -> list[Any]:
        """The key values a cursor stands for; empty at the start of a walk."""
        return self.read(cursor) if cursor else []

    def cursor(self, values: tuple[Any, ...]) -> str:
        """The cursor behind a row with these key values."""
        return signing.dumps([self.about, [_plain(value) for value in values]], salt=SALT, compress=True)

    def read(self, cursor: str) -> list[Any]:
        """The values in a cursor. Raises ``BadCursor``."""
        try:
            about, values = signing.loads(cursor, salt=SALT)
        except (signing.BadSignature, ValueError):
            raise BadCursor(_("不是本接口给出的游标。")) from None
        if about != self.about:
            raise BadCursor(_("游标属于另一组筛选条件或排序。"))
        return values


def _plain(value: Any) -> Any:
    return value if isinstance(value, int | str) else value.isoformat()
