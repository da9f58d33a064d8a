"""Scores of expert review: sheets, panels, ranks and grades.

"Not scored" is ``None`` everywhere and never a number: an unfinished sheet has no total, a panel without
finished sheets has no mean, an application without a mean has no rank. Amounts are ``Decimal`` with two
places, rounded half up only when they leave a function, so that a printed sheet can be checked by hand.

Ranks are competition ranks (1, 2, 2, 4), not dense ones (1, 2, 2, 3): a rank then says how many are
better, which is what quotas and rank caps ask. Fewer than three scores are never summarised for readers,
because an average of one or two gives the single score away.
"""

from __future__ import annotations

import itertools
import random
import statistics
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import TypeVar

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

Key = TypeVar("Key", bound=Hashable)
Expert = TypeVar("Expert", bound=Hashable)

HUNDRED = Decimal(100)
CENT = Decimal("0.01")
LEAST_FOR_SUMMARY = 3


def rounded(value: Decimal) -> Decimal:
    """Two decimal places, half up: the rounding people do by hand."""
    return value.quantize(CENT, rounding=ROUND_HALF_UP)


# --- one sheet ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Item:
    """One scored line of a rubric: its weight in percent of the total and the full mark."""

    key: str
    weight: Decimal
    maximum: Decimal = HUNDRED


def check_rubric(items: Sequence[Item]) -> None:
    """Refuse a rubric whose keys repeat, whose weights do not sum to exactly 100 or whose marks make no
    sense.
    """
    keys = [item.key for item in items]
    if len(set(keys)) != len(keys):
        raise ValidationError(_("评分指标的标识不能重复。"), code="rubric_keys")
    if any(not item.weight.is_finite() or item.weight <= 0 for item in items):
        raise ValidationError(_("每项权重必须大于0。"), code="rubric_weight")
    if any(not item.maximum.is_finite() or item.maximum <= 0 for item in items):
        raise ValidationError(_("每项满分必须大于0。"), code="rubric_maximum")
    total = sum((item.weight for item in items), Decimal(0))
    if total != HUNDRED:
        raise ValidationError(
            _("各项权重之和应为100，现为%(total)s。"), code="rubric_sum", params={"total": format(total, "f")}
        )


def check_marks(items: Sequence[Item], marks: Mapping[str, Decimal | None]) -> None:
    """Refuse marks for unknown items and marks outside 0 to the full mark.

    Missing marks are allowed: a draft.
    """
    maxima = {item.key: item.maximum for item in items}
    unknown = sorted(set(marks) - set(maxima))
    if unknown:
        raise ValidationError(
            _("评分表中没有指标“%(key)s”。"), code="mark_unknown", params={"key": unknown[0]}
        )
    for key, mark in marks.items():
        if mark is not None and not (mark.is_finite() and 0 <= mark <= maxima[key]):
            raise ValidationError(
                _("“%(key)s”的得分应在0至%(maximum)s之间。"),
                code="mark_range",
                params={"key": key, "maximum": format(maxima[key], "f")},
            )


def sheet_score(items: Sequence[Item], marks: Mapping[str, Decimal | None]) -> Decimal | None:
    """The weighted total from 0 to 100, or ``None`` while any item is not scored. Assumes checked input."""
    total = Decimal(0)
    for item in items:
        mark = marks.get(item.key)
        if mark is None:
            return None
        total += mark / item.maximum * item.weight
    return rounded(total) if items else None


# --- one application ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Summary:
    """What a panel's totals say together.

    All but ``n`` are ``None`` when there is nothing, or too little, to say.
    """

    n: int
    mean: Decimal | None = None
    median: Decimal | None = None
    stdev: Decimal | None = None
    low: Decimal | None = None
    high: Decimal | None = None

    @property
    def range(self) -> Decimal | None:
        return None if self.low is None or self.high is None else self.high - self.low

    def for_readers(self) -> Summary:
        """The same summary, or only its ``n`` when so few scores would give single ones away."""
        return self if self.n >= LEAST_FOR_SUMMARY else Summary(self.n)


def scored(scores: Iterable[Decimal | None]) -> list[Decimal]:
    return [score for score in scores if score is not None]


def without_extremes(scores: Iterable[Decimal | None], *, drop: int = 1) -> list[Decimal]:
    """The scores in order without the ``drop`` highest and lowest.

    All of them when fewer than three would remain.
    """
    ordered = sorted(scored(scores))
    return ordered[drop : len(ordered) - drop] if len(ordered) - 2 * drop >= LEAST_FOR_SUMMARY else ordered


def summarise(scores: Iterable[Decimal | None], *, drop: int = 0) -> Summary:
    """Mean, median, sample standard deviation and extremes of the finished sheets.

    With ``drop`` the extremes are left out of the mean alone: spread has to show the disagreement that
    dropping hides. The standard deviation needs two scores.
    """
    values = sorted(scored(scores))
    if not values:
        return Summary(0)
    return Summary(
        n=len(values),
        mean=rounded(statistics.mean(without_extremes(values, drop=drop))),
        median=rounded(statistics.median(values)),
        stdev=rounded(statistics.stdev(values)) if len(values) > 1 else None,
        low=values[0],
        high=values[-1],
    )


@dataclass(frozen=True, slots=True)
class Five:
    """Five numbers that tell how scores spread; quartiles between two scores lie between them."""

    low: Decimal
    lower: Decimal
    median: Decimal
    upper: Decimal
    high: Decimal


def five(scores: Iterable[Decimal | None]) -> Five | None:
    """The five numbers of at least three scores."""
    values = sorted(scored(scores))
    if len(values) < LEAST_FOR_SUMMARY:
        return None
    lower, median, upper = statistics.quantiles(values, n=4, method="inclusive")
    return Five(values[0], rounded(lower), rounded(median), rounded(upper), values[-1])


def experts_disagree(scores: Iterable[Decimal | None], *, threshold: Decimal) -> bool:
    """Whether highest and lowest finished score lie more than ``threshold`` points apart: ask a further
    expert.
    """
    spread = summarise(scores).range
    return spread is not None and spread > threshold


def combined(scores: Iterable[Decimal | None], rule: str) -> Decimal | None:
    """One score from several: their ``mean``, their ``median``, or the mean of the two ``closest``.

    Where two pairs are equally close there is no closest one, and all scores count.
    """
    values = sorted(scored(scores))
    if not values:
        return None
    if rule == "median":
        return rounded(statistics.median(values))
    if rule == "closest" and len(values) > 2:
        pairs = sorted(itertools.pairwise(values), key=lambda pair: pair[1] - pair[0])
        if pairs[0][1] - pairs[0][0] < pairs[1][1] - pairs[1][0]:
            return rounded(statistics.mean(pairs[0]))
    return rounded(statistics.mean(values))


# --- one round: experts compared ------------------------------------------------------------------


def calibration_offsets(
    sheets: Mapping[tuple[Expert, Key], Decimal | None], *, least: int = 3, rounds: int = 200
) -> dict[Expert, Decimal]:
    """How much higher (+) or lower (−) than their colleagues each expert scores, in points.

    The additive model score = application + expert, fitted by least squares, so that an expert who was given
    the better files is not taken for a mild one. Experts with fewer than ``least`` files that somebody else
    scored too get 0. Offsets average 0 over experts who are compared with each other, directly or
    through shared files; groups without a shared file cannot be compared and are centred apart.
    """
    scores = {pair: float(score) for pair, score in sheets.items() if score is not None}
    scores = _comparable(scores, least)
    offset = {expert: 0.0 for expert, _key in scores}
    if offset:
        _fit(scores, offset, rounds)
        for group in _connected(scores):
            centre = statistics.fmean(offset[expert] for expert in group)
            offset.update({expert: offset[expert] - centre for expert in group})
    everyone = {expert for expert, _key in sheets}
    return {expert: rounded(Decimal(repr(offset.get(expert, 0.0)))) + 0 for expert in everyone}


def _comparable(scores: dict[tuple[Expert, Key], float], least: int) -> dict[tuple[Expert, Key], float]:
    """Without files scored once and experts with too few shared files, until neither is left."""
    while True:
        readers: dict[Key, int] = {}
        for _expert, key in scores:
            readers[key] = readers.get(key, 0) + 1
        shared: dict[Expert, int] = {}
        for expert, key in scores:
            shared[expert] = shared.get(expert, 0) + (readers[key] > 1)
        kept = {
            (expert, key): score
            for (expert, key), score in scores.items()
            if readers[key] > 1 and shared[expert] >= least
        }
        if len(kept) == len(scores):
            return kept
        scores = kept


def _fit(scores: dict[tuple[Expert, Key], float], offset: dict[Expert, float], rounds: int) -> None:
    """Alternate between application and expert effects.

    Each step is the least-squares answer to the other.
    """
    for _round in range(rounds):
        residuals: dict[Key, list[float]] = {}
        for (expert, key), score in scores.items():
            residuals.setdefault(key, []).append(score - offset[expert])
        level = {key: statistics.fmean(values) for key, values in residuals.items()}
        deviations: dict[Expert, list[float]] = {expert: [] for expert in offset}
        for (expert, key), score in scores.items():
            deviations[expert].append(score - level[key])
        new = {expert: statistics.fmean(values) for expert, values in deviations.items()}
        change = max(abs(new[expert] - offset[expert]) for expert in offset)
        offset.update(new)
        if change < 1e-6:
            return


def _connected(scores: Iterable[tuple[Expert, Key]]) -> list[set[Expert]]:
    """Experts in groups that share files, directly or through others."""
    files: dict[Key, set[Expert]] = {}
    for expert, key in scores:
        files.setdefault(key, set()).add(expert)
    groups: list[set[Expert]] = []
    for readers in files.values():
        touching = [group for group in groups if group & readers]
        groups = [group for group in groups if not group & readers]
        groups.append(readers.union(*touching))
    return groups


def calibrated(score: Decimal | None, offset: Decimal) -> Decimal | None:
    """The score without its expert's offset, kept within 0 to 100."""
    return None if score is None else min(HUNDRED, max(Decimal(0), score - offset))


# --- ranks ----------------------------------------------------------------------------------------


def ranks(scores: Mapping[Key, Decimal | None]) -> dict[Key, int | None]:
    """Competition ranks, best first; ties share the better rank; ``None`` for what was not scored."""
    ordered = sorted(scored(scores.values()), reverse=True)
    first: dict[Decimal, int] = {}
    for position, score in enumerate(ordered, 1):
        first.setdefault(score, position)
    return {key: None if score is None else first[score] for key, score in scores.items()}


@dataclass(frozen=True, slots=True)
class Stability:
    """How a rank moves when the panel's scores are drawn anew: the middle 90 % of ranks, and the share of
    draws within the quota (0 to 1, ``None`` without a quota)."""

    low: int
    high: int
    within: Decimal | None


def rank_stability(
    panels: Mapping[Key, Sequence[Decimal | None]], *, seed: int, quota: int | None = None, draws: int = 1_000
) -> dict[Key, Stability]:
    """Bootstrap over the experts' scores of each application; the same seed gives the same answer.

    Applications without a score are left out. With three experts this is a rough guide to how firm a
    rank is, not a confidence interval.
    """
    # sorted by text so that the answer does not depend on the order in which a query returned the rows
    finished = {key: sorted(scored(panels[key])) for key in sorted(panels, key=str)}
    finished = {key: values for key, values in finished.items() if values}
    rng = random.Random(seed)  # noqa: S311  a reproducible resampling, not a secret
    seen: dict[Key, list[int]] = {key: [] for key in finished}
    for _draw in range(draws):
        means = {
            key: rounded(sum(rng.choices(values, k=len(values)), Decimal(0)) / len(values))
            for key, values in finished.items()
        }
        for key, rank in ranks(means).items():
            seen[key].append(rank or 0)
    return {key: _stability(sorted(drawn), quota) for key, drawn in seen.items()}


def _stability(drawn: list[int], quota: int | None) -> Stability:
    edge = len(drawn) // 20
    within = None if quota is None else rounded(Decimal(sum(rank <= quota for rank in drawn)) / len(drawn))
    return Stability(drawn[edge], drawn[-1 - edge], within)


# --- grades ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class GradeRule:
    """A grade for scores of at least ``minimum``, for at most ``share`` (0 to 1) of the cohort when set."""

    grade: str
    minimum: Decimal
    share: Decimal | None = None


def check_grade_rules(rules: Sequence[GradeRule]) -> None:
    """Rules run from the best grade down, end with one that takes everybody, and have sensible shares."""
    minima = [rule.minimum for rule in rules]
    if not rules or minima != sorted(set(minima), reverse=True):
        raise ValidationError(_("等级应从高到低排列，最低分数线依次递减。"), code="grade_order")
    if minima[-1] > 0 or rules[-1].share is not None:
        raise ValidationError(_("最后一个等级的分数线应为0，且不限比例。"), code="grade_last")
    if any(rule.share is not None and not 0 < rule.share <= 1 for rule in rules):
        raise ValidationError(_("等级比例应大于0且不超过1。"), code="grade_share")


def grades(
    scores: Mapping[Key, Decimal | None], rules: Sequence[GradeRule], *, vetoed: Iterable[Key] = ()
) -> dict[Key, str | None]:
    """The grade of every member of the cohort; ``None`` for those not scored.

    A share is a cap, never exceeded: it is taken of the scored cohort and rounded down, and a group of equal
    scores that would cross it takes the next grade together. A vetoed member gets the last grade whatever
    its score, and does not use up a place among the better ones.
    """
    check_grade_rules(rules)
    barred = set(vetoed)
    open_scores = scored(score for key, score in scores.items() if key not in barred)
    cohort = len(scored(scores.values()))
    result: dict[Key, str | None] = {}
    for key, score in scores.items():
        if score is None:
            result[key] = None
        elif key in barred:
            result[key] = rules[-1].grade
        else:
            at_least_as_good = sum(other >= score for other in open_scores)
            result[key] = _grade(score, at_least_as_good, cohort, rules)
    return result


def _grade(score: Decimal, at_least_as_good: int, cohort: int, rules: Sequence[GradeRule]) -> str:
    return next(
        rule.grade
        for rule in rules
        if score >= rule.minimum and (rule.share is None or at_least_as_good <= int(rule.share * cohort))
    )
