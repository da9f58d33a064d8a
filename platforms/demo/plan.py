"""Which demonstration platforms there are: place, operator, direction, tier and end of each, from a scale and a seed.

The plan is small and made in one go, so that each platform can then be written by any process on its own.
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field

from platforms.choices import AuthorityKind, PlatformStatus, RegionKind, Tier
from platforms.codes import format_code
from platforms.demo.people import PLAYED
from platforms.demo.vocabulary import trades
from platforms.models import Area, Authority, Direction, Platform, Region

#: Published orders of magnitude; ``scale`` multiplies them. ``ENDED`` platforms are tombstones beside them.
RESERVE, KEY, NATIONAL, ENDED = 2400, 241, 21, 24
FIRST_SERIAL = 101
XPCC_CITIES = "659"
_SHARE_OF_AREA = {1: 28, 2: 20, 3: 17, 4: 12, 5: 17, 6: 6}
_BUSY = {
    "320000": 9, "440000": 8, "370000": 7, "330000": 7, "310000": 5, "110000": 5, "340000": 5, "510000": 5, "420000": 5,
    "430000": 4, "410000": 4, "350000": 3, "610000": 4, "500000": 3, "120000": 3, "440300": 4, "330200": 3, "370200": 3,
    "210000": 3, "130000": 3, "360000": 3,
}  # fmt: skip


@dataclass(frozen=True)
class Slot:
    """One platform to be. ``operator`` counts operators from 0, ``nth`` this operator's platforms; ``home`` and ``business``
    are the place and the area of the operator, which are those of its first platform.
    """

    index: int
    code: str
    authority: str
    region: str
    city: str | None
    operator: int
    nth: int
    home: str
    business: str
    area: str
    trade: str
    direction: str | None
    tier: str | None
    status: str = PlatformStatus.ACTIVE
    successor: int | None = None
    successor_code: str = ""


@dataclass
class Reference:
    """Reference rows by key, loaded once."""

    regions: dict[str, Region]
    authorities: dict[str, Authority]
    areas: dict[str, Area]
    directions: dict[str, Direction]

    @classmethod
    def load(cls) -> Reference:
        return cls(
            regions=Region.objects.in_bulk(),
            authorities=Authority.objects.in_bulk(),
            areas={row.pk: row for row in Area.objects.filter(edition__current=True)},
            directions={row.pk: row for row in Direction.objects.filter(area__edition__current=True)},
        )


@dataclass
class Plan:
    seed: int
    slots: list[Slot] = field(default_factory=list)
    operators: int = 0

    def of_tier(self, tier: str) -> list[Slot]:
        return [slot for slot in self.slots if slot.tier == tier]


def make(*, scale: float, seed: int, reference: Reference) -> Plan:
    """The same plan for the same scale, seed and reference data."""
    return _Planner(seed, reference).plan(scale)


def counts(scale: float) -> dict[str | None, int]:
    """Platforms per tier; ``None`` counts the tombstones."""
    return {
        Tier.NATIONAL: max(1, round(NATIONAL * scale)),
        Tier.KEY: max(2, round(KEY * scale)),
        Tier.RESERVE: max(3, round(RESERVE * scale)),
        None: max(2, round(ENDED * scale)),
    }


def _bring_forward(authorities: list[Authority], start: int) -> None:
    """Let authorities that have people in the set have the first key platforms, so that a small set can be played too."""
    for place, code in enumerate([*PLAYED, *PLAYED], start):
        found = next((at for at in range(place, len(authorities)) if authorities[at].pk == code), None)
        if found is not None:
            authorities[place], authorities[found] = authorities[found], authorities[place]


class _Planner:
    def __init__(self, seed: int, reference: Reference) -> None:
        self.random = random.Random(f"{seed}/plan")  # noqa: S311 - made-up data, not a secret
        self.seed = seed
        self.reference = reference
        self.serials: Counter[str] = Counter()
        self.taken = set(Platform.objects.filter(demo=False).values_list("code", flat=True))
        self.latest: dict[str, Slot] = {}
        self.operators = 0
        planned = {row.city_id for row in reference.authorities.values() if row.city_id}
        self.cities: dict[str, list[str]] = {}
        for region in reference.regions.values():
            if region.kind == RegionKind.CITY and region.pk not in planned:
                self.cities.setdefault(str(region.parent_id), []).append(region.pk)
        self.by_area: dict[str, list[str]] = {}
        for direction in reference.directions.values():
            if direction.pk in trades():
                self.by_area.setdefault(direction.area_id, []).append(direction.pk)

    def plan(self, scale: float) -> Plan:
        tiers = [tier for tier, count in counts(scale).items() for _ in range(count)]
        authorities = self._authorities(len(tiers))
        _bring_forward(authorities, tiers.index(Tier.KEY))
        slots: list[Slot] = []
        for index, (tier, authority) in enumerate(zip(tiers, authorities, strict=True)):
            slots.append(self._slot(index, tier, authority, slots))
        return Plan(self.seed, slots, self.operators)

    def _authorities(self, count: int) -> list[Authority]:
        """Every authority once, then as busy as they are."""
        everyone = sorted(self.reference.authorities.values(), key=lambda row: row.position)
        chosen = self.random.choices(
            everyone, weights=[_BUSY.get(row.pk, 2) for row in everyone], k=max(0, count - len(everyone))
        )
        chosen += everyone[:count]
        self.random.shuffle(chosen)
        return chosen

    def _slot(self, index: int, tier: str | None, authority: Authority, before: list[Slot]) -> Slot:
        area = self._area()
        directions = self.by_area.get(area.pk, [])
        direction = self.random.choice(directions) if directions else None
        city = self._city(authority)
        latest = self._again(authority)
        successor = self._successor(before) if tier is None and index % 3 == 0 else None
        ended = PlatformStatus.MERGED if successor else PlatformStatus.WITHDRAWN
        slot = Slot(
            index=index,
            code=self._code(authority.region_id),
            authority=authority.pk,
            region=authority.region_id,
            city=city,
            operator=latest.operator if latest else self.operators,
            nth=latest.nth + 1 if latest else 0,
            home=latest.home if latest else city or authority.region_id,
            business=latest.business if latest else area.pk,
            area=area.pk,
            trade=direction or next(code for code in trades() if code.endswith("-00")),
            direction=direction,
            tier=tier,
            status=PlatformStatus.ACTIVE if tier else ended,
            successor=successor.index if successor else None,
            successor_code=successor.code if successor else "",
        )
        self.operators += 0 if latest else 1
        self.latest[authority.pk] = slot
        return slot

    def _area(self) -> Area:
        areas = sorted(self.reference.areas.values(), key=lambda row: row.position)
        usable = [row for row in areas if row.pk in self.by_area or row.position == len(areas)]
        weights = [_SHARE_OF_AREA.get(row.position, 5) for row in usable]
        return self.random.choices(usable, weights=weights)[0]

    def _again(self, authority: Authority) -> Slot | None:
        """Mostly a new operator, sometimes one more platform of the latest one there."""
        latest = self.latest.get(authority.pk)
        return latest if latest is not None and self.random.random() < 0.13 else None

    def _city(self, authority: Authority) -> str | None:
        if authority.city_id:
            return str(authority.city_id)
        cities = sorted(self.cities.get(authority.region_id, []))
        if authority.kind == AuthorityKind.XPCC:
            cities = [city for city in cities if city.startswith(XPCC_CITIES)]
        return self.random.choice(cities) if cities else None

    def _code(self, region: str) -> str:
        while True:
            code = format_code(region, FIRST_SERIAL + self.serials[region])
            self.serials[region] += 1
            if code not in self.taken:
                return code

    def _successor(self, before: list[Slot]) -> Slot | None:
        active = [slot for slot in before[:400] if slot.tier == Tier.RESERVE]
        return self.random.choice(active) if active else None
