"""附件 within one's own reach: what there is. The files themselves are served by the pages, which check reach again."""

from __future__ import annotations

from typing import ClassVar

import orjson

from platforms.access import Permission
from platforms.api import shapes
from platforms.api.endpoint import Access, api_url
from platforms.api.listing import Row
from platforms.api.workspace import OwnListing
from platforms.filters import DocumentFilters
from platforms.models import Document
from platforms.walks import Key

CARD = {
    "id": shapes.INTEGER,
    "title": shapes.STRING,
    "authority": shapes.maybe(shapes.STRING),
    "media_type": shapes.STRING,
    "size": shapes.INTEGER,
    "sha256": shapes.STRING,
    "uploaded_at": shapes.MOMENT,
}


class Documents(OwnListing):
    """Stored files of the authorities within reach, the newest first."""

    noun = "documents"
    access: ClassVar[dict[str, Access]] = {"GET": (Permission.SUBMISSION_VIEW,)}
    permission = Permission.SUBMISSION_VIEW
    model = Document
    filters = DocumentFilters
    columns = ("id", "title", "authority_id", "media_type", "size", "sha256", "uploaded_at")
    orders: ClassVar = {"id": (Key("id", descending=True),)}
    csv_columns = tuple(CARD)
    item_schema = shapes.record(**CARD)

    def represent(self, row: Row) -> bytes:
        values = dict(zip(CARD, row, strict=True))
        own = {"url": api_url("documents/"), "html_url": None, "display": values["title"]}
        return orjson.dumps({**own, **values})
