"""名单: frozen official lists of decisions and notices, by version."""

from __future__ import annotations

from typing import ClassVar

from django.db.models import QuerySet

from cultivation.filters import ListFilters
from platforms.api import shapes
from platforms.api.published import Published, PublishedDetail
from platforms.models import PublicList
from platforms.walks import Key

LIST = {
    "code": shapes.STRING,
    "version": shapes.STRING,
    "title_zh": shapes.STRING,
    "kind": shapes.STRING,
    "tier": shapes.TIER,
    "decision_no": shapes.STRING,
    "count": shapes.INTEGER,
    "sha256": shapes.STRING,
}


class Lists(Published):
    """Every published version of every list, the newest first."""

    noun = place = "lists"
    model = PublicList
    filters = ListFilters
    orders: ClassVar = {
        "published": (Key("last_change", descending=True), Key("code")),
        "code": (Key("code"),),
    }
    csv_columns = ("code", "version", "title_zh", "kind", "tier", "decision_no", "decided_on", "count", "sha256",
                   "url", "html_url")  # fmt: skip
    item_schema = shapes.record(**LIST)


class ListDetail(PublishedDetail):
    """One version of a list with its entries; without a version the latest."""

    place = "lists"
    model = PublicList
    item_schema = shapes.record(**LIST, entries=shapes.many({"type": "object"}))

    def chosen(self, **key: str) -> QuerySet:
        if "version" not in key:
            return PublicList.objects.filter(list_code=key["code"], latest=True)
        return PublicList.objects.filter(list_code=key["code"], list_version=key["version"])


class LatestList(ListDetail):
    """The latest version of a list."""
