"""The read API against its own baselines, in one run: a plain viewset over the same tables, and bare psycopg.

Run: ``make bench ARGS=bench_reads`` (or ``python -m tests.load.bench_reads``). Prints one JSON object. ``BENCH_SIZES``,
``BENCH_CONNECTIONS``, ``BENCH_SECONDS``, ``BENCH_ROUNDS`` and ``BENCH_OPERATIONS`` narrow it.

``bare`` sends what the registry sends, which reads stored documents; ``live`` sends what makes the plain server's answer from the
working tables in one statement, so it is the limit for those who store none. The servers are measured in turn, in every round in
another order; a ratio is the median of the ratios of its rounds. ``cpu_ms`` is processor time per answered request of web server
and database together, which other work on the machine does not change. ``narrow`` is the plain search over three columns, which
does not find a platform by its services and equipment as the registry's does; ``hits`` says what each found. Every server answers
what was asked of it before the next one is measured; what was not answered in time is counted.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import quote

import django

OPERATIONS = (
    "list", "filter", "search", "search_narrow", "facets", "facets_narrow", "detail", "last_page", "unchanged",
)  # fmt: skip
SIZES = [int(word) for word in os.environ.get("BENCH_SIZES", "2400 24000 240000").split()]
CONNECTIONS = [int(word) for word in os.environ.get("BENCH_CONNECTIONS", "1 16 64").split()]
SECONDS = float(os.environ.get("BENCH_SECONDS", "1.5"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
CHOSEN = os.environ.get("BENCH_OPERATIONS", " ".join((*OPERATIONS, "export", "recall"))).split()
TERMS = ("电池", "发酵", "晶圆", "烧结", "机器人", "催化剂", "正极材料", "生物制造")
API = "/api/v1/platforms/"


def main() -> dict[str, Any]:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "registry.settings")
    from registry import local

    local.up_where_used()
    django.setup()
    from tests.load import sizes

    return {
        "benchmark": "reads",
        "seconds": SECONDS,
        "rounds": ROUNDS,
        "processors": os.cpu_count(),
        "load": round(os.getloadavg()[0], 1),
        "sizes": {str(size): measure(sizes.database(size)) for size in SIZES},
    }


def measure(address: str) -> dict[str, Any]:
    from tests.load import questions, serving

    with tempfile.TemporaryDirectory() as folder:
        asked, statements = questions.of(address, TERMS)
        written = Path(folder) / "statements.json"
        written.write_text(json.dumps(statements, default=str))
        with (
            serving.served("registry", address) as registry,
            serving.served("plain", address) as plain,
            serving.served("bare", address, BENCH_STATEMENTS=str(written)) as bare,
            serving.served("bare", address, BENCH_STATEMENTS=str(written)) as live,
        ):
            servers = {"registry": registry, "plain": plain, "bare": bare, "live": live}
            found: dict[str, Any] = {"platforms": asked["count"], "queries": asked["queries"]}
            for operation in OPERATIONS:
                if operation in CHOSEN:
                    found[operation] = {
                        str(number): compare(servers, asked[operation], number) for number in CONNECTIONS
                    }
                    print(operation, json.dumps(found[operation]), file=sys.stderr)
            if "export" in CHOSEN:
                found["export"] = export(servers, asked["count"])
            if "recall" in CHOSEN:
                found["recall"] = asked["recall"]
                found["hits"] = hits(servers)
    return found


def hits(servers: dict[str, Any]) -> dict[str, dict[str, int]]:
    """How many platforms each search finds, by term."""
    from urllib.request import urlopen

    asked = {
        "registry": f"{API}?q=",
        "plain": "/plain/platforms/?search=",
        "narrow": "/plain/platforms/?narrow&search=",
    }
    ports = {"registry": "registry", "plain": "plain", "narrow": "plain"}
    found: dict[str, dict[str, int]] = {}
    for term in TERMS:
        found[term] = {}
        for name, address in asked.items():
            port = servers[ports[name]].port
            with urlopen(f"http://127.0.0.1:{port}{address}{quote(term)}&page_size=1") as answer:
                found[term][name] = json.load(answer)["count"]
    return found


def compare(servers: dict[str, Any], asked: dict[str, Any], connections: int) -> dict[str, Any]:
    from tests.load import pressure

    rounds: dict[str, list[dict[str, Any]]] = {name: [] for name in asked["addresses"]}
    names = list(rounds)
    for name in names:
        pressure.press(servers[name].port, asked["addresses"][name], connections=connections, seconds=0.3,
                       headers=asked.get("headers", {}).get(name, ""), expect=asked.get("expect", {}).get(name, 200))  # fmt: skip
    for turn in range(ROUNDS):
        for name in names[turn % len(names) :] + names[: turn % len(names)]:
            server = servers[name]
            before = cost(server)
            outcome = pressure.press(
                server.port,
                asked["addresses"][name],
                connections=connections,
                seconds=SECONDS,
                headers=asked.get("headers", {}).get(name, ""),
                expect=asked.get("expect", {}).get(name, 200),
            )
            summary = outcome.summary()
            answered = max(len(outcome.latencies) + outcome.unfinished, 1)
            rounds[name].append({**summary, "cpu_ms": round((cost(server) - before) * 1000 / answered, 3)})
    return {**{name: _median(items) for name, items in rounds.items()}, **_ratios(rounds)}


def cost(server: Any) -> float:
    """Processor seconds so far of a server and of the database."""
    from registry import local
    from tests.load import serving

    database = next((state.pid for state in local.status() if state.name == "postgres" and state.pid), None)
    return server.cpu() + (serving.tree_cpu(database) if database else 0.0)


def _median(items: list[dict[str, Any]]) -> dict[str, Any]:
    summed = {"unfinished", "refused"}
    return {
        key: sum(item[key] for item in items)
        if key in summed
        else round(statistics.median(item[key] for item in items), 2)
        for key in items[0]
    }


def _ratios(rounds: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    found = {}
    for other in ("plain", "bare", "live"):
        if other not in rounds:
            continue
        pairs = list(zip(rounds["registry"], rounds[other], strict=True))
        # A server that answered nothing in time is counted as having answered one, in its favour.
        found[f"times_{other}"] = round(
            statistics.median(
                ours["per_second"] / max(theirs["per_second"], 1 / SECONDS) for ours, theirs in pairs
            ), 2,
        )  # fmt: skip
        if all(ours["cpu_ms"] and theirs["cpu_ms"] for ours, theirs in pairs):
            found[f"times_{other}_by_cpu"] = round(
                statistics.median(theirs["cpu_ms"] / ours["cpu_ms"] for ours, theirs in pairs), 2
            )
    return found


def export(servers: dict[str, Any], count: int) -> dict[str, Any]:
    """The whole set as files: complete, how fast, how soon, and what the largest worker grew by."""
    from tests.load import pressure

    found: dict[str, Any] = {}
    server = servers["registry"]
    for kind in ("jsonl", "csv"):
        runs, tails = [], []
        before = server.memory()
        for _turn in range(ROUNDS):
            tail = bytearray()

            def keep(data: bytes, tail=tail) -> None:
                tail.extend(data)
                del tail[:-400]

            runs.append(pressure.one(server.port, f"{API}?format={kind}", keep))
            tails.append(bytes(tail))
        middle = sorted(runs, key=lambda run: run["seconds"])[len(runs) // 2]
        found[kind] = {
            **middle,
            "rows_per_second": round(count / middle["seconds"]),
            "complete": kind == "csv"
            or all(f'"count":{count},"complete":true'.encode() in tail for tail in tails),
            "grew_kb": max(server.memory() - before, 0),
        }
    if count < 10_000:
        found["plain"] = pressure.one(servers["plain"].port, "/plain/platforms/export/")
        found["plain"]["rows_per_second"] = round(count / found["plain"]["seconds"])
    return found


def addresses_of(terms: tuple[str, ...]) -> list[str]:
    return [quote(term) for term in terms]


if __name__ == "__main__":
    json.dump(main(), sys.stdout, ensure_ascii=False)
    print()
