"""Whole lists as files: CSV for spreadsheet programs, JSON Lines for programs, written while they are read.

A JSON Lines file ends with ``{"count": n, …}``; without that line it is not complete. A CSV file of the pages ends with a
line ``# n``; the API, whose readers are programs, names the number of rows in ``X-Total-Count`` instead.
"""

from __future__ import annotations

import csv
import datetime
import io
import tempfile
from collections.abc import Iterable, Iterator
from typing import Any

import orjson
import xlsxwriter
from django.conf import settings

from platforms.imports.plain import FORMULA_STARTS

BOM = "\ufeff"
MARK = "演示系统导出，不是官方名录"
ROWS_AT_ONCE = 200


def mark() -> dict[str, str]:
    """The first field of every row that an installation other than the official one hands out."""
    return {} if settings.OFFICIAL else {"mark": MARK}


def csv_lines(
    columns: Iterable[str], rows: Iterable[dict[str, Any]], *, trailer: bool = False
) -> Iterator[bytes]:
    """With ``trailer`` the last line is ``# <number of rows>``, so that a file that was cut off can be told. UTF-8 with BOM; ``columns`` are paths such as ``operator.name_zh`` and become headings such as ``operator_name_zh``."""
    paths, marked = list(columns), mark()
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    buffer.write(BOM)
    number = 0
    writer.writerow([*marked, *(path.replace(".", "_") for path in paths)])
    for number, row in enumerate(rows, start=1):
        writer.writerow([*marked.values(), *(safe_cell(_at(row, path)) for path in paths)])
        if number % ROWS_AT_ONCE == 0:
            yield _taken(buffer)
    if trailer:
        writer.writerow([f"# {number}"])
    yield _taken(buffer)


def json_lines(rows: Iterable[bytes], **facts: Any) -> Iterator[bytes]:
    """One stored JSON object per line, then the trailer with the number of lines and ``facts``."""
    opening = orjson.dumps(mark())[:-1]
    opening = opening + b"," if len(opening) > 1 else opening
    count, lines = 0, []
    for row in rows:
        lines.append(opening + row[1:])
        count += 1
        if len(lines) == ROWS_AT_ONCE:
            yield b"\n".join(lines) + b"\n"
            lines = []
    lines.append(orjson.dumps({"count": count, "complete": True, **mark(), **facts}))
    yield b"\n".join(lines) + b"\n"


def xlsx_lines(
    columns: Iterable[str],
    rows: Iterable[dict[str, Any]],
    *,
    created: datetime.datetime | None = None,
    notes: Iterable[tuple[str, str]] = (),
) -> Iterator[bytes]:
    """A workbook with one sheet. Every cell is text or a number, none a formula; the file is made on disk, then sent.

    With ``created`` the same rows give the same bytes; ``notes`` are named beside the number of rows.
    """
    paths, marked = list(columns), mark()
    with tempfile.TemporaryFile() as file:
        book = xlsxwriter.Workbook(
            file, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        )
        if created is not None:
            book.set_properties({"created": created.replace(tzinfo=None)})
        sheet = book.add_worksheet("data")
        sheet.write_row(0, 0, [*marked, *(path.replace(".", "_") for path in paths)])
        number = 0
        for number, row in enumerate(rows, start=1):
            values = [_at(row, path) for path in paths]
            sheet.write_row(number, 0, [*marked.values(), *map(_plain_cell, values)])
        total = book.add_worksheet("total")
        for line, pair in enumerate([("count", number), *notes]):
            total.write_row(line, 0, pair)
        book.close()
        file.seek(0)
        while block := file.read(65_536):
            yield block


def _plain_cell(value: Any) -> str | int | float | bool | None:
    """As in a CSV file, but numbers stay numbers and text needs no guard against formulas."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return ";".join(value)
    return orjson.dumps(value).decode()


def safe_cell(value: Any) -> str:
    """A value as text that no spreadsheet program runs; lists are joined with semicolons."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        value = ";".join(value)
    text = value if isinstance(value, str) else orjson.dumps(value).decode()
    return "'" + text if text.startswith(FORMULA_STARTS) else text


def _at(row: Any, path: str) -> Any:
    for key in path.split("."):
        row = row.get(key) if isinstance(row, dict) else None
    return row


def _taken(buffer: io.StringIO) -> bytes:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text.encode()
