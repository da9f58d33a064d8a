"""推荐汇总表: what an authority sends up, one line for each platform, as the sheet that goes with the letter under the seal.

Made from the records as they were submitted or recommended, so that the sheet says what the registry holds.
"""

from __future__ import annotations

import datetime
import io
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import xlsxwriter
from django.conf import settings

from cultivation.exports import MARK
from platforms import record
from platforms.models import Authority
from platforms.printing import pdf

#: (heading, place in the payload, width in the workbook, is a number)
COLUMNS: tuple[tuple[str, str, int, bool], ...] = (
    ("平台名称", "platform/name_zh", 34, False),
    ("建设单位", "operator/name_zh", 30, False),
    ("统一社会信用代码", "operator/uscc", 22, False),
    ("所属领域", "platform/area", 14, False),
    ("行业方向", "platform/direction", 16, False),
    ("所在地", "platform/city", 12, False),
    ("建设模式", "platform/construction_mode", 20, False),
    ("场地面积（平方米）", "platform/floor_area_m2", 12, True),
    ("设备原值（万元）", "platform/equipment_value_wan", 12, True),
    ("专职人员（人）", "platform/staff_total", 10, True),
    ("联系电话", "platform/office_phone", 16, False),
)
#: What fits beside each other on a sheet of paper.
ON_PAPER = (0, 1, 2, 3, 5, 7, 8, 9)


@dataclass(frozen=True)
class Sheet:
    """One summary. ``lines`` are ``(number or code, payload)`` in the order of the recommendation."""

    title: str
    authority: Authority
    lines: list[tuple[str, dict[str, Any]]]
    at: datetime.datetime
    draft: bool = False

    def rows(self, lookups: record.Lookups) -> list[list[str]]:
        """Cells as words, the first two being the place in the list and the number in the registry."""
        return [
            [
                str(position),
                code,
                *(_cell(payload, path, lookups) for _head, path, _width, _number in COLUMNS),
            ]
            for position, (code, payload) in enumerate(self.lines, start=1)
        ]


def _cell(payload: dict[str, Any], path: str, lookups: record.Lookups) -> str:
    aggregate, _slash, key = path.partition("/")
    value = payload.get(aggregate, {}).get(key)
    if path == "platform/city" and not value:
        value = payload.get(aggregate, {}).get("region")
    if value is None:
        return ""
    item = record.field(path)
    if item.kind == "choice":
        return dict(item.choices).get(str(value), str(value))
    return lookups.names.get(str(value), str(value)) if item.kind == "reference" else str(value)


def as_pdf(sheet: Sheet, lookups: record.Lookups) -> bytes:
    """A4 across, the head on every page, places to sign and stamp."""
    head = ["序号", "编号", *(COLUMNS[index][0] for index in ON_PAPER)]
    body = [[row[0], row[1], *(row[index + 2] for index in ON_PAPER)] for row in sheet.rows(lookups)]
    data = {
        "title": sheet.title,
        "authority": sheet.authority.name_zh,
        "count": len(body),
        "head": head,
        "rows": body,
        "draft": sheet.draft,
    }
    return pdf("summary", data, at=sheet.at)


def as_xlsx(sheet: Sheet, lookups: record.Lookups) -> bytes:
    """The same lines with all columns; texts stay texts, so nothing in them is run as a formula."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(
        out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    book.set_properties({"title": sheet.title, "created": sheet.at.replace(tzinfo=None)})
    page = book.add_worksheet("推荐汇总表")
    page.set_landscape()
    page.set_paper(9)
    page.fit_to_pages(1, 0)
    title = book.add_format({"bold": True, "font_size": 16, "align": "center"})
    head = book.add_format({"bold": True, "border": 1, "text_wrap": True, "valign": "vcenter"})
    cell = book.add_format({"border": 1, "text_wrap": True, "valign": "vcenter"})
    headings = ["序号", "编号", *(column[0] for column in COLUMNS)]
    page.merge_range(0, 0, 0, len(headings) - 1, sheet.title, title)
    page.write_string(1, 0, f"推荐单位：{sheet.authority.name_zh}（盖章）")
    for index, (heading, width) in enumerate(
        zip(headings, [6, 18, *(column[2] for column in COLUMNS)], strict=True)
    ):
        page.set_column(index, index, width)
        page.write_string(2, index, heading, head)
    numeric = [True, False, *(column[3] for column in COLUMNS)]
    for number, row in enumerate(sheet.rows(lookups), start=3):
        for index, value in enumerate(row):
            if numeric[index] and value:
                page.write_number(number, index, float(value), cell)
            else:
                page.write_string(number, index, value, cell)
    page.repeat_rows(2)
    page.freeze_panes(3, 0)
    if not settings.OFFICIAL:
        page.write_string(len(sheet.lines) + 4, 0, MARK)
    book.close()
    return out.getvalue()


def lines_of(submissions: Iterable[Any]) -> list[tuple[str, dict[str, Any]]]:
    """Lines of submissions, by their numbers."""
    return [(submission.number, submission.payload) for submission in submissions]
