"""推送: a receiver of public changes, and the messages it has been sent."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from platforms.access import Scope
from platforms.choices import PushFailure, PushKind, PushStatus, Tier, WebhookStatus
from platforms.history import tracked
from platforms.models.constraints import not_blank, one_of


class WebhookQuerySet(models.QuerySet):
    def due(self, newest: int) -> WebhookQuerySet:
        """Those with something to send now, by the database's clock. Whose owner has left is sent nothing."""
        waiting = models.Exists(Push.objects.filter(webhook=models.OuterRef("pk"), status=PushStatus.PENDING))
        return self.filter(
            Q(position__lt=newest) | waiting,
            status=WebhookStatus.ACTIVE,
            owner__is_active=True,
            next_at__lte=Now(),
        )


@tracked(exclude=["salt", "position", "next_at", "failures", "delivered_at"])
class Webhook(models.Model):
    """``position`` is the number of the change feed up to which messages have been made.

    The secret is not stored: it follows from ``salt`` and the key of the installation, so a copy of the database signs nothing.
    ``next_at`` is when to try next: the end of a worker's turn while one is sending, of the waiting time after a failure.
    """

    owner = models.ForeignKey("platforms.User", models.CASCADE, related_name="webhooks")
    name = models.CharField(_("名称"), max_length=60)
    target = models.CharField(_("接收地址"), max_length=300)
    kinds = models.JSONField(_("变更类别"), default=list)
    authority = models.ForeignKey(
        "platforms.Authority", models.PROTECT, null=True, blank=True, related_name="+"
    )
    area = models.ForeignKey("platforms.Area", models.PROTECT, null=True, blank=True, related_name="+")
    tier = models.CharField(_("梯次"), max_length=10, choices=Tier, blank=True)
    status = models.CharField(max_length=10, choices=WebhookStatus, default=WebhookStatus.ACTIVE)
    salt = models.CharField(max_length=64)
    position = models.BigIntegerField()
    next_at = models.DateTimeField(default=timezone.now)
    failures = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)
    delivered_at = models.DateTimeField(null=True, blank=True)

    objects = WebhookQuerySet.as_manager()
    scope = Scope(
        person="owner", authority="owner__memberships__authority", operator="owner__memberships__operator"
    )

    class Meta:
        verbose_name = verbose_name_plural = _("推送")
        ordering = ("-id",)
        indexes = (models.Index(fields=("next_at",), condition=Q(status="active"), name="webhook_active"),)
        constraints = (
            one_of("webhook", "status", WebhookStatus),
            not_blank("webhook", "name"),
            not_blank("webhook", "target"),
            models.CheckConstraint(
                name="webhook_tier_known",
                condition=Q(tier="") | Q(tier__in=Tier.values),
                violation_error_message=_("不是允许的取值。"),
            ),
        )

    def __str__(self) -> str:
        return self.name


class Push(models.Model):
    """投递: one message. ``uid`` stays the same however often it is sent, and so does what is sent.

    ``numbers`` are the changes it reports, all of them after ``after`` and up to ``up_to``. The body is made of them anew for
    each attempt, for the change feed is never rewritten; it is not kept here.
    """

    webhook = models.ForeignKey(Webhook, models.CASCADE, related_name="pushes")
    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=8, choices=PushKind)
    numbers = models.JSONField(default=list)
    after = models.BigIntegerField(default=0)
    up_to = models.BigIntegerField(default=0)
    status = models.CharField(max_length=10, choices=PushStatus, default=PushStatus.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)
    tried_at = models.DateTimeField(null=True, blank=True)
    delivered_at = models.DateTimeField(null=True, blank=True)
    response_code = models.PositiveSmallIntegerField(null=True, blank=True)
    failure = models.CharField(max_length=20, choices=PushFailure, blank=True)
    milliseconds = models.PositiveIntegerField(null=True, blank=True)

    scope = Scope(
        person="webhook__owner",
        authority="webhook__owner__memberships__authority",
        operator="webhook__owner__memberships__operator",
    )

    class Meta:
        verbose_name = verbose_name_plural = _("投递")
        ordering = ("-id",)
        indexes = (
            models.Index(fields=("webhook", "id"), condition=Q(status="pending"), name="push_pending"),
        )
        constraints = (
            one_of("push", "status", PushStatus),
            one_of("push", "kind", PushKind),
            models.CheckConstraint(
                name="push_failure_known",
                condition=Q(failure="") | Q(failure__in=PushFailure.values),
                violation_error_message=_("不是允许的取值。"),
            ),
            models.CheckConstraint(
                name="push_delivered_has_time",
                condition=~Q(status=PushStatus.DELIVERED) | Q(delivered_at__isnull=False),
                violation_error_message=_("已送达的投递必须有送达时间。"),
            ),
            models.CheckConstraint(
                name="push_forwards",
                condition=Q(after__lte=models.F("up_to")),
                violation_error_message=_("起始变更号不能大于终止变更号。"),
            ),
        )

    def __str__(self) -> str:
        return str(self.uid)
