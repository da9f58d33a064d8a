"""What somebody may be typing: words the search knows, names of platforms, and how many there would be."""

from __future__ import annotations

import orjson
from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils.translation import gettext as _

from platforms import search
from platforms.directory import ask
from platforms.filters import synonyms
from platforms.shelves import PLATFORMS
from platforms.views.caching import by_head
from platforms.views.listing import respelled

TERMS, SHOWN = 3, 8


@by_head
def suggest(request: HttpRequest) -> HttpResponse:
    """``{"count", "text", "suggestions"}`` for the words typed so far; filters do not narrow it."""
    params = QueryDict(mutable=True)
    typed = request.GET.get("q", "")[: search.MAX_QUERY]
    params["q"] = typed
    question = ask(PLATFORMS, params)
    found = {"count": 0, "text": "", "suggestions": []}
    if question.words:
        with question.reading():
            names = list(question.found().values_list("name_zh", flat=True)[:SHOWN])
            count = question.filters.qs.count() if names else 0
        suggestions = [*_terms(typed), *dict.fromkeys(names)][:SHOWN]
        if not count:
            suggestions = [text for text, _count in respelled(question)] or suggestions
        text = _("约 %(n)s 个平台可能做得到") % {"n": count} if count else _("没有平台写明这些词")
        found = {"count": count, "text": text, "suggestions": suggestions}
    return HttpResponse(orjson.dumps(found), content_type="application/json")


def _terms(typed: str) -> list[str]:
    """Words of the synonym table that go on from the last word typed."""
    before, space, last = search.normalise(typed).rpartition(" ")
    if len(last) < 2:
        return []
    terms = sorted((term for term in synonyms() if last in term and term != last), key=len)
    return [f"{before}{space}{term}" for term in terms[:TERMS]]
