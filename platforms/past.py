"""The public record as it was: what ``publish`` puts aside when it replaces a row, and statements that read as of a change.

A day stands for the newest change of the feed when it ended. A row holds from the change that brought it until the change that
replaced it, so a moment is a number, and no clock decides what was public.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Any

from django.db import connection
from django.db.models import Model
from django.utils import timezone

from platforms.models import PastPlatform, PublicPlatform, SearchTokens

Statement = tuple[str, Sequence[Any]]

#: Of a document what is said of a person. It is shown while it holds and is never kept.
PERSONAL = "{contact,person}"
#: SQL: the document of a ``row`` without it.
IMPERSONAL = f"jsonb_set(row.document, '{PERSONAL}', 'null', false)"


def keep(code: str, *, replaced_by: int) -> None:
    """Put aside the public row of a platform, with its words, before change ``replaced_by`` takes its place."""
    columns = ", ".join(stored_columns(PublicPlatform, but={"id", "document"}))
    named = f"{columns}, public_id, replaced_by, tokens, document, left_out, digest"
    values = (  # names of columns, and the one document
        f"{columns}, row.id, %s, "  # noqa: S608
        "ARRAY(SELECT UNNEST(tokens) FROM public_search words WHERE words.platform_id = row.id), "
        f"{IMPERSONAL}, COALESCE(row.document #> '{PERSONAL}' <> 'null', false), {digest_of(IMPERSONAL)}"
    )
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO public_platform_past ({named}) "  # noqa: S608 - names of columns only
            f"SELECT {values} FROM public_platform row WHERE code = %s",
            [replaced_by, code],
        )


def digest_of(document: str) -> str:
    """SQL: the SHA-256 of a document as the database spells it."""
    return f"encode(sha256(convert_to(({document})::text, 'UTF8')), 'hex')"


def stored_columns(model: type[Model], *, but: set[str]) -> list[str]:
    """The columns of a table that are written, not derived."""
    return [
        str(field.column)
        for field in model._meta.concrete_fields
        if not field.generated and field.column not in but
    ]


# --- reading as of a change ---------------------------------------------------------------------------------------


def end_of(day: datetime.date) -> datetime.datetime:
    """The instant at which a day in Beijing is over."""
    return timezone.make_aware(datetime.datetime.combine(day + datetime.timedelta(days=1), datetime.time.min))


def newest_on(day: datetime.date) -> Statement:
    """The newest change when a day ended (0 before the first), and when the first was made."""
    return (
        "SELECT COALESCE((SELECT number FROM public_change WHERE at < %s ORDER BY at DESC, number DESC LIMIT 1), 0),"
        " (SELECT at FROM public_change ORDER BY number LIMIT 1)",
        [end_of(day)],
    )


def as_of(statement: Statement, number: int) -> Statement:
    """The same statement asked of the public platforms as they were at a change.

    Rows that hold and rows that held stand together under the names of the tables, so whatever is asked of the record can be asked
    of its past.
    """
    sql, values = statement
    tables = [table for table in (_WORDS, _ROWS) if f'"{table.name}"' in sql]
    if not tables:
        return statement
    asked = f", {sql.removeprefix('WITH ')}" if sql.startswith("WITH ") else f" {sql}"
    given = ", ".join(table.sql for table in tables)
    return f"WITH {given}{asked}", [*[number] * (3 * len(tables)), *values]


class _Table:
    """A public table together with what it said before, each as a part of ``WITH``."""

    def __init__(self, model: type[Model], *, now: str, then: dict[str, str]) -> None:
        self.name = model._meta.db_table
        columns = [str(field.column) for field in model._meta.concrete_fields]
        current = ", ".join(IMPERSONAL if name == "document" else f"row.{name}" for name in columns)
        kept = ", ".join(then.get(name, name) for name in columns)
        self.sql = (
            f"{self.name}({', '.join(columns)}) AS NOT MATERIALIZED ("  # noqa: S608 - names of columns and tables
            f"SELECT {current} FROM {now} UNION ALL "
            f"SELECT {kept} FROM {PastPlatform._meta.db_table} WHERE last_change <= %s AND replaced_by > %s)"
        )


#: The words first: where they look for the rows that hold, the name of the table still means the table.
_WORDS = _Table(
    SearchTokens,
    now="public_search row JOIN public_platform p ON p.id = row.platform_id WHERE p.last_change <= %s",
    then={"platform_id": "public_id"},
)
_ROWS = _Table(
    PublicPlatform,
    now="public_platform row WHERE row.last_change <= %s",
    then={"id": "public_id"},
)
