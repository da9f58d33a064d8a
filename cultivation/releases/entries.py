"""The entries of an edition: public documents in canonical JSON, one a line, in the order of their codes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

import orjson
from django.db.models import TextField
from django.db.models.functions import Cast

from cultivation.choices import EditionKind
from platforms.choices import PlatformStatus
from platforms.models import PublicPlatform, PublicResource
from platforms.publish import canonical

Entry = dict[str, Any]

COLUMNS = {
    EditionKind.DIRECTORY: (
        "code", "version", "document.name_zh", "document.name_en", "document.tier", "document.operator.name_zh",
        "document.operator.uscc", "document.authority.code", "document.authority.name_zh", "document.region.code",
        "document.region.name_zh", "document.area.code", "document.area.name_zh", "document.direction.name_zh",
        "document.updated_on", "document.demo",
    ),
    EditionKind.RESOURCES: (
        "code", "document.kind", "document.title_zh", "document.name_zh", "document.service_type", "document.model",
        "document.specification", "document.price_mode", "document.open_to", "document.platform.code",
        "document.platform.name_zh", "document.platform.region.name_zh", "document.area.name_zh",
    ),
}  # fmt: skip


def of(kind: str) -> Iterator[Entry]:
    """Every active platform, or every published resource, as it stands now; read within one transaction."""
    if kind == EditionKind.DIRECTORY:
        rows = PublicPlatform.objects.filter(status=PlatformStatus.ACTIVE).order_by("code")
        for code, version, etag, text in _stored(rows, "code", "version", "etag"):
            yield {"code": code, "version": version, "etag": etag, "document": orjson.loads(text)}
    else:
        for code, text in _stored(PublicResource.objects.order_by("code"), "code"):
            document = orjson.loads(text)
            yield {
                "code": code,
                "etag": hashlib.sha256(canonical(document)).hexdigest(),
                "document": document,
            }


def _stored(rows, *names: str):
    stored = rows.annotate(stored=Cast("document", TextField())).values_list(*names, "stored")
    return stored.iterator(chunk_size=500)


def schema(kind: str, version: str) -> dict[str, Any]:
    """JSON Schema (2020-12) of one line of ``entries.jsonl``."""
    required = ["code", "etag", "document", *(["version"] if kind == EditionKind.DIRECTORY else [])]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"{kind} {version}",
        "type": "object",
        "required": sorted(required),
        "properties": {
            "code": {"type": "string"},
            "version": {"type": "integer", "minimum": 1},
            "etag": {
                "type": "string",
                "pattern": "^[0-9a-f]{64}$",
                "description": "SHA-256 of the canonical document",
            },
            "document": {"type": "object", "required": ["code"], "properties": {"code": {"type": "string"}}},
        },
        "additionalProperties": False,
    }


def difference(before: dict[str, Entry], after: dict[str, Entry]) -> dict[str, Any]:
    """Codes added and removed, and which top-level fields changed of the others."""
    changed = []
    for code in sorted(before.keys() & after.keys()):
        old, new = before[code]["document"], after[code]["document"]
        fields = sorted(key for key in old.keys() | new.keys() if old.get(key) != new.get(key))
        if fields:
            changed.append({"code": code, "fields": fields})
    return {
        "added": sorted(after.keys() - before.keys()),
        "removed": sorted(before.keys() - after.keys()),
        "changed": changed,
    }
