"""The public rows of a platform that is published for the first time, as ``platforms.publish`` would write them."""

from __future__ import annotations

import datetime
import hashlib
from dataclasses import dataclass
from typing import Any

from platforms import projection
from platforms.choices import ChangeKind
from platforms.models import Platform
from platforms.models.public import FOUND_BY
from platforms.publish import canonical, changed_fields

Columns = dict[str, Any]


@dataclass(frozen=True)
class PublicRows:
    """Columns of the public row, its search tokens, its services and equipment, and the change that brought them."""

    row: Columns
    tokens: Columns
    resources: list[Columns]
    change: Columns


def first_publication(platform: Platform, *, key: int, number: int, at: datetime.datetime) -> PublicRows:
    """Project ``platform`` into public row ``key`` and change ``number``. Documents are bytes of canonical JSON."""
    projected = projection.of_platform(platform)
    document = canonical(projected.document)
    etag = hashlib.sha256(document).hexdigest()
    found_by = {"code": platform.code, **projected.columns}
    return PublicRows(
        row={
            "id": key,
            "code": platform.code,
            "document": document,
            "card": canonical(projected.card),
            "version": 1,
            "etag": etag,
            "first_published_at": at,
            "published_at": at,
            "last_change": number,
            **projected.columns,
        },
        tokens={
            "platform_id": key,
            "tokens": sorted(projected.tokens),
            **{name: found_by[name] for name in FOUND_BY},
        },
        resources=projected.resources,
        change={
            "number": number,
            "at": at,
            "kind": ChangeKind.CREATED,
            "noun": "platform",
            "code": platform.code,
            "version": 1,
            "title_zh": platform.name_zh,
            "title_en": platform.name_en,
            "tier": platform.tier or "",
            "region_code": platform.region_id,
            "fields": changed_fields({}, projected.document),
            "etag": etag,
        },
    )
