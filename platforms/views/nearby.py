"""What a name that fits nobody exactly may have meant: the search, with its tolerance for sounds and slips of the hand."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import QueryDict

from platforms.directory import Question, ask
from platforms.shelves import PLATFORMS
from platforms.views.listing import respelled


def nearest(text: str) -> tuple[Question, int] | None:
    """The question ``text`` puts to the directory, respelled where it has no answer as it stands, and how many answer it.

    Raises ``Invalid`` for a text that cannot be searched for.
    """
    question = _asked(text)
    if not question.words:
        return None
    count = _count(question)
    for other, found in respelled(question)[:1] if not count else []:
        question, count = _asked(other), found
    return (question, count) if count else None


def _asked(text: str) -> Question:
    return ask(PLATFORMS, QueryDict(urlencode({"q": text})))


def _count(question: Question) -> int:
    with question.reading():
        return question.filters.qs.count()
