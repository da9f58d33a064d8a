"""An entry of the change feed as others read it: the same from the API and in a message that is sent."""

from __future__ import annotations

from typing import Any

from django.conf import settings

CHANGE_COLUMNS = (
    "number", "at", "kind", "noun", "code", "version", "title_zh", "title_en", "tier", "region_code", "fields",
    "decision", "etag",
)  # fmt: skip
#: Noun of a change → where its record is, in the API and on the pages.
PLACES = {
    "platform": "platforms/{code}/",
    "batch": "batches/{code}/",
    "notice": "notices/{code}/",
    "list": "lists/{code}/",
    "announcement": "announcements/{code}/",
}


def as_item(row: tuple[Any, ...]) -> dict[str, Any]:
    """A change, read by ``CHANGE_COLUMNS``, with the addresses of its record."""
    item = dict(zip(CHANGE_COLUMNS, row, strict=True))
    place = PLACES.get(item["noun"], "").format(code=item["code"])
    return {
        **item,
        "display": f"#{item['number']} {item['title_zh']}",
        "url": f"{settings.BASE_URL}/api/v1/{place}" if place else None,
        "html_url": f"{settings.BASE_URL}/{place}" if place else None,
    }
