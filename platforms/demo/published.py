"""The public rows of a platform that is published for the first time, as ``platforms.publish`` would write them."""

from __future__ import annotations

import datetime
import hashlib
from dataclasses import dataclass

from platforms import projection
from platforms.choices import ChangeKind
from platforms.models import Change, Platform, PublicPlatform, PublicResource, SearchTokens
from platforms.publish import canonical, changed_fields


@dataclass(frozen=True)
class PublicRows:
    row: PublicPlatform
    tokens: SearchTokens
    resources: list[PublicResource]
    change: Change


def first_publication(platform: Platform, *, key: int, number: int, at: datetime.datetime) -> PublicRows:
    """Project ``platform`` into public row ``key`` and change ``number``. Documents are bytes of canonical JSON."""
    projected = projection.of_platform(platform)
    document = canonical(projected.document)
    etag = hashlib.sha256(document).hexdigest()
    return PublicRows(
        row=PublicPlatform(
            pk=key,
            code=platform.code,
            document=document,
            card=canonical(projected.card),
            version=1,
            etag=etag,
            first_published_at=at,
            published_at=at,
            last_change=number,
            **projected.columns,
        ),
        tokens=SearchTokens(platform_id=key, tokens=sorted(projected.tokens)),
        resources=[PublicResource(**columns) for columns in projected.resources],
        change=Change(
            number=number,
            at=at,
            kind=ChangeKind.CREATED,
            noun="platform",
            code=platform.code,
            version=1,
            title_zh=platform.name_zh,
            title_en=platform.name_en,
            tier=platform.tier or "",
            region_code=platform.region_id,
            fields=changed_fields({}, projected.document),
            etag=etag,
        ),
    )
