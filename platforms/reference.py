"""Reference data from the CSV files in ``platforms/data``: regions, authorities, the taxonomy and the first synonyms.

Places are kept in step with the files. The taxonomy and the synonyms belong to the ministry once they are in the database:
an edition that has directions, and a synonym table that has rows, are left alone, so that an upgrade never undoes an edit.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.db import models, transaction

from platforms import history, search
from platforms.actions.reference import republish
from platforms.choices import DirectionStatus, RegionKind
from platforms.models import Area, Authority, Direction, Region, Synonym, TaxonomyEdition

DATA = Path(__file__).parent / "data"
#: What the region files call a kind and what is stored; every kind of prefecture is a city.
PROVINCE_KINDS = {"sar": RegionKind.SPECIAL}


def rows(name: str) -> Iterator[dict[str, str]]:
    """The rows of ``platforms/data/<name>.csv``, cells stripped."""
    with (DATA / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            yield {key: (value or "").strip() for key, value in row.items()}


def load() -> dict[str, int]:
    """Bring the reference tables in step with the files; returns rows written per table (0 when nothing changed)."""
    with transaction.atomic(), history.context(verb="reference.load", by=None):
        return {
            "regions": _keep(Region, _provinces()) + _keep(Region, _cities()),
            "authorities": _keep(Authority, _authorities()),
            "editions": _add(TaxonomyEdition, _editions()),
            "areas": _add(Area, _areas()),
            "directions": _directions(),
            "synonyms": _synonyms(),
        }


def official_directions(edition: TaxonomyEdition) -> int:
    """How many directions of an edition carry a name that the ministry has published."""
    return Direction.objects.filter(area__edition=edition, status=DirectionStatus.OFFICIAL).count()


def _keep(model: type[models.Model], wanted: Iterable[dict[str, Any]]) -> int:
    """Insert what is missing and correct what differs; rows are keyed by ``code``."""
    written = 0
    known = {row.pk: row for row in model._default_manager.all()}
    for values in wanted:
        row = known.get(values["code"])
        if row is None:
            model._default_manager.create(**values)
        elif different := [key for key, value in values.items() if getattr(row, key) != value]:
            for key in different:
                setattr(row, key, values[key])
            row.save(update_fields=different)
            republish(record=row, by=None)
        else:
            continue
        written += 1
    return written


def _add(model: type[models.Model], wanted: Iterable[dict[str, Any]]) -> int:
    """Insert what is missing, change nothing that is there."""
    known = set(model._default_manager.values_list("pk", flat=True))
    missing = [model(**values) for values in wanted if values["code"] not in known]
    model._default_manager.bulk_create(missing)
    return len(missing)


def _provinces() -> Iterator[dict[str, Any]]:
    for row in rows("regions"):
        yield {
            "code": row["code"],
            "name_zh": row["name_zh"],
            "name_en": row["name_en"],
            "short_zh": row["name_zh_short"],
            "abbreviation_zh": row["abbr_zh"],
            "kind": PROVINCE_KINDS.get(row["kind"], row["kind"]),
            "parent_id": None,
        }


def _cities() -> Iterator[dict[str, Any]]:
    for row in rows("cities"):
        yield {
            "code": row["code"],
            "name_zh": row["name_zh"],
            "name_en": row["name_roman_override"] or row["name_pinyin"],
            "short_zh": row["name_zh_short"],
            "abbreviation_zh": "",
            "kind": RegionKind.CITY,
            "parent_id": row["province_code"],
        }


def _authorities() -> Iterator[dict[str, Any]]:
    for position, row in enumerate(rows("authorities"), 1):
        yield {
            "code": row["code"],
            "name_zh": row["name_zh"],
            "name_en": row["name_en"],
            "kind": row["kind"],
            "region_id": row["region_code"],
            "city_id": row["city_code"] or None,
            "position": position,
        }


def _editions() -> Iterator[dict[str, Any]]:
    """Only an installation without a current edition takes over which one is current."""
    has_current = TaxonomyEdition.objects.filter(current=True).exists()
    for row in rows("editions"):
        yield {
            "code": row["code"],
            "source_zh": row["source_zh"],
            "expected_directions": int(row["expected_directions"]) if row["expected_directions"] else None,
            "current": row["current"] == "1" and not has_current,
        }


def _areas() -> Iterator[dict[str, Any]]:
    for row in rows("areas"):
        yield {
            "code": f"{row['edition']}-{row['position']}",
            "edition_id": row["edition"],
            "position": int(row["position"]),
            "name_zh": row["name_zh"],
            "name_en": row["name_en"],
        }


def _directions() -> int:
    kept_by_ministry = set(Direction.objects.values_list("area__edition_id", flat=True))
    missing = [
        Direction(
            code=f"{row['edition']}-{row['area']}-{int(row['position']):02d}",
            area_id=f"{row['edition']}-{row['area']}",
            position=int(row["position"]),
            name_zh=row["name_zh"],
            name_en=row["name_en"],
            status=row["status"],
            gap_filling=row["gap_filling"] == "1",
        )
        for row in rows("directions")
        if row["edition"] not in kept_by_ministry
    ]
    return len(Direction.objects.bulk_create(missing))


def _synonyms() -> int:
    if Synonym.objects.exists():
        return 0
    pairs = [
        Synonym(term=term, synonym=synonym)
        for term, synonyms in search.initial_synonyms().items()
        for synonym in synonyms
    ]
    return len(Synonym.objects.bulk_create(pairs))
