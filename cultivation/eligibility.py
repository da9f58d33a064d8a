"""The formal check: criteria as data, judged against the record that was submitted.

A batch carries its criteria as JSON, because thresholds differ by batch and the ministry edits them:

* a leaf    ``{"field": "platform.floor_area_m2", "op": "gte", "value": 2000, "unit": "m²", "text_zh": …}``
* a group   ``{"any_of": [...]}``, ``{"all_of": [...]}``, ``{"not": {...}}``, with an optional text
* by hand   ``{"manual": true, "text_zh": …}`` for what only a person can judge

A leaf with ``"in_principle": true`` (原则上) that is not met asks for a person's judgement instead of
failing. What was not filled in is ``missing`` and never taken for 0 or no. Every result carries a sentence
in both languages with the fields and values it used, so that a refusal can be explained without the
program.

How fields are written is told in ``cultivation.record_path``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from cultivation.record_path import FIELD, Record, Used, as_number, is_empty, lookup

PASS, FAIL, MANUAL, MISSING = "pass", "fail", "manual", "missing"
OPERATORS = ("gte", "lte", "eq", "present", "in", "count_gte")
MAX_DEPTH = 8
MAX_CRITERIA = 200
MAX_ID = 60

_GROUPS = ("any_of", "all_of", "not")
_TEXTS = frozenset(("id", "text_zh", "text_en"))
_LEAF_TEXTS = _TEXTS | {"unit", "label_zh", "label_en"}
_LEAF_KEYS = _LEAF_TEXTS | {"field", "op", "value", "in_principle"}
Criterion = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Result:
    """The outcome of one criterion: pass, fail, manual or missing, in words and with its evidence."""

    id: str
    state: str
    text_zh: str
    text_en: str
    sentence_zh: str
    sentence_en: str
    used: tuple[Used, ...] = ()
    in_principle: bool = False
    parts: tuple[Result, ...] = field(default=())

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready form, numbers as they were submitted."""
        return {
            "id": self.id,
            "state": self.state,
            "text_zh": self.text_zh,
            "text_en": self.text_en,
            "sentence_zh": self.sentence_zh,
            "sentence_en": self.sentence_en,
            "in_principle": self.in_principle,
            "used": [{"field": used.field, "value": _plain(used.value)} for used in self.used],
            "parts": [part.as_dict() for part in self.parts],
        }


def evaluate(criteria: Sequence[Criterion], record: Record) -> list[Result]:
    """One result per criterion, in order.

    Raises ``ValidationError`` when the criteria themselves are malformed.
    """
    check_criteria(criteria)
    return _results(criteria, record)


def evaluate_each(criteria: Sequence[Criterion], records: Iterable[Record]) -> Iterator[list[Result]]:
    """The same for many records; the criteria are looked at once."""
    check_criteria(criteria)
    return (_results(criteria, record) for record in records)


def _results(criteria: Sequence[Criterion], record: Record) -> list[Result]:
    return [_evaluate(criterion, record, str(number)) for number, criterion in enumerate(criteria, 1)]


def overall(results: Iterable[Result]) -> str:
    """The state of all criteria together: every one has to be met."""
    return _all_of([result.state for result in results])


# --- the criteria themselves ----------------------------------------------------------------------


def check_criteria(criteria: Any) -> None:
    """Refuse criteria that could not be evaluated, naming the criterion ("3.2" is the second part of the
    third).
    """
    if not isinstance(criteria, (list, tuple)):
        raise ValidationError(_("条件应为列表。"), code="criteria_shape")
    if len(criteria) > MAX_CRITERIA:
        raise ValidationError(
            _("条件不能超过%(limit)d条。"), code="criteria_many", params={"limit": MAX_CRITERIA}
        )
    problems: list[ValidationError] = []
    seen: set[str] = set()
    for number, criterion in enumerate(criteria, 1):
        try:
            _check(criterion, str(number), 1)
            _check_name(criterion.get("id") or str(number), seen, str(number))
        except ValidationError as error:
            problems.append(error)
    if problems:
        raise ValidationError(problems)


def _check_name(name: str, seen: set[str], place: str) -> None:
    """Results are kept by the name of their criterion, so no two may share one."""
    if len(name) > MAX_ID:
        raise _malformed(place, _("标识过长"))
    if name in seen:
        raise _malformed(place, _("标识与前面的条件重复"))
    seen.add(name)


def _check(criterion: Any, place: str, depth: int) -> None:
    if not isinstance(criterion, Mapping):
        raise _malformed(place, _("应为对象"))
    if depth > MAX_DEPTH:
        raise _malformed(place, _("嵌套过深"))
    kinds = [kind for kind in (*_GROUPS, "manual", "field") if kind in criterion]
    if len(kinds) != 1:
        raise _malformed(place, _("应恰好含有 field、any_of、all_of、not、manual 之一"))
    for key in _LEAF_TEXTS:
        if not isinstance(criterion.get(key, ""), str):
            raise _malformed(place, _("文字应为字符串"))
    if kinds[0] == "field":
        _check_leaf(criterion, place)
        return
    if set(criterion) - _TEXTS - set(kinds):
        raise _malformed(place, _("含有未知的键"))
    if kinds[0] == "manual":
        if criterion["manual"] is not True or not criterion.get("text_zh"):
            raise _malformed(place, _("人工判断的条件须写明内容"))
        return
    parts = [criterion["not"]] if kinds[0] == "not" else criterion[kinds[0]]
    if parts == [{}]:
        parts = []
    if not isinstance(parts, (list, tuple)) or not 1 <= len(parts) <= MAX_CRITERIA:
        raise _malformed(place, _("条件组不能为空"))
    for number, part in enumerate(parts, 1):
        _check(part, f"{place}.{number}", depth + 1)


def _check_leaf(leaf: Criterion, place: str) -> None:
    if set(leaf) - _LEAF_KEYS:
        raise _malformed(place, _("含有未知的键"))
    if not isinstance(leaf["field"], str) or not FIELD.fullmatch(leaf["field"]):
        raise _malformed(place, _("字段写法有误"))
    op = leaf.get("op")
    if op not in OPERATORS:
        raise _malformed(place, _("比较方式有误"))
    if op in ("gte", "lte", "count_gte") and as_number(leaf.get("value")) is None:
        raise _malformed(place, _("比较值应为数字"))
    if op == "in" and not (isinstance(leaf.get("value"), (list, tuple)) and leaf["value"]):
        raise _malformed(place, _("可选值应为非空列表"))
    if op == "eq" and not isinstance(leaf.get("value"), (str, int, float, bool)):
        raise _malformed(place, _("比较值应为单个值"))


def place_of(error: ValidationError) -> str:
    """Which criterion a problem is about: "3.2" is the second part of the third, "" all of them."""
    return str((error.params or {}).get("place", ""))


def _malformed(place: str, problem: Any) -> ValidationError:
    return ValidationError(
        _("第%(place)s条：%(problem)s。"), code="criterion", params={"place": place, "problem": problem}
    )


# --- evaluation -----------------------------------------------------------------------------------


def _evaluate(criterion: Criterion, record: Record, place: str) -> Result:
    if "field" in criterion:
        return _leaf(criterion, record, place)
    if "manual" in criterion:
        return _result(criterion, place, MANUAL, "须人工判断。", "A person has to judge this.")
    return _group(criterion, record, place)


def _group(criterion: Criterion, record: Record, place: str) -> Result:
    kind = next(kind for kind in _GROUPS if kind in criterion)
    parts = tuple(
        _evaluate(child, record, f"{place}.{n}") for n, child in enumerate(_parts(criterion, kind), 1)
    )
    states = [part.state for part in parts]
    combine = {"all_of": _all_of, "any_of": _any_of, "not": _negated}[kind]
    head_zh, head_en = _HEADS[kind]
    return _result(
        criterion,
        place,
        combine(states),
        f"{head_zh}：" + "；".join(part.sentence_zh.rstrip("。") for part in parts) + "。",
        f"{head_en}: " + "; ".join(part.sentence_en.rstrip(".") for part in parts) + ".",
        used=tuple(used for part in parts for used in part.used),
        parts=parts,
    )


def _parts(criterion: Criterion, kind: str) -> Sequence[Criterion]:
    return [criterion["not"]] if kind == "not" else criterion[kind]


_HEADS = {
    "all_of": ("须全部满足", "All of these are required"),
    "any_of": ("满足其一即可", "One of these is enough"),
    "not": ("不得出现", "This must not be the case"),
}


def _all_of(states: list[str]) -> str:
    return next((state for state in (FAIL, MISSING, MANUAL) if state in states), PASS)


def _any_of(states: list[str]) -> str:
    # manual before missing: a person may find the condition met without the missing figure
    return next((state for state in (PASS, MANUAL, MISSING) if state in states), FAIL)


def _negated(states: list[str]) -> str:
    return {PASS: FAIL, FAIL: PASS}.get(states[0], states[0])


def _leaf(leaf: Criterion, record: Record, place: str) -> Result:
    value, used = lookup(record, leaf["field"])
    state = _compare(leaf["op"], value, leaf.get("value"))
    in_principle = leaf.get("in_principle") is True
    if state == FAIL and in_principle:
        state = MANUAL
    zh, en = _sentences(leaf, value, state)
    return _result(leaf, place, state, zh, en, used=used)


def _compare(op: str, value: Any, wanted: Any) -> str:
    if op == "present":
        return FAIL if is_empty(value) else PASS
    if op == "count_gte" and isinstance(value, (list, tuple)):
        return _compare_numbers(op, Decimal(len(value)), as_number(wanted))
    if is_empty(value):
        return MISSING
    if op == "in":
        choices = value if isinstance(value, (list, tuple)) else [value]
        return PASS if any(_same(choice, each) for choice in choices for each in wanted) else FAIL
    if op == "eq":
        return PASS if _same(value, wanted) else FAIL
    return _compare_numbers(op, as_number(value), as_number(wanted))


def _compare_numbers(op: str, value: Decimal | None, wanted: Decimal | None) -> str:
    if value is None or wanted is None:
        return MISSING
    met = value <= wanted if op == "lte" else value >= wanted
    return PASS if met else FAIL


def _same(value: Any, wanted: Any) -> bool:
    """Equality by kind: true is not 1, but "12" and 12.0 are one number because payloads carry decimals
    as text.
    """
    if isinstance(value, bool) or isinstance(wanted, bool):
        return value is wanted
    if isinstance(value, str) and isinstance(wanted, str):
        return value == wanted
    number = as_number(value)
    return number is not None and number == as_number(wanted)


# --- sentences ------------------------------------------------------------------------------------


def _result(criterion: Criterion, place: str, state: str, zh: str, en: str, **evidence: Any) -> Result:
    text_zh, text_en = criterion.get("text_zh", ""), criterion.get("text_en", "")
    return Result(
        id=criterion.get("id") or place,
        state=state,
        text_zh=text_zh,
        text_en=text_en,
        sentence_zh=f"{text_zh}：{zh}" if text_zh else zh,
        sentence_en=f"{text_en}: {en}" if text_en else en,
        in_principle=criterion.get("in_principle") is True,
        **evidence,
    )


def _sentences(leaf: Criterion, value: Any, state: str) -> tuple[str, str]:
    label_zh, label_en = leaf.get("label_zh", leaf["field"]), leaf.get("label_en", leaf["field"])
    unit = f" {leaf['unit']}" if leaf.get("unit") else ""
    need_zh, need_en = _need(leaf, unit)
    verdict_zh, verdict_en = _VERDICTS[state]
    if value is None or (is_empty(value) and leaf["op"] != "count_gte"):
        found_zh, found_en = f"{label_zh}未填写", f"{label_en} was not filled in"
    else:
        found_zh = f"{label_zh}为{_shown(value, 'zh')}{unit}"
        found_en = f"{label_en} is {_shown(value, 'en')}{unit}"
    return f"{found_zh}，{need_zh}，{verdict_zh}。", f"{found_en}, {need_en}: {verdict_en}."


def requirement(criterion: Criterion) -> tuple[str, str]:
    """What a criterion asks, as a sentence in both languages, without any record."""
    texts = criterion.get("text_zh", ""), criterion.get("text_en", "")
    if "manual" in criterion:
        asked = "须人工判断", "a person has to judge"
    elif "field" in criterion:
        unit = f" {criterion['unit']}" if criterion.get("unit") else ""
        need = _need(criterion, unit)
        asked = (
            f"{criterion.get('label_zh', criterion['field'])}{need[0]}",
            f"{criterion.get('label_en', criterion['field'])} {need[1]}",
        )
    else:
        kind = next(kind for kind in _GROUPS if kind in criterion)
        parts = [requirement(part) for part in _parts(criterion, kind)]
        asked = (
            f"{_HEADS[kind][0]}：" + "；".join(zh.rstrip("。") for zh, _en in parts),
            f"{_HEADS[kind][1]}: " + "; ".join(en.rstrip(".") for _zh, en in parts),
        )
    marks = ("（原则上）", " (in principle)") if criterion.get("in_principle") is True else ("", "")
    return (
        (f"{texts[0]}：" if texts[0] else "") + asked[0] + marks[0] + "。",
        (f"{texts[1]}: " if texts[1] else "") + asked[1] + marks[1] + ".",
    )


_VERDICTS = {
    PASS: ("符合", "met"),
    FAIL: ("不符合", "not met"),
    MANUAL: (
        "未达到原则性要求，须人工判断",
        "the requirement in principle is not met, a person has to judge",
    ),
    MISSING: ("无法判断", "cannot be judged"),
}


def _need(leaf: Criterion, unit: str) -> tuple[str, str]:
    if leaf["op"] == "present":
        return "须填写", "required to be filled in"
    value = leaf["value"] if leaf["op"] == "in" else [leaf["value"]]
    zh, en = {
        "gte": ("要求不低于", "at least"),
        "lte": ("要求不高于", "at most"),
        "eq": ("要求为", "has to be"),
        "in": ("要求为其中之一：", "has to be one of"),
        "count_gte": ("要求数量不少于", "in number at least"),
    }[leaf["op"]]
    shown_zh = "、".join(_shown(each, "zh") for each in value)
    shown_en = ", ".join(_shown(each, "en") for each in value)
    return f"{zh}{shown_zh}{unit}", f"{en} {shown_en}{unit}"


_TRUTH = {("zh", True): "是", ("zh", False): "否", ("en", True): "yes", ("en", False): "no"}


def _shown(value: Any, language: str) -> str:
    if isinstance(value, bool):
        return _TRUTH[language, value]
    if isinstance(value, (list, tuple)):
        return str(len(value))
    number = None if isinstance(value, str) else as_number(value)
    return str(value)[:80] if number is None else f"{number:,f}"


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, Decimal) else value
