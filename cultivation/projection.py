"""What cultivation adds to the public document of a platform: its designations and the timeline they make."""

from __future__ import annotations

from typing import Any

from django.db.models import Prefetch
from django.utils import translation

from cultivation.models import Designation
from platforms.choices import PlatformStatus, Tier
from platforms.models import Platform
from platforms.models.platform import PlatformQuerySet

TIMELINE_TITLES = {
    Tier.RESERVE: ("入库储备", "Entered the reserve"),
    Tier.KEY: ("列入重点培育", "Listed as key cultivation"),
    Tier.NATIONAL: ("列入国家级", "Listed as national level"),
}
ENDINGS = {
    PlatformStatus.WITHDRAWN: "Withdrawn",
    PlatformStatus.MERGED: "Merged",
    PlatformStatus.SPLIT: "Split",
}


def designations(platform: Platform) -> dict[str, Any]:
    """``designations`` (oldest first) and ``timeline``; part of every platform document."""
    rows = _rows(platform)
    # A document says the same whatever language the person who caused it was reading.
    with translation.override("zh-hans"):
        return {"designations": [_entry(row) for row in rows], "timeline": _timeline(platform, rows)}


def with_designations(platforms: PlatformQuerySet) -> PlatformQuerySet:
    """For projecting many platforms: their designations in one query instead of one each."""
    return platforms.prefetch_related(
        Prefetch("designations", Designation.objects.select_related("decision__release"))
    )


def _rows(platform: Platform) -> list[Designation]:
    if "designations" in getattr(platform, "_prefetched_objects_cache", {}):
        return sorted(platform.designations.all(), key=lambda row: (row.valid_from, row.pk))
    return list(
        Designation.objects.filter(platform=platform)
        .select_related("decision__release")
        .order_by("valid_from", "id")
    )


def _entry(row: Designation) -> dict[str, Any]:
    release = row.decision.release if row.decision else None
    return {
        "tier": row.tier,
        "from": row.valid_from.isoformat(),
        "to": row.valid_until.isoformat() if row.valid_until else None,
        "status": row.status,
        "decision_no": row.decision.document_no if row.decision else "",
        "list_url": f"/lists/{release.code}/{release.version}/" if release else "",
        "row": row.row,
        "basis": row.basis_zh,
    }


def _timeline(platform: Platform, rows: list[Designation]) -> list[dict[str, Any]]:
    events = []
    for row in rows:
        title_zh, title_en = TIMELINE_TITLES[Tier(row.tier)]
        release = row.decision.release if row.decision else None
        events.append(
            {
                "date": row.valid_from.isoformat(),
                "kind": row.tier,
                "title_zh": title_zh,
                "title_en": title_en,
                "note": row.decision.document_no if row.decision else row.basis_zh,
                "url": f"/lists/{release.code}/{release.version}/" if release else "",
            }
        )
        # When the platform itself ends on that day, its own event below says so.
        if (
            row.ended_at
            and row.valid_until
            and (platform.status_on != row.valid_until or platform.status == PlatformStatus.ACTIVE)
        ):
            events.append(
                {
                    "date": row.valid_until.isoformat(),
                    "kind": "ended",
                    "title_zh": str(row.get_status_display()),
                    "title_en": "Designation ended",
                    "note": row.end_reason,
                    "url": "",
                }
            )
    if platform.status != PlatformStatus.ACTIVE and platform.status_on:
        events.append(
            {
                "date": platform.status_on.isoformat(),
                "kind": platform.status,
                "title_zh": str(platform.get_status_display()),
                "title_en": ENDINGS[PlatformStatus(platform.status)],
                "note": platform.status_reason,
                "url": "",
            }
        )
    return sorted(events, key=lambda event: event["date"])
