"""How long an import takes: 2,400 platforms × 40 columns, from the uploaded file to the result a person can confirm.

Run with a database of its own (it creates and drops one): ``python -m tests.load.bench_import``; prints one JSON object.
"""

from __future__ import annotations

import json
import os
import resource
import statistics
import sys
import time
from tempfile import TemporaryDirectory

import django

ROWS = int(os.environ.get("BENCH_ROWS", "2400"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))


def main() -> dict:
    """Set up a database of its own, measure, take it down again."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "registry.settings")
    with TemporaryDirectory() as folder:
        os.environ["REGISTRY_FILES"] = folder
        return _with_database()


def _with_database() -> dict:
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
    from platforms.access import Role
    from tests import factories
    from tests.spreadsheets import good_row, headings, table, workbook

    factories.AreaFactory()
    authority = factories.AuthorityFactory()
    clerk = factories.person(Role.AUTHORITY_CLERK, authority=authority)
    more = {
        "平台英文名称": "Sample",
        "建设单位英文名称": "Sample Co.",
        "细分方向": "示例",
        "关键词": "示例、陶瓷",
        "共建单位": "示例大学",
        "独立核算": "是",
        "中试设备数量（台套）": 12,
        "本科或中级以上占比（%）": 40.5,
        "累计投资（万元）": 3000,
        "英文简介": "Sample platform.",
        "网址": "https://example.cn",
        "办公邮箱": "office@example.cn",
        "近三年无重大事故和失信": "是",
        **{f"备注{n}": "示例" for n in range(1, 41)},
    }
    columns = [*headings(), *(f"备注{n}" for n in range(1, 41))][:40]
    seconds: list[float] = []
    cpu = time.process_time()
    for turn in range(ROUNDS):
        rows = [good_row(turn * ROWS + serial, **more) for serial in range(1, ROWS + 1)]
        for row in rows[:: max(ROWS // 48, 1)]:  # two in a hundred are wrong
            row["办公电话"] = "许多"
        seconds.append(_one(workbook({"平台": table(rows, columns)}), authority, clerk))
    mib = {
        name: round(resource.getrusage(who).ru_maxrss / 1024)
        for name, who in (("worker", resource.RUSAGE_SELF), ("reading_process", resource.RUSAGE_CHILDREN))
    }
    return {
        "name": "import",
        "rows": ROWS,
        "columns": len(columns),
        "seconds": round(statistics.median(seconds), 2),
        "rounds": [round(value, 2) for value in seconds],
        "worker_cpu_seconds": round((time.process_time() - cpu) / ROUNDS, 2),  # with the making of the file
        "target_seconds": 3,
        "peak_rss_mib": mib,
    }


def _one(content: bytes, authority, clerk) -> float:
    from platforms import jobs
    from tests.spreadsheets import uploaded

    run = uploaded(content, authority, clerk)
    before = time.perf_counter()
    jobs.run(run.check_job_id)
    elapsed = time.perf_counter() - before
    run.refresh_from_db()
    if run.status != "checked" or run.counts.get("error") != len(range(0, ROWS, max(ROWS // 48, 1))):
        raise SystemExit(f"wrong result: {run.status} {run.counts} {run.refusal}")
    return elapsed


if __name__ == "__main__":
    json.dump(main(), sys.stdout, ensure_ascii=False)
    print()
