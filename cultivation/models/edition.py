"""发布版: a named edition of the whole directory or of the service resource list, cut once and never changed."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cultivation.choices import EditionKind, EditionStatus
from platforms.access import Scope
from platforms.models.constraints import one_of


class EditionQuerySet(models.QuerySet):
    def published(self) -> EditionQuerySet:
        return self.filter(status=EditionStatus.PUBLISHED)


class Edition(models.Model):
    """``number`` counts the editions of a kind from 1; ``head`` is the change its entries stop at. The files are on disk."""

    kind = models.CharField(_("类别"), max_length=12, choices=EditionKind)
    number = models.PositiveIntegerField(_("期号"))
    version = models.CharField(_("版本"), max_length=40)
    status = models.CharField(max_length=10, choices=EditionStatus, default=EditionStatus.CUTTING)
    head = models.BigIntegerField(default=0)
    entry_count = models.PositiveIntegerField(_("条数"), default=0)
    entries_root = models.CharField(max_length=64, blank=True)
    manifest = models.JSONField(default=dict)
    manifest_sha256 = models.CharField(max_length=64, blank=True)
    previous = models.ForeignKey("self", models.PROTECT, null=True, related_name="followers")
    note_zh = models.CharField(_("说明"), max_length=400, blank=True)
    issued_at = models.DateTimeField(default=timezone.now)
    created_by = models.ForeignKey("platforms.User", models.PROTECT, null=True, related_name="+")
    published_at = models.DateTimeField(null=True)

    objects = EditionQuerySet.as_manager()
    scope = Scope(everyone=True)

    class Meta:
        verbose_name = verbose_name_plural = _("发布版")
        ordering = ("kind", "number")
        constraints = (
            one_of("edition", "kind", EditionKind),
            one_of("edition", "status", EditionStatus),
            models.UniqueConstraint(
                fields=("kind", "number"),
                name="edition_number_once",
                violation_error_message=_("该期号已使用。"),
            ),
            models.UniqueConstraint(
                fields=("kind", "version"),
                name="edition_version_once",
                violation_error_message=_("该版本已存在。"),
            ),
            models.CheckConstraint(
                name="edition_published_is_complete",
                condition=~Q(status=EditionStatus.PUBLISHED)
                | (~Q(manifest_sha256="") & ~Q(entries_root="") & Q(published_at__isnull=False)),
                violation_error_message=_("发布版必须完整才能发布。"),
            ),
        )
        triggers = (
            pgtrigger.Protect(name="edition_never_deleted", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="edition_never_changed",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__status=EditionStatus.PUBLISHED),
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.version}"
