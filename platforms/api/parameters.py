"""Strict reading of the query string: what is not declared, or given twice where one value is meant, is refused by name.

A misspelt filter that is silently ignored would answer a question nobody asked.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_filters import FilterSet, MultipleChoiceFilter

from platforms.api.problems import Refused, bad_parameter, listed
from platforms.filters import Codes


@dataclass(frozen=True)
class Parameter:
    """A query parameter as the schema describes it; ``many`` may be repeated (OR)."""

    name: str
    description: Any = ""
    many: bool = False
    choices: tuple[str, ...] = ()
    kind: str = "string"
    default: Any = None
    required: bool = False


MOST_ERRORS = 20
#: What others' interfaces take and this one cannot, with the reason (docs/adr/0026).
NOT_HERE = {"bbox": gettext_lazy("公开记录没有坐标，请用 region 按行政区划筛选。")}


def of_filters(filters: type[FilterSet]) -> list[Parameter]:
    """The parameters a filter set declares."""
    return [
        found
        for name, item in filters.base_filters.items()
        for found in (_of_inputs(name, item) or [_of_filter(name, item)])
    ]


def _of_inputs(name: str, item) -> list[Parameter]:
    """Of a filter that is asked by several parameters, such as a range with a unit."""
    inputs = getattr(item, "inputs", {})
    return [
        Parameter(f"{name}_{ending}", text, choices=choices) for ending, (text, choices) in inputs.items()
    ]


def _of_filter(name: str, item) -> Parameter:
    choices = item.extra.get("choices") or ()
    return Parameter(
        name,
        item.label or "",
        many=isinstance(item, MultipleChoiceFilter | Codes),
        choices=tuple(value for value, _label in choices) if not callable(choices) else (),
    )


def check(params: QueryDict, allowed: Iterable[Parameter]) -> None:
    """Raises ``Refused`` (400) with one entry per parameter that is unknown, repeated or unreadable."""
    known = {parameter.name: parameter for parameter in allowed}
    errors: list[dict[str, str]] = []
    for name, values in params.lists():
        if len(errors) == MOST_ERRORS:
            break
        shown = name[:60]
        if name not in known:
            hint = listed(sorted(known)) or _("无")
            sentence = _("没有这个参数。可用的参数：%(known)s。") % {"known": hint}
            if name in NOT_HERE:
                sentence = f"{NOT_HERE[name]}{sentence}"
            errors.append(bad_parameter(shown, "unknown_parameter", sentence))
        elif len(values) > 1 and not known[name].many:
            errors.append(bad_parameter(shown, "repeated", _("只能出现一次。")))
        elif any("\x00" in value for value in values):
            errors.append(bad_parameter(shown, "nul", _("含有不能使用的字符（空字符）。")))
    if errors:
        raise Refused(errors=errors, code="bad_parameter")


def filters_for(filters: type[FilterSet], params: QueryDict, queryset: QuerySet) -> FilterSet:
    """The filter set with only the filters that have something to do: copying all of them takes longer than the query."""
    used = {
        name: item
        for name, item in filters.base_filters.items()
        if name in params
        or getattr(item, "always", False)
        or any(f"{name}_{ending}" in params for ending in getattr(item, "inputs", ()))
    }
    narrow: Any = object.__new__(filters)
    narrow.base_filters = used
    narrow.__init__(params, queryset=queryset)
    return narrow


def filtered(filters: FilterSet):
    """The filtered queryset, or ``Refused`` (400) with one entry per filter whose value is wrong."""
    if filters.is_valid():
        return filters.qs
    errors = [
        bad_parameter(
            _named(name, problem), problem.code or "invalid", _worded(filters, name, problem, message)
        )
        for name, problems in filters.errors.as_data().items()
        for problem in problems
        for message in problem.messages
    ]
    raise Refused(errors=errors, code="bad_parameter")


def _worded(filters: FilterSet, name: str, problem: ValidationError, message: str) -> str:
    """A value that is not among those taken is answered with those that are."""
    choices = filters.base_filters[name].extra.get("choices") or ()
    if problem.code != "invalid_choice" or callable(choices):
        return message
    known = listed(str(value) for value, _label in choices)
    return _("没有“%(value)s”这个值。可用的值：%(known)s。") % {
        "value": str((problem.params or {}).get("value", ""))[:60],
        "known": known,
    }


def _named(name: str, problem: ValidationError) -> str:
    """The parameter a fault lies in; a filter of several says which."""
    ending = (problem.params or {}).get("input")
    return f"{name}_{ending}" if ending else name
