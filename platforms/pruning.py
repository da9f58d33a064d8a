"""What is thrown away: remembered answers, finished jobs, read messages and what was sent to receivers, each after its time (ADR 0004)."""

from __future__ import annotations

import datetime

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Now

from platforms.choices import JobStatus, PushStatus
from platforms.models import Delivery, IdempotencyKey, ImportRun, Job, Letter, Notification, Push

log = structlog.get_logger(__name__)

ANSWERS = datetime.timedelta(hours=24)
JOBS = datetime.timedelta(days=90)
MESSAGES = datetime.timedelta(days=180)
PUSHES = datetime.timedelta(days=90)
AT_ONCE = 1000


def prune() -> dict[str, int]:
    """Delete what is past its time by the database's clock; returns how many of each. Records and their history stay."""
    done = {
        "answers": _delete(IdempotencyKey.objects.filter(created_at__lt=Now() - ANSWERS)),
        "jobs": _delete(_old_jobs()),
        "messages": _delete(Notification.objects.filter(read_at__lt=Now() - MESSAGES)),
    }
    done["pushes"] = _delete(
        Push.objects.filter(created_at__lt=Now() - PUSHES).exclude(status=PushStatus.PENDING)
    )
    done["letters"] = _forget_letters()
    log.info("pruned", **done)
    return done


def _forget_letters() -> int:
    """The words and names of old letters, and of their answers, which may repeat them; that they came and when stays."""
    total = 0
    old = Letter.objects.filter(
        forgotten_at__isnull=True, sent_at__lt=Now() - datetime.timedelta(days=settings.LETTER_KEEP_DAYS)
    )
    while keys := list(old.order_by("pk").values_list("pk", flat=True)[:AT_ONCE]):
        with transaction.atomic():
            Delivery.objects.filter(letter__in=keys).update(reply="")
            total += Letter.objects.filter(pk__in=keys).update(
                need="", party_name="", party_contact="", amount="", forgotten_at=Now()
            )
    return total


def _delete(rows: QuerySet) -> int:
    """In pieces, so that no lock is held for long."""
    total = 0
    while keys := list(rows.order_by("pk").values_list("pk", flat=True)[:AT_ONCE]):
        deleted, _each = rows.model._default_manager.filter(pk__in=keys).delete()
        total += deleted
    return total


def _old_jobs() -> QuerySet:
    """Finished long ago. An import run keeps its jobs; a failed one with a key stays, for the next attempt counts it."""
    runs = ImportRun.objects.filter(Q(check_job=OuterRef("pk")) | Q(write_job=OuterRef("pk")))
    return (
        Job.objects.filter(finished_at__lt=Now() - JOBS)
        .exclude(status__in=(JobStatus.QUEUED, JobStatus.RUNNING))
        .exclude(status__in=(JobStatus.FAILED, JobStatus.DEAD), unique_key__isnull=False)
        .filter(~Exists(runs))
    )
