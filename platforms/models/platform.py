"""中试平台: the working record. Everything public about it is projected from here by ``publish()``."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from platforms.access import Scope
from platforms.choices import BuildStatus, ConstructionMode, PlatformStatus, Tier
from platforms.history import tracked
from platforms.models.constraints import at_most, not_blank, not_negative, one_of


class PlatformQuerySet(models.QuerySet):
    def active(self) -> PlatformQuerySet:
        return self.filter(status=PlatformStatus.ACTIVE)

    def with_everything(self) -> PlatformQuerySet:
        """All that ``publish()`` reads, in a fixed number of queries."""
        return self.select_related(
            "operator", "authority", "region", "city", "area", "direction", "merged_into", "split_from"
        ).prefetch_related(
            "lines",
            "services",
            "equipment",
            "qualifications",
            "figures",
            "recognitions",
            "former_names",
            "contacts",
            "split_into",
        )


@tracked()
class Platform(models.Model):
    """A carrier of pilot-scale testing, not a legal person: one operator may run several.

    ``tier`` is a stored fact with one writer (the designation verbs); ``region``/``city`` is where it stands, ``authority``
    is who recommends it.
    """

    code = models.CharField(_("平台编号"), max_length=16, unique=True)
    name_zh = models.CharField(_("平台名称"), max_length=120)
    name_en = models.CharField(_("平台英文名称"), max_length=200, blank=True)
    operator = models.ForeignKey(
        "platforms.Operator", models.PROTECT, null=True, blank=True, related_name="platforms"
    )
    co_builders = models.CharField(_("共建单位"), max_length=400, blank=True)
    authority = models.ForeignKey("platforms.Authority", models.PROTECT, related_name="platforms")
    region = models.ForeignKey(
        "platforms.Region", models.PROTECT, related_name="+", verbose_name=_("所在省份")
    )
    city = models.ForeignKey(
        "platforms.Region",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("所在城市"),
    )
    address = models.CharField(_("平台所在地址"), max_length=200, blank=True)
    area = models.ForeignKey(
        "platforms.Area",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="platforms",
        verbose_name=_("所属领域"),
    )
    direction = models.ForeignKey(
        "platforms.Direction",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="platforms",
        verbose_name=_("行业方向"),
    )
    sub_direction = models.CharField(_("细分方向"), max_length=80, blank=True)
    keywords = models.CharField(_("关键词"), max_length=200, blank=True)
    summary_zh = models.TextField(_("平台简介"), max_length=1500, blank=True)
    summary_en = models.TextField(_("英文简介"), max_length=3000, blank=True)
    construction_mode = models.CharField(_("建设模式"), max_length=30, choices=ConstructionMode, blank=True)
    # Empty for platforms known from published lists only: the lists do not say whether they operate.
    build_status = models.CharField(
        _("建设状态"), max_length=20, choices=BuildStatus, default=BuildStatus.OPERATING, blank=True
    )
    operating_since = models.DateField(_("建成日期"), null=True, blank=True)
    expected_ready_on = models.DateField(_("预计达标日期"), null=True, blank=True)
    separate_accounts = models.BooleanField(_("独立核算"), default=False)

    floor_area_m2 = models.PositiveIntegerField(_("中试场地及配套面积（平方米）"), null=True, blank=True)
    equipment_count = models.PositiveIntegerField(_("中试设备数量（台套）"), null=True, blank=True)
    equipment_value_wan = models.DecimalField(
        _("中试设备原值（万元）"), max_digits=12, decimal_places=2, null=True, blank=True
    )
    staff_total = models.PositiveIntegerField(_("专职人员（人）"), null=True, blank=True)
    staff_technical = models.PositiveIntegerField(_("其中：技术人员（人）"), null=True, blank=True)
    staff_senior_percent = models.DecimalField(
        _("本科或中级以上占比（%）"), max_digits=5, decimal_places=2, null=True, blank=True
    )
    investment_total_wan = models.DecimalField(
        _("累计投资（万元）"), max_digits=14, decimal_places=2, null=True, blank=True
    )
    clean_record = models.BooleanField(_("近三年无重大事故和失信"), default=False)
    website = models.URLField(_("网址"), blank=True)
    office_phone = models.CharField(_("办公电话"), max_length=40, blank=True)
    office_email = models.EmailField(_("办公邮箱"), blank=True)

    tier = models.CharField(_("梯次"), max_length=10, choices=Tier, null=True, blank=True)  # noqa: DJ001
    status = models.CharField(_("状态"), max_length=12, choices=PlatformStatus, default=PlatformStatus.ACTIVE)
    status_reason = models.TextField(_("撤销或合并原因"), blank=True)
    status_on = models.DateField(_("撤销或合并日期"), null=True, blank=True)
    merged_into = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="merged_from")
    split_from = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="split_into")

    # How quickly enquiries are answered; written by the verb that answers one, shown from five answers on.
    enquiries_answered = models.PositiveIntegerField(_("已答复咨询（件）"), default=0)
    answer_days = models.PositiveSmallIntegerField(_("答复用时中位数（天）"), null=True, blank=True)

    confirmed_on = models.DateField(_("最近核对日期"), null=True, blank=True)
    version = models.PositiveIntegerField(_("版本"), default=1)
    demo = models.BooleanField(_("示例"), default=False)
    source_zh = models.CharField(_("资料来源"), max_length=300, blank=True)
    source_url = models.URLField(_("资料来源网址"), max_length=500, blank=True)
    confidence = models.CharField(_("可信程度"), max_length=10, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)

    objects = PlatformQuerySet.as_manager()
    scope = Scope(authority="authority", operator="operator", self_service="authority__self_service")

    class Meta:
        verbose_name = verbose_name_plural = _("中试平台")
        ordering = ("code",)
        indexes = (models.Index(fields=("authority", "tier")),)
        constraints = (
            not_blank("platform", "name_zh"),
            models.CheckConstraint(
                name="platform_tier_known",
                condition=Q(tier__isnull=True) | Q(tier__in=Tier.values),
                violation_error_message=_("不是允许的取值。"),
            ),
            one_of("platform", "status", PlatformStatus),
            models.CheckConstraint(
                name="platform_build_status_known",
                condition=Q(build_status__in=["", *BuildStatus.values]),
                violation_error_message=_("不是允许的取值。"),
            ),
            not_negative("platform", "equipment_value_wan", "investment_total_wan", "staff_senior_percent"),
            at_most("platform", "staff_technical", "staff_total", _("技术人员不能多于专职人员。")),
            models.CheckConstraint(
                name="platform_senior_percent_within_100",
                condition=Q(staff_senior_percent__isnull=True) | Q(staff_senior_percent__lte=100),
                violation_error_message=_("占比不能超过 100%。"),
            ),
            models.CheckConstraint(
                name="platform_end_has_reason",
                condition=Q(status=PlatformStatus.ACTIVE)
                | (~Q(status_reason="") & Q(status_on__isnull=False)),
                violation_error_message=_("撤销或合并必须写明原因和日期。"),
            ),
            models.CheckConstraint(
                name="platform_merged_names_survivor",
                condition=(Q(status=PlatformStatus.MERGED) & Q(merged_into__isnull=False))
                | (~Q(status=PlatformStatus.MERGED) & Q(merged_into__isnull=True)),
                violation_error_message=_("合并的平台必须指明并入哪个平台。"),
            ),
            models.CheckConstraint(
                name="platform_not_split_from_itself",
                condition=Q(split_from__isnull=True) | ~Q(split_from=F("id")),
                violation_error_message=_("平台不能拆分自自身。"),
            ),
            models.CheckConstraint(
                name="platform_not_merged_into_itself",
                condition=Q(merged_into__isnull=True) | ~Q(merged_into=F("id")),
                violation_error_message=_("平台不能并入自身。"),
            ),
            models.UniqueConstraint(
                fields=("operator", "name_zh"),
                condition=Q(status=PlatformStatus.ACTIVE),
                name="platform_name_once_per_operator",
                violation_error_message=_("该建设单位已有同名的中试平台。"),
            ),
        )
        triggers = (
            # A code is a promise to the outside world: it may be cited for ever, so a platform ends as a tombstone.
            pgtrigger.Protect(name="platform_never_deleted", operation=pgtrigger.Delete),
        )

    def __str__(self) -> str:
        return self.name_zh


class FormerName(models.Model):
    """曾用名, kept searchable."""

    platform = models.ForeignKey(Platform, models.CASCADE, related_name="former_names")
    name_zh = models.CharField(_("曾用名"), max_length=120)
    until = models.DateField(_("使用至"), null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("曾用名")
        ordering = ("platform_id", "until", "id")
        constraints = (not_blank("former_name", "name_zh"),)

    def __str__(self) -> str:
        return self.name_zh
