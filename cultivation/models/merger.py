"""合并: what a merger brought over, so that it can be taken back as a whole."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from platforms.access import Scope
from platforms.history import tracked
from platforms.models.constraints import paired


@tracked()
class Merger(models.Model):
    """One platform merged into another. ``taken``: field → what the other had and what it got; ``brought``: list → row ids."""

    platform = models.ForeignKey("platforms.Platform", models.PROTECT, related_name="mergers")
    into = models.ForeignKey("platforms.Platform", models.PROTECT, related_name="+")
    designation = models.ForeignKey(
        "cultivation.Designation", models.PROTECT, null=True, blank=True, related_name="+"
    )
    taken = models.JSONField(default=dict, blank=True)
    brought = models.JSONField(default=dict, blank=True)
    merged_at = models.DateTimeField(default=timezone.now)
    merged_by = models.ForeignKey("platforms.User", models.PROTECT, related_name="+")
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey("platforms.User", models.PROTECT, null=True, blank=True, related_name="+")

    scope = Scope(authority="platform__authority", operator="platform__operator")

    class Meta:
        verbose_name = verbose_name_plural = _("平台合并")
        ordering = ("-id",)
        constraints = (
            paired("merger", "undone"),
            models.UniqueConstraint(
                fields=("platform",),
                condition=Q(undone_at__isnull=True),
                name="merger_one_standing",
                violation_error_message=_("这个平台已经合并。"),
            ),
            models.CheckConstraint(
                name="merger_two_platforms",
                condition=~Q(platform=F("into")),
                violation_error_message=_("平台不能并入自身。"),
            ),
        )

    def __str__(self) -> str:
        return f"{self.platform_id} → {self.into_id}"
