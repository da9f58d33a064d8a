"""Reference data as dictionaries, so that checking 2,400 rows asks the database five questions, not five thousand."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.utils.translation import get_language

from platforms.choices import RegionKind
from platforms.models import Area, Direction, Region, TaxonomyEdition


@dataclass(frozen=True)
class Lookups:
    """Each table maps what a person may write (a code, a full or a short name) to the code that is stored."""

    provinces: dict[str, str] = field(default_factory=dict)
    cities: dict[str, str] = field(default_factory=dict)
    areas: dict[str, str] = field(default_factory=dict)
    directions: dict[str, str] = field(default_factory=dict)
    city_province: dict[str, str] = field(default_factory=dict)
    direction_area: dict[str, str] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    english: dict[str, str] = field(default_factory=dict)

    @classmethod
    def load(cls) -> Lookups:
        """The current reference data: all regions, and areas and directions of the current edition."""
        provinces: dict[str, str] = {}
        cities: dict[str, str] = {}
        parents: dict[str, str] = {}
        names: dict[str, str] = {}
        english: dict[str, str] = {}
        for region in Region.objects.all():
            names[region.code], english[region.code] = region.name_zh, region.name_en
            table = cities if region.kind == RegionKind.CITY else provinces
            for spelling in (region.code, region.name_zh, region.short_zh):
                table[spelling] = region.code
            if region.parent_id:
                parents[region.code] = region.parent_id
        edition = TaxonomyEdition.objects.filter(current=True).first()
        areas, directions, area_of = {}, {}, {}
        for area in Area.objects.filter(edition=edition):
            names[area.code], english[area.code] = area.name_zh, area.name_en
            areas[area.code] = areas[area.name_zh] = area.code
        for direction in Direction.objects.filter(area__edition=edition):
            names[direction.code], english[direction.code] = direction.name_zh, direction.name_en
            directions[direction.code] = directions[direction.name_zh] = direction.code
            area_of[direction.code] = direction.area_id
        return cls(provinces, cities, areas, directions, parents, area_of, names, english)

    def named(self, code: str) -> str:
        """The name in the reader's language, the code itself where nothing bears it."""
        english = self.english.get(code) if get_language() == "en" else ""
        return english or self.names.get(code, code)

    def options(self, table: str) -> list[tuple[str, str]]:
        """(code, name) pairs of one table, for drop-downs, in code order."""
        codes = sorted(set(getattr(self, table).values()))
        return [(code, self.names.get(code, code)) for code in codes]
