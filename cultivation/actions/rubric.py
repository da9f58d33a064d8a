"""评分表: what experts mark and how much each mark weighs. A version that a round has opened with never changes again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Sum

from cultivation.choices import BatchStatus
from cultivation.models import Batch, Indicator, Rubric
from cultivation.scoring import Item, check_rubric
from platforms.access import Permission, require
from platforms.actions.verb import lock, verb
from platforms.errors import IllegalStep, Invalid, Problem
from platforms.models import User
from platforms.words import gettext_lazy as _

#: What a line of a rubric may say.
COLUMNS = ("dimension_zh", "dimension_en", "name_zh", "name_en", "guidance_zh", "weight", "max_score", "veto")
RULES = ("disagreement", "combination")
CHANGEABLE = (BatchStatus.DRAFT, BatchStatus.RECOMMENDING, BatchStatus.ASSESSING)


@verb("rubric.set_indicators")
def set_indicators(
    *,
    batch: Batch,
    lines: Sequence[Mapping[str, Any]],
    by: User,
    reason: str = "",
    rules: Mapping[str, Any] | None = None,
) -> Rubric:
    """Write the lines of the rubric in order. Once a round has opened with it, the change is a new version for later rounds.

    ``rules`` say when a further expert is asked and how scores are then put together (``RULES``). After the batch has opened
    a change needs a reason.
    """
    require(by, Permission.BATCH_PREPARE)
    batch = lock(batch)
    if batch.status not in CHANGEABLE:
        raise IllegalStep(
            _("“%(batch)s”现在是“%(state)s”，评分表不能再改。")
            % {"batch": batch, "state": batch.get_status_display()}
        )
    if batch.status != BatchStatus.DRAFT and not reason.strip():
        raise Invalid([Problem("reason", "required", _("请写明原因。"))])
    _require_sound(lines)
    rubric = newest(batch)
    if rubric is None or rubric.frozen_at is not None:
        before = rules_of(rubric) if rubric else {}
        rubric = Rubric.objects.create(batch=batch, version=rubric.version + 1 if rubric else 1, **before)
    for name, value in (rules or {}).items():
        setattr(rubric, name, value)
    rubric.full_clean(exclude=["batch", "frozen_by"])
    rubric.save()
    rubric.indicators.all().delete()
    Indicator.objects.bulk_create(
        Indicator(rubric=rubric, position=position, **{name: line[name] for name in COLUMNS if name in line})
        for position, line in enumerate(lines, 1)
    )
    return rubric


def newest(batch: Batch) -> Rubric | None:
    """The version that the next round will open with."""
    return batch.rubrics.order_by("-version").first()


def rules_of(rubric: Rubric) -> dict[str, Any]:
    """When a further expert is asked, and how scores are then put together."""
    return {name: getattr(rubric, name) for name in RULES}


def weight_of(rubric: Rubric | None):
    """The sum of the weights, ``None`` without a rubric."""
    return rubric and rubric.indicators.aggregate(total=Sum("weight"))["total"]


def copy(source: Batch, batch: Batch) -> None:
    """The newest rubric of one batch as the first version of another. Part of copying a batch."""
    before = newest(source)
    if before is None:
        return
    rubric = Rubric.objects.create(batch=batch, **rules_of(before))
    Indicator.objects.bulk_create(
        Indicator(
            rubric=rubric,
            position=line.position,
            **{name: getattr(line, name) for name in COLUMNS},
        )
        for line in before.indicators.all()
    )


def items(rubric: Rubric) -> list[Item]:
    """The weighted lines of a rubric as scoring sees them; veto lines carry no weight."""
    return [
        _item(str(line.pk), line.weight, line.max_score) for line in rubric.indicators.all() if not line.veto
    ]


def _item(key: str, weight: Any, maximum: int) -> Item:
    return Item(key=key, weight=weight, maximum=Decimal(maximum))


def _require_sound(lines: Sequence[Mapping[str, Any]]) -> None:
    problems = [
        Problem(f"{number}/{name}", "required", _("必填。"))
        for number, line in enumerate(lines)
        for name in ("dimension_zh", "name_zh")
        if not str(line.get(name, "")).strip()
    ]
    if problems:
        raise Invalid(problems)
    weighted = [
        _item(str(number), line["weight"], line["max_score"])
        for number, line in enumerate(lines)
        if not line.get("veto")
    ]
    try:
        check_rubric(weighted)
    except ValidationError as error:
        raise Invalid([Problem("", error.code or "rubric", message) for message in error.messages]) from error
