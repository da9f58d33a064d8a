"""Rows of another installation written into this one, as its database wrote them, once they are what its feed tells of."""

from __future__ import annotations

import hashlib
from typing import Any

import orjson
from django.db import connection, models

from platforms.api.record import NOUNS
from platforms.models import Change, PastPlatform, PublicPlatform, PublicResource, SearchTokens
from platforms.models.public import FOUND_BY
from platforms.past import stored_columns
from platforms.publish import canonical, head


class NotTrusted(Exception):
    """What the source sent does not fit what it said or signed; the sentence names it."""


def write(noun: str, item: dict[str, Any]) -> None:
    row = item["row"]
    if hashlib.sha256(canonical(row["document"])).hexdigest() != row["etag"]:
        raise NotTrusted(f"{row['code']}: the document does not have the digest that is told of it")
    model = NOUNS[noun]
    _upsert(model, row, "code")
    if noun != "platform":
        return
    key = model._default_manager.values_list("pk", flat=True).get(code=row["code"])
    SearchTokens.objects.update_or_create(
        platform_id=key, defaults={"tokens": item["words"] or [], **{name: row[name] for name in FOUND_BY}}
    )
    PublicResource.objects.filter(platform_code=row["code"]).delete()
    for resource in item["resources"]:
        _upsert(PublicResource, resource, "code")


def with_past(noun: str, since: int) -> str:
    return f"&since={since}" if noun == "platform" else ""


def keep(rows: list[dict[str, Any]]) -> None:
    """What the source has put aside, as far as the feed has come here. A mirror answers for days before it began."""
    here = head()
    keys = dict(PublicPlatform.objects.values_list("code", "pk"))
    for row in rows:
        if row["last_change"] > here:
            continue
        told = Change.objects.values("noun", "code", "version", "etag").get(number=row["last_change"])
        whole = row["left_out"] or hashlib.sha256(canonical(row["document"])).hexdigest() == row["etag"]
        if (
            told != {"noun": "platform", **{name: row[name] for name in ("code", "version", "etag")}}
            or not whole
        ):
            raise NotTrusted(f"{row['code']}: version {row['version']} is not the one the feed told of")
        if not PastPlatform.objects.filter(code=row["code"], version=row["version"]).exists():
            _insert(PastPlatform, {**row, "public_id": keys[row["code"]]})


def _upsert(model: type[models.Model], row: dict[str, Any], key: str) -> None:
    """The row as the source's database wrote it, read by ours: no value passes through another spelling."""
    changed = ", ".join(f"{column} = EXCLUDED.{column}" for column in _columns(model) if column != key)
    _insert(model, row, f"ON CONFLICT ({key}) DO UPDATE SET {changed}")


def _insert(model: type[models.Model], row: dict[str, Any], otherwise: str = "") -> None:
    listed, table = ", ".join(_columns(model)), model._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({listed}) SELECT {listed} FROM jsonb_populate_record(NULL::{table}, %s::jsonb) "  # noqa: S608
            + otherwise,
            [orjson.dumps(row).decode()],
        )


def _columns(model: type[models.Model]) -> list[str]:
    return stored_columns(model, but={str(model._meta.pk.column)})
