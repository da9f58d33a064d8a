"""A .csv file: which encoding, which separator. Runs in the reading process.

GB18030 bytes decode without error as Big5 and UTF-16, into the wrong words, but hardly ever as UTF-8. Hence the order: byte
order mark, strict UTF-8, strict GB18030, refuse; and the person is shown the first rows.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from platforms.imports import limits
from platforms.imports.limits import Refused

#: Python's gb18030 follows the editions of 2000 and 2005, which put these characters into private use; the edition of 2022
#: gives them their standard places.
GB18030_2022 = str.maketrans(
    dict(
        zip(
            "\ue78d\ue78e\ue78f\ue790\ue791\ue792\ue793\ue794\ue795\ue796"
            "\ue81e\ue826\ue82b\ue82c\ue832\ue843\ue854\ue864",
            "\ufe10\ufe12\ufe11\ufe13\ufe14\ufe15\ufe16\ufe17\ufe18\ufe19"
            "\u9fb4\u9fb5\u9fb6\u9fb7\u9fb8\u9fb9\u9fba\u9fbb",
            strict=True,
        )
    )
)
MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
SEPARATORS = (",", "\t", ";")
#: A spreadsheet program takes a cell that begins like this for a formula, the full-width signs (U+FF1D, FF0B, FF0D, FF20) too. Our
#: own files put an apostrophe before it (``exports.safe_cell``), which comes off when such a file is read again.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def decode(content: bytes) -> tuple[str, str]:
    """(text, name of the encoding); raises ``Refused`` when no reading is certain."""
    for mark, encoding in MARKS:
        if content.startswith(mark):
            return _strictly(content, encoding), encoding.removesuffix("-sig").upper()
    if b"\x00" in content:
        raise Refused("encoding")  # UTF-16 without a mark, or no text at all
    try:
        return content.decode("utf-8"), "UTF-8"
    except UnicodeDecodeError:
        return _strictly(content, "gb18030").translate(GB18030_2022), "GB18030"


def _strictly(content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        raise Refused("encoding") from error


def read(text: str) -> Iterator[tuple[int, list[str]]]:
    """(line number from 1, cells) of each record."""
    first = text.partition("\n")[0]
    separator = max(SEPARATORS, key=first.count)
    csv.field_size_limit(limits.MAX_CELL_CHARACTERS * 4)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        for number, cells in enumerate(reader, start=1):
            if number > limits.MAX_ROWS:
                raise Refused("too_many_rows", sheet="CSV", most=limits.MAX_ROWS)
            if len(cells) > limits.MAX_COLUMNS:
                raise Refused("too_many_columns", sheet="CSV", most=limits.MAX_COLUMNS)
            yield number, cells
    except csv.Error as error:
        raise Refused("broken_csv", row=reader.line_num) from error
