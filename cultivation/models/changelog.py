"""What has been sealed of the change feed: roots of its hash tree that were said to others, and parts kept to find them quickly."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from platforms.access import Scope


class LogTile(models.Model):
    """The root of 256 changes that follow one another: ``index`` 0 is of the changes 1 to 256. Never changed, like they."""

    index = models.PositiveIntegerField(primary_key=True)
    root = models.CharField(max_length=64)

    scope = Scope(everyone=True)

    class Meta:
        verbose_name = verbose_name_plural = _("变更树的部分")
        ordering = ("index",)
        triggers = (
            pgtrigger.Protect(name="log_tile_append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        )

    def __str__(self) -> str:
        return str(self.index)


class Checkpoint(models.Model):
    """检查点: the root of the first ``size`` changes as it was signed and said to others. A mirror keeps those of its source."""

    size = models.BigIntegerField(_("变更数"), primary_key=True)
    root = models.CharField(_("根"), max_length=64)
    note = models.TextField()
    issued_at = models.DateTimeField()

    scope = Scope(everyone=True)

    class Meta:
        verbose_name = verbose_name_plural = _("检查点")
        ordering = ("size",)
        constraints = (
            models.CheckConstraint(
                name="checkpoint_of_something",
                condition=Q(size__gt=0),
                violation_error_message=_("检查点至少包含一条变更。"),
            ),
        )
        triggers = (
            pgtrigger.Protect(name="checkpoint_append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        )

    def __str__(self) -> str:
        return str(self.size)
