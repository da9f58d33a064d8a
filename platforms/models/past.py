"""What the public record said before: rows that ``publish()`` has replaced, as they were."""

from __future__ import annotations

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from platforms.models.public import PlatformRecord


class PastPlatform(PlatformRecord):
    """A public row of a platform that held from change ``last_change`` until change ``replaced_by``.

    Nothing in it says anything of a person: whose consent made a name public may withdraw it, and this cannot be taken back.
    ``digest`` is that of the document as kept here, ``etag`` that of the document as it was published.
    """

    code = models.CharField(max_length=60)
    #: The key of the row that was replaced: at any moment one row of a platform holds, so it is unique there.
    public_id = models.BigIntegerField()
    replaced_by = models.BigIntegerField()
    tokens = ArrayField(models.CharField(max_length=60))
    left_out = models.BooleanField(default=False)
    digest = models.CharField(max_length=64)

    class Meta:
        db_table = "public_platform_past"
        verbose_name = verbose_name_plural = _("公开记录：平台的历次版本")
        indexes = (
            models.Index(fields=("last_change",), name="public_past_since"),
            models.Index(fields=("replaced_by",), name="public_past_until"),
            GinIndex(fields=("tokens",), name="public_past_tokens", fastupdate=False),
        )
        constraints = (
            models.UniqueConstraint(
                fields=("code", "version"),
                name="public_platform_past_version_once",
                violation_error_message=_("该版本已存档。"),
            ),
            models.UniqueConstraint(
                fields=("code", "replaced_by"),
                name="public_platform_past_replaced_once",
                violation_error_message=_("同一次变更不能替换两个版本。"),
            ),
            models.CheckConstraint(
                name="public_platform_past_in_order",
                condition=Q(replaced_by__gt=F("last_change")),
                violation_error_message=_("版本必须先发布、后被替换。"),
            ),
            models.CheckConstraint(
                name="public_platform_past_names_nobody",
                condition=Q(document__contact__person__isnull=True) | Q(document__contact__person=None),
                violation_error_message=_("历次版本不得存有个人信息。"),
            ),
        )
        triggers = (
            pgtrigger.Protect(name="past_append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        )
