"""The one door from the working record to the public record.

``publish`` projects a record through the publication policy of ``platforms.record`` into its public row and, if the document
changed, puts the row aside that it replaces (``platforms.past``) and appends one entry to the change feed. Numbers are handed out under a transaction-level lock, so their order is commit
order and a reader of the feed never skips one. The newest number is the *head*, the cache key of every public page and list.
"""

from __future__ import annotations

import datetime
import hashlib
from typing import Any

import orjson
from django.db.models import Max
from django.utils import timezone

from platforms import past, projection
from platforms.choices import ChangeKind, PlatformStatus
from platforms.failpoints import failpoint
from platforms.models import Change, Platform, PublicPlatform, PublicResource, SearchTokens
from platforms.models.public import FOUND_BY, PublicRecord
from platforms.turns import Turn, wait_for


def head() -> int:
    """The number of the newest public change, 0 when nothing has been published."""
    return Change.objects.aggregate(newest=Max("number"))["newest"] or 0


def etag_of(document: dict[str, Any]) -> str:
    """SHA-256 of the canonical JSON of a document."""
    return hashlib.sha256(canonical(document)).hexdigest()


def canonical(value: Any) -> bytes:
    """One spelling for equal data: keys sorted, UTF-8, no white space."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def publish(platform: Platform, *, kind: str | None = None, decision: str = "") -> Change | None:
    """Bring the public record of a platform up to date; returns the change, or ``None`` when nothing public changed."""
    return publish_read(Platform.objects.with_everything().get(pk=platform.pk), kind=kind, decision=decision)


def publish_read(platform: Platform, *, kind: str | None = None, decision: str = "") -> Change | None:
    """The same for a platform just read with ``with_everything()``, as a verb does that publishes hundreds at once."""
    projected = projection.of_platform(platform)
    change = record_change(
        PublicPlatform,
        noun="platform",
        code=platform.code,
        document=projected.document,
        card=projected.card,
        columns=projected.columns,
        kind=kind,
        decision=decision,
        title=(platform.name_zh, platform.name_en),
        tier=platform.tier or "",
        region_code=platform.region_id,
    )
    if change is not None:
        _index(platform, projected)
    return change


def record_change(
    model: type[PublicRecord],
    *,
    noun: str,
    code: str,
    document: dict[str, Any],
    card: dict[str, Any],
    columns: dict[str, Any],
    title: tuple[str, str],
    kind: str | None = None,
    decision: str = "",
    tier: str = "",
    region_code: str = "",
) -> Change | None:
    """Write one public row and its change entry; ``None`` when the stored document is already this one."""
    etag = etag_of(document)
    # First the turn, held until this is committed: of two writers of one record the second must compare with what the first has written.
    wait_for(Turn.CHANGE_NUMBER)
    before = model._default_manager.filter(code=code).first()
    if before is not None and before.etag == etag:
        return None
    number, now = _next()
    if model is PublicPlatform and before is not None:
        past.keep(code, replaced_by=number)
    version = before.version + 1 if before else 1
    values = {
        "document": document,
        "card": card,
        "version": version,
        "etag": etag,
        "published_at": now,
        "last_change": number,
        **columns,
    }
    model._default_manager.update_or_create(
        code=code, defaults=values, create_defaults={**values, "first_published_at": now}
    )
    failpoint("publish.before_change")
    return Change.objects.create(
        number=number,
        at=now,
        kind=kind or (ChangeKind.UPDATED if before else ChangeKind.CREATED),
        noun=noun,
        code=code,
        version=version,
        title_zh=title[0],
        title_en=title[1],
        tier=tier,
        region_code=region_code,
        fields=changed_fields(before.document if before else {}, document),
        decision=decision,
        etag=etag,
    )


def _next() -> tuple[int, datetime.datetime]:
    """Number and time of the next change. Time in the feed never runs backwards, whatever the clock does: a day is a part of it."""
    newest = Change.objects.order_by("-number").values_list("number", "at").first()
    number, at = newest or (0, timezone.now())
    return number + 1, max(timezone.now(), at)


def changed_fields(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """Top-level keys whose value differs, in alphabetical order."""
    return sorted(key for key in before.keys() | after.keys() if before.get(key) != after.get(key))


def _index(platform: Platform, projected: projection.Projected) -> None:
    """Search tokens of the platform and its rows in the service resource list."""
    row = PublicPlatform.objects.only("pk").get(code=platform.code)
    found_by = {"code": platform.code, **projected.columns}
    SearchTokens.objects.update_or_create(
        platform=row,
        defaults={"tokens": sorted(projected.tokens), **{name: found_by[name] for name in FOUND_BY}},
    )
    PublicResource.objects.filter(platform_code=platform.code).delete()
    if platform.status == PlatformStatus.ACTIVE:
        PublicResource.objects.bulk_create(PublicResource(**columns) for columns in projected.resources)
