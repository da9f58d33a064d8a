"""The worker of an import killed at twenty random moments, six in the check and fourteen in the writing: ``make kills``.

Not part of ``make test``: twenty workers start and die, which takes some minutes. ``KILLS_SEED`` repeats a run.
"""

from __future__ import annotations

import os
import random
import time

import pytest

from cultivation.actions import import_run as imports
from cultivation.models import Submission
from platforms import jobs
from platforms.models import ImportRow, ImportRun, Job
from tests.factories import AreaFactory
from tests.faults.test_import_kill import kill, until, worker
from tests.spreadsheets import good_row, table, uploaded, workbook

ROWS = 3000
CHECK_KILLS, WRITE_KILLS = 6, 14
#: A job gives up after three starts without progress; a check starts anew each time, so each file is shot at twice.
KILLS_PER_CHECK = 2
SLOW = (
    "import.check.between_chunks=sleep:0.3,import.write.before_commit=sleep:0.5,"
    "import.write.between_chunks=sleep:0.3"
)


def shoot(tmp_path, job: Job, chance: random.Random) -> str:
    """Start a worker, let it take the job, kill it a random moment later; returns where that was."""
    process = worker(tmp_path, REGISTRY_FAILPOINTS=SLOW)
    try:
        # the message may come before the worker listens; in an installation the sweeper repeats it every 15 seconds
        until(lambda: _taken(job) or _over(job), 120, each=jobs.sweep)
        time.sleep(chance.uniform(0, 2.5))
    finally:
        kill(process)
    job.refresh_from_db()
    return f"{job.kind} {job.status} {job.done}/{job.total} attempt {job.attempts}"


def _taken(job: Job) -> bool:
    before = job.restarts, job.attempts, job.started_at
    now = Job.objects.get(pk=job.pk)
    return (now.restarts, now.attempts, now.started_at) != before


def _over(job: Job) -> bool:
    return Job.objects.get(pk=job.pk).finished


def finish(tmp_path, job: Job) -> None:
    process = worker(tmp_path)
    try:
        until(lambda: _over(job), 180, each=jobs.sweep)
    finally:
        kill(process)


@pytest.mark.django_db(transaction=True)
def test_twenty_kills_and_every_row_is_applied_exactly_once(cast, tmp_path, settings):
    settings.STORAGES = settings.STORAGES | {
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": tmp_path, "base_url": None},
        }
    }
    AreaFactory()
    seed = int(os.environ.get("KILLS_SEED", random.SystemRandom().randrange(10**6)))
    chance, kills = random.Random(seed), []
    print(f"\nKILLS_SEED={seed}")

    runs = []
    for number in range(CHECK_KILLS // KILLS_PER_CHECK):
        rows = [good_row(number * ROWS + serial) for serial in range(1, ROWS + 1)]
        run = uploaded(workbook({"平台": table(rows)}), cast.jiangsu, cast.jiangsu_clerk)
        for _turn in range(KILLS_PER_CHECK):
            kills.append(shoot(tmp_path, run.check_job, chance))
            print(kills[-1], flush=True)
        finish(tmp_path, run.check_job)
        run.refresh_from_db()
        assert (run.status, run.counts) == ("checked", {"new": ROWS})
        assert ImportRow.objects.filter(run=run).values("number").distinct().count() == ROWS
        runs.append(run)
    assert not Submission.objects.exists()

    for run in runs:
        imports.confirm(run=run, mode="all_or_none", by=cast.jiangsu_clerk)
    while len(kills) < CHECK_KILLS + WRITE_KILLS:
        run = chance.choice([run for run in ImportRun.objects.all() if run.status == "writing"])
        if run.write_job.finished:  # three starts without progress: a person goes on with it
            imports.resume(run=run, by=cast.jiangsu_clerk)
            run.refresh_from_db()
        kills.append(shoot(tmp_path, run.write_job, chance))
        print(kills[-1], "submissions", Submission.objects.count(), flush=True)
        _nothing_half_written()

    for run in ImportRun.objects.filter(status="writing"):
        if run.write_job.finished:
            imports.resume(run=run, by=cast.jiangsu_clerk)
            run.refresh_from_db()
        finish(tmp_path, run.write_job)
    _nothing_half_written()
    assert set(ImportRun.objects.values_list("status", flat=True)) == {"done"}
    made = list(Submission.objects.values_list("import_row_id", flat=True))
    assert len(made) == len(set(made)) == ROWS * len(runs)
    assert Submission.objects.values("number").distinct().count() == len(made)
    assert set(Submission.objects.values_list("status", flat=True)) == {"prepared"}
    assert len(kills) == 20


def _nothing_half_written() -> None:
    """A row is marked as written exactly when it is a submission, and every submission has its two events of history."""
    written = set(ImportRow.objects.filter(written_at__isnull=False).values_list("pk", flat=True))
    assert written == set(Submission.objects.values_list("import_row_id", flat=True))
    events = Submission.events.rel.related_model.objects
    assert events.count() == 2 * len(written)
