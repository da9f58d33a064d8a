"""How well the directory finds: labelled queries against a fixed set of records, and recall against substring truth.

Each labelled query means one record: somebody who types it wants that platform and no other. Words that many platforms are
equally about are asked the other way, whether every record that says them is found.

``make search-quality`` prints the report as JSON, with the whole demonstration set around the labelled records;
``test_search_quality.py`` asks the same of a tenth of it. Seed, records and queries are fixed, so the figures are too.
"""

from __future__ import annotations

import csv
import json
import os
import random
import sys
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import django

HERE = Path(__file__).parent
SEED = 1
FIRST_SERIAL = 90_001
#: Substrings cut out of the published texts, of each length.
TRUTHS_OF_EACH_LENGTH = 60
#: Terms that many records say: nobody is first, but nobody may be missing. The first is one that dictionaries cut apart.
COMMON_TERMS = ("燃料电", "脑机接口", "疫苗", "酶解", "抗体", "中试", "材", "重庆")
PLACES = 3


# --- the data ----------------------------------------------------------------------------------------------------


def publish_everything(scale: float) -> dict[str, str]:
    """Put the labelled records and a demonstration set of that scale on the public record; label → public code.

    Only the public tables are written, from the same projection as ever: search reads nothing else.
    """
    from django.core.management import call_command

    from platforms.demo.plan import Reference, make
    from platforms.demo.records import Maker

    call_command("load_reference", verbosity=0, stdout=sys.stderr)
    reference = Reference.load()
    maker = Maker(SEED, reference, first_platform=1, first_operator=1)
    crowd = [maker.platform(slot) for slot in make(scale=scale, seed=SEED, reference=reference).slots]
    labelled = {key: _record(key, number, reference) for number, key in enumerate(records())}
    _write([*crowd, *labelled.values()])
    return {key: platform.code for key, platform in labelled.items()}


def records() -> dict[str, dict[str, Any]]:
    with (HERE / "records.toml").open("rb") as file:
        return tomllib.load(file)


def _record(key: str, number: int, reference: Any) -> Any:
    from platforms.codes import format_code
    from platforms.demo.records import LATEST, _fill, _morning
    from platforms.models import Equipment, FormerName, Operator, Platform, ServiceItem
    from tests.factories import uscc

    fields = records()[key]
    platform = Platform(
        pk=10_000_000 + number,
        code=format_code(fields["region"][:2], FIRST_SERIAL + number),
        name_zh=fields["name"],
        name_en=fields["english"],
        operator=Operator(
            pk=10_000_000 + number, uscc=uscc(FIRST_SERIAL + number), name_zh=fields["operator"]
        ),
        authority=reference.authorities[fields.get("authority", fields["region"])],
        region=reference.regions[fields["region"]],
        area=reference.areas[fields["area"]],
        summary_zh=fields["text"],
        tier="reserve",
        status="active",
        demo=True,
        updated_at=_morning(LATEST),
    )
    _fill(
        platform,
        lines=[_line(platform, position, text) for position, text in enumerate(fields["lines"])],
        services=[
            ServiceItem(platform=platform, position=n, title_zh=title, service_type="trial_production",
                        open_to="all", price_mode="by_quote")
            for n, title in enumerate(fields["services"])
        ],
        equipment=[
            Equipment(platform=platform, position=n, name_zh=name, quantity=1)
            for n, name in enumerate(fields["equipment"])
        ],
        qualifications=[], figures=[],
        former_names=[FormerName(platform=platform, name_zh=name) for name in [fields.get("former")] if name],
    )  # fmt: skip
    return platform


def _line(platform: Any, position: int, text: str) -> Any:
    from platforms.models import PilotLine
    from platforms.scales import ladder_class

    name, process, low, high, unit = text.split(" | ")
    return PilotLine(
        platform=platform, position=position, name_zh=name, process_zh=process, scale_min=Decimal(low),
        scale_max=Decimal(high), unit=unit, scale_class_min=ladder_class(low, unit) or "",
        scale_class_max=ladder_class(high, unit) or "",
    )  # fmt: skip


def _write(platforms: Iterable[Any]) -> None:
    from django.utils import timezone

    from platforms.demo.published import first_publication
    from platforms.models import PublicPlatform, SearchTokens

    made = [
        first_publication(platform, key=number, number=number, at=timezone.now())
        for number, platform in enumerate(platforms, start=1)
    ]
    for rows in made:  # first_publication gives bytes, for COPY
        rows.row.update(document=json.loads(rows.row["document"]), card=json.loads(rows.row["card"]))
    PublicPlatform.objects.bulk_create((PublicPlatform(**rows.row) for rows in made), batch_size=500)
    SearchTokens.objects.bulk_create((SearchTokens(**rows.tokens) for rows in made), batch_size=500)


# --- labelled queries --------------------------------------------------------------------------------------------


def queries(codes: dict[str, str]) -> Iterator[tuple[str, str, str]]:
    """``(kind, what is typed, expected public code)``."""
    with (HERE / "queries.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            yield row["kind"], _typed(row["kind"], row["q"], codes), codes[row["expected"]]


def _typed(kind: str, q: str, codes: dict[str, str]) -> str:
    if not q.startswith("{"):
        return q
    code = codes[q.strip("{}")]
    full_width = {ord(narrow): chr(ord(narrow) + 0xFEE0) for narrow in code}
    return {
        "code spaced": code.replace("-", " "),
        "code bare": code.replace("-", "").lower(),
        "code full width": code.translate(full_width),
    }.get(kind, code)


def found(q: str, most: int | None = None) -> list[str]:
    """The public codes a search of the directory gives, in its order."""
    from django.http import QueryDict

    from platforms.directory import ask
    from platforms.shelves import PLATFORMS

    params = QueryDict(mutable=True)
    params["q"] = q
    question = ask(PLATFORMS, params)
    with question.reading():
        return list(question.found().values_list("code", flat=True)[:most])


def ranks(codes: dict[str, str]) -> list[dict[str, Any]]:
    """One row per labelled query; ``rank`` is that of the expected record, ``None`` when it was not found."""
    rows = []
    for kind, q, expected in queries(codes):
        hits = found(q)
        rank = hits.index(expected) + 1 if expected in hits else None
        rows.append({"kind": kind, "q": q, "expected": expected, "hits": len(hits), "rank": rank})
    return rows


# --- substring truth ---------------------------------------------------------------------------------------------


def truths() -> Iterator[tuple[str, set[str], set[str]]]:
    """``(term, codes of the records whose text contains it, codes found)`` for terms of one to four Chinese characters.

    The truth is looked up in the stored documents by plain containment and knows nothing of tokens. Terms are the Chinese
    ones of the labelled queries and as many again cut out of the texts at random.
    """
    texts = {code: "\n".join(_strings(document)) for code, document in _documents()}
    for term in sorted(_terms(list(texts.values()))):
        true = {code for code, text in texts.items() if term in text}
        if true:
            yield term, true, set(found(term))


def _documents() -> list[tuple[str, dict[str, Any]]]:
    from platforms.models import PublicPlatform

    return list(PublicPlatform.objects.filter(status="active").values_list("code", "document"))


def _strings(document: dict[str, Any]) -> Iterator[str]:
    """Every text a person can read on the record and would search for."""
    yield from (document[key] or "" for key in ("name_zh", "keywords", "sub_direction", "summary_zh"))
    yield from document["former_names"]
    for key in ("operator", "area", "direction", "region", "city"):
        yield (document[key] or {}).get("name_zh", "")
    for key, fields in (
        ("services", ("title_zh",)),
        ("equipment", ("name_zh",)),
        ("lines", ("name_zh", "process_zh")),
    ):
        yield from (row[field] for row in document[key] for field in fields)


def _terms(texts: list[str]) -> set[str]:
    chance = random.Random(SEED)
    with (HERE / "queries.csv").open(encoding="utf-8", newline="") as file:
        kinds = ("one", "two", "three", "four")
        terms = {row["q"] for row in csv.DictReader(file) if row["kind"].startswith(kinds)} | {*COMMON_TERMS}
    for length in (1, 2, 3, 4):
        wanted = len(terms) + TRUTHS_OF_EACH_LENGTH
        while len(terms) < wanted:
            text = chance.choice(texts)
            start = chance.randrange(max(1, len(text) - length))
            term = text[start : start + length]
            if len(term) == length and all("\u4e00" <= character <= "\u9fff" for character in term):
                terms.add(term)
    return terms


# --- the report --------------------------------------------------------------------------------------------------


def report(codes: dict[str, str]) -> dict[str, Any]:
    from platforms.models import PublicPlatform

    rows = ranks(codes)
    high = [row for row in rows if row["rank"] is not None and row["rank"] <= PLACES]
    kinds = Counter(row["kind"] for row in rows)
    good = Counter(row["kind"] for row in high)
    lost, extra, total, hits = [], 0, 0, 0
    terms = 0
    for term, true, seen in truths():
        terms += 1
        total, hits, extra = total + len(true), hits + len(true & seen), extra + len(seen - true)
        if true - seen:
            lost.append({"term": term, "missed": sorted(true - seen)})
    return {
        "records": PublicPlatform.objects.count(),
        "queries": len(rows),
        "expected_found": round(sum(row["rank"] is not None for row in rows) / len(rows), 4),
        "expected_first": round(sum(row["rank"] == 1 for row in rows) / len(rows), 4),
        "expected_in_first_three": round(len(high) / len(rows), 4),
        "by_kind": {kind: {"queries": n, "in_first_three": good[kind]} for kind, n in kinds.items()},
        "below": [row for row in rows if row not in high],
        "substring_terms": terms,
        "substring_pairs": total,
        "substring_recall": round(hits / total, 6),
        "substring_lost": lost,
        # Not faults: synonyms, and words that are written apart in the text.
        "found_beyond_substring": extra,
    }


def main() -> dict[str, Any]:
    """Measure in a database of its own, made and dropped here."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "registry.settings")
    from registry import local

    local.up_where_used()
    django.setup()
    from django.db import connection

    own = connection.settings_dict["NAME"]
    connection.creation.create_test_db(verbosity=0, autoclobber=True)
    try:
        return report(publish_everything(float(os.environ.get("SEARCH_SCALE", "1"))))
    finally:
        connection.creation.destroy_test_db(own, verbosity=0)


if __name__ == "__main__":
    json.dump(main(), sys.stdout, ensure_ascii=False, indent=1)
    print()
