"""The queue of record: jobs are rows, workers take them with a lease, a message only wakes a worker.

A worker that dies loses nothing: its lease runs out (by the database's clock), the sweeper wakes another, and the handler
goes on from the cursor. A job that fails three times without the cursor moving is dead, with the reason kept.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import structlog
from celery import current_app
from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, Value
from django.db.models.functions import Now
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from platforms import history
from platforms.choices import JobStatus
from platforms.errors import DomainError
from platforms.models import Authority, Job, User

log = structlog.get_logger(__name__)

Handler = Callable[["Work"], dict[str, Any] | None]
HANDLERS: dict[str, Handler] = {}
#: Kinds that are begun again by a verb of their own, and the sentence that says by whom and where.
BEGUN_AGAIN: dict[str, str | Promise] = {}


class LeaseLost(Exception):
    """Another worker has taken the job over; stop without touching it."""


class Cancelled(Exception):
    """The person who started the job asked to stop it."""


def handler(kind: str, *, begun_again: str | Promise = "") -> Callable[[Handler], Handler]:
    """Register the function that does jobs of one kind. It gets a ``Work`` and may return the job's result.

    ``begun_again``: where a dead job of this kind is taken up, if there is a verb for it that asks more than whether it is dead.
    """

    def register(function: Handler) -> Handler:
        HANDLERS[kind] = function
        if begun_again:
            BEGUN_AGAIN[kind] = begun_again
        return function

    return register


def enqueue(
    kind: str,
    *,
    params: dict[str, Any],
    by: User | None,
    authority: Authority | None = None,
    total: int = 0,
    unique_key: str | None = None,
) -> Job:
    """Write a job in the current transaction and wake a worker once it is committed.

    ``unique_key`` makes asking twice harmless: the job that exists is returned.
    """
    values = {"kind": kind, "params": params, "created_by": by, "authority": authority, "total": total}
    if unique_key is None:
        job = Job.objects.create(**values)
    else:
        job, _created = Job.objects.get_or_create(unique_key=unique_key, defaults=values)
    transaction.on_commit(lambda: wake(job.pk))
    return job


def wake(job_id: int) -> None:
    """Tell a worker. A dead broker only delays the job until the next sweep, so its errors stop here."""
    try:
        current_app.send_task("platforms.tasks.run_job", args=(job_id,), retry=False)
    except Exception as error:  # any broker failure
        log.warning("job.wake_failed", job=job_id, error=type(error).__name__)


def sweep() -> int:
    """Wake workers for every job nobody is working on; returns how many."""
    waiting = list(Job.objects.due().order_by("id").values_list("pk", flat=True)[:100])
    for job_id in waiting:
        wake(job_id)
    return len(waiting)


def take(job_id: int, worker: str) -> Job | None:
    """Lease the job if it is free; ``None`` when another worker has it or it is finished."""
    with transaction.atomic():
        job = Job.objects.due().select_for_update(skip_locked=True).filter(pk=job_id).first()
        if job is None:
            return None
        if job.attempts >= settings.JOB_MAX_ATTEMPTS:
            _finish(job, JobStatus.DEAD, error_code="attempts", error=str(_("连续三次未能完成，已停止。")))
            return None
        Job.objects.filter(pk=job.pk).update(
            status=JobStatus.RUNNING,
            lease_until=_lease_end(),
            leased_by=worker,
            attempts=F("attempts") + 1,
            restarts=F("restarts") + (1 if job.started_at else 0),
            started_at=job.started_at or Now(),
        )
        job.refresh_from_db()
        return job


def run(job_id: int, worker: str = "") -> bool:
    """Take the job and do it. Returns whether this call worked on it."""
    worker = worker or f"{socket.gethostname()}:{os.getpid()}"
    job = take(job_id, worker)
    if job is None:
        return False
    with (
        translation.override(settings.LANGUAGE_CODE),  # what a job writes is read by everyone
        history.context(
            verb=f"job.{job.kind}", by=job.created_by, job=job.pk, authority=job.authority_id or ""
        ),
    ):
        _do(job, worker)
    return True


def _do(job: Job, worker: str) -> None:
    work = Work(job, worker)
    try:
        result = HANDLERS[job.kind](work)
    except LeaseLost:
        log.warning("job.lease_lost", job=job.pk)
    except Cancelled:
        _finish(job, JobStatus.CANCELLED, worker=worker)
    except DomainError as error:
        _finish(job, JobStatus.FAILED, worker=worker, error_code=error.code, error=str(error))
    except Exception as error:
        log.exception("job.crashed", job=job.pk, kind=job.kind)
        _give_back(job, worker, error)
    else:
        _finish(job, JobStatus.DONE, worker=worker, result=result or {}, done=F("total"))


def _finish(job: Job, status: str, *, worker: str = "", **fields: Any) -> None:
    mine = Job.objects.filter(pk=job.pk)
    if worker:
        mine = mine.filter(leased_by=worker, status=JobStatus.RUNNING)
    mine.update(status=status, finished_at=Now(), lease_until=None, leased_by="", **fields)


def _give_back(job: Job, worker: str, error: Exception) -> None:
    """After a crash: free the job for another attempt, or stop it for good when it has had three."""
    dead = job.attempts >= settings.JOB_MAX_ATTEMPTS
    Job.objects.filter(pk=job.pk, leased_by=worker).update(
        status=JobStatus.DEAD if dead else JobStatus.QUEUED,
        error_code=type(error).__name__[:40],
        error=str(_("处理时发生意外错误，已记录。")),
        lease_until=None if dead else Now() + Value(timedelta(seconds=2 * job.attempts)),
        leased_by="",
        finished_at=Now() if dead else None,
    )


def cancel(job: Job) -> bool:
    """Ask an unfinished job to stop; a queued one stops at once. Returns whether there was anything to stop."""
    stopped = Job.objects.filter(pk=job.pk, status=JobStatus.QUEUED).update(
        status=JobStatus.CANCELLED, finished_at=Now(), cancel_requested=True
    )
    asked = Job.objects.filter(pk=job.pk, status=JobStatus.RUNNING).update(cancel_requested=True)
    return bool(stopped or asked)


def _lease_end():
    return Now() + Value(timedelta(seconds=settings.JOB_LEASE_SECONDS))


class Work:
    """What a handler sees of its job. ``params`` and ``cursor`` are plain JSON."""

    def __init__(self, job: Job, worker: str) -> None:
        self.job = job
        self.params: dict[str, Any] = job.params
        self.cursor: dict[str, Any] = dict(job.cursor)
        self._worker = worker

    def by(self) -> User | None:
        """The person who asked, re-read so that rights lost in the meantime are lost here too."""
        return User.objects.filter(pk=self.job.created_by_id).first() if self.job.created_by_id else None

    def step(self, name: str, *, total: int | None = None, done: int = 0) -> None:
        """Name what is being done now and how much of it there is."""
        fields: dict[str, Any] = {"step": name, "done": done}
        if total is not None:
            fields["total"] = total
        self._update(**fields)

    def advance(self, *, done: int, cursor: dict[str, Any]) -> None:
        """Record progress in the caller's transaction: the work and the cursor commit together or not at all.

        Moving the cursor is proof of life, so the count of attempts starts again.
        """
        self.cursor = dict(cursor)
        self._update(done=done, cursor=self.cursor, attempts=1)

    def beat(self) -> None:
        """Keep the lease during work that moves no cursor."""
        self._update()

    def _update(self, **fields: Any) -> None:
        mine = Job.objects.filter(Q(pk=self.job.pk, leased_by=self._worker, status=JobStatus.RUNNING))
        if not mine.update(lease_until=_lease_end(), **fields):
            raise LeaseLost(self.job.pk)
        if Job.objects.filter(pk=self.job.pk, cancel_requested=True).exists():
            raise Cancelled(self.job.pk)
