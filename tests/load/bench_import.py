"""How long an import takes, from the uploaded workbook to submissions that await the approver, beside django-import-export.

Each part runs in a process of its own, so that its peak memory is its own, on one database that is made and dropped here:
``python -m tests.load.bench_import``; prints one JSON object. ``BENCH_ROWS=2400`` measures one size only.

The peer takes many minutes for the smaller file. So both read the first rows of it (``PART``), where the peer comes to an end, and
are compared there by the row; our fixed costs weigh more on a small file, so the whole file would not favour the peer. Then
the peer is given the whole file for ``BENCH_PEER_SECONDS``: if it is not done by then, what it used up is a lower bound.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import django

SIZES = [int(word) for word in os.environ.get("BENCH_ROWS", "2400,24000").split(",")]
PEER_UP_TO = 2400
PART = 240
PEER_SECONDS = float(os.environ.get("BENCH_PEER_SECONDS", "150"))
TARGET_SECONDS = {2400: 3, 24000: 25}


def main() -> dict[str, Any]:
    """Make the database, measure every size in child processes, take it down again."""
    from registry import local

    local.up_where_used()
    django.setup()
    from django.db import connection

    own = connection.settings_dict["NAME"]
    connection.creation.create_test_db(verbosity=0, autoclobber=True)
    try:
        with TemporaryDirectory() as folder:
            environment = os.environ | {"DATABASE_URL": _address(), "REGISTRY_FILES": folder}
            return {
                "name": "import",
                "same_part": _same_part(Path(folder), environment),
                "sizes": [_size(rows, Path(folder), environment) for rows in SIZES],
            }
    finally:
        connection.creation.destroy_test_db(own, verbosity=0)


def _address() -> str:
    from django.db import connection

    options = connection.settings_dict
    port = f"&port={options['PORT']}" if options["PORT"] else ""
    secret = f":{options['PASSWORD']}" if options["PASSWORD"] else ""
    return f"postgresql://{options['USER']}{secret}@/{options['NAME']}?host={options['HOST']}{port}"


def _size(rows: int, folder: Path, environment: dict[str, str]) -> dict[str, Any]:
    path = folder / f"{rows}.xlsx"
    made = _part("make", rows, path, environment)
    ours = _part("ours", rows, path, environment)
    found = {"rows": rows, "columns": made["columns"], "file_mib": made["mib"], "ours": ours}
    found["target_seconds"] = TARGET_SECONDS.get(rows)
    if rows <= PEER_UP_TO:
        _part("make", rows, path, environment)
        found["import_export"] = peer = _bounded("peer", rows, path, environment)
        found["times_faster"] = _times(peer, ours) | {"at_least": not peer["finished"]}
    return found


def _same_part(folder: Path, environment: dict[str, str]) -> dict[str, Any]:
    """Both on the first rows of the same file, small enough for the peer to come to an end."""
    path = folder / f"{PART}.xlsx"
    found: dict[str, Any] = {"rows": PART}
    for key, name in (("ours", "ours"), ("import_export", "peer")):
        _part("make", PART, path, environment)
        found[key] = _part(name, PART, path, environment)
        found[key]["milliseconds_a_row"] = round(1000 * found[key]["seconds"] / PART, 2)
    return found | {"times_faster": _times(found["import_export"], found["ours"])}


def _times(peer: dict[str, Any], ours: dict[str, Any]) -> dict[str, float]:
    """How often ours goes into the peer's, by the clock and by the processor with the database's share."""
    cpu = [each["cpu_seconds"] + each.get("database_cpu_seconds", 0) for each in (peer, ours)]
    return {"seconds": round(peer["seconds"] / ours["seconds"], 1), "cpu_seconds": round(cpu[0] / cpu[1], 1)}


def _part(
    name: str, rows: int, path: Path, environment: dict[str, str], bound: float | None = None
) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.load.bench_import", name, str(rows), str(path)],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        timeout=bound,
    )
    return json.loads(done.stdout.strip().splitlines()[-1])


def _bounded(name: str, rows: int, path: Path, environment: dict[str, str]) -> dict[str, Any]:
    """The same for one that may not end: after the bound it is stopped, and what it used up by then, with its start, is told."""
    started, before = time.perf_counter(), Watch._cpu()
    try:
        return {"finished": True, **_part(name, rows, path, environment, PEER_SECONDS)}
    except subprocess.TimeoutExpired:
        return {
            "finished": False,
            "seconds": round(time.perf_counter() - started, 2),
            "cpu_seconds": round(Watch._cpu() - before, 2),
        }


# ---- the parts, each in its own process ----


def part(name: str, rows: int, path: Path) -> dict[str, Any]:
    django.setup()
    return {"make": _make, "ours": _ours, "peer": _peer}[name](rows, path)


def _make(rows: int, path: Path) -> dict[str, Any]:
    """The file, and the register as it is before the import."""
    from django.apps import apps
    from django.db import connection

    from tests.load import import_file

    tables = ", ".join(
        f'"{model._meta.db_table}"'
        for label in ("platforms", "cultivation")
        for model in apps.get_app_config(label).get_models()
    )
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {tables} CASCADE")
    import_file.make_world(rows)
    path.write_bytes(import_file.make_workbook(rows))
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    return {"columns": import_file.COLUMNS, "mib": round(path.stat().st_size / 1024 / 1024, 1)}


def _ours(rows: int, path: Path) -> dict[str, Any]:
    """Upload, check with preview, confirm, write: the same verbs and jobs as from the pages."""
    from cultivation.actions import import_run as writing
    from cultivation.models import Submission
    from platforms import jobs
    from platforms.models import Authority, User
    from tests.load import import_file
    from tests.spreadsheets import uploaded

    authority, clerk = Authority.objects.get(), User.objects.get(username="bench-clerk")
    expected = import_file.expected(rows)
    content = path.read_bytes()
    _warm_up(authority, clerk)
    watch = Watch()
    run = uploaded(content, authority, clerk)
    watch.lap("upload")
    jobs.run(run.check_job_id)
    watch.lap("check_and_preview")
    run.refresh_from_db()
    found = {name: run.counts.get(name, 0) for name in vars(expected)}
    if run.status != "checked" or found != vars(expected):
        raise SystemExit(f"wrong result: {run.status} {run.counts} {run.refusal}")
    watch.lap("")
    run = writing.confirm(run=run, mode="valid_rows", by=clerk)
    jobs.run(run.write_job_id)
    watch.lap("write_with_history")
    run.refresh_from_db()
    written = Submission.objects.filter(status="prepared").count()
    history = Submission.events.rel.related_model.objects.values("pgh_obj_id").distinct().count()
    if (run.status, written, history) != ("done", expected.written, expected.written):
        raise SystemExit(f"wrong result: {run.status} {written} written, {history} with history")
    return {**watch.result(), "written": written, "not_written": expected.error + expected.same}


def _warm_up(authority: Any, clerk: Any) -> None:
    """A worker has done other work before: modules are loaded, connections are open."""
    from platforms import jobs
    from platforms.actions import import_run as actions
    from tests.spreadsheets import good_row, table, uploaded, workbook

    run = uploaded(workbook({"平台": table([good_row(0)])}), authority, clerk)
    jobs.run(run.check_job_id)
    run.refresh_from_db()
    actions.cancel(run=run, by=clerk)


def _peer(rows: int, path: Path) -> dict[str, Any]:
    from tests.load import import_export_peer

    watch = Watch()
    import_export_peer.dry_run_and_import(path.read_bytes(), watch.lap)
    written = import_export_peer.check(rows)
    return {**watch.result(), "written": written}


class Watch:
    """Wall seconds by lap, processor seconds of this process, its children and its database session, and their peak memory.

    On a machine that does other things at the same time the wall seconds say little and the processor seconds much: the parts
    wait for each other, so on an idle machine the wall seconds are about the sum of the processor seconds.
    """

    def __init__(self) -> None:
        self.laps: dict[str, float] = {}
        self.at = time.perf_counter()
        self.cpu = self._cpu()
        self.database_cpu = self._database_cpu()

    def lap(self, name: str) -> None:
        """The time since the last lap; without a name it is not counted."""
        now = time.perf_counter()
        if name:
            self.laps[name] = round(self.laps.get(name, 0) + now - self.at, 2)
        self.at = now

    def result(self) -> dict[str, Any]:
        own, children = (
            resource.getrusage(who).ru_maxrss // 1024
            for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
        )
        return {
            "seconds": round(sum(self.laps.values()), 2),
            "cpu_seconds": round(self._cpu() - self.cpu, 2),
            "database_cpu_seconds": round(self._database_cpu() - self.database_cpu, 2),
            "laps": self.laps,
            "peak_rss_mib": {"worker": own, "reading_process": children},
        }

    @staticmethod
    def _database_cpu() -> float:
        """Of the session this process has open, where the database runs on this machine; else nothing."""
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            (process,) = cursor.fetchone()
        try:
            times = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            return 0.0
        return (int(times[11]) + int(times[12])) / os.sysconf("SC_CLK_TCK")

    @staticmethod
    def _cpu() -> float:
        return sum(
            usage.ru_utime + usage.ru_stime
            for usage in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        )


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "registry.settings")
    answer = part(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])) if len(sys.argv) > 1 else main()
    json.dump(answer, sys.stdout, ensure_ascii=False)
    print()
