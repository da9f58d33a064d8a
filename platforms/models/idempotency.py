"""Remembered answers to requests that carry an ``Idempotency-Key``: a retried POST has one effect."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class IdempotencyKey(models.Model):
    """One row per principal and key; the unique constraint is the lock. ``status`` is empty while the first is running."""

    principal = models.CharField(max_length=80)
    key = models.CharField(max_length=120)
    fingerprint = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True)
    body = models.BinaryField(null=True)
    headers = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = verbose_name_plural = _("幂等键")
        constraints = (
            models.UniqueConstraint(
                fields=("principal", "key"),
                name="idempotency_key_once",
                violation_error_message=_("同一个请求正在处理。"),
            ),
        )

    def __str__(self) -> str:
        return self.key
