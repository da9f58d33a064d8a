"""任务: taking up again what has given up, once its cause is mended."""

from __future__ import annotations

import structlog
from django.db import transaction

from platforms import jobs
from platforms.access import Permission, require
from platforms.actions.verb import lock, verb
from platforms.choices import JobStatus
from platforms.errors import IllegalStep
from platforms.models import Job, User
from platforms.words import gettext_lazy as _

log = structlog.get_logger(__name__)


@verb("job.retry")
def retry(*, job: Job, by: User) -> Job:
    """Put a dead job back into the queue; it goes on from its cursor. One that waits or runs already is left as it is."""
    require(by, Permission.JOB_RETRY, job)
    job = lock(job)
    if not job.finished:
        return job
    refuse(job)
    job.status, job.attempts, job.cancel_requested = JobStatus.QUEUED, 0, False
    job.error, job.error_code = "", ""
    job.lease_until, job.leased_by, job.finished_at = None, "", None
    job.save(
        update_fields=[
            "status", "attempts", "cancel_requested", "error", "error_code", "lease_until", "leased_by", "finished_at",
        ]
    )  # fmt: skip
    log.info("job.retried", job=job.pk, kind=job.kind, by=by.pk)
    transaction.on_commit(lambda: jobs.wake(job.pk))
    return job


def refuse(job: Job) -> None:
    """Raise where this finished job is not one that can be taken up here."""
    if job.status != JobStatus.DEAD:
        raise IllegalStep(
            _("任务 %(job)s 的状态是“%(state)s”，只有多次失败而停止的任务可以重新运行。")
            % {"job": job, "state": JobStatus(job.status).label}
        )
    if job.kind in jobs.BEGUN_AGAIN:
        raise IllegalStep(jobs.BEGUN_AGAIN[job.kind])
    if job.kind not in jobs.HANDLERS:
        raise IllegalStep(_("这一类任务已没有处理程序，重新运行也不会成功。"))
