"""Published lists as files. Made from the stored public document only, so a file says exactly what the page says."""

from __future__ import annotations

import csv
import datetime
import hashlib
import io
from dataclasses import dataclass
from typing import Any

import orjson
from django.conf import settings

from cultivation.publish import ENTRY_FIELDS

MARK = "演示站点，非政府网站 · Demonstration, not a government website"
HEADINGS = {
    "row": "序号", "platform_code": "平台编号", "name_zh": "平台名称", "name_en": "英文名称", "operator_zh": "建设单位",
    "operator_uscc": "统一社会信用代码", "area_code": "领域代码", "area_zh": "所属领域", "direction_zh": "行业方向",
    "region_code": "行政区划代码", "region_zh": "所在地", "authority_code": "推荐单位代码", "authority_zh": "推荐单位",
}  # fmt: skip
#: A spreadsheet would take a text that starts with one of these for a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


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
        writer.writerow([_cell(entry[name]) for name in ENTRY_FIELDS])
    writer.writerow(
        [f"# {document['count']}", document["code"], document["version"], f"sha256:{document['sha256']}"]
    )
    return File(_name(document, "csv"), "text/csv; charset=utf-8", out.getvalue().encode("utf-8-sig"))


def list_json(document: dict[str, Any]) -> File:
    """The document itself; ``sha256`` in it is that of the entries in canonical form (keys sorted, no white space, UTF-8)."""
    marked = document if settings.OFFICIAL else {"demonstration": MARK, **document}
    return File(_name(document, "json"), "application/json", orjson.dumps(marked, option=orjson.OPT_INDENT_2))


def _name(document: dict[str, Any], kind: str) -> str:
    mark = "" if settings.OFFICIAL else "-demo"
    return f"{document['code']}-{document['version']}{mark}.{kind}"


def _cell(value: Any) -> str:
    text = str(value)
    return f"'{text}" if text.startswith(FORMULA) else text


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
