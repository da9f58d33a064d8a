"""The reading process: ``python -m platforms.imports.child <file> <result>``.

It opens a file nobody has vouched for, so it limits its own memory, processor time and output before it looks at it, leaves
the network where it may, and knows no secret of the registry: no Django, no settings, an empty environment. The result is
JSON lines: one line per row of a sheet, and a last line that tells how it ended (``sheets`` with where the rows of each are, or
``refused``); without a last line it did not end.
"""

from __future__ import annotations

import ctypes
import datetime
import os
import resource
import sys
from collections.abc import Iterable, Iterator
from typing import IO, Any

import orjson

from platforms.imports import archive, limits, plain
from platforms.imports.limits import Refused

ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ENCRYPTED_PACKAGE = "EncryptedPackage".encode("utf-16-le")
OTHER_KINDS = (b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b", b"GIF8", b"{\\rtf")
CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000


def main(source: str, target: str) -> None:
    limit()
    with open(target, "wb") as out:
        try:
            ending: dict[str, Any] = {"sheets": list(read(source, out))}
        except Refused as refused:
            ending = {"refused": refused.code, "params": refused.params}
        except MemoryError:
            ending = {"refused": "memory", "params": {"most": limits.MEMORY_BYTES // limits.MIB}}
        out.write(orjson.dumps(ending) + b"\n")


def limit() -> None:
    """Bounds that hold whatever the file does: memory, processor time, size of the result, no core file, no network."""
    for what, most in (
        (resource.RLIMIT_AS, limits.MEMORY_BYTES),
        (resource.RLIMIT_CPU, limits.CPU_SECONDS),
        (resource.RLIMIT_FSIZE, limits.OUTPUT_BYTES),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 32),
    ):
        resource.setrlimit(what, (most, most))
    # A network of its own, without interfaces. Where the kernel does not allow it the process simply has no use for one.
    ctypes.CDLL(None).unshare(CLONE_NEWUSER | CLONE_NEWNET)


def read(source: str, out: IO[bytes]) -> Iterator[dict[str, Any]]:
    """Write every row to ``out``; yields a description of each sheet."""
    with open(source, "rb") as file:
        head = file.read(8)
    if not head:
        raise Refused("empty")
    if head.startswith(OLE):
        with open(source, "rb") as file:
            raise Refused("encrypted" if ENCRYPTED_PACKAGE in file.read() else "old_xls")
    if head.startswith(OTHER_KINDS):
        raise Refused("not_a_sheet")
    if head.startswith(ZIP):
        yield from _workbook(source, out)
    elif source.endswith(".xlsx"):
        raise Refused("not_xlsx")
    else:
        yield from _text(source, out)


def _workbook(source: str, out: IO[bytes]) -> Iterator[dict[str, Any]]:
    sheets = archive.inspect(source)
    import python_calamine

    try:
        with python_calamine.CalamineWorkbook.from_path(source) as workbook:
            for sheet in sheets:
                yield _written(sheet, _grid(workbook.get_sheet_by_name(sheet.name)), out)
    except (python_calamine.CalamineError, UnicodeError) as error:
        raise Refused("truncated") from error


def _grid(sheet: Any) -> Iterator[tuple[int, list[Any]]]:
    """(row number, cells from column A) of a sheet, one at a time; the library leaves out empty columns on the left."""
    left = [None] * sheet.start[1] if sheet.start else []
    for number, cells in enumerate(sheet.iter_rows(), start=1):
        yield number, left + cells


def _text(source: str, out: IO[bytes]) -> Iterator[dict[str, Any]]:
    with open(source, "rb") as file:
        text, encoding = plain.decode(file.read())
    sheet = archive.Sheet("CSV")
    rows = []
    for number, cells in plain.read(text):
        sheet.rows, sheet.columns = number, max(sheet.columns, len(cells))
        rows.append(
            (number, [_plain_cell(sheet, number, index, cell) for index, cell in enumerate(cells, start=1)])
        )
    yield {**_written(sheet, rows, out), "encoding": encoding}


def _plain_cell(sheet: archive.Sheet, row: int, column: int, cell: str) -> str:
    """A spreadsheet program would run a cell that begins with ``=``; the apostrophe our own exports put before it comes off."""
    if cell[:1] == "'" and cell[1:].startswith(plain.FORMULA_STARTS):
        return cell[1:]
    if cell.startswith(("=", "＝")):
        sheet.marks[row, column] = "formula"
    return cell


def _written(sheet: archive.Sheet, rows: Iterable[tuple[int, list[Any]]], out: IO[bytes]) -> dict[str, Any]:
    """Write the rows of a sheet; returns its description, with where they begin and how long each line is."""
    start = out.tell()
    lengths = [out.write(line) for line in _lines(sheet, rows)]
    return {
        "name": sheet.name,
        "hidden": sheet.hidden,
        "rows": sheet.rows,
        "columns": sheet.columns,
        "hidden_rows": len(sheet.hidden_rows),
        "merged": sheet.merged,
        "start": start,
        "lengths": lengths,
    }


def _lines(sheet: archive.Sheet, rows: Iterable[tuple[int, list[Any]]]) -> Iterator[bytes]:
    marked: dict[int, dict[str, str]] = {}
    for (row, column), mark in sheet.marks.items():
        marked.setdefault(row, {})[str(column)] = mark
    for number, cells in rows:
        marks = marked.get(number, {})
        values = [
            cell if type(cell) is float or cell == "" else _value(cell, column, marks)
            for column, cell in enumerate(cells, start=1)
        ]
        while values and values[-1] in (None, ""):
            values.pop()
        if values or marks:
            line: dict[str, Any] = {"row": number, "cells": values}
            if marks:
                line["marks"] = marks
            yield orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE)


def _value(cell: Any, column: int, marks: dict[str, str]) -> Any:
    if isinstance(cell, str):
        if len(cell) > limits.MAX_CELL_CHARACTERS:
            raise Refused("cell_too_long", most=limits.MAX_CELL_CHARACTERS)
        return cell.replace(
            "\x00", "\ufffd"
        )  # the database keeps no NUL; the check names the position of either
    if isinstance(cell, datetime.datetime):
        marks.setdefault(str(column), "date")
        return cell.date().isoformat()
    if isinstance(cell, datetime.date):
        marks.setdefault(str(column), "date")
        return cell.isoformat()
    if isinstance(cell, datetime.time | datetime.timedelta):
        marks.setdefault(str(column), "date")
        return str(cell)
    return cell


if __name__ == "__main__":
    os.umask(0o077)
    main(sys.argv[1], sys.argv[2])
