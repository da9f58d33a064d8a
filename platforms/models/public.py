"""The public record: all that the public can see, written only by ``publish()``.

One row per platform, service resource, batch, notice and list, each with its ready JSON. There is no foreign key into the
working record, so a public page cannot follow one.
"""

from __future__ import annotations

import datetime

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Case, Q, Value, When
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Coalesce
from django.utils.translation import gettext_lazy as _

from platforms.choices import TIER_ORDER, ChangeKind, PlatformStatus, ResourceKind, Tier
from platforms.models.constraints import one_of

#: A lead time nobody stated, behind every one that is.
UNSTATED = 32_767


class PublicRecord(models.Model):
    """What every kind of public row has: a code, the ready documents, and how often it has changed."""

    code = models.CharField(max_length=60, unique=True)
    document = models.JSONField()
    card = models.JSONField()
    version = models.PositiveIntegerField(default=1)
    etag = models.CharField(max_length=64)
    first_published_at = models.DateTimeField()
    published_at = models.DateTimeField()
    last_change = models.BigIntegerField()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.code


class WithoutUrl(models.Func):
    """A stored document as text, without the address that only pages use."""

    template = "(%(expressions)s - 'url')::text"
    output_field = models.TextField()


class PlatformRecord(PublicRecord):
    """What a public row of a platform has. Filter columns repeat what the document says, by code.

    ``card_text`` is the card as the API sends it: writing JSON out takes the database longer than finding it.
    """

    card_text = models.GeneratedField(
        expression=WithoutUrl("card"), output_field=models.TextField(), db_persist=True
    )
    name_zh = models.CharField(max_length=120)
    name_sort = models.CharField(max_length=400)
    status = models.CharField(max_length=12, choices=PlatformStatus)
    tier = models.CharField(max_length=10, choices=Tier, null=True)  # noqa: DJ001
    tier_rank = models.PositiveSmallIntegerField(default=0)
    operator_uscc = models.CharField(max_length=18, blank=True)
    authority_code = models.CharField(max_length=6)
    region_code = models.CharField(max_length=6)
    city_code = models.CharField(max_length=6, blank=True)
    area_code = models.CharField(max_length=12, blank=True)
    direction_code = models.CharField(max_length=16, blank=True)
    gap_filling = models.BooleanField(default=False)
    construction_mode = models.CharField(max_length=30, blank=True)
    build_status = models.CharField(max_length=20, blank=True)
    service_types = ArrayField(models.CharField(max_length=30), default=list)
    scale_classes = ArrayField(models.CharField(max_length=6), default=list)
    open_to = ArrayField(models.CharField(max_length=10), default=list)
    recognition_levels = ArrayField(models.CharField(max_length=20), default=list)
    demo = models.BooleanField(default=False)
    updated_on = models.DateField()

    class Meta:
        abstract = True


class PublicPlatform(PlatformRecord):
    """One row per platform, tombstones included."""

    class Meta:
        db_table = "public_platform"
        verbose_name = verbose_name_plural = _("公开记录：平台")
        indexes = (
            # The status first: what is withdrawn or merged has the lowest rank, and the last page would read all of it.
            models.Index(
                fields=("status", "-tier_rank", "name_sort", "code"), name="public_platform_default"
            ),
            models.Index(fields=("name_sort", "code"), name="public_platform_name"),
            models.Index(fields=("-updated_on", "code"), name="public_platform_updated"),
            models.Index(
                fields=("status", "region_code", "area_code", "tier"), name="public_platform_facets"
            ),
            models.Index(fields=("status", "city_code"), name="public_platform_city"),
        )
        constraints = (
            one_of("public_platform", "status", PlatformStatus),
            models.CheckConstraint(
                name="public_platform_tier_known",
                condition=Q(tier__isnull=True) | Q(tier__in=Tier.values),
                violation_error_message=_("不是允许的取值。"),
            ),
        )


#: What a search is narrowed, counted and put in order by; kept beside the words under the same names.
FOUND_BY = (
    "code", "name_sort", "status", "tier", "tier_rank", "authority_code", "region_code", "city_code", "area_code",
    "direction_code", "gap_filling", "demo",
)  # fmt: skip


class SearchTokens(models.Model):
    """The words of one public platform, as ``platforms.search`` makes them, and what a search asks of it beside them.

    Narrow: a search reads a thousand of these rows where one of the wide rows of the record is shown. The words themselves are
    in the index, and in the row put aside (``platforms.apps``).
    """

    platform = models.OneToOneField(PublicPlatform, models.CASCADE, primary_key=True, related_name="search")
    tokens = ArrayField(models.CharField(max_length=60))
    code = models.CharField(max_length=60)
    name_sort = models.CharField(max_length=400)
    status = models.CharField(max_length=12)
    tier = models.CharField(max_length=10, null=True)  # noqa: DJ001
    tier_rank = models.PositiveSmallIntegerField(default=0)
    authority_code = models.CharField(max_length=6)
    region_code = models.CharField(max_length=6)
    city_code = models.CharField(max_length=6, blank=True)
    area_code = models.CharField(max_length=12, blank=True)
    direction_code = models.CharField(max_length=16, blank=True)
    gap_filling = models.BooleanField(default=False)
    demo = models.BooleanField(default=False)

    class Meta:
        db_table = "public_search"
        indexes = (GinIndex(fields=("tokens",), name="public_search_tokens", fastupdate=False),)

    def __str__(self) -> str:
        return str(self.platform_id)


class PublicResource(models.Model):
    """公共服务资源: one row per published service or shared instrument of an active platform."""

    code = models.CharField(max_length=40, unique=True)
    platform_code = models.CharField(max_length=16, db_index=True)
    kind = models.CharField(max_length=12, choices=ResourceKind)
    title_zh = models.CharField(max_length=80)
    title_sort = models.CharField(max_length=300)
    service_type = models.CharField(max_length=30, blank=True)
    price_mode = models.CharField(max_length=10, blank=True)
    open_to = models.CharField(max_length=10, blank=True)
    region_code = models.CharField(max_length=6)
    area_code = models.CharField(max_length=12, blank=True)
    tier = models.CharField(max_length=10, choices=Tier, null=True)  # noqa: DJ001
    confirmed_on = models.DateField(null=True)
    #: ``[{low, high, unit}]`` read out of the specification (``platforms.quantities``).
    parameters = models.JSONField(default=list)
    # Orders. What is not stated comes last, and a key that is never null can be walked by.
    tier_rank = models.GeneratedField(
        expression=Case(
            *(When(tier=tier, then=Value(rank)) for tier, rank in TIER_ORDER.items()), default=Value(0)
        ),
        output_field=models.PositiveSmallIntegerField(),
        db_persist=True,
    )
    confirmed_sort = models.GeneratedField(
        expression=Coalesce("confirmed_on", Value(datetime.date(1900, 1, 1))),
        output_field=models.DateField(),
        db_persist=True,
    )
    lead_time_sort = models.GeneratedField(
        expression=Coalesce(
            Cast(KeyTextTransform("lead_time_days", "document"), models.IntegerField()), Value(UNSTATED)
        ),
        output_field=models.IntegerField(),
        db_persist=True,
    )
    tokens = ArrayField(models.CharField(max_length=60))
    document = models.JSONField()

    class Meta:
        db_table = "public_resource"
        verbose_name = verbose_name_plural = _("公开记录：服务资源")
        indexes = (
            GinIndex(fields=("tokens",), name="public_resource_tokens", fastupdate=False),
            models.Index(fields=("title_sort", "code"), name="public_resource_title"),
            models.Index(fields=("-tier_rank", "title_sort", "code"), name="public_resource_tier"),
            models.Index(fields=("-confirmed_sort", "title_sort", "code"), name="public_resource_confirmed"),
            models.Index(fields=("lead_time_sort", "title_sort", "code"), name="public_resource_lead_time"),
        )
        constraints = (one_of("public_resource", "kind", ResourceKind),)

    def __str__(self) -> str:
        return self.title_zh


class PublicBatch(PublicRecord):
    tier = models.CharField(max_length=10, choices=Tier)
    stage = models.CharField(max_length=30)
    opened_on = models.DateField(null=True)

    class Meta:
        db_table = "public_batch"
        verbose_name = verbose_name_plural = _("公开记录：批次")


class PublicNotice(PublicRecord):
    batch_code = models.CharField(max_length=40)
    starts_on = models.DateField()
    ends_on = models.DateField()

    class Meta:
        db_table = "public_notice"
        verbose_name = verbose_name_plural = _("公开记录：公示")


class PublicList(PublicRecord):
    """A frozen official list in one version; ``code`` is ``<list code>/<version>``."""

    list_code = models.CharField(max_length=40)
    list_version = models.CharField(max_length=12)
    kind = models.CharField(max_length=20)
    tier = models.CharField(max_length=10, choices=Tier)
    issued_on = models.DateField(null=True)
    latest = models.BooleanField(default=True)

    class Meta:
        db_table = "public_list"
        verbose_name = verbose_name_plural = _("公开记录：名单")
        constraints = (
            models.UniqueConstraint(
                fields=("list_code", "list_version"),
                name="public_list_version_once",
                violation_error_message=_("该版本已发布。"),
            ),
        )


class PublicAnnouncement(PublicRecord):
    """公告 addressed to the public; withdrawn ones stay, without their text."""

    released_at = models.DateTimeField()
    shown_until = models.DateTimeField(null=True)
    withdrawn = models.BooleanField(default=False)

    class Meta:
        db_table = "public_announcement"
        verbose_name = verbose_name_plural = _("公开记录：公告")


class Change(models.Model):
    """One entry of the public change feed. Numbers have no gaps and follow commit order."""

    number = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField()
    kind = models.CharField(max_length=16, choices=ChangeKind)
    noun = models.CharField(max_length=12)
    code = models.CharField(max_length=60)
    version = models.PositiveIntegerField()
    title_zh = models.CharField(max_length=200)
    title_en = models.CharField(max_length=300, blank=True)
    tier = models.CharField(max_length=10, blank=True)
    region_code = models.CharField(max_length=6, blank=True)
    fields = models.JSONField(default=list)
    decision = models.CharField(max_length=120, blank=True)
    etag = models.CharField(max_length=64)

    class Meta:
        db_table = "public_change"
        verbose_name = verbose_name_plural = _("公开变更")
        ordering = ("number",)
        indexes = (
            models.Index(fields=("noun", "code", "number"), name="public_change_of_record"),
            models.Index(fields=("at", "number"), name="public_change_of_day"),
        )
        constraints = (one_of("public_change", "kind", ChangeKind),)
        triggers = (
            pgtrigger.Protect(name="change_append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        )

    def __str__(self) -> str:
        return f"#{self.number} {self.code}"
