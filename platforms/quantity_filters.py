"""A quantity of the specification as a filter of the service resource list: "at least 500 L"."""

from __future__ import annotations

import json
from typing import Any

import django_filters as filters
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import BooleanField, F, Func, QuerySet, TextField, Value
from django.utils.translation import gettext_lazy as _
from django_filters.widgets import SuffixedMultiWidget

from platforms.filters import ResourceFilters
from platforms.quantities import KEPT


class ParameterField(forms.MultiValueField):
    """``(unit, least, most)`` from three inputs; ``None`` without a unit. One end may stay open."""

    class Inputs(SuffixedMultiWidget):
        suffixes = ["unit", "min", "max"]

        def __init__(self) -> None:
            super().__init__([forms.TextInput, forms.TextInput, forms.TextInput])

        def decompress(self, value: Any) -> list[Any]:
            return list(value) if value else [None, None, None]

    widget = Inputs

    def __init__(self, **options: Any) -> None:
        unit = forms.ChoiceField(choices=[(unit, unit) for unit in KEPT], required=False)
        bounds = [forms.DecimalField(required=False, max_digits=12, decimal_places=4) for _end in "ab"]
        super().__init__(fields=(unit, *bounds), require_all_fields=False, **options)

    def compress(self, values: list[Any]) -> tuple[str, Any, Any] | None:
        unit, least, most = [*values, None, None, None][:3]
        if not unit or (least is None and most is None):
            return None
        if least is not None and most is not None and least > most:
            raise ValidationError(_("最小值不能大于最大值。"), "out_of_order")
        return unit, least, most


class Parameter(filters.Filter):
    """Rows one of whose quantities has that unit and reaches into the range."""

    field_class = ParameterField
    PATH = "$[*] ? (@.unit == $unit && @.high >= $least && @.low <= $most)"
    WIDEST = 10**15

    def filter(self, queryset: QuerySet, value: Any) -> QuerySet:
        if not value:
            return queryset
        unit, least, most = value
        bounds = {
            "unit": unit,
            "least": float(least) if least is not None else -self.WIDEST,
            "most": float(most) if most is not None else self.WIDEST,
        }
        return queryset.filter(_path_exists(F(self.field_name), Value(self.PATH), Value(json.dumps(bounds))))


def _path_exists(column: F, path: Value, variables: Value) -> Func:
    return Func(
        column,
        Func(path, template="%(expressions)s::jsonpath", output_field=TextField()),
        Func(variables, template="%(expressions)s::jsonb", output_field=TextField()),
        function="jsonb_path_exists",
        output_field=BooleanField(),
    )


class ResourcePageFilters(ResourceFilters):
    """What the page asks beyond the API: a quantity of the specification."""

    parameter = Parameter(field_name="parameters", label=_("参数"))
