"""The directory of platforms as a list, a table, tiles and files."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson
from django.conf import settings
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from platforms import exports
from platforms.directory import PLATFORMS, Question, ask, cards, check_page, names
from platforms.errors import Invalid, Problem
from platforms.evidence import evidence
from platforms.views import listing
from platforms.views.caching import by_head

VIEWS = ("list", "table", "tiles")
CSV_COLUMNS = (
    "code", "name_zh", "name_en", "status", "tier", "tier_since", "operator.name_zh", "operator.name_en", "operator.uscc",
    "authority.code", "authority.name_zh", "region.code", "region.name_zh", "city.code", "city.name_zh", "area.code",
    "area.name_zh", "direction.code", "direction.name_zh", "service_types", "scales", "open_to", "phone", "updated_on", "demo",
    "url",
)  # fmt: skip


@by_head
def directory(request: HttpRequest) -> HttpResponse:
    """P2: everything that satisfies the question, 25 to a page."""
    question = ask(PLATFORMS, request.GET)
    view = _view(question)
    known = names("region", "authority", "area", "direction")
    with question.reading():
        counts = question.counts()
        pages = check_page(question, counts.total)
        results = _results(question) if counts.total else []
        context = listing.context(question, counts, pages, known)
    context |= {
        "view": view,
        "views": _views(question, view),
        "results": results,
        "counts": _tiles(question, counts.facets["authority"], known) if view == "tiles" else [],
        "compared": request.GET.getlist("code"),
        "csv_url": listing.address("/platforms/download.csv", question.params),
        "api_url": listing.address("/api/v1/platforms/", question.params),
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


def _results(question: Question) -> list[dict[str, Any]]:
    """The cards of the page; in a search each with the reasons why it is there."""
    if not question.words:
        return [card for (card,) in question.page_of("card")]
    return [
        card | {"matches": evidence(question.words, document)}
        for card, document in question.page_of("card", "document")
    ]


def _tiles(question: Question, counted: dict[str, int], known: listing.Names) -> list[dict[str, Any]]:
    return [
        {
            **name,
            "count": counted.get(code, 0),
            "url": listing.link(question.params, authority=code, view=None),
        }
        for code, name in known["authority"].items()
    ]


@by_head
def download_csv(request: HttpRequest) -> StreamingHttpResponse:
    """Exactly the records the directory shows under the same filters, for spreadsheets."""
    question = ask(PLATFORMS, request.GET)
    return _file(
        exports.csv_lines(CSV_COLUMNS, map(_addressed, cards(question))), "csv", "text/csv; charset=utf-8"
    )


@by_head
def download_json(request: HttpRequest) -> StreamingHttpResponse:
    """The same as one JSON document; ``complete`` at its end tells that nothing was cut off."""
    return _file(_json(ask(PLATFORMS, request.GET)), "json", "application/json")


def _json(question: Question) -> Iterator[bytes]:
    count = 0
    opening = orjson.dumps(exports.mark())[:-1]
    yield opening + (b"," if len(opening) > 1 else b"") + b'"results":['
    for card in cards(question):
        yield (b",\n" if count else b"\n") + orjson.dumps(_addressed(card))
        count += 1
    yield b'\n],"count":%d,"complete":true}\n' % count


def _addressed(card: dict[str, Any]) -> dict[str, Any]:
    return card | {"url": f"{settings.BASE_URL}{card['url']}"}


def _file(lines: Iterator[bytes], suffix: str, media_type: str) -> StreamingHttpResponse:
    response = StreamingHttpResponse(lines, content_type=media_type)
    mark = "" if settings.OFFICIAL else "demonstration-"
    name = f"{mark}platforms-{timezone.localdate():%Y%m%d}.{suffix}"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
