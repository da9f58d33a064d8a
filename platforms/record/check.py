"""Reading and checking a payload: the same rules for a form, an API call and a spreadsheet row.

All problems are found in one pass and each names its place, so that a person corrects everything at once.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from platforms import validators
from platforms.errors import Problem
from platforms.record.fields import LISTS, SINGLES, Field, field, fields_of
from platforms.record.lookups import Lookups
from platforms.record.opposite import opposite
from platforms.text import clean_text
from platforms.words import words_of

MAX_LIST_ROWS = 500
TRUE_WORDS = {"是", "有", "true", "yes", "1", "on"}
FALSE_WORDS = {"否", "无", "false", "no", "0", "off"}


@dataclass(frozen=True)
class Checked:
    """A payload in stored form (plain JSON values) and everything wrong with it. Fields with a problem keep what was given."""

    payload: dict[str, Any]
    problems: list[Problem]

    @property
    def ok(self) -> bool:
        return not self.problems


def empty_payload() -> dict[str, Any]:
    return {name: {} for name in SINGLES} | {name: [] for name in LISTS}


def check(raw: dict[str, Any], lookups: Lookups, *, draft: bool = False) -> Checked:
    """Read ``raw`` into stored form. With ``draft`` empty required fields are no problem; wrong values always are."""
    problems: list[Problem] = []
    payload = empty_payload()
    for name in sorted(set(raw) - set(payload)):
        problems.append(Problem(name, "unknown_field", _("没有这个字段。")))
    for aggregate in SINGLES:
        given = raw.get(aggregate) or {}
        payload[aggregate] = _check_object(aggregate, aggregate, given, lookups, draft, problems)
    for aggregate in LISTS:
        payload[aggregate] = _check_list(aggregate, raw.get(aggregate) or [], lookups, draft, problems)
    problems.extend(_across_fields(payload, lookups))
    return Checked(payload, problems)


def _check_list(
    aggregate: str, given: Any, lookups: Lookups, draft: bool, problems: list[Problem]
) -> list[dict[str, Any]]:
    if not isinstance(given, list):
        problems.append(Problem(aggregate, "not_a_list", _("此处应为列表。")))
        return []
    if len(given) > MAX_LIST_ROWS:
        problems.append(
            Problem(
                aggregate,
                "too_many",
                str(_("最多 %(most)s 行，现有 %(n)s 行。") % {"most": MAX_LIST_ROWS, "n": len(given)}),
            )
        )
        given = given[:MAX_LIST_ROWS]
    return [
        _check_object(aggregate, f"{aggregate}/{index}", row, lookups, draft, problems)
        for index, row in enumerate(given)
    ]


def _check_object(
    aggregate: str, place: str, given: Any, lookups: Lookups, draft: bool, problems: list[Problem]
) -> dict[str, Any]:
    if not isinstance(given, dict):
        problems.append(Problem(place, "not_an_object", _("此处应为一组字段。")))
        return {}
    known = _by_key(aggregate)
    if not given.keys() <= known.keys():
        for name in sorted(set(map(str, given)) - set(known)):
            problems.append(Problem(f"{place}/{name}", "unknown_field", _("没有这个字段。")))
    clean: dict[str, Any] = {}
    for item in known.values():
        value = given.get(item.key)
        if value is None or _is_empty(value):
            if item.required and not draft:
                problems.append(Problem(f"{place}/{item.key}", "required", _("必填。")))
            continue
        try:
            clean[item.key] = read(item, value, lookups)
        except ValidationError as error:
            clean[item.key] = value if isinstance(value, str | int | float | bool) else str(value)
            problems.append(Problem(f"{place}/{item.key}", error.code or "invalid", words_of(error)))
    return clean


@lru_cache
def _by_key(aggregate: str) -> dict[str, Field]:
    return {item.key: item for item in fields_of(aggregate)}


def _is_empty(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def read(item: Field, value: Any, lookups: Lookups) -> Any:
    """One value in stored form; raises ``ValidationError`` with the sentence for the person."""
    if isinstance(value, dict | list):
        raise ValidationError(_("此处应为单个值。"), code="not_a_value")
    return READERS[item.kind](item, value, lookups)


def _text(item: Field, value: Any, lookups: Lookups) -> str:
    return clean_text(_as_text(value), max_length=item.max_length)


def _multiline(item: Field, value: Any, lookups: Lookups) -> str:
    return clean_text(_as_text(value), multiline=True, max_length=item.max_length)


def _as_text(value: Any) -> str:
    """A number typed into a text cell arrives as a float; 3.0 was 3."""
    if isinstance(value, bool):
        raise ValidationError(_("此处须为文字。"), code="not_text")
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _uscc(item: Field, value: Any, lookups: Lookups) -> str:
    if not isinstance(value, str):
        raise ValidationError(
            _("被表格软件改成了数字，请将该列设为文本格式，重新填写 18 位代码。"), code="numeric_code"
        )
    return validators.clean_uscc(value)


def _date(item: Field, value: Any, lookups: Lookups) -> str:
    if isinstance(value, datetime.datetime):
        value = value.date()
    if isinstance(value, str) and _ISO_DATE.fullmatch(value):
        value = _iso_date(value)
    found = value if isinstance(value, datetime.date) else _parse_date(str(value).strip())
    if not 1900 <= found.year <= 2100:
        raise ValidationError(_("年份应在 1900 至 2100 之间。"), code="date_range")
    return found.isoformat()


_ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def _iso_date(text: str) -> datetime.date | str:
    """What spreadsheets and programs write, read without taking it apart; a day that does not exist is left as it is."""
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        return text


def _parse_date(text: str) -> datetime.date:
    plain = (
        text.replace("年", "-")
        .replace("月", "-")
        .replace("日", "")
        .replace("/", "-")
        .replace(".", "-")
        .strip("-")
    )
    parts = plain.split("-")
    try:
        year, month, day = (int(part) for part in (parts if len(parts) == 3 else [*parts, "1"]))
        return datetime.date(year, month, day)
    except (ValueError, OverflowError):
        raise ValidationError(_("日期应写成 2026-12-31。"), code="not_a_date") from None


def _boolean(item: Field, value: Any, lookups: Lookups) -> bool:
    if isinstance(value, bool):
        return value
    word = _as_text(value).strip().lower()
    if word in TRUE_WORDS:
        return True
    if word in FALSE_WORDS:
        return False
    raise ValidationError(_("请填“是”或“否”。"), code="not_boolean")


def _choice(item: Field, value: Any, lookups: Lookups) -> str:
    word = str(value).strip()
    stored = _spellings(item.path, get_language()).get(word)
    if stored is not None:
        return stored
    raise ValidationError(
        _("“%(value)s”不是可选项，可填：%(options)s。"),
        code="unknown_choice",
        params={"value": word[:40], "options": "、".join(label for _value, label in item.choices)},
    )


@lru_cache(maxsize=256)
def _spellings(path: str, language: str | None) -> dict[str, str]:
    """Stored value and label → stored value; where two choices share a spelling the first one has it."""
    return {word: stored for stored, label in reversed(field(path).choices) for word in (label, stored)}


def _reference(item: Field, value: Any, lookups: Lookups) -> str:
    word = _as_text(value).strip()
    code = getattr(lookups, item.reference).get(word)
    if code is None:
        raise ValidationError(
            _("没有找到“%(value)s”，请从模板的下拉列表中选择。"),
            code="unknown_reference",
            params={"value": word[:40]},
        )
    return code


def _decimal_text(clean: Callable[..., Decimal], **limits) -> Callable[[Field, Any, Lookups], str]:
    """Quantities are stored as decimal text in the payload: JSON numbers would lose digits on the way."""

    def reader(item: Field, value: Any, lookups: Lookups) -> str:
        _no_boolean(value)
        return format(clean(value, **limits).normalize(), "f")

    return reader


def _whole(clean: Callable[..., int]) -> Callable[[Field, Any, Lookups], int]:
    def reader(item: Field, value: Any, lookups: Lookups) -> int:
        _no_boolean(value)
        return clean(value)

    return reader


def _no_boolean(value: Any) -> None:
    if isinstance(value, bool):
        raise ValidationError(_("此处须为数字。"), code="not_a_number")


def _typed(clean: Callable[[str], str]) -> Callable[[Field, Any, Lookups], str]:
    def reader(item: Field, value: Any, lookups: Lookups) -> str:
        return clean(clean_text(_as_text(value), max_length=item.max_length))

    return reader


READERS: dict[str, Callable[[Field, Any, Lookups], Any]] = {
    "text": _text,
    "multiline": _multiline,
    "uscc": _uscc,
    "date": _date,
    "boolean": _boolean,
    "choice": _choice,
    "reference": _reference,
    "count": _whole(lambda value: validators.clean_count(value, most=30_000_000)),
    "year": _whole(validators.clean_year),
    "amount": _decimal_text(validators.clean_decimal, least=0, most=Decimal("9999999999"), places=2),
    "decimal": _decimal_text(validators.clean_decimal, least=0, most=Decimal("99999999999"), places=3),
    "percent": _decimal_text(validators.clean_percent),
    "phone": _typed(validators.clean_office_phone),
    "email": _typed(validators.clean_email),
    "website": _typed(validators.clean_website),
}

#: (aggregate, part, whole, sentence): a part cannot exceed its whole.
PARTS = (
    ("platform", "staff_technical", "staff_total", _("技术人员不能多于专职人员。")),
    ("lines", "scale_min", "scale_max", _("最小规模不能大于最大规模。")),
    ("figures", "projects_external", "projects_total", _("对外服务不能多于服务总数。")),
    ("figures", "firms_sme", "firms_served", _("中小企业不能多于服务企业总数。")),
    ("figures", "firms_other_province", "firms_served", _("外省企业不能多于服务企业总数。")),
    ("equipment", "annual_hours_used", "annual_hours_available", _("使用机时不能多于可用机时。")),
)


def _across_fields(payload: dict[str, Any], lookups: Lookups) -> Iterator[Problem]:
    """Rules that need more than one value; a value that could not be read is left to its own problem."""
    for aggregate, part, whole, sentence in PARTS:
        for place, row in _rows(payload, aggregate):
            if part not in row or whole not in row:
                continue
            smaller, larger = _number(row[part]), _number(row[whole])
            if smaller is not None and larger is not None and smaller > larger:
                yield Problem(f"{place}/{part}", "part_exceeds_whole", str(sentence))
    platform = payload["platform"]
    parent = lookups.city_province.get(platform.get("city"))
    if parent and parent != platform.get("region"):
        yield Problem("platform/city", "city_not_in_province", _("所在城市不属于所填省份。"))
    area = lookups.direction_area.get(platform.get("direction"))
    if area and area != platform.get("area"):
        yield Problem("platform/direction", "direction_not_in_area", _("行业方向不属于所填领域。"))
    years = [row.get("year") for row in payload["figures"]]
    for index, year in enumerate(years):
        if year is not None and year in years[:index]:
            yield Problem(f"figures/{index}/year", "year_twice", _("同一年度填了两次。"))


def _rows(payload: dict[str, Any], aggregate: str) -> Iterator[tuple[str, dict[str, Any]]]:
    if aggregate in SINGLES:
        yield aggregate, payload[aggregate]
    else:
        for index, row in enumerate(payload[aggregate]):
            yield f"{aggregate}/{index}", row


def _number(value: Any) -> Decimal | int | None:
    if type(value) is int:
        return value
    try:
        return None if value is None or isinstance(value, bool) else Decimal(str(value))
    except ArithmeticError:
        return None


def differences(before: dict[str, Any], after: dict[str, Any]) -> list[dict[str, Any]]:
    """What changed between two payloads: ``[{"field": "platform/staff_total", "before": 38, "after": 42}, …]``.

    A row is named by its place in ``after``, one that is gone by its place in ``before``.
    """
    found = []
    for aggregate in SINGLES:
        old, new = before.get(aggregate) or {}, after.get(aggregate) or {}
        for item in fields_of(aggregate):
            if old.get(item.key) != new.get(item.key):
                found.append({"field": item.path, "before": old.get(item.key), "after": new.get(item.key)})
    for aggregate in LISTS:
        old_rows, new_rows = before.get(aggregate) or [], after.get(aggregate) or []
        if old_rows == new_rows:
            continue
        for was, now in opposite(old_rows, new_rows):
            old = None if was is None else old_rows[was]
            new = None if now is None else new_rows[now]
            if old != new:
                found.append(
                    {"field": f"{aggregate}/{was if now is None else now}", "before": old, "after": new}
                )
    return found
