"""How demonstration platforms came to their tier: designations that match the concluded demonstration lists."""

from __future__ import annotations

import datetime
import random
from dataclasses import dataclass, field

from cultivation.choices import DesignationStatus
from cultivation.models import Decision, Designation
from platforms.choices import Tier
from platforms.demo.plan import Plan, Slot
from platforms.demo.records import ENDINGS, Maker
from platforms.models import Platform

FIRST_KEY, SECOND_KEY, FIRST_NATIONAL = "first_key", "second_key", "first_national"


@dataclass(frozen=True)
class Lists:
    """The rows of the concluded lists: slot index → row, per list, and the decision that brought each into force."""

    rows: dict[str, dict[int, int]]
    decisions: dict[str, Decision] = field(default_factory=dict)
    ended_by_id: int = 0

    def members(self, name: str) -> list[int]:
        """Slot indexes in list order."""
        return sorted(self.rows[name], key=self.rows[name].__getitem__)


def lists_of(plan: Plan) -> dict[str, dict[int, int]]:
    """The first key list names as many platforms as are key today: the national ones rose from it, and a second list of as
    many took their places.
    """
    national, key = plan.of_tier(Tier.NATIONAL), plan.of_tier(Tier.KEY)
    second = key[-len(national) :] if len(key) > len(national) else []
    first = [slot for slot in key if slot not in set(second)] + national
    return {FIRST_KEY: _rows(first), SECOND_KEY: _rows(second), FIRST_NATIONAL: _rows(national)}


def _rows(slots: list[Slot]) -> dict[int, int]:
    """Lists are in order of area, place and code, which is no order of merit."""
    ordered = sorted(slots, key=lambda slot: (slot.area, slot.city or slot.region, slot.code))
    return {slot.index: row for row, slot in enumerate(ordered, 1)}


def designations(maker: Maker, slot: Slot, platform: Platform, lists: Lists) -> list[Designation]:
    """The history of one platform, oldest first, the last one in force unless the platform has ended."""
    rng = random.Random(f"{maker.seed}/designation/{slot.index}")  # noqa: S311 - made-up data
    entered = datetime.date(2023, 1, 9) + datetime.timedelta(days=rng.randrange(0, 600))
    history = [
        Designation(platform=platform, tier=Tier.RESERVE, valid_from=entered, basis_zh="示例：入库储备")
    ]
    for name in (FIRST_KEY, SECOND_KEY, FIRST_NATIONAL):
        row = lists.rows[name].get(slot.index)
        if row is not None:
            decision = lists.decisions[name]
            history[-1].status, history[-1].valid_until = DesignationStatus.SUPERSEDED, decision.decided_on
            history.append(
                Designation(
                    platform=platform,
                    tier=Tier.NATIONAL if name == FIRST_NATIONAL else Tier.KEY,
                    decision=decision,
                    row=row,
                    valid_from=decision.decided_on,
                )
            )
    if platform.status_on:
        _end(history[-1], platform, lists.ended_by_id)
    for order, designation in enumerate(history, 1):
        designation.created_at = platform.created_at
        designation.pk = order  # only their order matters here; the database hands out the keys
    return history


def _end(last: Designation, platform: Platform, ended_by_id: int) -> None:
    day = platform.status_on
    assert day is not None  # noqa: S101 - told to the type checker; the caller asked
    last.status, last.valid_until = DesignationStatus.WITHDRAWN, day
    last.end_reason = next(reason for reason in ENDINGS.values() if reason == platform.status_reason)
    last.ended_at = datetime.datetime(day.year, day.month, day.day, 3, tzinfo=datetime.UTC)
    last.ended_by_id = ended_by_id
