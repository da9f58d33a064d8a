"""推荐函: the letter under the seal, which stays the legal act; the registry records it and keeps its scan."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from platforms.access import Scope
from platforms.history import tracked
from platforms.models.constraints import not_blank


@tracked()
class RecommendationLetter(models.Model):
    """One stamped letter of an authority: for a batch, or for submissions to the reserve where ``batch`` is empty.

    A letter that replaces an earlier one is recorded beside it; nothing is overwritten.
    """

    authority = models.ForeignKey("platforms.Authority", models.PROTECT, related_name="+")
    batch = models.ForeignKey("cultivation.Batch", models.PROTECT, null=True, blank=True, related_name="+")
    number = models.CharField(_("文号"), max_length=60)
    dated_on = models.DateField(_("成文日期"))
    document = models.ForeignKey(
        "platforms.Document",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("扫描件"),
    )
    recorded_at = models.DateTimeField(default=timezone.now)
    recorded_by = models.ForeignKey("platforms.User", models.PROTECT, related_name="+")

    scope = Scope(authority="authority")

    class Meta:
        verbose_name = verbose_name_plural = _("推荐函")
        ordering = ("-dated_on", "-id")
        constraints = (
            not_blank("recommendation_letter", "number"),
            models.UniqueConstraint(
                fields=("authority", "number"),
                name="recommendation_letter_number_once",
                violation_error_message=_("这个文号已经登记过。"),
            ),
        )

    def __str__(self) -> str:
        return self.number
