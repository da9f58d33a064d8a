"""Named database constraints that recur: each carries the sentence a person sees when it is violated."""

from __future__ import annotations

from typing import Any

from django.db.models import CheckConstraint, F, Q
from django.utils.translation import gettext_lazy as _

from platforms.access import Role

START_BEFORE_END = _("开始必须早于结束。")


def paired(table: str, event: str) -> CheckConstraint:
    """``<event>_at`` and ``<event>_by`` are both set or both empty: no act without an actor, no actor without an act."""
    at, by = f"{event}_at__isnull", f"{event}_by__isnull"
    return CheckConstraint(
        name=f"{table}_{event}_at_with_by",
        condition=Q(**{at: True, by: True}) | Q(**{at: False, by: False}),
        violation_error_code="unpaired",
        violation_error_message=_("操作时间和操作人必须同时填写。"),
    )


def different_people(table: str, first: str, second: str) -> CheckConstraint:
    """Two roles of one act are held by two persons (author ≠ approver)."""
    return CheckConstraint(
        name=f"{table}_{first}_not_{second}",
        condition=Q(**{f"{first}__isnull": True})
        | Q(**{f"{second}__isnull": True})
        | ~Q(**{first: F(second)}),
        violation_error_code="same_person",
        violation_error_message=_("经办人和审核人不能是同一人。"),
    )


def in_order(table: str, first: str, second: str, message: Any = START_BEFORE_END) -> CheckConstraint:
    """``first`` is not later than ``second`` (either may be empty)."""
    return CheckConstraint(
        name=f"{table}_{first}_to_{second}",
        condition=Q(**{f"{first}__isnull": True})
        | Q(**{f"{second}__isnull": True})
        | Q(**{f"{first}__lte": F(second)}),
        violation_error_code="out_of_order",
        violation_error_message=message,
    )


def city_fits_role(table: str) -> CheckConstraint:
    """The role that is narrowed to a city names one; no other does."""
    return CheckConstraint(
        name=f"{table}_city_fits_role",
        condition=Q(role=Role.CITY_REVIEWER, city__isnull=False)
        | (~Q(role=Role.CITY_REVIEWER) & Q(city__isnull=True)),
        violation_error_code="city_misfits_role",
        violation_error_message=_("地市初审人员必须指明城市，其他角色不能指明。"),
    )


def one_of(table: str, field: str, choices, *, or_empty: bool = False) -> CheckConstraint:
    """The stored value is one of the vocabulary's values (or nothing), whatever wrote the row."""
    return CheckConstraint(
        name=f"{table}_{field}_known",
        condition=Q(**{f"{field}__in": [*([""] if or_empty else []), *choices.values]}),
        violation_error_code="unknown_value",
        violation_error_message=_("不是允许的取值。"),
    )


def not_blank(table: str, field: str, when: Q | None = None) -> CheckConstraint:
    """``field`` is not empty (where ``when`` holds)."""
    condition = ~Q(**{field: ""})
    return CheckConstraint(
        name=f"{table}_{field}_not_blank",
        condition=condition if when is None else ~when | condition,
        violation_error_code="blank",
        violation_error_message=_("此项不能为空。"),
    )


def not_negative(table: str, *fields: str) -> CheckConstraint:
    """None of the quantities is below zero."""
    condition = Q()
    for field in fields:
        condition &= Q(**{f"{field}__isnull": True}) | Q(**{f"{field}__gte": 0})
    return CheckConstraint(
        name=f"{table}_quantities_not_negative",
        condition=condition,
        violation_error_code="negative",
        violation_error_message=_("数量不能小于零。"),
    )


def at_most(table: str, part: str, whole: str, message) -> CheckConstraint:
    """A part is not larger than its whole (either may be empty)."""
    return CheckConstraint(
        name=f"{table}_{part}_within_{whole}",
        condition=Q(**{f"{part}__isnull": True})
        | Q(**{f"{whole}__isnull": True})
        | Q(**{f"{part}__lte": F(whole)}),
        violation_error_code="part_exceeds_whole",
        violation_error_message=message,
    )
