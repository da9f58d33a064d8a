"""Does the public record say what the working record says? Everything is projected again and compared.

Read in chunks, so memory does not grow with the registry. Only what is wrong is yielded, one sentence each.
"""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import orjson
from django.db import connection
from django.db.models import Count, Max, Min

from cultivation.choices import DesignationStatus
from cultivation.models import Checkpoint, Designation, LogTile, Release, ReleaseEntry
from cultivation.projection import with_designations
from cultivation.releases import changelog, notes
from platforms import past, projection
from platforms.models import (
    Change,
    PastPlatform,
    Platform,
    PublicAnnouncement,
    PublicBatch,
    PublicList,
    PublicNotice,
    PublicPlatform,
    PublicResource,
)
from platforms.models.public import FOUND_BY, PublicRecord
from platforms.publish import canonical, etag_of

CHUNK = 500
NOUNS: dict[str, type[PublicRecord]] = {
    "platform": PublicPlatform,
    "batch": PublicBatch,
    "notice": PublicNotice,
    "list": PublicList,
    "announcement": PublicAnnouncement,
}
ENTRY_COLUMNS = [
    field.attname for field in ReleaseEntry._meta.concrete_fields if field.name not in {"id", "release"}
]
#: Called with the number of platforms compared so far.
Progress = Callable[[int], None]


@dataclass(frozen=True)
class Difference:
    """``kind`` names the check that failed, ``code`` the record, ``sentence`` what is wrong with it."""

    kind: str
    code: str
    sentence: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.code}: {self.sentence}"


def differences(progress: Progress | None = None) -> Iterator[Difference]:
    """Everything that does not agree; nothing when the registry is sound."""
    yield from _tiers()
    yield from _feed()
    yield from log_differences()
    yield from _rows_and_changes()
    yield from _past()
    yield from _releases()
    if not notes.of_a_mirror():  # its records are elsewhere
        yield from _orphans()
    yield from _platforms(progress or (lambda done: None))


# --- platforms ------------------------------------------------------------------------------------


def _platforms(progress: Progress) -> Iterator[Difference]:
    last = done = 0
    while chunk := list(
        with_designations(Platform.objects.with_everything()).filter(pk__gt=last).order_by("pk")[:CHUNK]
    ):
        codes = [platform.code for platform in chunk]
        public = PublicPlatform.objects.select_related("search").in_bulk(codes, field_name="code")
        resources = _resources_of(codes)
        for platform in chunk:
            row = public.get(platform.code)
            if row is None:
                yield Difference("missing", platform.code, "the platform has no public row")
            else:
                yield from _compare(platform, row, resources.get(platform.code, {}))
        last = chunk[-1].pk
        done += len(chunk)
        progress(done)


def _compare(
    platform: Platform, row: PublicPlatform, resources: dict[str, PublicResource]
) -> Iterator[Difference]:
    wanted = projection.of_platform(platform)
    for kind, stored, projected in (
        ("document", row.document, wanted.document),
        ("card", row.card, wanted.card),
    ):
        if different := _differing(stored, _as_stored(projected)):
            yield Difference(kind, row.code, f"differs in {', '.join(different)}")
    if different := [key for key, value in wanted.columns.items() if getattr(row, key) != value]:
        yield Difference("columns", row.code, f"differ in {', '.join(sorted(different))}")
    found_by = {"code": row.code, **wanted.columns}
    if hasattr(row, "search") and any(getattr(row.search, name) != found_by[name] for name in FOUND_BY):
        yield Difference("tokens", row.code, "what a search asks of it is not what the record says")
    stored_tokens = row.search.tokens if hasattr(row, "search") else []  # without words it cannot be found
    if set(stored_tokens) != wanted.tokens:
        amount = len(set(stored_tokens) ^ wanted.tokens)
        yield Difference("tokens", row.code, f"{amount} search words are missing or too many")
    yield from _compare_resources(row.code, resources, {item["code"]: item for item in wanted.resources})


def _compare_resources(
    code: str, stored: dict[str, PublicResource], wanted: dict[str, dict[str, Any]]
) -> Iterator[Difference]:
    if odd := sorted(stored.keys() ^ wanted.keys()):
        yield Difference("resources", code, f"missing or too many: {', '.join(odd)}")
    for key in sorted(stored.keys() & wanted.keys()):
        different = [
            name
            for name, value in wanted[key].items()
            if getattr(stored[key], name) != (_as_stored(value) if name == "document" else value)
        ]
        if different:
            yield Difference("resources", key, f"differs in {', '.join(sorted(different))}")


def _resources_of(codes: list[str]) -> dict[str, dict[str, PublicResource]]:
    found: dict[str, dict[str, PublicResource]] = {}
    for row in PublicResource.objects.filter(platform_code__in=codes):
        found.setdefault(row.platform_code, {})[row.code] = row
    return found


def _as_stored(document: dict[str, Any]) -> dict[str, Any]:
    """A projected document as JSON gives it back: tuples and enumerations become plain values."""
    return orjson.loads(canonical(document))


def _differing(stored: dict[str, Any], wanted: dict[str, Any]) -> list[str]:
    return sorted(key for key in stored.keys() | wanted.keys() if stored.get(key) != wanted.get(key))


def _orphans() -> Iterator[Difference]:
    """Public rows without a record behind them."""
    for code in _column(
        "SELECT code FROM public_platform p WHERE NOT EXISTS "
        "(SELECT 1 FROM platforms_platform w WHERE w.code = p.code) ORDER BY code"
    ):
        yield Difference("orphan", code, "the public row has no platform")
    for code in _column(
        "SELECT r.code FROM public_resource r WHERE NOT EXISTS "
        "(SELECT 1 FROM platforms_platform w WHERE w.code = r.platform_code) ORDER BY code"
    ):
        yield Difference("orphan", code, "the public resource has no platform")


# --- tiers, feed, lists ---------------------------------------------------------------------------


def _tiers() -> Iterator[Difference]:
    """``Platform.tier`` repeats the designation in force."""
    in_force = dict(
        Designation.objects.filter(status=DesignationStatus.IN_FORCE)
        .order_by()
        .values_list("platform_id", "tier")
    )
    for pk, code, tier in Platform.objects.order_by("pk").values_list("pk", "code", "tier").iterator():
        if in_force.get(pk) != tier:
            yield Difference(
                "tier", code, f"stored {tier}, but the designation in force is {in_force.get(pk)}"
            )


def _feed() -> Iterator[Difference]:
    """Change numbers run from 1 to the head without a gap."""
    totals = Change.objects.aggregate(count=Count("number"), least=Min("number"), most=Max("number"))
    count, head = totals["count"], totals["most"] or 0
    if count != head or (count and totals["least"] != 1):
        yield Difference(
            "feed", str(head), f"{count} changes, numbered from {totals['least']} to {head}: there are gaps"
        )


def log_differences() -> Iterator[Difference]:
    """What has been sealed of the feed is found again from the changes themselves."""
    tree = changelog.Tree(kept=False)
    for tile in LogTile.objects.order_by("index"):
        first = tile.index * changelog.TILE + 1
        name = f"{first}–{first + changelog.TILE - 1}"
        if _found(tree, first - 1, first - 1 + changelog.TILE) != tile.root:
            yield Difference("log", name, "these changes are not those that were sealed")
    for checkpoint in Checkpoint.objects.order_by("size"):
        if _found(tree, 0, checkpoint.size) != checkpoint.root:
            yield Difference(
                "log", str(checkpoint.size), "the changes do not lead to the root that was signed"
            )


def _found(tree: changelog.Tree, start: int, end: int) -> str:
    try:
        return tree.range(start, end).hex()
    except LookupError:
        return ""


def _rows_and_changes() -> Iterator[Difference]:
    """Every public row has the digest of its document, and its last change exists and tells of this version."""
    for noun, model in NOUNS.items():
        fields = ("pk", "code", "document", "etag", "version", "last_change")
        last = 0
        while chunk := list(
            model._default_manager.filter(pk__gt=last).order_by("pk").values_list(*fields)[:CHUNK]
        ):
            changes = Change.objects.in_bulk([row[5] for row in chunk])
            for _pk, code, document, etag, version, number in chunk:
                if etag_of(document) != etag:
                    yield Difference("etag", code, f"the digest of the {noun} is not that of its document")
                change = changes.get(number)
                told = change and (change.noun, change.code, change.version, change.etag)
                if told != (noun, code, version, etag):
                    yield Difference("change", code, f"change {number} does not tell of version {version}")
            last = chunk[-1][0]


#: Every version the feed tells of, until which change it held, and whether it was put aside so.
NOT_KEPT = """
    SELECT told.code, told.version FROM (
        SELECT code, version, number, etag, LEAD(number) OVER (PARTITION BY code ORDER BY number) AS next
        FROM public_change WHERE noun = 'platform'
    ) told LEFT JOIN public_platform_past kept ON kept.code = told.code AND kept.version = told.version
    WHERE told.next IS NOT NULL
      AND (kept.last_change, kept.replaced_by, kept.etag) IS DISTINCT FROM (told.number, told.next, told.etag)
    ORDER BY told.number
"""
NEVER_TOLD = """
    SELECT kept.code, kept.version FROM public_platform_past kept
    WHERE NOT EXISTS (SELECT FROM public_change told WHERE told.noun = 'platform' AND told.code = kept.code
                      AND told.version = kept.version AND told.number = kept.last_change)
    ORDER BY kept.code, kept.version
"""


def _past() -> Iterator[Difference]:
    """What was replaced is kept, version by version as the feed tells of it, and says what it said."""
    for sql, sentence in (
        (NOT_KEPT, "was replaced and is not kept as it was"),
        (NEVER_TOLD, "was never told of"),
    ):
        for code, version in _rows(sql):
            yield Difference("past", code, f"version {version} {sentence}")
    for code, version in _rows(
        f"SELECT code, version FROM public_platform_past WHERE digest <> {past.digest_of('document')} ORDER BY 1, 2"  # noqa: S608
    ):
        yield Difference("past", code, f"version {version} has another document than was put aside")
    for row in PastPlatform.objects.defer("tokens").iterator(chunk_size=CHUNK):
        if not row.left_out and etag_of(row.document) != row.etag:
            yield Difference("past", row.code, f"version {row.version} is not the one that was published")
        if _differing(row.card, {key: row.document.get(key) for key in row.card}) or _columns_differ(row):
            yield Difference("past", row.code, f"version {row.version} is filtered by what it does not say")


def _columns_differ(row: PastPlatform) -> bool:
    said = row.card
    codes = {
        f"{name}_code": (said[name] or {}).get("code", "")
        for name in ("authority", "region", "city", "area", "direction")
    }
    same = {name: said[name] for name in ("name_zh", "status", "tier", "service_types", "open_to", "demo")}
    wanted = {
        **codes, **same, "scale_classes": said["scales"],
        "updated_on": datetime.date.fromisoformat(said["updated_on"]),
    }  # fmt: skip
    return any(getattr(row, name) != value for name, value in wanted.items())


def _releases() -> Iterator[Difference]:
    """A frozen list is what it was when it was frozen."""
    for release in Release.objects.exclude(frozen_at=None).order_by("pk").iterator():
        if (count := release.entries.count()) != release.entry_count:
            yield Difference("release", str(release), f"{count} entries, {release.entry_count} when frozen")
        if digest_of(release) != release.sha256:
            yield Difference("release", str(release), "the digest is not that of its entries")


def digest_of(release: Release) -> str:
    """SHA-256 over the canonical JSON of the rows, every column of them but the keys."""
    return hashlib.sha256(canonical(list(release.entries.order_by("row").values(*ENTRY_COLUMNS)))).hexdigest()


def _column(sql: str) -> Iterator[str]:
    for (value,) in _rows(sql):
        yield value


def _rows(sql: str) -> Iterator[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        yield from cursor
