"""A worker that is killed in the middle of an import: another finishes it, and every row is there exactly once."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from cultivation.actions import import_run as imports
from cultivation.models import Submission
from platforms import jobs
from platforms.models import Job
from tests.factories import AreaFactory
from tests.spreadsheets import checked, good_row, table, workbook

ROWS = 400
LEASE = 3


def worker(tmp_path: Path, **environment: str) -> subprocess.Popen:
    """A real Celery worker on the test database and broker."""
    options = connection.settings_dict
    host, port = options["HOST"], options["PORT"]
    address = f"postgresql://{options['USER']}@/{options['NAME']}?host={host}" + (
        f"&port={port}" if port else ""
    )
    return subprocess.Popen(
        [
            sys.executable,
            "-m",
            "celery",
            "-A",
            "registry",
            "worker",
            "--pool",
            "solo",
            "--loglevel",
            "WARNING",
        ],
        cwd=settings.BASE_DIR,
        env=os.environ
        | {
            "DATABASE_URL": address,
            "PGPASSWORD": options["PASSWORD"],
            "REGISTRY_BROKER_URL": settings.CELERY_BROKER_URL,
            "REGISTRY_CACHE_URL": settings.CACHES["default"]["LOCATION"],
            "REGISTRY_JOB_LEASE": str(LEASE),
            "REGISTRY_FILES": str(tmp_path),
        }
        | environment,
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def kill(process: subprocess.Popen) -> None:
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(timeout=120)


def until(condition, seconds: float, *, each=lambda: None) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        each()
        time.sleep(0.2)


@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_in_the_middle_leaves_every_row_written_exactly_once(cast, tmp_path, settings):
    settings.STORAGES = settings.STORAGES | {
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": tmp_path, "base_url": None},
        }
    }
    AreaFactory()
    content = workbook({"平台": table(good_row(serial) for serial in range(1, ROWS + 1))})
    run = checked(content, cast.jiangsu, cast.jiangsu_clerk)
    first = worker(tmp_path, REGISTRY_FAILPOINTS="import.write.before_commit=sleep:1")
    try:
        job = imports.confirm(run=run, mode="all_or_none", by=cast.jiangsu_clerk).write_job
        # the message may come before the worker listens; in an installation the sweeper repeats it every 15 seconds
        until(lambda: Submission.objects.count() >= 100, 120, each=jobs.sweep)
    finally:
        kill(first)
    half = Submission.objects.count()
    assert 100 <= half < ROWS

    second = worker(tmp_path)
    try:
        until(lambda: Job.objects.get(pk=job.pk).status == "done", 120, each=jobs.sweep)
    finally:
        kill(second)

    job.refresh_from_db()
    run.refresh_from_db()
    rows = Submission.objects.values_list("import_row_id", flat=True)
    assert len(rows) == len(set(rows)) == ROWS
    assert run.status == "done"
    assert (job.restarts, job.result) == (1, {"written": ROWS})
    assert set(Submission.objects.values_list("status", flat=True)) == {"prepared"}
    assert Submission.objects.values("number").distinct().count() == ROWS
