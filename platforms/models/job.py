"""Work that outlives a request. The row is the queue of record; a Celery message is only a wake-up call."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from platforms.access import Scope
from platforms.choices import JobStatus
from platforms.models.constraints import not_blank, one_of


class JobQuerySet(models.QuerySet):
    def unfinished(self) -> JobQuerySet:
        return self.filter(status__in=(JobStatus.QUEUED, JobStatus.RUNNING))

    def due(self) -> JobQuerySet:
        """Jobs nobody is working on; the database's clock decides, so a worker's clock cannot."""
        return self.unfinished().filter(Q(lease_until__isnull=True) | Q(lease_until__lt=Now()))


class Job(models.Model):
    """``cursor`` is where a restarted worker goes on; ``attempts`` counts starts since the cursor last moved."""

    kind = models.CharField(max_length=40)
    params = models.JSONField(default=dict)
    status = models.CharField(max_length=12, choices=JobStatus, default=JobStatus.QUEUED)
    cursor = models.JSONField(default=dict)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    step = models.CharField(max_length=40, blank=True)
    result = models.JSONField(default=dict)
    error_code = models.CharField(max_length=40, blank=True)
    error = models.TextField(blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    restarts = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    leased_by = models.CharField(max_length=80, blank=True)
    cancel_requested = models.BooleanField(default=False)
    authority = models.ForeignKey("platforms.Authority", models.PROTECT, null=True, related_name="+")
    created_by = models.ForeignKey("platforms.User", models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    unique_key = models.CharField(max_length=120, null=True, unique=True)  # noqa: DJ001

    objects = JobQuerySet.as_manager()
    scope = Scope(authority="authority", person="created_by")

    class Meta:
        verbose_name = verbose_name_plural = _("任务")
        ordering = ("-id",)
        indexes = (
            models.Index(
                fields=("id",),
                condition=Q(status__in=(JobStatus.QUEUED, JobStatus.RUNNING)),
                name="job_unfinished",
            ),
        )
        constraints = (
            one_of("job", "status", JobStatus),
            not_blank("job", "kind"),
            models.CheckConstraint(
                name="job_failure_has_reason",
                condition=~Q(status__in=(JobStatus.FAILED, JobStatus.DEAD)) | ~Q(error=""),
                violation_error_message=_("未完成的任务必须写明原因。"),
            ),
            models.CheckConstraint(
                name="job_done_within_total",
                condition=Q(total=0) | Q(done__lte=F("total")),
                violation_error_message=_("进度不能超过总数。"),
            ),
        )

    def __str__(self) -> str:
        return f"J-{self.pk}"

    @property
    def finished(self) -> bool:
        return self.status not in (JobStatus.QUEUED, JobStatus.RUNNING)

    @property
    def percent(self) -> int:
        return min(100, self.done * 100 // self.total) if self.total else 0
