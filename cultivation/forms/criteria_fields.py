"""What a criterion may look at, as a list to choose from, and how a typed value is read for it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import override

from cultivation.record_path import as_number
from platforms import record
from platforms.record.check import FALSE_WORDS, TRUE_WORDS

NUMBERS = frozenset(("count", "amount", "percent", "decimal", "year"))
#: Kinds that a rule can judge by itself; long texts and addresses are for people.
JUDGED = NUMBERS | {"boolean", "choice", "reference", "date", "text", "uscc"}
#: How a label begins that stands under another one in the record; alone it makes no sense.
PARTS_OF = ("其中：", "of which ")
BRACKETS = re.compile(r"(.+?)\s*[（(]([^（）()]+)[）)]")


@dataclass(frozen=True)
class Choice:
    """One thing to look at: its path for ``cultivation.record_path``, both labels, the usual unit, and the field behind it."""

    path: str
    label_zh: str
    label_en: str
    unit: str = ""
    item: record.Field | None = None


def groups() -> list[tuple[str, list[Choice]]]:
    """Everything a criterion may look at, in the groups of the drop-down."""
    numbers = [item for item in record.fields_of("figures") if item.kind in NUMBERS - {"year"}]
    return [
        (_("平台"), [_choice(item, f"platform.{item.key}") for item in _judged("platform")]),
        (_("建设单位"), [_choice(item, f"operator.{item.key}") for item in _judged("operator")]),
        (_("最近一年"), [_choice(item, f"figures[-1].{item.key}", *LATEST) for item in numbers]),
        (
            _("近三年合计"),
            [
                _choice(item, f"sum(figures[-3:].{item.key})", *THREE)
                for item in numbers
                if item.kind != "percent"
            ],
        ),
        (_("数量"), [Choice(path, zh, en, unit) for path, zh, en, unit in LISTS]),
    ]


LATEST = ("最近一年%s", "%s of the latest year")
THREE = ("近三年%s合计", "%s of three years together")
LISTS = (
    ("lines", "中试线", "pilot lines", "条"),
    ("services", "服务项目", "services", "项"),
    ("equipment", "设备", "items of equipment", "台"),
    ("qualifications", "资质", "qualifications", "项"),
    ("figures", "有数据的年份", "years with figures", "年"),
)


def _judged(aggregate: str) -> list[record.Field]:
    return [item for item in record.fields_of(aggregate) if item.kind in JUDGED]


def _choice(item: record.Field, path: str, zh: str = "%s", en: str = "%s") -> Choice:
    with override("zh-hans"):
        label_zh, unit = _without_unit(item.label)
    with override("en"):
        label_en, _unit = _without_unit(item.label)
    return Choice(path, zh % label_zh, en % label_en, unit, item)


def _without_unit(label: str) -> tuple[str, str]:
    """A label and the unit in its brackets: the sentence of a result says the unit behind the number."""
    for head in PARTS_OF:
        label = label.removeprefix(head)
    found = BRACKETS.fullmatch(label)
    return (found[1], found[2]) if found else (label, "")


def by_path() -> dict[str, Choice]:
    return {choice.path: choice for _label, choices in groups() for choice in choices}


def read(typed: str, op: str, choice: Choice | None) -> Any:
    """The value a person typed as a criterion keeps it. What cannot be read stays text, for the rules to refuse."""
    if op == "present":
        return None
    if op == "in":
        return [_read_one(part.strip(), choice) for part in _parted(typed) if part.strip()]
    if op in ("gte", "lte", "count_gte"):
        return _number(typed)
    return _read_one(typed.strip(), choice)


def _parted(typed: str) -> list[str]:
    return typed.replace("，", "、").replace(",", "、").replace("；", "、").split("、")


def _number(typed: str) -> Any:
    number = as_number(typed.strip().replace(",", ""))
    if number is None:
        return typed
    return int(number) if number == number.to_integral_value() else float(number)


def _read_one(typed: str, choice: Choice | None) -> Any:
    item = choice.item if choice else None
    reader: Callable[[str, Any], Any] = _READERS.get(item.kind if item else "", lambda text, _item: text)
    return reader(typed, item)


def _truth(typed: str, _item: Any) -> Any:
    word = typed.lower()
    return True if word in TRUE_WORDS else False if word in FALSE_WORDS else typed


def _stored(typed: str, item: record.Field) -> str:
    return next((value for value, label in item.choices if typed in (value, label)), typed)


def _coded(typed: str, item: record.Field) -> str:
    return getattr(record.Lookups.load(), item.reference).get(typed, typed)


_READERS: dict[str, Callable[[str, Any], Any]] = {
    "boolean": _truth,
    "choice": _stored,
    "reference": _coded,
    **dict.fromkeys(NUMBERS, lambda text, _item: _number(text)),
}


def typed(value: Any, choice: Choice | None) -> str:
    """A stored value as a person would type it."""
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if isinstance(value, list | tuple):
        return "、".join(typed(each, choice) for each in value)
    if value is None:
        return ""
    labels = dict(choice.item.choices) if choice and choice.item and choice.item.kind == "choice" else {}
    return str(labels.get(str(value), value))
