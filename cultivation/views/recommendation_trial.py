"""试算: what would change if two places of an authority's list were swapped. By the rules alone; nothing is stored."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from cultivation.choices import ApplicationStatus
from cultivation.models import Application
from platforms.errors import Invalid, Problem
from platforms.templatetags.registry_ui import plain_name

Trial = dict[str, Any]


def trial_of(request: HttpRequest, ranked: list[Application], places: int | None) -> Trial | None:
    """What the address asks to try, if it does: ``{"first", "second", "lines", "approver", "numbers"}``.

    ``lines`` are sentences; ``approver``: only an approver may do it; ``numbers`` is the order form filled in so.
    """
    if "swap" not in request.GET:
        return None
    by_rank = {str(each.rank): each for each in ranked}
    first, second = (by_rank.get(request.GET.get(name, "").strip()) for name in ("swap", "with"))
    if first is None or second is None or first is second:
        raise Invalid([Problem("swap", "place", _("请填写名单中两个不同的序号。"))])
    exchanged = {first.pk: second, second.pk: first}
    after = [exchanged.get(each.pk, each) for each in ranked]
    return {
        "first": first.rank,
        "second": second.rank,
        "lines": [*_moves(first, second), *_within(ranked, after, places)],
        "approver": any(each.status != ApplicationStatus.PROPOSED for each in (first, second)),
        "numbers": [(each.pk, number) for number, each in enumerate(after, 1)],
    }


def _moves(first: Application, second: Application) -> list[str]:
    words = _("“%(name)s”由第 %(old)s 位到第 %(new)s 位。")
    return [
        words % {"name": plain_name(one.platform), "old": one.rank, "new": other.rank}
        for one, other in ((first, second), (second, first))
    ]


def _within(before: list[Application], after: list[Application], places: int | None) -> list[str]:
    """What changes among the first so many as there are places: who, and how they are spread over the areas."""
    if places is None:
        return [_("本批次对本单位不限名额，次序只是推荐的先后。")]
    old, new = before[:places], after[:places]
    facts = {"n": places}
    came = [each for each in new if each not in old]
    if not came:
        return [_("前 %(n)s 位（名额数）还是这些平台，领域分布不变。") % facts]
    [gone] = [each for each in old if each not in new]
    names = facts | {"in": plain_name(came[0].platform), "out": plain_name(gone.platform)}
    lines = [_("进入前 %(n)s 位（名额数）：“%(in)s”；退出：“%(out)s”。") % names]
    was, now = _areas(old), _areas(new)
    lines += [
        _("前 %(n)s 位中“%(area)s”由 %(old)s 个变为 %(new)s 个。")
        % (facts | {"area": area, "old": was[area], "new": now[area]})
        for area in sorted(was | now)
        if was[area] != now[area]
    ]
    return lines if len(lines) > 1 else [*lines, _("领域分布不变。")]


def _areas(rows: list[Application]) -> Counter[str]:
    return Counter(plain_name(each.platform.area) if each.platform.area else _("未填写") for each in rows)
