"""What else can be asked of a filter: ``__n`` not, ``__empty``, and of texts and dates ``__ic``, ``__gte``, ``__lte``.

Derived from the filters themselves and the columns they read, so that a new filter has its suffixes at once. For the API only:
the pages offer what people need.
"""

from __future__ import annotations

import copy
import datetime
from collections.abc import Iterator
from functools import cache
from typing import Any

import django_filters as filters
from django import forms
from django.contrib.postgres.fields import ArrayField
from django.db.models import CharField, DateField, Field, Model, Q, QuerySet
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from platforms.filters import Codes, Since, SinceField, YesNo

#: Columns in which a part of a text may be looked for.
TEXTS = ("name_zh", "title_zh")


class Negated:
    """Mixed into a copy of a filter: all rows but those it finds, and those without a value too."""

    def filter(self, queryset: QuerySet, value: Any) -> QuerySet:
        if not value:
            return queryset
        # What is said of a row for one reader, such as a state as that person sees it, is known to the question only.
        asked = self.field_name in queryset.query.annotations  # type: ignore[attr-defined]
        rows = queryset.order_by() if asked else queryset.model._default_manager.order_by()
        found = super().filter(rows, value)  # type: ignore[misc]
        return queryset.exclude(pk__in=found.values("pk"))


class Empty(YesNo):
    """Whether a column says nothing."""

    def filter(self, queryset: QuerySet, value: bool | None) -> QuerySet:
        if value is None:
            return queryset
        column = queryset.model._meta.get_field(self.field_name)
        nothing = Q(**{f"{self.field_name}__isnull": True})
        if isinstance(column, ArrayField):
            nothing |= Q(**{self.field_name: []})
        elif isinstance(column, CharField):
            nothing |= Q(**{self.field_name: ""})
        return queryset.filter(nothing) if value else queryset.exclude(nothing)


class Contains(filters.Filter):
    """A part of a text, whatever the case."""

    field_class = forms.CharField

    def __init__(self, field_name: str, **options: Any) -> None:
        super().__init__(field_name=field_name, lookup_expr="icontains", max_length=100, **options)


class Day(filters.Filter):
    """A day, compared with a column of days."""

    field_class = SinceField

    def filter(self, queryset: QuerySet, value: Any) -> QuerySet:
        if isinstance(value, datetime.datetime):
            value = value.date()
        return super().filter(queryset, value)


@cache
def with_suffixes(declared: type[filters.FilterSet]) -> type[filters.FilterSet]:
    """The same filter set, with the suffixes its filters can have."""
    model = declared._meta.model
    more = dict(_suffixes(declared, model))
    more = {name: item for name, item in more.items() if name not in declared.base_filters}
    return type(declared.__name__, (declared,), more)


def _suffixes(
    declared: type[filters.FilterSet], model: type[Model] | None
) -> Iterator[tuple[str, filters.Filter]]:
    for name, item in declared.base_filters.items():
        column = _column(model, item.field_name)
        if isinstance(item, filters.MultipleChoiceFilter | Codes):
            if not getattr(item, "always", False):
                yield f"{name}__n", _negated(item)
                if column is not None and (column.null or column.blank or isinstance(column, ArrayField)):
                    yield (
                        f"{name}__empty",
                        Empty(field_name=item.field_name, label=_label(item, _("是否为空"))),
                    )
        elif isinstance(item, Since | filters.DateFilter) and isinstance(column, DateField):
            label = item.label or item.field_name
            yield f"{item.field_name}__gte", Day(field_name=item.field_name, lookup_expr="gte", label=label)
            yield (
                f"{item.field_name}__lte",
                Day(field_name=item.field_name, lookup_expr="lte", label=_("不晚于此日")),
            )
    for name in TEXTS:
        if isinstance(_column(model, name), CharField):
            yield f"{name}__ic", Contains(name, label=_("名称中含有，不分大小写"))


def _column(model: type[Model] | None, name: str | None) -> Field | None:
    known = {field.name: field for field in model._meta.concrete_fields} if model else {}
    return known.get(name or "")


def _negated(item: filters.Filter) -> filters.Filter:
    made = copy.copy(item)
    made.extra = dict(item.extra)
    made.__class__ = type(f"Not{type(item).__name__}", (Negated, type(item)), {})
    made.label = _label(item, _("除外"))
    return made


def _label(item: filters.Filter, what: Any) -> Any:
    return format_lazy(_("{filter}：{what}"), filter=item.label or item.field_name, what=what)
