"""The clerk's spreadsheet: the downloaded template with sixty rows, five of them wrong."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

import openpyxl

from tests.factories import uscc
from tests.spreadsheets import good_row

ROWS = 60
CODE, PHONE, SUMMARY, STATE, VALUE = (
    "统一社会信用代码",
    "办公电话",
    "平台简介",
    "建设状态",
    "中试设备原值（万元）",
)


@dataclass(frozen=True)
class Mistake:
    """What the clerk typed into a cell, a word of the sentence that names it, and what belongs there."""

    serial: int
    column: str
    typed: Any
    said: str
    right: str


def code_of(serial: int) -> str:
    return uscc(700000 + serial)


def _with_wrong_check_digit(code: str) -> str:
    return code[:-1] + ("1" if code[-1] != "1" else "2")


MISTAKES = (
    Mistake(3, CODE, _with_wrong_check_digit(code_of(3)), "校验码", code_of(3)),
    Mistake(17, CODE, 913202000700017000, "改成了数字", code_of(17)),
    Mistake(28, SUMMARY, None, "", "示例平台，承接工艺放大。"),
    Mistake(41, STATE, "快好了", "快好了", "已运行"),
    Mistake(56, VALUE, "约一千二百", "数字", "1200.5"),
)


def name_of(serial: int) -> str:
    return str(good_row(serial)["平台名称"])


def filled(template: bytes) -> tuple[bytes, dict[str, Mistake]]:
    """The template with the clerk's rows, and the mistakes by the cell they are in."""
    book = openpyxl.load_workbook(io.BytesIO(template))
    sheet = book["平台"]
    columns = {str(cell.value).rstrip("*"): cell.column for cell in sheet[1] if cell.value}
    wrong = {(mistake.serial, mistake.column): mistake for mistake in MISTAKES}
    cells = {}
    for serial in range(1, ROWS + 1):
        for column, value in good_row(serial).items():
            mistake = wrong.get((serial, column))
            cell = sheet.cell(serial + 1, columns[column], mistake.typed if mistake else value)
            if mistake:
                cells[cell.coordinate] = mistake
                if isinstance(mistake.typed, int):
                    cell.number_format = "General"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue(), cells
