"""Building spreadsheets for tests: ordinary ones cell by cell, and hostile ones part by part."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable
from typing import Any

import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile

from platforms import jobs
from platforms.actions import import_run as actions
from platforms.imports.layout import MAIN, columns_of
from platforms.models import Authority, ImportRun, User
from tests.factories import uscc

Cells = dict[str, Any]


def good_row(serial: int, **changes: Any) -> Cells:
    """One row of the main sheet by heading; every check passes."""
    return {
        "平台名称": f"示例·导入平台{serial}",
        "统一社会信用代码": uscc(700000 + serial),
        "建设单位名称": f"示例单位{serial}",
        "单位性质": "企业",
        "所在省份": "江苏省",
        "平台所在地址": "示例路 1 号",
        "所属领域": "原材料工业",
        "建设模式": "企业运营市场服务",
        "建设状态": "已运行",
        "中试场地及配套面积（平方米）": "3000",
        "中试设备原值（万元）": "1200.5",
        "专职人员（人）": "30",
        "其中：技术人员（人）": "20",
        "平台简介": "示例平台，承接工艺放大。",
        "办公电话": "0510-88880000",
        **changes,
    }


def headings(sheet: str = MAIN) -> list[str]:
    return [column.heading for column in columns_of(sheet)]


def table(rows: Iterable[Cells], columns: list[str] | None = None) -> list[list[Any]]:
    """Headings and rows as a grid; a row is a dict by heading without the star."""
    columns = columns or headings()
    return [columns, *([row.get(name.rstrip("*")) for name in columns] for row in rows)]


def workbook(sheets: dict[str, list[list[Any]]], prepare: Any = None) -> bytes:
    """An .xlsx with these grids; ``prepare(book, {name: sheet})`` may add what a grid cannot say."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(
        out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    made = {}
    for name, grid in sheets.items():
        made[name] = book.add_worksheet(name)
        for number, cells in enumerate(grid):
            for at, cell in enumerate(cells):
                if cell is not None and cell != "":
                    made[name].write(number, at, cell)
    if prepare:
        prepare(book, made)
    book.close()
    return out.getvalue()


CONTENT_TYPES = (
    '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.'
    'spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/'
    'vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>'
)
RELS = (
    '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/{kind}" '
    'Target="{target}"/></Relationships>'
)
BOOK = (
    '<?xml version="1.0"?><workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets>'
    '<sheet name="平台" sheetId="1" r:id="rId1"/></sheets></workbook>'
)
SHEET = '<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
SHEET_END = "</sheetData></worksheet>"


def raw_xlsx(
    sheet: str | bytes | Iterable[bytes], extra: dict[str, bytes] | None = None, **parts: str
) -> bytes:
    """An .xlsx made of these bytes: for files no honest program writes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", parts.get("types", CONTENT_TYPES))
        archive.writestr("_rels/.rels", RELS.format(kind="officeDocument", target="xl/workbook.xml"))
        archive.writestr("xl/workbook.xml", parts.get("book", BOOK))
        archive.writestr(
            "xl/_rels/workbook.xml.rels", RELS.format(kind="worksheet", target="worksheets/sheet1.xml")
        )
        for name, content in (extra or {}).items():
            archive.writestr(name, content)
        if isinstance(sheet, str | bytes):
            archive.writestr("xl/worksheets/sheet1.xml", sheet)
        else:
            with archive.open("xl/worksheets/sheet1.xml", "w") as part:
                for chunk in sheet:
                    part.write(chunk)
    return out.getvalue()


def uploaded(content: bytes, authority: Authority, by: User, name: str = "平台登记表.xlsx") -> ImportRun:
    """Upload, without the check."""
    run, _earlier = actions.upload(
        authority=authority, file=SimpleUploadedFile(name, content), name=name, by=by
    )
    return run


def checked(content: bytes, authority: Authority, by: User, name: str = "平台登记表.xlsx") -> ImportRun:
    """Upload and check as the worker would."""
    run = uploaded(content, authority, by, name)
    jobs.run(run.check_job_id)
    run.refresh_from_db()
    return run
