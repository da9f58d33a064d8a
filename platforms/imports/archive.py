"""An .xlsx before anyone opens it: the zip directory, the true sizes of its parts, and what the sheets' XML says.

Runs in the reading process. Spreadsheet libraries trust the file: they inflate what the header promises, lay out the grid
the sheet claims and hand over the last computed value of a formula. So the grid is measured and formulas are found here,
by a streaming parser that stops at the first limit.
"""

from __future__ import annotations

import posixpath
import stat
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

from platforms.imports import limits
from platforms.imports.limits import Refused

SHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
PERCENT_FORMATS = {"9", "10"}
CHUNK = 256 * 1024
DIGITS = "0123456789"


@dataclass
class Sheet:
    """What the XML of one sheet says. ``marks`` maps (row, column), both from 1, to why the value must not be taken as it is."""

    name: str
    hidden: bool = False
    rows: int = 0
    columns: int = 0
    hidden_rows: set[int] = field(default_factory=set)
    merged: int = 0
    marks: dict[tuple[int, int], str] = field(default_factory=dict)


def inspect(path: str) -> list[Sheet]:
    """The sheets of a workbook that is safe to open; raises ``Refused`` naming the limit otherwise."""
    try:
        with zipfile.ZipFile(path) as archive:
            _check_directory(archive.infolist())
            _check_contents(archive)
            return _scan(archive)
    except zipfile.BadZipFile as error:
        raise Refused(
            "lying_sizes" if "CRC" in str(error) or "size" in str(error) else "truncated"
        ) from error
    except (EOFError, NotImplementedError, RuntimeError, KeyError, OSError, ValueError) as error:
        # RuntimeError: an encrypted entry; KeyError: a part that the workbook names but the file does not have.
        raise Refused("encrypted" if "encrypted" in str(error) else "truncated") from error
    except expat.ExpatError as error:
        raise Refused("broken_xml") from error


def _check_directory(entries: list[zipfile.ZipInfo]) -> None:
    if len(entries) > limits.MAX_ENTRIES:
        raise Refused("too_many_entries", n=len(entries), most=limits.MAX_ENTRIES)
    if len({entry.filename.lower() for entry in entries}) != len(entries):
        raise Refused("unsafe_path")
    for entry in entries:
        _check_entry(entry)
    total = sum(entry.file_size for entry in entries)
    if total > limits.MAX_INFLATED_BYTES:
        raise Refused("inflates", n=total // limits.MIB, most=limits.MAX_INFLATED_BYTES // limits.MIB)


def _check_entry(entry: zipfile.ZipInfo) -> None:
    name = entry.filename
    lower = name.lower()
    if name.startswith(("/", "\\")) or ".." in name.split("/") or "\\" in name or ":" in name:
        raise Refused("unsafe_path")
    if stat.S_ISLNK(entry.external_attr >> 16):
        raise Refused("unsafe_path")
    if entry.flag_bits & 0x1:
        raise Refused("encrypted")
    if lower.endswith("vbaproject.bin") or "/macrosheets/" in f"/{lower}":
        raise Refused("macro")
    if "externallinks/" in lower:
        raise Refused("external_links")
    if "/embeddings/" in f"/{lower}" or lower.endswith((".zip", ".xlsx", ".docx", ".7z", ".rar")):
        raise Refused("embedded")
    if entry.file_size > limits.MAX_ENTRY_BYTES:
        raise Refused(
            "entry_inflates", n=entry.file_size // limits.MIB, most=limits.MAX_ENTRY_BYTES // limits.MIB
        )
    if entry.file_size > 64 * 1024 and entry.file_size > limits.MAX_RATIO * max(entry.compress_size, 1):
        ratio = entry.file_size // max(entry.compress_size, 1)
        raise Refused("ratio", n=ratio, most=limits.MAX_RATIO)


def _check_contents(archive: zipfile.ZipFile) -> None:
    """Inflate every entry once, counting: after this the sizes in the directory are facts, and no part declares entities."""
    inflated = 0
    for entry in archive.infolist():
        tail = b""
        with archive.open(entry) as part:
            while chunk := part.read(CHUNK):
                inflated += len(chunk)
                if inflated > limits.MAX_INFLATED_BYTES:
                    raise Refused(
                        "inflates", n=inflated // limits.MIB, most=limits.MAX_INFLATED_BYTES // limits.MIB
                    )
                seam = tail + chunk
                if b"<!DOCTYPE" in seam or b"<!ENTITY" in seam:
                    raise Refused("entities")
                tail = chunk[-16:]
    _check_type(archive)


def _check_type(archive: zipfile.ZipFile) -> None:
    if "[Content_Types].xml" not in archive.namelist():
        raise Refused("not_a_sheet")
    types = archive.read("[Content_Types].xml").decode("utf-8", "replace")
    if "macroEnabled" in types:
        raise Refused("macro")
    if SHEET_TYPE not in types:
        raise Refused("not_a_sheet")


def _scan(archive: zipfile.ZipFile) -> list[Sheet]:
    targets = {
        item["Id"]: item["Target"]
        for item in _elements(archive, "xl/_rels/workbook.xml.rels", "Relationship")
    }
    percent = _percent_styles(archive)
    sheets: list[Sheet] = []
    cells = 0
    for item in _elements(archive, "xl/workbook.xml", "sheet"):
        identity = next((value for key, value in item.items() if key.endswith(":id")), "")
        target = targets.get(identity, "")
        if "worksheets" not in target:
            continue  # chart and dialogue sheets hold no rows
        if len(sheets) == limits.MAX_SHEETS:
            raise Refused("too_many_sheets", most=limits.MAX_SHEETS)
        sheet = Sheet(item["name"], hidden=item.get("state", "visible") != "visible")
        path = target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"xl/{target}")
        cells = _scan_sheet(archive, path, sheet, percent, cells)
        sheets.append(sheet)
    return sheets


def _scan_sheet(archive: zipfile.ZipFile, path: str, sheet: Sheet, percent: set[str], cells: int) -> int:
    """Measure one sheet; returns how many filled cells there are up to here in the whole file."""
    row = column = 0
    style = kind = ""
    counted = False
    letters: dict[str, int] = {}
    tags: dict[str, str] = {}

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal row, column, style, kind, counted, cells
        tag = tags.get(name) or tags.setdefault(name, name.rpartition(":")[2])
        if tag == "c":
            reference = attributes.get("r")
            if reference:
                word = reference.rstrip(DIGITS)
                column = letters.get(word) or letters.setdefault(word, column_number(word))
                if len(reference) > len(word):
                    row = int(reference[len(word) :])
            else:
                column += 1
            style, kind, counted = attributes.get("s", ""), attributes.get("t", ""), False
            return
        if tag == "row":
            row = int(attributes["r"]) if "r" in attributes else row + 1
            column = 0
            if attributes.get("hidden") in ("1", "true"):
                sheet.hidden_rows.add(row)
        elif tag in ("v", "is", "f"):
            if not counted:
                counted = True
                cells += 1
                _grow(sheet, row, column, cells)
            if tag == "f":
                sheet.marks[row, column] = "formula"
            elif kind == "e":
                sheet.marks.setdefault((row, column), "error")
            elif style in percent and kind in ("", "n"):
                sheet.marks.setdefault((row, column), "percent")
        elif tag == "mergeCell":
            sheet.merged += 1

    _parse(archive, path, start)
    return cells


def _grow(sheet: Sheet, row: int, column: int, cells: int) -> None:
    if row > sheet.rows:
        sheet.rows = row
        if row > limits.MAX_ROWS:
            raise Refused("too_many_rows", sheet=sheet.name, most=limits.MAX_ROWS)
    if column > sheet.columns:
        sheet.columns = column
        if column > limits.MAX_COLUMNS:
            raise Refused("too_many_columns", sheet=sheet.name, most=limits.MAX_COLUMNS)
    if cells > limits.MAX_CELLS:
        raise Refused("too_many_cells", most=limits.MAX_CELLS)


def _percent_styles(archive: zipfile.ZipFile) -> set[str]:
    """Indexes of the cell styles that show 0.35 as 35%."""
    if "xl/styles.xml" not in archive.namelist():
        return set()
    formats = set(PERCENT_FORMATS)
    styles: set[str] = set()
    inside = False
    index = 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal inside, index
        tag = name.rpartition(":")[2]
        if tag == "numFmt" and "%" in attributes.get("formatCode", ""):
            formats.add(attributes.get("numFmtId", ""))
        elif tag in ("cellXfs", "cellStyles", "dxfs"):
            inside = tag == "cellXfs"
        elif tag == "xf" and inside:
            if attributes.get("numFmtId") in formats:
                styles.add(str(index))
            index += 1

    _parse(archive, "xl/styles.xml", start)
    return styles


def _elements(archive: zipfile.ZipFile, path: str, tag: str) -> Iterator[dict[str, str]]:
    found: list[dict[str, str]] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        if name.rpartition(":")[2] == tag:
            found.append(attributes)

    _parse(archive, path, start)
    return iter(found)


def _parse(archive: zipfile.ZipFile, path: str, start: Callable[[str, dict[str, str]], None]) -> None:
    def no_entities(*_arguments: object) -> None:
        raise Refused("entities")

    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    parser.StartDoctypeDeclHandler = no_entities
    parser.EntityDeclHandler = no_entities
    with archive.open(path) as part:
        while chunk := part.read(CHUNK):
            parser.Parse(chunk, False)
        parser.Parse(b"", True)


def column_number(letters: str) -> int:
    """``"A"`` → 1, ``"XFD"`` → 16384."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number
