"""The filters of the service resource list, among them a quantity of the specification: "at least 500 L"."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, ClassVar

import django_filters as filters
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import BooleanField, F, Func, Q, QuerySet, TextField, Value
from django.utils.translation import gettext_lazy as _
from django_filters.widgets import SuffixedMultiWidget

from platforms.choices import OpenTo, PriceMode, ServiceType, Tier
from platforms.filters import REGION, Choices, Codes, Search
from platforms.models import PublicPlatform, PublicResource
from platforms.quantities import KEPT


class ParameterField(forms.MultiValueField):
    """``(unit, least, most)`` from three inputs, ``None`` from empty ones. Either end may stay open, or both.

    A number without a unit is refused: left aside it would answer another question.
    """

    class Inputs(SuffixedMultiWidget):
        suffixes = ["unit", "min", "max"]

        def __init__(self) -> None:
            super().__init__([forms.TextInput, forms.TextInput, forms.TextInput])

        def decompress(self, value: Any) -> list[Any]:
            return list(value) if value else [None, None, None]

    widget = Inputs

    def __init__(self, **options: Any) -> None:
        unit = forms.ChoiceField(choices=[(unit, unit) for unit in KEPT], required=False)
        too_long = dict.fromkeys(
            ("max_digits", "max_whole_digits", "max_decimal_places"),
            _("数字太长：整数部分最多 8 位，小数最多 4 位。"),
        )
        messages = {**too_long, "invalid": _("请填写数字，例如 500 或 0.5。")}
        bounds = [
            forms.DecimalField(required=False, max_digits=12, decimal_places=4, error_messages=messages)
            for _end in "ab"
        ]
        super().__init__(fields=(unit, *bounds), require_all_fields=False, **options)

    def clean(self, value: Any) -> tuple[str, Any, Any] | None:
        """Every fault says at which of the inputs it lies."""
        given = dict(zip(self.Inputs.suffixes, value or [None] * 3, strict=True))
        values, faults = {}, []
        for ending, field in zip(given, self.fields, strict=True):
            try:
                values[ending] = field.clean(given[ending])
            except ValidationError as error:
                faults += [_at(ending, one.messages[0], one.code) for one in error.error_list]
        if faults:
            raise ValidationError(faults)
        return self._range(values["unit"], values["min"], values["max"])

    def _range(self, unit: str, least: Any, most: Any) -> tuple[str, Any, Any] | None:
        if not unit and (least is not None or most is not None):
            raise ValidationError([_at("unit", _("请选择数值的单位。"), "no_unit")])
        if least is not None and most is not None and least > most:
            raise ValidationError([_at("max", _("最小值不能大于最大值。"), "out_of_order")])
        return (unit, least, most) if unit else None


def _at(ending: str, sentence: Any, code: str | None) -> ValidationError:
    return ValidationError(sentence, code or "invalid", {"input": ending})


class Parameter(filters.Filter):
    """Rows one of whose quantities has that unit and reaches into the range."""

    field_class = ParameterField
    #: What it is asked by, as endings of its name: ``parameter_unit``. With the values each can have.
    inputs: ClassVar[dict[str, tuple[Any, tuple[str, ...]]]] = {
        "unit": (_("参数的单位；单独使用时为写有此单位的参数"), KEPT),
        "min": (_("参数不小于此数，须同时给出单位"), ()),
        "max": (_("参数不大于此数，须同时给出单位"), ()),
    }
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


class ResourceRegion(Codes):
    """The rows themselves know the province; a city is looked up with their platform."""

    def filter(self, queryset: QuerySet, value: list[str]) -> QuerySet:
        cities = [code for code in value if not code.endswith("0000")]
        if not cities:
            return super().filter(queryset, value)
        there = PublicPlatform.objects.filter(city_code__in=cities).values("code")
        return queryset.filter(Q(region_code__in=value) | Q(platform_code__in=there))


class ResourceFilters(filters.FilterSet):
    """The public service resource list: services and shared instruments; pages and API ask the same."""

    q = Search(field_name="tokens", words=(PublicResource, "pk"), label=_("关键词"))
    service_type = Choices(choices=ServiceType.choices, label=_("服务类型"))
    price_mode = Choices(choices=PriceMode.choices, label=_("收费方式"))
    open_to = Choices(choices=OpenTo.choices, label=_("开放范围"))
    region = ResourceRegion(
        "region_code", pattern=REGION, label=_("省份或城市的行政区划代码，省份含所辖城市")
    )
    area = Codes("area_code", label=_("领域代码"))
    tier = Choices(choices=Tier.choices, label=_("平台梯次"))
    platform = Codes("platform_code", label=_("平台编号"))
    confirmed_since = filters.DateFilter(
        field_name="confirmed_on", lookup_expr="gte", label=_("此日之后确认过")
    )
    parameter = Parameter(field_name="parameters", label=_("参数"))

    class Meta:
        model = PublicResource
        fields: Iterable[str] = ()
