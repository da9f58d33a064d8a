"""The template's shape: which sheet and column holds which field. Writing and reading share it, so they cannot disagree."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import override

from platforms.record import FIELDS, LISTS, SINGLES, Field

#: Raised when columns are added or change their meaning; a file of another version is refused with a link to the new one.
VERSION = "2026-1"
VERSION_LABEL = "模板版本"

MAIN, GUIDE, OPTIONS = "平台", "说明", "可选值"
SHEETS = {
    "lines": "中试线",
    "services": "服务",
    "equipment": "设备",
    "qualifications": "资质",
    "figures": "业绩",
}
assert set(SHEETS) == set(LISTS)  # noqa: S101 - a list added to the record must get its sheet

#: Columns that are no record fields: the platform's public code, and in the list sheets what they belong to.
CODE, CODE_LABEL = "code", "平台编号"
LINK_USCC, LINK_NAME = "operator/uscc", "platform/name_zh"
PROBLEMS_LABEL = "问题"


@dataclass(frozen=True)
class Column:
    """One column: ``pointer`` is where its value goes (``platform/name_zh``, ``services/title_zh`` or ``code``)."""

    pointer: str
    label: str
    required: bool
    field: Field | None = None

    @property
    def is_code(self) -> bool:
        """Digits that are a name and not a quantity: kept as text or lost."""
        return self.field is None or self.field.kind in ("uscc", "phone")

    @property
    def heading(self) -> str:
        return f"{self.label}*" if self.required else self.label


def sheet_of(aggregate: str) -> str:
    return MAIN if aggregate in SINGLES else SHEETS[aggregate]


def sheet_title(aggregate: str) -> str:
    """The sheet of a list, or the main one for ``""``."""
    return SHEETS.get(aggregate, MAIN)


def columns_of(sheet: str) -> list[Column]:
    """The columns of one sheet of the template in order. Labels are the Chinese ones whatever the reader's language."""
    with override("zh-hans"):
        fields = [item for item in FIELDS if sheet_of(item.aggregate) == sheet]
        own = [Column(item.path, item.label, item.required, item) for item in fields]
        if sheet == MAIN:
            return [Column(CODE, CODE_LABEL, required=False), *own]
        by_path = {item.path: item for item in FIELDS}
        links = [
            Column(path, by_path[path].label, required=True, field=by_path[path])
            for path in (LINK_USCC, LINK_NAME)
        ]
        return [*links, *own]


def column_of(letters: str) -> int:
    """The other way round: ``"AB"`` → 28."""
    number = 0
    for character in letters:
        number = number * 26 + ord(character) - 64
    return number


def letter(column: int) -> str:
    """1 → ``"A"``, 28 → ``"AB"``."""
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
