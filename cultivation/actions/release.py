"""名单: freezing a copy of what is listed. A list in one version never changes; a change is a new version with its reason."""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Iterable
from typing import Any

from django.utils import timezone

from cultivation.choices import ReleaseKind
from cultivation.models import Application, Batch, Release, ReleaseEntry
from cultivation.publish import ENTRY_FIELDS, entries_of, publish_release
from platforms import search
from platforms.codes import list_code, parse_tiered_code
from platforms.models import User
from platforms.publish import canonical

Entry = dict[str, Any]


def entries_from(applications: Iterable[Application]) -> list[Entry]:
    """Rows for a public notice: name, operator, area, direction and place, and nothing more, numbered in list order."""
    ordered = sorted(applications, key=_place_in_list)
    return renumbered([_entry(application) for application in ordered])


def renumbered(entries: list[Entry]) -> list[Entry]:
    return [entry | {"row": number} for number, entry in enumerate(entries, start=1)]


def digest(entries: list[Entry]) -> str:
    """SHA-256 of the canonical JSON of the rows, as anyone can compute it from the published document."""
    return hashlib.sha256(
        canonical([{name: entry[name] for name in ENTRY_FIELDS} for entry in entries])
    ).hexdigest()


def freeze(
    *,
    batch: Batch,
    kind: str,
    title_zh: str,
    entries: list[Entry],
    by: User | None,
    title_en: str = "",
    previous: Release | None = None,
    document_no: str = "",
    issued_on: datetime.date | None = None,
    note_zh: str = "",
) -> Release:
    """Write a list with its rows and its hash. Part of the verbs that prepare, rule and decide; not public yet."""
    release = Release.objects.create(
        code=code_for(batch),
        version=_next_version(batch, kind),
        batch=batch,
        kind=kind,
        tier=batch.tier,
        title_zh=title_zh,
        title_en=title_en,
        previous=previous,
        document_no=document_no,
        issued_on=issued_on,
        entry_count=len(entries),
        sha256=digest(entries),
        note_zh=note_zh,
        demo=batch.demo,
        created_by=by,
        frozen_at=timezone.now(),
    )
    ReleaseEntry.objects.bulk_create(ReleaseEntry(release=release, **entry) for entry in entries)
    return release


def make_public(release: Release) -> None:
    """Publish a frozen list."""
    release.published_at = timezone.now()
    release.save(update_fields=["published_at"])
    publish_release(release)


def intact(release: Release) -> bool:
    """Whether the stored rows still have the hash they were frozen with."""
    return digest(entries_of(release)) == release.sha256


def code_for(batch: Batch) -> str:
    """The code of a batch's list: L2026-key-1 for B2026-key-1."""
    parts = parse_tiered_code(batch.code)
    return list_code(*parts[1:]) if parts else f"L-{batch.code}"[:40]


def _next_version(batch: Batch, kind: str) -> str:
    """Preliminary versions are 0.1, 0.2 …; the final list is 1.0 and its corrections 1.1, 1.2 …"""
    lists = Release.objects.filter(code=code_for(batch))
    if kind == ReleaseKind.PRELIMINARY:
        return f"0.{lists.filter(version__startswith='0.').count() + 1}"
    return f"1.{lists.filter(version__startswith='1.').count()}"


def _place_in_list(application: Application) -> tuple[Any, ...]:
    """Order of no rank: area, region, then the name as a Chinese dictionary sorts it."""
    platform = application.platform
    area = (platform.area.edition_id, platform.area.position) if platform.area else ("~", 0)
    return (*area, platform.city_id or platform.region_id, search.sort_key(platform.name_zh), platform.code)


def _entry(application: Application) -> Entry:
    platform = application.platform
    return {
        "row": 0,
        "platform_code": platform.code,
        "name_zh": platform.name_zh,
        "name_en": platform.name_en,
        "operator_zh": platform.operator.name_zh if platform.operator else "",
        "operator_uscc": "",
        "area_code": platform.area_id or "",
        "area_zh": platform.area.name_zh if platform.area else "",
        "direction_zh": platform.direction.name_zh if platform.direction else "",
        "region_code": platform.city_id or platform.region_id,
        "region_zh": _place(platform),
        "authority_code": "",
        "authority_zh": "",
    }


def _place(platform) -> str:
    """Province, with the city where it is known (a municipality is its own)."""
    province = platform.region.name_zh
    return (
        f"{province}{platform.city.name_zh}"
        if platform.city and platform.city.name_zh != province
        else province
    )


def with_recommender(entry: Entry, application: Application) -> Entry:
    """The row of a final list: what was on notice, completed by the operator's code and the recommending authority."""
    operator = application.platform.operator
    return entry | {
        "operator_uscc": (operator.uscc or "") if operator else "",
        "authority_code": application.authority_id,
        "authority_zh": application.authority.name_zh,
    }
