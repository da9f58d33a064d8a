"""Exactly the records the directory shows under the same filters, as files that say themselves whether they are whole.

CSV and JSON are written while they are read and end with how many records they hold. XLSX has the layout of the import template
with every public field, so that an authority can correct it and hand it in again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import orjson
from django.conf import settings
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from platforms import exports
from platforms.directory import ask, cards
from platforms.errors import Invalid, Problem
from platforms.imports.template import MEDIA_TYPE, write_rows
from platforms.record.fields import LISTS, Publication, fields_of
from platforms.shelves import PLATFORMS
from platforms.views.caching import by_head

CSV_COLUMNS = (
    "code", "name_zh", "name_en", "status", "tier", "tier_since", "operator.name_zh", "operator.name_en", "operator.uscc",
    "authority.code", "authority.name_zh", "region.code", "region.name_zh", "city.code", "city.name_zh", "area.code",
    "area.name_zh", "direction.code", "direction.name_zh", "service_types", "scales", "open_to", "phone", "updated_on", "demo",
    "url",
)  # fmt: skip
MEDIA_TYPES = {"csv": "text/csv; charset=utf-8", "json": "application/json", "xlsx": MEDIA_TYPE}
#: A workbook is made in one piece.
MOST_IN_A_WORKBOOK = 3000


@by_head
def download_csv(request: HttpRequest) -> StreamingHttpResponse:
    """For spreadsheets; the last line says how many records went before."""
    question = ask(PLATFORMS, request.GET)
    lines = exports.csv_lines(CSV_COLUMNS, map(_addressed, cards(question)), trailer=True)
    return streamed(lines, "platforms", "csv")


@by_head
def download_json(request: HttpRequest) -> StreamingHttpResponse:
    """One JSON document; ``complete`` at its end tells that nothing was cut off."""
    return streamed(json_document(map(_addressed, cards(ask(PLATFORMS, request.GET)))), "platforms", "json")


@by_head
def download_xlsx(request: HttpRequest) -> HttpResponse:
    """The public fields of each record, services, lines, equipment, qualifications and figures on sheets of their own."""
    question = ask(PLATFORMS, request.GET)
    documents = list(question.found().values_list("document", flat=True)[: MOST_IN_A_WORKBOOK + 1])
    if len(documents) > MOST_IN_A_WORKBOOK:
        sentence = _("XLSX 一次最多 %(n)s 个平台，请先筛选，或下载 CSV。") % {"n": MOST_IN_A_WORKBOOK}
        raise Invalid([Problem("xlsx", "too_many", sentence)])
    entries = [(document["code"], public_payload(document)) for document in documents]
    response = HttpResponse(write_rows(entries, public=True), content_type=MEDIA_TYPES["xlsx"])
    return named(response, "platforms", "xlsx")


def public_payload(document: dict[str, Any]) -> dict[str, Any]:
    """The public document of a platform in the shape in which records are proposed."""
    flat = {**document, **document.get("contact", {})}
    payload: dict[str, Any] = {
        "platform": _values(flat, "platform"),
        "operator": _values(document.get("operator") or {}, "operator"),
    }
    for aggregate in LISTS:
        payload[aggregate] = [_values(row, aggregate) for row in document.get(aggregate, [])]
    return payload


def _values(source: dict[str, Any], aggregate: str) -> dict[str, Any]:
    values = {}
    for item in fields_of(aggregate, Publication.PUBLIC):
        value = source.get(item.key)
        if isinstance(value, dict):  # a reference, with its names
            value = value["code"]
        if value not in (None, ""):
            values[item.key] = value
    return values


def json_document(rows: Iterable[dict[str, Any]]) -> Iterator[bytes]:
    """All rows as one document that is written while they are read."""
    count = 0
    opening = orjson.dumps(exports.mark())[:-1]
    yield opening + (b"," if len(opening) > 1 else b"") + b'"results":['
    for row in rows:
        yield (b",\n" if count else b"\n") + orjson.dumps(row)
        count += 1
    yield b'\n],"count":%d,"complete":true}\n' % count


def _addressed(card: dict[str, Any]) -> dict[str, Any]:
    return card | {"url": f"{settings.BASE_URL}{card['url']}"}


def streamed(lines: Iterator[bytes], what: str, suffix: str) -> StreamingHttpResponse:
    return named(StreamingHttpResponse(lines, content_type=MEDIA_TYPES[suffix]), what, suffix)


def named(response: Any, what: str, suffix: str) -> Any:
    mark = "" if settings.OFFICIAL else "demonstration-"
    name = f"{mark}{what}-{timezone.localdate():%Y%m%d}.{suffix}"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
