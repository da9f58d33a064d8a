"""A list one of whose typed conditions cannot be read: the same page with the words as typed, the fault at its field, no results.

Faults that nobody types, such as an unknown order in a link, are not taken up here; they stay a page of their own.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.http import QueryDict

from platforms.directory import Counts, Question, ask
from platforms.errors import Invalid
from platforms.places import Part
from platforms.shelves import Shelf
from platforms.views import listing


@dataclass(frozen=True)
class Mistyped:
    """``question``: what can be read of it. ``wrong``: input → what is wrong with it."""

    question: Question
    typed: QueryDict
    wrong: dict[str, str]

    def context(self, names: listing.Names) -> dict[str, Any]:
        """The list around its results, which are left out: they would answer another question."""
        with self.question.reading():
            counts: Counts = self.question.counts()
        return listing.context(self.question, counts, 1, names, Part([])) | {
            "q": self.typed.get("q", ""),
            "wrong": self.wrong,
            "error_list": [{"href": f"#{name}", "text": sentence} for name, sentence in self.wrong.items()],
            "results": [],
            "pager": {},
            "ways": [],
        }


def mistyped(shelf: Shelf, params: QueryDict, typed: Collection[str], refused: Invalid) -> Mistyped:
    """What is wrong with the filters named in ``typed``. Raises ``refused`` again when it is something else."""
    filters = shelf.filters(params, queryset=shelf.model._default_manager.none())
    faults = filters.errors.as_data()
    if not faults or not faults.keys() <= set(typed):
        raise refused
    wrong: dict[str, str] = {}
    readable = params.copy()
    for name, problems in faults.items():
        for problem in problems:
            wrong.setdefault(_input_of(name, problem), problem.messages[0])
        for given in [given for given in readable if given == name or given.startswith(f"{name}_")]:
            del readable[given]
    return Mistyped(ask(shelf, readable), params, wrong)


def _input_of(name: str, problem: ValidationError) -> str:
    """A filter of several inputs says which of them is at fault."""
    ending = (problem.params or {}).get("input")
    return f"{name}_{ending}" if ending else name
