"""Sentences that are put into words only when somebody reads them.

A verb runs in the language of the record, Chinese; who is refused reads another, perhaps. Django's lazy strings lose their
second language at the first ``%``, these keep it: template and values travel together.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Model
from django.utils.functional import Promise
from django.utils.translation import gettext


def in_readers_language(words: Any) -> Any:
    """A sentence or word of the program, also one already written in Chinese, in the language that is active now."""
    if isinstance(words, Promise):
        return str(words)
    return gettext(words) if isinstance(words, str) and words and not isinstance(words, Name) else words


class Name(str):
    """What a record is called: never a word of ours, even if it reads like one."""


class Sentence(Promise):
    """A template and perhaps its values. A value that is a word of ours (a state, a role) is translated with it."""

    def __init__(self, template: str | Promise, values: Mapping[str, Any] | None = None) -> None:
        self._template, self._values = template, values

    def __mod__(self, values: Mapping[str, Any]) -> Sentence:
        fixed = {name: Name(value) if isinstance(value, Model) else value for name, value in values.items()}
        return Sentence(self._template, fixed)

    def __str__(self) -> str:
        text: str = in_readers_language(self._template)
        if self._values is None:
            return text
        return text % {name: in_readers_language(value) for name, value in self._values.items()}

    def __repr__(self) -> str:
        return repr(str(self))

    def __eq__(self, other: object) -> bool:
        return str(self) == str(other) if isinstance(other, str | Promise) else NotImplemented

    def __hash__(self) -> int:
        return hash((self._template, tuple(self._values or ())))

    def __contains__(self, part: str) -> bool:
        return part in str(self)

    def _proxy____cast(self) -> str:
        """What Django's fields ask of a lazy string they are to store."""
        return str(self)


class Listing(Promise):
    """Sentences or words in a row: ``甲、乙``."""

    def __init__(self, parts: Iterable[Any]) -> None:
        self._parts = list(parts)

    def __str__(self) -> str:
        return gettext("、").join(str(in_readers_language(part)) for part in self._parts)


def words_of(error: ValidationError) -> Sentence:
    """The first sentence of a value's refusal, kept with its values."""
    first = error.error_list[0]
    return Sentence(first.message, first.params)


def gettext_lazy(text: str) -> Sentence:
    """Import as ``_`` where refusals are made."""
    return Sentence(text)
