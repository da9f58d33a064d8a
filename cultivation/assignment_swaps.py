"""What a plan costs, and a few changes of it that a person may prefer. Nobody in conflict is ever offered."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

from cultivation.assignment_plan import Plan, Round

#: More than a person reads before deciding.
OFFERED = 3

#: A review leaves the expert's area only for loads that lie at least this far apart.
WORTH_A_MISFIT = 3

#: Exchanges of two reviews looked at; the first of them are as good as the others.
LOOKED_AT = 200


class Step(NamedTuple):
    """One review of a plan goes from one expert to another."""

    application: int
    old: int
    new: int


@dataclass(frozen=True)
class Cost:
    """``outside``: reviews by experts who do not know the area; the loads count what the experts already hold."""

    outside: int
    heaviest: int
    lightest: int


@dataclass(frozen=True)
class Swap:
    """``fit`` is how many reviews more are in an area the expert knows; ``loads`` maps an expert to the load before and after."""

    steps: tuple[Step, ...]
    fit: int
    loads: dict[int, tuple[int, int]]

    @property
    def order(self) -> tuple[bool, int, int, tuple[Step, ...]]:
        """Without a loss first, then by area, then by balance."""
        return (
            self.fit < 0,
            -self.fit,
            sum(after**2 - before**2 for before, after in self.loads.values()),
            self.steps,
        )


def cost(of: Round, plan: Plan) -> Cost:
    load = _loads(of, plan)
    return Cost(
        outside=sum(not of.fits(*pair) for pair in plan.pairs),
        heaviest=max(load.values(), default=0),
        lightest=min(load.values(), default=0),
    )


def swapped(of: Round, plan: Plan, steps: Sequence[Step]) -> Plan | None:
    """The plan after these steps; ``None`` where one does not fit it (any more)."""
    pairs = list(plan.pairs)
    for step in steps:
        before, after = (step.application, step.old), (step.application, step.new)
        if before not in pairs or after in pairs or step.new not in of.experts:
            return None
        if step.new in of.barred(step.application):
            return None
        pairs[pairs.index(before)] = after
    result = Plan(pairs, plan.short)
    load = _loads(of, result)
    return None if any(load[step.new] > of.experts[step.new].most for step in steps) else result


def swaps(of: Round, plan: Plan) -> list[Swap]:
    """The best few, each about other applications and other people than those before it."""
    load = _loads(of, plan)
    found = [*_replacements(of, plan, load), *islice(_exchanges(of, plan, load), LOOKED_AT)]
    chosen: list[Swap] = []
    seen: set[object] = set()
    for swap in sorted(found, key=lambda each: each.order):
        about = {step.application for step in swap.steps} | {frozenset(swap.loads)}
        if not about & seen:
            chosen.append(swap)
            seen |= about
        if len(chosen) == OFFERED:
            break
    return chosen


def _replacements(of: Round, plan: Plan, load: dict[int, int]) -> Iterator[Swap]:
    """Another expert for one review: for the area without more imbalance, or for the balance."""
    taken = set(plan.pairs)
    for application, old in plan.pairs:
        barred, fitted = of.barred(application), of.fits(application, old)
        for new, expert in of.experts.items():
            apart = load[old] - load[new]
            if apart < 1 or load[new] >= expert.most or new in barred or (application, new) in taken:
                continue
            fit = of.fits(application, new) - fitted
            if fit > 0 or (fit == 0 and apart > 1) or apart >= WORTH_A_MISFIT:
                loads = {old: (load[old], load[old] - 1), new: (load[new], load[new] + 1)}
                yield Swap((Step(application, old, new),), fit, loads)


def _exchanges(of: Round, plan: Plan, load: dict[int, int]) -> Iterator[Swap]:
    """Two experts exchange a review each, for the area: nobody has more to do than before."""
    taken = set(plan.pairs)
    for application, old in plan.pairs:
        if of.fits(application, old):
            continue
        barred = of.barred(application)
        for other, new in plan.pairs:
            if (
                new in barred
                or (application, new) in taken
                or (other, old) in taken
                or old in of.barred(other)
            ):
                continue
            fit = of.fits(application, new) + of.fits(other, old) - of.fits(other, new)
            if fit > 0:
                loads = {key: (load[key], load[key]) for key in (old, new)}
                yield Swap((Step(application, old, new), Step(other, new, old)), fit, loads)


def _loads(of: Round, plan: Plan) -> dict[int, int]:
    load = {key: expert.held for key, expert in of.experts.items()}
    for _application, expert in plan.pairs:
        load[expert] += 1
    return load
