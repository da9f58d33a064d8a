"""年度信息 within one's own reach."""

from __future__ import annotations

from typing import ClassVar

import orjson

from cultivation.filters import ReportFilters
from cultivation.models import AnnualReport
from platforms.access import Permission
from platforms.api import shapes
from platforms.api.endpoint import Access, api_url
from platforms.api.listing import Row
from platforms.api.workspace import OwnListing
from platforms.walks import Key

CARD = {
    "platform": shapes.STRING,
    "name_zh": shapes.STRING,
    "year": shapes.INTEGER,
    "figures": {"type": "object"},
    "prepared_at": shapes.MOMENT,
    "submitted_at": shapes.maybe(shapes.MOMENT),
}


class Reports(OwnListing):
    """Annual reports of the platforms within reach, by platform and year."""

    noun = "reports"
    access: ClassVar[dict[str, Access]] = {"GET": (Permission.PLATFORM_VIEW,)}
    permission = Permission.PLATFORM_VIEW
    model = AnnualReport
    filters = ReportFilters
    columns = ("platform__code", "platform__name_zh", "year", "figures", "prepared_at", "submitted_at")
    orders: ClassVar = {"platform": (Key("platform__code"), Key("year"))}
    csv_columns = tuple(CARD)
    item_schema = shapes.record(**CARD)

    def represent(self, row: Row) -> bytes:
        values = dict(zip(CARD, row, strict=True))
        own = {
            "url": api_url("reports/"),
            "html_url": None,
            "display": f"{values['name_zh']} {values['year']}",
        }
        return orjson.dumps({**own, **values})
