"""Public announcements."""

from __future__ import annotations

from typing import ClassVar

from cultivation.filters import AnnouncementFilters
from platforms.api import shapes
from platforms.api.published import Published, PublishedDetail
from platforms.models import PublicAnnouncement
from platforms.walks import Key

ANNOUNCEMENT = {
    "code": shapes.STRING,
    "title_zh": shapes.STRING,
    "title_en": shapes.STRING,
    "status": shapes.STRING,
    "released_at": shapes.STRING,
    "shown_until": shapes.maybe(shapes.STRING),
    "withdrawn_at": shapes.maybe(shapes.STRING),
    "withdrawal_reason": shapes.STRING,
}


class Announcements(Published):
    """公告 addressed to the public, the newest first, withdrawn ones included."""

    noun = place = "announcements"
    model = PublicAnnouncement
    filters = AnnouncementFilters
    orders: ClassVar = {
        "released": (Key("released_at", descending=True), Key("code")),
        "code": (Key("code"),),
    }
    csv_columns = ("code", "title_zh", "title_en", "status", "released_at", "shown_until", "withdrawn_at",
                   "withdrawal_reason", "url", "html_url")  # fmt: skip
    item_schema = shapes.record(**ANNOUNCEMENT)


class AnnouncementDetail(PublishedDetail):
    """One announcement with its text."""

    place = "announcements"
    model = PublicAnnouncement
    item_schema = shapes.record(**ANNOUNCEMENT, body_zh=shapes.STRING, body_en=shapes.STRING)
