"""Spreadsheets out: the empty template, the authority's own platforms in the same layout, and a checked file with remarks.

Every text is written as text: a cell that begins with ``=`` stays what it says and never becomes a formula. What is exported
here imports back without a change.
"""

from __future__ import annotations

import datetime
import io
from collections.abc import Iterable, Sequence
from typing import Any

import xlsxwriter
from django.conf import settings
from django.utils.translation import override

from platforms import record
from platforms.imports import layout
from platforms.imports.layout import Column, columns_of
from platforms.imports.problems import shown, value_at
from platforms.models import ImportRow
from platforms.record.fields import Publication

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
DEMONSTRATION = "演示数据，非政府文件"
#: The same content is the same file, whenever it was made.
CREATED = datetime.datetime(2026, 1, 1)  # noqa: DTZ001 - the format knows no time zone
ROWS_WITH_LISTS = 2000  # as far down as drop-downs and text format reach

GUIDE_LINES = (
    "一、“平台”表每行一个中试平台；带 * 的列必填。列可以移动和增加，列名不要修改。",
    "二、“中试线”“服务”“设备”“资质”“业绩”表每行一项，用统一社会信用代码和平台名称对应到“平台”表中的平台。",
    "三、新登记的平台“平台编号”留空；变更已在库的平台请填平台编号，或保持信用代码和平台名称不变。",
    "四、变更时，空单元格表示清空该项；文件中没有的列、没有任何行的明细表保持原样。",
    "五、信用代码、电话列已设为文本格式，请不要改成数字。不要使用公式、宏、合并单元格和外部链接。",
    "六、日期写成 2026-12-31；金额单位为万元；占比填 0 至 100 的数，不带百分号。",
    "七、上传后先看核对结果，确认之前不写入任何数据。",
)

Entry = tuple[str, dict[str, Any]]


def write_template() -> bytes:
    """The empty template."""
    return write_rows([])


def write_rows(
    entries: Iterable[Entry], lookups: record.Lookups | None = None, *, public: bool = False
) -> bytes:
    """(platform code, payload) pairs in the layout of the template; code "" for a platform that has none yet.

    ``public`` leaves out the columns of fields that are not: what is not in a file is not touched by an import.
    """
    lookups = lookups or record.Lookups.load()
    entries = list(entries)
    with override("zh-hans"):
        book = _Book(lookups)
        for sheet in (layout.MAIN, *layout.SHEETS.values()):
            columns = [column for column in columns_of(sheet) if not public or _is_public(column)]
            book.sheet(sheet, columns, _lines(sheet, columns, entries, lookups))
        return book.finish()


def write_annotated(rows: Sequence[ImportRow], lookups: record.Lookups | None = None) -> bytes:
    """The rows of an import as they stand now, each with a last column that says what is wrong with it."""
    lookups = lookups or record.Lookups.load()
    with override("zh-hans"):
        book = _Book(lookups)
        for sheet in (layout.MAIN, *layout.SHEETS.values()):
            columns = columns_of(sheet)
            book.sheet(
                sheet,
                [*columns, Column("", layout.PROBLEMS_LABEL, required=False)],
                _remarked(sheet, columns, rows),
            )
        return book.finish()


def _is_public(column: Column) -> bool:
    return column.field is None or column.field.publication == Publication.PUBLIC


def _lines(
    sheet: str, columns: list[Column], entries: list[Entry], lookups: record.Lookups
) -> Iterable[list[str]]:
    aggregate = _aggregate(sheet)
    for code, payload in entries:
        for index in range(len(payload.get(aggregate, ())) if aggregate else 1):
            yield [
                _text(column, _pick(column, aggregate, index, code, payload), lookups) for column in columns
            ]


def _aggregate(sheet: str) -> str:
    return next((aggregate for aggregate, title in layout.SHEETS.items() if title == sheet), "")


def _pick(column: Column, aggregate: str, index: int, code: str, payload: dict[str, Any]) -> Any:
    if column.field is None:
        return code
    if column.field.aggregate == aggregate:
        return payload[aggregate][index].get(column.field.key)
    return payload.get(column.field.aggregate, {}).get(column.field.key)


def _text(column: Column, value: Any, lookups: record.Lookups) -> str:
    return str(value or "") if column.field is None else text_of(column.field, value, lookups)


def text_of(item: record.Field, value: Any, lookups: record.Lookups) -> str:
    """A stored value as a person would type it: labels for choices, names for references."""
    if value is None or value == "":
        return ""
    if item.kind == "choice":
        return dict(item.choices).get(str(value), str(value))
    if item.kind == "reference":
        return lookups.names.get(str(value), str(value))
    return shown(value)


def _remarked(sheet: str, columns: list[Column], rows: Sequence[ImportRow]) -> Iterable[list[str]]:
    aggregate = _aggregate(sheet)
    for row in rows:
        if aggregate:
            for index, number in enumerate(row.raw["at"].get(aggregate, ())):
                cells = [shown(value_at(row.raw, _pointer(column, aggregate, index))) for column in columns]
                yield [*cells, _remark(row, lambda p, at=number: p["sheet"] == sheet and p["row"] == at)]
        elif not row.raw.get("link"):
            cells = [shown(value_at(row.raw, column.pointer)) for column in columns]
            yield [*cells, _remark(row, lambda p, name=row.sheet: p["sheet"] == name)]


def _pointer(column: Column, aggregate: str, index: int) -> str:
    if column.field is not None and column.field.aggregate == aggregate:
        return f"{aggregate}/{index}/{column.field.key}"
    return column.pointer


def _remark(row: ImportRow, concerns: Any) -> str:
    return "；".join(f"{p['cell']} {p['field']}：{p['message']}" for p in row.problems if concerns(p))


class _Book:
    """One workbook being written: our formats, the drop-down lists, the guide."""

    def __init__(self, lookups: record.Lookups) -> None:
        self.lookups = lookups
        self.out = io.BytesIO()
        self.book = xlsxwriter.Workbook(
            self.out,
            {
                "in_memory": True,
                "strings_to_formulas": False,
                "strings_to_urls": False,
                "strings_to_numbers": False,
            },
        )
        self.text = self.book.add_format({"num_format": "@"})
        self.head = self.book.add_format(
            {"bold": True, "bg_color": "#E8F0F8", "bottom": 1, "text_wrap": True, "valign": "top"}
        )
        self.required = self.book.add_format(
            {"bold": True, "bg_color": "#B9D1E8", "bottom": 1, "text_wrap": True, "valign": "top"}
        )
        self.lists: dict[str, list[str]] = {}
        self.waiting: list[tuple[Any, list[Column]]] = []

    def sheet(self, name: str, columns: list[Column], lines: Iterable[list[str]]) -> None:
        sheet = self.book.add_worksheet(name)
        sheet.freeze_panes(1, 0)
        if not settings.OFFICIAL:
            sheet.set_header(f"&C{DEMONSTRATION}")
        for at, column in enumerate(columns):
            sheet.set_column(at, at, min(max(2 * len(column.label) + 4, 12), 36), self.text)
            sheet.write_string(0, at, column.heading, self.required if column.required else self.head)
        for number, cells in enumerate(lines, start=1):
            for at, cell in enumerate(cells):
                if cell:
                    sheet.write_string(number, at, cell[:32_767], self.text)
        self.waiting.append((sheet, columns))

    def finish(self) -> bytes:
        guide = self.book.add_worksheet(layout.GUIDE)
        guide.set_column(0, 0, 24)
        guide.set_column(1, 1, 60)
        guide.write_row(0, 0, ["中试平台登记表", "" if settings.OFFICIAL else DEMONSTRATION])
        guide.write_row(1, 0, [layout.VERSION_LABEL, layout.VERSION])
        for number, line in enumerate(GUIDE_LINES, start=3):
            guide.write_string(number, 0, line)
        self._options()
        self.book.set_properties(
            {
                "title": "中试平台登记表",
                "comments": "" if settings.OFFICIAL else DEMONSTRATION,
                "created": CREATED,
            }
        )
        self.book.close()
        return self.out.getvalue()

    def _options(self) -> None:
        """A sheet of all drop-down values: a list typed into the cell rule itself may have 255 characters at most."""
        options = self.book.add_worksheet(layout.OPTIONS)
        used = 0
        for sheet, columns in self.waiting:
            for at, column in enumerate(columns):
                values = self._values(column)
                if values:
                    options.write_string(0, used, column.label, self.head)
                    options.write_column(1, used, values)
                    place = layout.letter(used + 1)
                    source = f"='{layout.OPTIONS}'!${place}$2:${place}${len(values) + 1}"
                    self._validate(
                        sheet, at, column, {"validate": "list", "source": source, "error_type": "warning"}
                    )
                    used += 1
                elif column.field is not None and _note(column):
                    self._validate(sheet, at, column, {"validate": "any"})

    def _validate(self, sheet: Any, at: int, column: Column, rule: dict[str, Any]) -> None:
        note = _note(column)
        if note:
            rule |= {"input_title": column.label[:32], "input_message": note[:255]}
        sheet.data_validation(1, at, ROWS_WITH_LISTS, at, rule)

    def _values(self, column: Column) -> list[str]:
        item = column.field
        if item is None:
            return []
        if item.kind == "choice":
            return [label for _value, label in item.choices]
        if item.kind == "boolean":
            return ["是", "否"]
        if item.kind == "reference":
            return [name for _code, name in self.lookups.options(item.reference)]
        return []


def _note(column: Column) -> str:
    item = column.field
    if item is None:
        return ""
    example = f"例如：{item.example}" if item.example else ""
    return "；".join(filter(None, (str(item.hint), example)))
