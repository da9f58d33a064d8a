"""A filtered list as a file: the whole of it, from one moment, written while it is read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import orjson
from django.conf import settings
from django.db import connection, transaction
from django.db.models import QuerySet
from django.http import QueryDict, StreamingHttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from platforms import exports, past
from platforms.api import dating, pagination
from platforms.api.endpoint import mark
from platforms.api.problems import Refused, bad_parameter, listed
from platforms.api.trip import Statement, statement
from platforms.publish import head

if TYPE_CHECKING:
    from platforms.api.listing import Listing

MEDIA_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "jsonl": "application/jsonl",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
#: Somebody on a slow line may take this long; then the database wants its snapshot back.
PATIENCE = "300s"


def kinds(csv_columns: tuple[str, ...]) -> tuple[str, ...]:
    """Tables need columns; JSON Lines does not."""
    return tuple(MEDIA_TYPES) if csv_columns else ("jsonl",)


def chosen(params: QueryDict, csv_columns: tuple[str, ...]) -> str:
    """The kind of file asked for, empty for a page. Raises ``Refused`` (400) for an unknown one or for part of a file."""
    name = params.get("format", "")
    if name in ("", "json"):
        return ""
    if name not in kinds(csv_columns):
        sentence = _("可用的格式：%(known)s。") % {"known": listed(("json", *kinds(csv_columns)))}
        if name == "geojson":
            sentence = _("公开记录没有坐标，不能导出为 GeoJSON。") + sentence
        raise Refused(errors=[bad_parameter("format", "unknown_format", sentence)], code="bad_parameter")
    if set(pagination.PARAMETERS) & set(params):
        sentence = _("导出总是整个筛选结果，不能与分页参数同用。")
        raise Refused(errors=[bad_parameter("format", "not_paged", sentence)], code="bad_parameter")
    return name


def answer(listing: Listing, found: QuerySet, kind: str, number: int | None) -> StreamingHttpResponse:
    """The set as a file, as of a change where one is given. The total and all rows come from the same snapshot."""
    newest = number or head()
    rows = _rows(listing, found, number)
    total = int(next(rows))
    if listing.fields and kind == "jsonl":
        rows = map(listing.fields.rewritten, rows)
    columns = tuple(path for path in listing.csv_columns if listing.fields.has(path))
    if kind == "jsonl":
        lines = exports.json_lines(rows, head=newest)
    elif kind == "csv":
        lines = exports.csv_lines(columns, map(orjson.loads, rows))
    else:
        lines = exports.xlsx_lines(columns, map(orjson.loads, rows))
    response = StreamingHttpResponse(lines, content_type=MEDIA_TYPES[kind])
    asked = dating.read_day(listing.request.query_params) if number else None
    day = (asked or timezone.localdate()).strftime("%Y%m%d")
    prefix = "" if settings.OFFICIAL else "demonstration-"
    response["Content-Disposition"] = f'attachment; filename="{prefix}{listing.noun}-{day}.{kind}"'
    response["X-Total-Count"] = str(total)
    mark(response)
    return response


def _rows(listing: Listing, found: QuerySet, number: int | None) -> Iterator[bytes]:
    """First the number of rows, then each as JSON."""
    ordered = listing.ordered(found)
    with ExitStack() as stack:
        alone = not connection.in_atomic_block
        stack.enter_context(transaction.atomic(savepoint=False))
        cursor = stack.enter_context(connection.cursor())
        if alone:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            # In the order of an index, so that the first row does not wait for all to be sorted.
            cursor.execute(f"SET LOCAL statement_timeout = '{PATIENCE}'; SET LOCAL enable_sort = off")
        if "rank" in found.query.annotations:
            cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_indexscan = off")
        if number:
            counted, values = statement(found.order_by().values("pk"))
            cursor.execute(*past.as_of((f"SELECT COUNT(*) FROM ({counted}) AS found", values), number))  # noqa: S608
            yield str(cursor.fetchone()[0]).encode()
        else:
            yield str(found.count()).encode()
        if listing.columns == ("line",):
            asked = statement(ordered)
            lines = _copied(cursor, past.as_of(asked, number) if number else asked)
            yield from map(listing.completed, lines) if listing.expanded else lines
        else:
            for row in ordered.iterator(chunk_size=500):
                yield listing.represent(row)


def _copied(cursor: Any, asked: Statement) -> Iterator[bytes]:
    """Lines the database has put together. COPY doubles backslashes; JSON has no other character that COPY would change."""
    sql, values = asked
    with cursor.copy(f"COPY ({sql}) TO STDOUT", values) as copy:
        for data in copy:
            line = bytes(data)[:-1]
            yield line.replace(b"\\\\", b"\\") if b"\\" in line else line
