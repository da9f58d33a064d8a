"""试算: what criteria would say before they are saved, of platforms that could be recommended and of checks that are open."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from cultivation.actions.application import TIER_BELOW
from cultivation.actions.check import OPEN, Difference
from cultivation.eligibility import evaluate_each, overall
from cultivation.models import Application, Batch
from platforms import record
from platforms.choices import PlatformStatus
from platforms.models import Platform


@dataclass(frozen=True)
class Trial:
    """``rules``: for each criterion how many platforms get which state; ``overall``: the same for all criteria together."""

    platforms: int
    tier: str
    rules: list[Counter[str]]
    overall: Counter[str]
    differences: list[Difference]


def trial(batch: Batch, criteria: Sequence[dict[str, Any]]) -> Trial:
    """Stores nothing. Raises ``ValidationError`` for malformed criteria."""
    tier = TIER_BELOW[batch.tier] or ""
    candidates = Platform.objects.filter(status=PlatformStatus.ACTIVE, tier=tier or None)
    records = record.payloads_of(candidates)
    rules: list[Counter[str]] = [Counter() for _each in criteria]
    together: Counter[str] = Counter()
    for results in evaluate_each(criteria, records.values()):
        for counted, result in zip(rules, results, strict=True):
            counted[result.state] += 1
        together[overall(results)] += 1
    return Trial(len(records), tier, rules, together, differences(batch, criteria))


def differences(batch: Batch, criteria: Sequence[dict[str, Any]]) -> list[Difference]:
    """What saving these criteria would change in the results of the applications whose check is open."""
    waiting = list(
        Application.objects.filter(batch=batch).in_state(*OPEN).order_by("pk").prefetch_related("checks")
    )
    found = []
    for application, results in zip(
        waiting, evaluate_each(criteria, (each.record for each in waiting)), strict=True
    ):
        before = {each.criterion: each.state for each in application.checks.all()}
        after = {each.id: each.state for each in results}
        found += [
            Difference(application.pk, name, before.get(name, ""), after.get(name, ""))
            for name in {**after, **before}
            if before.get(name, "") != after.get(name, "")
        ]
    return found
