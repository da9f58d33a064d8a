"""推荐排序: one authority's order of its applications in a batch. Every change writes the whole order in one act."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence

from cultivation.actions.application import rerank, standing
from cultivation.actions.window import require_window, take_turn
from cultivation.choices import ApplicationStatus
from cultivation.models import Application, Batch
from platforms.access import Permission, reach, require
from platforms.actions.verb import verb
from platforms.errors import Conflict, Invalid, Problem
from platforms.models import Authority, User
from platforms.words import gettext_lazy as _


@verb("ranking.set_order")
def set_order(
    *,
    batch: Batch,
    authority: Authority,
    order: Sequence[int],
    by: User,
    arrived_at: datetime.datetime | None = None,
) -> list[Application]:
    """Put the list into the order of these application ids, which must be exactly the ids on it.

    The order of what has been recommended was approved; only an approver changes it.
    """
    return _write(batch, authority, by, arrived_at, lambda before: _in_order(before, order))


@verb("ranking.set_rank")
def set_rank(
    *,
    application: Application,
    rank: int,
    by: User,
    arrived_at: datetime.datetime | None = None,
    seen: int | None = None,
) -> list[Application]:
    """Move one application to a place; those between make room. Beyond either end it goes to that end.

    ``seen`` is the place it was moved from: if it stands elsewhere by now, somebody else was quicker.
    """

    def moved(before: list[Application]) -> list[Application]:
        rest = [each for each in before if each.pk != application.pk]
        mine = [each for each in before if each.pk == application.pk]
        if seen is not None and any(each.rank != seen for each in mine):
            raise Conflict(_("名单已被其他人修改，请刷新后再排序。"))
        place = min(max(rank, 1), len(before)) - 1
        return [*rest[:place], *mine, *rest[place:]]

    return _write(application.batch, application.authority, by, arrived_at, moved)


@verb("ranking.set_numbers")
def set_numbers(
    *,
    batch: Batch,
    authority: Authority,
    numbers: Mapping[int, int],
    by: User,
    arrived_at: datetime.datetime | None = None,
) -> list[Application]:
    """The form with a number beside each application. A number given twice is refused, gaps are closed."""

    def sorted_by_number(before: list[Application]) -> list[Application]:
        if set(numbers) != {each.pk for each in before}:
            raise Conflict(_("名单已被其他人修改，请刷新后再排序。"))
        given = list(numbers.values())
        problems = [
            Problem(
                str(each.pk),
                "tie",
                str(_("第 %(n)d 位填写了不止一次。") % {"n": numbers[each.pk]}),
            )
            for each in before
            if given.count(numbers[each.pk]) > 1
        ]
        if problems:
            raise Invalid(problems)
        return sorted(before, key=lambda each: numbers[each.pk])

    return _write(batch, authority, by, arrived_at, sorted_by_number)


def _in_order(before: list[Application], order: Sequence[int]) -> list[Application]:
    known = {each.pk: each for each in before}
    if sorted(order) != sorted(known):
        raise Conflict(_("名单已被其他人修改，请刷新后再排序。"))
    return [known[pk] for pk in order]


def _write(batch, authority, by, arrived_at, arrange) -> list[Application]:
    held = take_turn(batch, authority)
    before = standing(held, authority)
    if not before or not reach(by).may(Permission.APPLICATION_RECOMMEND, before[0]):
        _require_author(before, by)
    require_window(held, arrived_at)
    after = arrange(before)
    if _sent(before) != _sent(after):
        require(by, Permission.APPLICATION_RECOMMEND, before[0])
    rerank(after)
    return after


def _require_author(before: list[Application], by: User) -> None:
    require(by, Permission.APPLICATION_PROPOSE, before[0] if before else None)


def _sent(ordered: list[Application]) -> list[tuple[int, int]]:
    """Recommended applications with their places."""
    return [
        (each.pk, place) for place, each in enumerate(ordered, 1) if each.status != ApplicationStatus.PROPOSED
    ]
