"""The directory of platforms as a list, a table and tiles."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from platforms.directory import Question, ask, check_page, names
from platforms.errors import Invalid, Problem
from platforms.evidence import evidence
from platforms.places import Part
from platforms.shelves import PLATFORMS
from platforms.views import listing
from platforms.views.caching import by_head
from platforms.views.mistyped import mistyped

VIEWS = ("list", "table", "tiles")


@by_head
def directory(request: HttpRequest) -> HttpResponse:
    """Everything that satisfies the question, 25 to a page."""
    known = names("region", "authority", "area", "direction")
    places = {
        "regions": [place for code, place in known["region"].items() if code.endswith("0000")],
        "region": request.GET.get("region", ""),
    }
    try:
        question = ask(PLATFORMS, request.GET)
    except Invalid as refused:
        found = mistyped(PLATFORMS, request.GET, ("q",), refused)
        context = found.context(known) | places
        return render(request, "public/directory/list.html", context, status=refused.status)
    view = _view(question)
    with question.reading():
        counts = question.counts()
        pages = check_page(question, counts.total)
        part = _part(question, counts.total)
        context = listing.context(question, counts, pages, known, part)
    context |= {
        "view": view,
        **places,
        "views": _views(question, view),
        "results": part.rows,
        "counts": _tiles(question, counts.facets["authority"], known) if view == "tiles" else [],
        "compared": request.GET.getlist("code"),
        **listing.files_of("/platforms/", question),
        "api_url": listing.address("/api/v1/platforms/", question.params),
        "watch_url": listing.address("/watch/", question.params),
        "feed_url": listing.address("/feed.atom", question.params),
    }
    return render(request, "public/directory/list.html", context)


def _view(question: Question) -> str:
    view = question.params.get("view", "list")
    if view not in VIEWS:
        sentence = _("参数 view 不能使用：可用的显示方式是 list、table 和 tiles。")
        raise Invalid([Problem("view", "bad_parameter", sentence)])
    return view


def _views(question: Question, view: str) -> list[dict[str, Any]]:
    labels = {"list": _("列表"), "table": _("表格"), "tiles": _("方格图")}
    return [
        {
            "url": listing.link(question.params, view=None if name == "list" else name),
            "label": text,
            "current": name == view,
        }
        for name, text in labels.items()
    ]


def _part(question: Question, total: int) -> Part:
    """The cards of the page; in a search each with the reasons why it is there."""
    if not total:
        return Part([])
    if not question.words:
        return question.page_of("card", total)
    # A document holds everything its card does.
    part = question.page_of("document", total)
    return replace(part, rows=[row | {"matches": evidence(question.words, row)} for row in part.rows])


def _tiles(question: Question, counted: dict[str, int], known: listing.Names) -> list[dict[str, Any]]:
    return [
        {
            **name,
            "count": counted.get(code, 0),
            "url": listing.link(question.params, authority=code, view=None),
        }
        for code, name in known["authority"].items()
    ]
