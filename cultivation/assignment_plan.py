"""Who reviews what: a balanced plan made before anything is stored, so that it can be looked at first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Candidate:
    """An expert as the plan sees one: how many reviews are already held, how many are possible, which areas are known."""

    key: int
    held: int
    most: int
    areas: frozenset[str]


@dataclass
class Plan:
    """``pairs`` are (application, expert) to assign; ``short`` says how many experts an application still lacks."""

    pairs: list[tuple[int, int]] = field(default_factory=list)
    short: dict[int, int] = field(default_factory=dict)


def plan(
    applications: Mapping[int, str],
    candidates: Iterable[Candidate],
    *,
    per_application: int,
    excluded: Mapping[int, frozenset[int]],
    present: Mapping[int, frozenset[int]],
) -> Plan:
    """Give every application ``per_application`` experts: area fit first, then the lightest load, then the key.

    ``applications`` maps an application to its area code; ``excluded`` and ``present`` map it to experts in conflict and to
    experts it already has. Applications with the fewest eligible experts choose first. The result is the same every time.
    """
    experts = {candidate.key: candidate for candidate in candidates}
    load = {key: candidate.held for key, candidate in experts.items()}
    result = Plan()

    def eligible(application: int) -> list[int]:
        barred = excluded.get(application, frozenset()) | present.get(application, frozenset())
        return [key for key, expert in experts.items() if key not in barred and load[key] < expert.most]

    for application in sorted(applications, key=lambda item: (len(eligible(item)), item)):
        area = applications[application]
        needed = per_application - len(present.get(application, frozenset()))
        chosen = sorted(
            eligible(application), key=lambda key: (area not in experts[key].areas, load[key], key)
        )[: max(0, needed)]
        for key in chosen:
            load[key] += 1
            result.pairs.append((application, key))
        if len(chosen) < needed:
            result.short[application] = needed - len(chosen)
    return result
