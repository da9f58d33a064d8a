"""Who reviews what: a balanced plan made before anything is stored, so that it can be looked at first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Candidate:
    """An expert as the plan sees one: how many reviews are already held, how many are possible, which areas are known."""

    key: int
    held: int
    most: int
    areas: frozenset[str]


@dataclass(frozen=True)
class Round:
    """What is to be planned.

    ``applications`` maps an application to its area code; ``excluded`` and ``present`` map it to experts in conflict and to
    experts it already has.
    """

    applications: Mapping[int, str]
    experts: Mapping[int, Candidate]
    excluded: Mapping[int, frozenset[int]]
    present: Mapping[int, frozenset[int]]

    def barred(self, application: int) -> frozenset[int]:
        return self.excluded.get(application, frozenset()) | self.present.get(application, frozenset())

    def fits(self, application: int, expert: int) -> bool:
        return self.applications[application] in self.experts[expert].areas


@dataclass
class Plan:
    """``pairs`` are (application, expert) to assign; ``short`` says how many experts an application still lacks."""

    pairs: list[tuple[int, int]] = field(default_factory=list)
    short: dict[int, int] = field(default_factory=dict)


def plan(of: Round, *, per_application: int) -> Plan:
    """Give every application ``per_application`` experts: area fit first, then the lightest load, then the key.

    Applications with the fewest eligible experts choose first. The result is the same every time.
    """
    load = {key: expert.held for key, expert in of.experts.items()}
    result = Plan()

    def eligible(application: int) -> list[int]:
        barred = of.barred(application)
        return [key for key, expert in of.experts.items() if key not in barred and load[key] < expert.most]

    for application in sorted(of.applications, key=lambda item: (len(eligible(item)), item)):
        needed = per_application - len(of.present.get(application, frozenset()))
        chosen = sorted(
            eligible(application), key=lambda key: (not of.fits(application, key), load[key], key)
        )[: max(0, needed)]
        for key in chosen:
            load[key] += 1
            result.pairs.append((application, key))
        if len(chosen) < needed:
            result.short[application] = needed - len(chosen)
    return result
