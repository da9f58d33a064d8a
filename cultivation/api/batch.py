"""Public batches and notices."""

from __future__ import annotations

from typing import ClassVar

from cultivation.filters import BatchFilters, NoticeFilters
from platforms.api import shapes
from platforms.api.published import Published, PublishedDetail
from platforms.models import PublicBatch, PublicNotice
from platforms.walks import Key

BATCH = {
    "code": shapes.STRING,
    "title_zh": shapes.STRING,
    "title_en": shapes.STRING,
    "tier": shapes.TIER,
    "status": shapes.STRING,
    "state": shapes.STRING,
}
NOTICE = {
    "code": shapes.STRING,
    "title_zh": shapes.STRING,
    "tier": shapes.TIER,
    "status": shapes.STRING,
    "opens_on": shapes.DATE,
    "ends_on": shapes.DATE,
    "count": shapes.INTEGER,
}


class Batches(Published):
    """批次 that have been opened, the newest first."""

    noun = place = "batches"
    model = PublicBatch
    filters = BatchFilters
    orders: ClassVar = {
        "published": (Key("first_published_at", descending=True), Key("code")),
        "code": (Key("code"),),
    }
    csv_columns = ("code", "title_zh", "title_en", "tier", "status", "state", "recommend_from", "recommend_until",
                   "url", "html_url")  # fmt: skip
    item_schema = shapes.record(**BATCH)


class BatchDetail(PublishedDetail):
    """One batch with its stages, counts, notice and lists."""

    place = "batches"
    model = PublicBatch
    item_schema = shapes.record(**BATCH, stages=shapes.many({"type": "object"}))


class Notices(Published):
    """公示, the newest first."""

    noun = place = "notices"
    model = PublicNotice
    filters = NoticeFilters
    orders: ClassVar = {
        "starts": (Key("starts_on", descending=True), Key("code")),
        "ends": (Key("ends_on"), Key("code")),
        "code": (Key("code"),),
    }
    csv_columns = ("code", "title_zh", "title_en", "tier", "status", "opens_on", "ends_on", "count", "url",
                   "html_url")  # fmt: skip
    item_schema = shapes.record(**NOTICE)


class NoticeDetail(PublishedDetail):
    """One notice with the list it puts up for objection."""

    place = "notices"
    model = PublicNotice
    item_schema = shapes.record(**NOTICE, entries=shapes.many({"type": "object"}))
