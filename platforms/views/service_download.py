"""Exactly the services and instruments the list shows under the same filters and in the same order, as files."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.http import HttpRequest, StreamingHttpResponse
from django.utils.translation import gettext as _

from platforms import exports
from platforms.directory import Question, ask
from platforms.errors import Invalid, Problem
from platforms.models import Change
from platforms.shelves import RESOURCES
from platforms.views.caching import by_head
from platforms.views.download import json_document, streamed

COLUMNS = (
    "code", "kind", "title_zh", "title_en", "service_type", "description_zh", "price_mode", "price_note", "lead_time_days",
    "available_from", "open_to", "last_confirmed_on", "model", "maker", "specification", "quantity", "commissioned_year",
    "annual_hours_available", "annual_hours_used", "platform.code", "platform.name_zh", "platform.name_en", "platform.tier",
    "platform.region.name_zh", "platform.city.name_zh", "platform.phone", "area.code", "area.name_zh", "url",
)  # fmt: skip
#: A workbook is made in one piece.
MOST_IN_A_WORKBOOK = 20_000


@by_head
def download_csv(request: HttpRequest) -> StreamingHttpResponse:
    """For spreadsheets; the last line says how many rows went before."""
    rows = _rows(ask(RESOURCES, request.GET))
    return streamed(exports.csv_lines(COLUMNS, rows, trailer=True), "services", "csv")


@by_head
def download_json(request: HttpRequest) -> StreamingHttpResponse:
    """One JSON document; ``complete`` at its end tells that nothing was cut off."""
    return streamed(json_document(_rows(ask(RESOURCES, request.GET))), "services", "json")


@by_head
def download_xlsx(request: HttpRequest) -> StreamingHttpResponse:
    """The columns of the CSV file as cells, none of which is a formula; dated by the newest change, so that equal rows are equal bytes."""
    question = ask(RESOURCES, request.GET)
    with question.reading():
        total = question.counts().total
        newest = Change.objects.order_by("-number").values_list("at", flat=True).first()
    if total > MOST_IN_A_WORKBOOK:
        sentence = _("XLSX 一次最多 %(n)s 项服务，请先筛选，或下载 CSV。") % {"n": MOST_IN_A_WORKBOOK}
        raise Invalid([Problem("xlsx", "too_many", sentence)])
    return streamed(exports.xlsx_lines(COLUMNS, _rows(question), created=newest), "services", "xlsx")


def _rows(question: Question) -> Iterator[dict[str, Any]]:
    """Instruments have a name where services have a title; what the list is filtered by is said of both."""
    found = question.found().values_list("document", "service_type", "open_to")
    for document, service_type, open_to in found.iterator(chunk_size=500):
        platform = document["platform"]
        yield document | {
            "title_zh": document.get("title_zh") or document.get("name_zh"),
            "service_type": service_type,
            "open_to": open_to,
            "url": f"{settings.BASE_URL}{platform['url']}",
        }
