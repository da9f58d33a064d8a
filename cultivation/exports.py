"""Published lists as files. Made from the stored public document only, so a file says exactly what the page says."""

from __future__ import annotations

import csv
import datetime
import functools
import hashlib
import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import xlsxwriter
from django.conf import settings
from django.core.cache import cache

from cultivation.publish import ENTRY_FIELDS
from platforms.exports import safe_cell
from platforms.printing import TEMPLATES, pdf

MARK = "演示站点，非政府网站 · Demonstration, not a government website"
HEADINGS = {
    "row": "序号", "platform_code": "平台编号", "name_zh": "平台名称", "name_en": "英文名称", "operator_zh": "建设单位",
    "operator_uscc": "统一社会信用代码", "area_code": "领域代码", "area_zh": "所属领域", "direction_zh": "行业方向",
    "region_code": "行政区划代码", "region_zh": "所在地", "authority_code": "推荐单位代码", "authority_zh": "推荐单位",
}  # fmt: skip


@dataclass(frozen=True)
class File:
    """A download with what a careful reader checks it by."""

    name: str
    content_type: str
    content: bytes

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


def list_csv(document: dict[str, Any]) -> File:
    """UTF-8 with byte-order mark; the last line repeats the count and the hash, so that a cut file is noticed."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    if not settings.OFFICIAL:
        writer.writerow([f"# {MARK}"])
    writer.writerow([HEADINGS[name] for name in ENTRY_FIELDS])
    for entry in document["entries"]:
        writer.writerow([safe_cell(entry[name]) for name in ENTRY_FIELDS])
    writer.writerow(_trailer(document))
    return File(_name(document, "csv"), "text/csv; charset=utf-8", out.getvalue().encode("utf-8-sig"))


def list_json(document: dict[str, Any]) -> File:
    """The document itself; ``sha256`` in it is that of the entries in canonical form (keys sorted, no white space, UTF-8)."""
    marked = document if settings.OFFICIAL else {"demonstration": MARK, **document}
    return File(_name(document, "json"), "application/json", orjson.dumps(marked, option=orjson.OPT_INDENT_2))


def list_xlsx(document: dict[str, Any]) -> File:
    """One sheet, every cell a text, so that codes keep their zeros and nothing becomes a formula."""
    out = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(out, options) as book:
        # The file says the same bytes whenever it is made.
        book.set_properties({"title": document["title_zh"], "created": _moment(document)})
        sheet, head = book.add_worksheet("名单"), book.add_format({"bold": True, "text_wrap": True})
        lines = [[HEADINGS[name] for name in ENTRY_FIELDS]]
        lines += [[str(entry[name]) for name in ENTRY_FIELDS] for entry in document["entries"]]
        if not settings.OFFICIAL:
            lines.insert(0, [f"# {MARK}"])
        lines.append(_trailer(document))
        for number, line in enumerate(lines):
            for column, text in enumerate(line):
                sheet.write_string(number, column, text, head if text in HEADINGS.values() else None)
        sheet.set_column(0, len(ENTRY_FIELDS) - 1, 18)
    return File(_name(document, "xlsx"), XLSX, out.getvalue())


def list_pdf(document: dict[str, Any]) -> File:
    """The paper: every field of every row, the fonts inside, a watermark on what is only proposed (PDF/A)."""
    draft = document["preliminary"]
    proposed = "公示稿，不是最终名单。 Proposed for public comment; not the final list."
    data = {
        "title": document["title_zh"],
        "title_en": document["title_en"],
        "number": document["decision_no"] or "",
        "draft": "公示稿" if draft else "",
        "notes": [text for text in (proposed if draft else "", document["note_zh"]) if text],
        "head": PAPER_HEAD,
        "rows": [[str(entry[name]) for name in PRINTED] for entry in document["entries"]],
        "foot": f"名单版本 Version {document['version']}　核验码 Check code {document['check_code']}",
        "count": f"共 {document['count']} 个，排名不分先后。 {document['count']} entries, in no order of rank.",
        "proof": f"条目校验值 Hash of the entries: SHA-256 {document['sha256']}",
        "address": f"{settings.BASE_URL}{document['url']}",
        "prevails": "以中文为准。 The Chinese text prevails.",
    }
    return File(_name(document, "pdf"), "application/pdf", pdf("list", data, at=_moment(document)))


#: Heads of the columns of the paper, in both languages.
PAPER_HEAD = (
    ("序号", "No."), ("平台编号", "Code"), ("平台名称", "Platform"), ("建设单位", "Operator"), ("所属领域", "Area"),
    ("行业方向", "Direction"), ("所在地", "Location"), ("推荐单位", "Recommended by"),
)  # fmt: skip
#: Fields in the order of the paper: those that stand together in one cell follow each other.
PRINTED = (
    "row", "platform_code", "name_zh", "name_en", "operator_zh", "operator_uscc", "area_zh", "area_code", "direction_zh",
    "region_zh", "region_code", "authority_zh", "authority_code",
)  # fmt: skip
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
WRITERS: dict[str, Callable[[dict[str, Any]], File]] = {
    "csv": list_csv,
    "xlsx": list_xlsx,
    "json": list_json,
    "pdf": list_pdf,
}
KEPT_SECONDS = 24 * 3600


def list_file(document: dict[str, Any], kind: str) -> File:
    """A version of a list as a file. A version never changes, so its files are made once and kept for a day."""
    facts = (document, settings.OFFICIAL, settings.BASE_URL, _program())
    key = f"list-file:{kind}:{hashlib.sha256(repr(facts).encode()).hexdigest()}"
    try:
        known = cache.get(key)
    except Exception:  # a cache that is away costs time, not the file
        return WRITERS[kind](document)
    if known is None:
        known = WRITERS[kind](document)
        cache.set(key, known, KEPT_SECONDS)
    return known


@functools.cache
def _program() -> str:
    """What the files are made by, so that a new version of it makes new ones."""
    made_by = [Path(__file__), *sorted(TEMPLATES.glob("*.typ"))]
    return hashlib.sha256(b"".join(path.read_bytes() for path in made_by)).hexdigest()


def _moment(document: dict[str, Any]) -> datetime.datetime:
    return datetime.datetime.fromisoformat(document["published_at"])


def _trailer(document: dict[str, Any]) -> list[str]:
    return [f"# {document['count']}", document["code"], document["version"], f"sha256:{document['sha256']}"]


def _name(document: dict[str, Any], kind: str) -> str:
    mark = "" if settings.OFFICIAL else "-demo"
    return f"{document['code']}-{document['version']}{mark}.{kind}"


def batch_ics(document: dict[str, Any], dates: list[tuple[str, str]], *, revised: datetime.datetime) -> File:
    """``dates`` of a batch as iCalendar: whole days as days, instants in UTC. ``revised`` is when the document last changed."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//registry//batches//ZH"]
    stamp = revised.astimezone(datetime.UTC).strftime("%Y%m%dT%H%M%SZ")
    for number, (what, when) in enumerate(dates, start=1):
        title = f"{document['title_zh']} {what}".replace("\\", "\\\\").replace(",", "\\,").replace(";", "\\;")
        lines += [
            "BEGIN:VEVENT",
            f"UID:{document['code']}-{number}@registry",
            f"DTSTAMP:{stamp}",
            _start(when),
            f"SUMMARY:{title}",
            "END:VEVENT",
        ]
    lines.append("END:VCALENDAR")
    content = "\r\n".join(_folded(line) for line in lines) + "\r\n"
    return File(f"{document['code']}.ics", "text/calendar; charset=utf-8", content.encode())


def _start(when: str) -> str:
    if len(when) == 10:
        return f"DTSTART;VALUE=DATE:{when.replace('-', '')}"
    instant = datetime.datetime.fromisoformat(when).astimezone(datetime.UTC)
    return f"DTSTART:{instant:%Y%m%dT%H%M%SZ}"


def _folded(line: str) -> str:
    """Lines of at most 75 bytes, cut between characters."""
    parts, current = [], ""
    for character in line:
        if len((current + character).encode()) > 73:
            parts.append(current)
            current = ""
        current += character
    return "\r\n ".join([*parts, current])
