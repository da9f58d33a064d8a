"""The directory page with its facets under a search, at the size of the reserve and at ten times that.

Three ways to the same data on the same machine: ``plain`` (ListView, django-filter and icontains, ``tests/load/plain``), ``ours``
uncached, and ``ours`` through a real nginx with the production configuration. Plain and ours answer in turn, so whatever else
the machine does weighs on both; ratios are of medians in one run. ``BENCH_SCALES`` (1,10), ``BENCH_ROUNDS`` (24).
"""

from __future__ import annotations

import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import quote

import django

ROOT = Path(__file__).resolve().parents[2]
SCALES = [float(scale) for scale in os.environ.get("BENCH_SCALES", "1,10").split(",")]
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "24"))
CACHED_ROUNDS = 2000
TERMS = (
    "电池",
    "正极材料",
    "发酵",
    "晶圆",
    "烧结",
    "机器人",
    "陶瓷",
    "传感器",
    "吨级 正极",
    "gtdc",
    "中试",
    "检测",
)
#: Aims of the design, reported beside what was measured.
AIMS = {"first_view_times_plain": 5, "through_nginx_times_plain": 150, "cached_p50_ms": 5}


def main() -> dict:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "registry.settings")
    from registry import local

    local.up_where_used()
    django.setup()
    from tests.load.databases import filled

    results = []
    for scale in SCALES:
        with filled(int(scale) if scale == int(scale) else scale) as url:
            results.append(measure(url))
    return {"benchmark": "directory", "rounds": ROUNDS, "terms": TERMS, "aims": AIMS, "sizes": results}


def measure(database: str) -> dict:
    with (
        tempfile.TemporaryDirectory() as folder,
        served("registry.wsgi:application", database) as ours,
        served("tests.load.plain.wsgi:application", database, "tests.load.plain.settings") as plain,
    ):
        pages = [f"/platforms/?q={quote(term)}" for term in TERMS]
        for server in (ours, plain):  # connections, code and the database's own memory are warm for both
            for page in pages[:3]:
                server.ask(page)
        turns: dict[str, list[float]] = {"ours": [], "plain": []}
        cpu = {"ours": ours.cpu(), "plain": plain.cpu()}
        for turn in range(ROUNDS):
            page = pages[turn % len(pages)]
            turns["plain"].append(plain.ask(page))
            turns["ours"].append(ours.ask(page))
        cpu = {"ours": ours.cpu() - cpu["ours"], "plain": plain.cpu() - cpu["plain"]}
        found = {
            "platforms": ours.total("/platforms/"),
            "plain": summary(turns["plain"]) | {"python_cpu_ms": round(cpu["plain"] * 1000 / ROUNDS, 1)},
            "ours": summary(turns["ours"]) | {"python_cpu_ms": round(cpu["ours"] * 1000 / ROUNDS, 1)},
        }
        found["first_view_times_plain"] = ratio(turns["plain"], turns["ours"])
        try:
            found["nginx"] = through_nginx(Path(folder), ours, pages)
        except LookupError as error:
            found["nginx"] = str(error)
        else:
            cached = found["nginx"]["page"]["p50_ms"]
            found["through_nginx_times_plain"] = round(found["plain"]["p50_ms"] / cached, 1)
        return found


def through_nginx(folder: Path, ours: Server, pages: list[str]) -> dict:
    """Cached answers at one connection: the page as a person loads it, and a body of 110 kB."""
    from tests.load import nginx

    port = free_port()
    with nginx.running(folder, port, f"127.0.0.1:{ours.port}", unlimited=True):
        front = Server(port)
        front.wait()
        found: dict = {}
        large = "/api/v1/platforms/?page_size=100"
        for name, path, headers in (
            ("page", pages[0], {}),
            ("page_gzip", pages[0], {"Accept-Encoding": "gzip"}),
            ("api_100_rows", large, {}),
        ):
            front.ask(path, **headers)
            front.ask(path, **headers)
            kb, word = len(front.body) / 1000, front.cache
            taken = [front.ask(path, **headers) for _turn in range(CACHED_ROUNDS)]
            found[name] = {"kB": round(kb, 1), "X-Cache": word, **summary(taken)}
        return found


class Server:
    """One address, asked over one connection that is kept open."""

    def __init__(self, port: int, process: subprocess.Popen | None = None) -> None:
        self.port, self.process, self.body, self.cache = port, process, b"", None
        self.connection = HTTPConnection("127.0.0.1", port, timeout=120)

    def ask(self, path: str, **headers: str) -> float:
        """Milliseconds until the last byte."""
        start = time.perf_counter()
        self.connection.request("GET", path, headers={"Host": "localhost", **headers})
        answer = self.connection.getresponse()
        self.body = answer.read()
        elapsed = (time.perf_counter() - start) * 1000
        self.cache = answer.getheader("X-Cache")
        if answer.status != 200:
            raise RuntimeError(f"{path} answered {answer.status}: {self.body[:200]!r}")
        return elapsed

    def total(self, path: str) -> int:
        import re

        self.ask(path)
        return int(re.search(rb"\xe5\x85\xb1 ([\d,]+) \xe4\xb8\xaa", self.body)[1].replace(b",", b""))  # type: ignore[index]

    def wait(self) -> None:
        until = time.monotonic() + 60
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.1)

    def cpu(self) -> float:
        """Seconds of user and system time of the server's own processes (not the database's)."""
        ticks = os.sysconf("SC_CLK_TCK")
        total = 0
        for pid in self._pids():
            fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
            total += int(fields[11]) + int(fields[12])
        return total / ticks

    def _pids(self) -> Iterator[int]:
        if self.process is not None:
            yield self.process.pid
            children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
            yield from map(int, children.read_text(encoding="ascii").split())


@contextmanager
def served(application: str, database: str, settings: str = "registry.settings") -> Iterator[Server]:
    port = free_port()
    environment = {
        **os.environ,
        "DATABASE_URL": database,
        "DJANGO_SETTINGS_MODULE": settings,
        "PORT": str(port),
        "WEB_WORKERS": "1",
        "REGISTRY_API_RATE_ANONYMOUS": "1000000/min",
    }
    command = [
        sys.executable,
        "-m",
        "gunicorn",
        application,
        "-c",
        "deploy/gunicorn.conf.py",
        "--log-level",
        "error",
    ]
    process = subprocess.Popen(
        [*command, "-b", f"127.0.0.1:{port}"], cwd=ROOT, env=environment, stdout=sys.stderr
    )
    try:
        server = Server(port, process)
        server.wait()
        yield server
    finally:
        process.terminate()
        process.wait(30)


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def summary(taken: list[float]) -> dict[str, float]:
    ordered = sorted(taken)
    return {
        "p50_ms": round(statistics.median(ordered), 2),
        "p95_ms": round(ordered[int(len(ordered) * 0.95)], 2),
        "max_ms": round(ordered[-1], 2),
    }


def ratio(slow: list[float], fast: list[float]) -> float:
    return round(statistics.median(slow) / statistics.median(fast), 1)


if __name__ == "__main__":
    json.dump(main(), sys.stdout, ensure_ascii=False)
    print()
