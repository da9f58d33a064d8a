"""How long the public reads take at the size of the reserve, each as a ratio to the bare SQL in the same run.

Run with a database of its own: ``python -m tests.load.bench_reads``; prints one JSON object. Milliseconds are medians of one
client in one process; on a shared machine read the ratios.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import time
from collections.abc import Callable

import django

SCALE = os.environ.get("BENCH_SCALE", "1")
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "30"))
TERMS = ("电池", "正极材料", "发酵", "晶圆", "烧结", "机器人")


def main() -> dict:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "registry.settings")
    os.environ["REGISTRY_API_RATE_ANONYMOUS"] = "1000000/min"
    from registry import local

    local.up_where_used()
    django.setup()
    from django.db import connection

    own = connection.settings_dict["NAME"]
    connection.creation.create_test_db(verbosity=0, autoclobber=True)
    try:
        return _measure()
    finally:
        connection.creation.destroy_test_db(own, verbosity=0)


def _measure() -> dict:
    from django.core.management import call_command
    from django.test import Client

    from platforms.models import PublicPlatform

    for command in ("load_reference", "load_public_facts"):
        call_command(command, verbosity=0, stdout=sys.stderr)
    call_command("seed_demo", scale=float(SCALE), stdout=sys.stderr)
    client = Client(headers={"host": "localhost"})
    code = PublicPlatform.objects.order_by("code").values_list("code", flat=True)[10]
    answers = {
        "bare SQL, 50 cards": _time(lambda turn: _bare(50)),
        "API list of 50": _time(lambda turn: _get(client, f"/api/v1/platforms/?page={turn % 20 + 1}")),
        "API search": _time(
            lambda turn: _get(client, f"/api/v1/platforms/?q={TERMS[turn % len(TERMS)]}&page_size=20")
        ),
        "API detail": _time(lambda turn: _get(client, f"/api/v1/platforms/{code}/")),
        "directory page": _time(lambda turn: _get(client, f"/platforms/?page={turn % 20 + 1}")),
        "directory search": _time(lambda turn: _get(client, f"/platforms/?q={TERMS[turn % len(TERMS)]}")),
        "platform page": _time(lambda turn: _get(client, f"/platforms/{code}/")),
    }
    base = answers["bare SQL, 50 cards"]
    return {
        "benchmark": "reads",
        "platforms": PublicPlatform.objects.count(),
        "rounds": ROUNDS,
        "median_ms": answers,
        "times_bare_sql": {name: round(value / base, 1) for name, value in answers.items()},
    }


def _bare(rows: int) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT card::text FROM public_platform ORDER BY tier_rank DESC, name_sort, code LIMIT %s", [rows]
        )
        cursor.fetchall()


def _get(client, address: str) -> None:
    response = client.get(address)
    if response.status_code != 200:
        raise RuntimeError(f"{address} answered {response.status_code}")


def _time(act: Callable[[int], None]) -> float:
    """Median milliseconds of one call, after three that warm up."""
    taken = []
    for turn in range(ROUNDS + 3):
        start = time.perf_counter()
        act(turn)
        taken.append((time.perf_counter() - start) * 1000)
    return round(statistics.median(taken[3:]), 2)


if __name__ == "__main__":
    json.dump(main(), sys.stdout, ensure_ascii=False)
