"""What in an uploaded document would act on the machine of whoever opens it: scripts, files inside files, templates from elsewhere."""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from typing import Final

from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException

MOST_UNPACKED: Final = 100 * 1024 * 1024
MOST_RELATIONS: Final = 1024 * 1024

PDF_ACTS = re.compile(rb"/(JavaScript|JS|Launch|EmbeddedFiles?|RichMedia)\b")
PDF_STREAM = re.compile(rb"stream\r?\n")
OBJECT_BEGINS = re.compile(rb"[0-9]\s+[0-9]+\s+obj\b")
PDF_ESCAPE = re.compile(rb"#([0-9A-Fa-f]{2})")
#: An address on another machine. A template or a linked workbook on the author's own disk is harmless here.
ELSEWHERE = re.compile(r"(https?|ftps?|mhtml|ms-[a-z]+):|\\\\|//|file:(//[^/]|/{4}|\\\\)", re.IGNORECASE)
RELATIONSHIP = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"


def in_pdf(content: bytes) -> bool:
    """Pictures and fonts are not looked into: in ten megabytes of a scan ``/JS`` stands by chance.

    Objects may be packed into streams of their own, and a name may be spelt ``/J#53``.
    """
    return any(PDF_ACTS.search(_spelt_out(part)) for part in _objects(content))


def _objects(pdf: bytes) -> Iterator[bytes]:
    """What is not inside a stream, and the streams that hold objects, unpacked within the limit."""
    left, at = MOST_UNPACKED, 0
    for start, end in _streams(pdf):
        before, body = pdf[at:start], pdf[start:end]
        yield before
        at = end
        if OBJECT_BEGINS.search(body):
            yield body  # no stream at all: the words stood in a comment or a text
        elif b"/ObjStm" in _spelt_out(before).rpartition(b"obj")[2]:
            part = _unpacked(body, left)
            left = max(left - len(part), 1)
            yield part
    yield pdf[at:]


def _streams(pdf: bytes) -> Iterator[tuple[int, int]]:
    at = 0
    while (begin := PDF_STREAM.search(pdf, at)) and (end := pdf.find(b"endstream", begin.end())) >= 0:
        yield begin.end(), end
        at = end + len(b"endstream")


def _unpacked(body: bytes, most: int) -> bytes:
    try:
        return zlib.decompressobj().decompress(body, most)
    except zlib.error:
        return body  # not packed


def _spelt_out(part: bytes) -> bytes:
    return PDF_ESCAPE.sub(lambda found: bytes.fromhex(found[1].decode()), part)


def in_office(archive: zipfile.ZipFile) -> bool:
    """Whether a document fetches a template, an object or a picture from another machine when it is opened. Links to click are no such thing."""
    return any(
        ELSEWHERE.match(target)
        for name in archive.namelist()
        if name.endswith(".rels")
        for target in _fetched(archive, name)
    )


def _fetched(archive: zipfile.ZipFile, name: str) -> Iterator[str]:
    """Raises ``ValueError`` for relations that cannot be read."""
    with archive.open(name) as part:
        written = part.read(MOST_RELATIONS + 1)
    if len(written) > MOST_RELATIONS:
        raise ValueError(name)
    try:
        relations = ElementTree.fromstring(written)
    except (ElementTree.ParseError, DefusedXmlException) as error:
        raise ValueError(name) from error
    for relation in relations.iter(RELATIONSHIP):
        if relation.get("TargetMode") == "External" and not relation.get("Type", "").endswith("/hyperlink"):
            yield relation.get("Target", "").strip()
