"""What a platform can do: lines, services, equipment, qualifications, yearly figures, recognitions by others."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from platforms.choices import (
    Confidence,
    OpenTo,
    PriceMode,
    QualificationKind,
    RecognitionLevel,
    ScaleClass,
    ServiceType,
)
from platforms.history import tracked
from platforms.models.constraints import at_most, in_order, not_blank, not_negative, one_of


@tracked()
class PilotLine(models.Model):
    """中试线: a process and the scale it reaches. ``unit`` is as written by the platform, e.g. ``kg/批``."""

    platform = models.ForeignKey("platforms.Platform", models.CASCADE, related_name="lines")
    position = models.PositiveSmallIntegerField(default=0)
    name_zh = models.CharField(_("中试线名称"), max_length=80)
    process_zh = models.CharField(_("工艺"), max_length=80)
    scale_min = models.DecimalField(_("最小规模"), max_digits=14, decimal_places=3, null=True, blank=True)
    scale_max = models.DecimalField(_("最大规模"), max_digits=14, decimal_places=3, null=True, blank=True)
    unit = models.CharField(_("单位"), max_length=20, blank=True)
    scale_class_min = models.CharField(_("起始规模级别"), max_length=6, choices=ScaleClass, blank=True)
    scale_class_max = models.CharField(_("最大规模级别"), max_length=6, choices=ScaleClass, blank=True)
    environment = models.CharField(_("环境等级"), max_length=60, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("中试线")
        ordering = ("platform_id", "position", "id")
        constraints = (
            not_blank("pilot_line", "name_zh"),
            not_negative("pilot_line", "scale_min", "scale_max"),
            in_order("pilot_line", "scale_min", "scale_max", _("最小规模不能大于最大规模。")),
        )

    def __str__(self) -> str:
        return self.name_zh


@tracked()
class ServiceItem(models.Model):
    """服务项目 of the public service resource list."""

    platform = models.ForeignKey("platforms.Platform", models.CASCADE, related_name="services")
    position = models.PositiveSmallIntegerField(default=0)
    title_zh = models.CharField(_("服务名称"), max_length=80)
    title_en = models.CharField(_("英文名称"), max_length=160, blank=True)
    service_type = models.CharField(_("服务类型"), max_length=30, choices=ServiceType)
    description_zh = models.TextField(_("服务说明"), max_length=600, blank=True)
    price_mode = models.CharField(_("收费方式"), max_length=10, choices=PriceMode, default=PriceMode.BY_QUOTE)
    price_note = models.CharField(_("收费说明"), max_length=80, blank=True)
    lead_time_days = models.PositiveSmallIntegerField(_("周期（工作日）"), null=True, blank=True)
    available_from = models.DateField(_("最早可约"), null=True, blank=True)
    open_to = models.CharField(_("开放对象"), max_length=10, choices=OpenTo, default=OpenTo.ALL)
    last_confirmed_on = models.DateField(_("最近确认日期"), null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("服务项目")
        ordering = ("platform_id", "position", "id")
        constraints = (
            not_blank("service_item", "title_zh"),
            one_of("service_item", "service_type", ServiceType),
            one_of("service_item", "price_mode", PriceMode),
            one_of("service_item", "open_to", OpenTo),
        )

    def __str__(self) -> str:
        return self.title_zh


@tracked()
class Equipment(models.Model):
    """设备 of the public service resource list; values in 万元, hours per year."""

    platform = models.ForeignKey("platforms.Platform", models.CASCADE, related_name="equipment")
    position = models.PositiveSmallIntegerField(default=0)
    name_zh = models.CharField(_("设备名称"), max_length=80)
    model = models.CharField(_("型号"), max_length=60, blank=True)
    maker = models.CharField(_("生产厂家"), max_length=80, blank=True)
    specification = models.CharField(_("规格"), max_length=120, blank=True)
    quantity = models.PositiveSmallIntegerField(_("台数"), default=1)
    original_value_wan = models.DecimalField(
        _("设备原值（万元）"), max_digits=12, decimal_places=2, null=True, blank=True
    )
    commissioned_year = models.PositiveSmallIntegerField(_("购置年份"), null=True, blank=True)
    open_sharing = models.BooleanField(_("开放共享"), default=False)
    annual_hours_available = models.PositiveSmallIntegerField(_("年可用机时（小时）"), null=True, blank=True)
    annual_hours_used = models.PositiveSmallIntegerField(_("年使用机时（小时）"), null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("设备")
        ordering = ("platform_id", "position", "id")
        constraints = (
            not_blank("equipment", "name_zh"),
            not_negative("equipment", "original_value_wan"),
            models.CheckConstraint(
                name="equipment_quantity_positive",
                condition=Q(quantity__gte=1),
                violation_error_message=_("台数至少为 1。"),
            ),
            models.CheckConstraint(
                name="equipment_year_plausible",
                condition=Q(commissioned_year__isnull=True) | Q(commissioned_year__range=(1900, 2100)),
                violation_error_message=_("购置年份应在 1900 至 2100 之间。"),
            ),
        )

    def __str__(self) -> str:
        return self.name_zh


@tracked()
class Qualification(models.Model):
    """资质 and permits."""

    platform = models.ForeignKey("platforms.Platform", models.CASCADE, related_name="qualifications")
    kind = models.CharField(_("资质类别"), max_length=30, choices=QualificationKind)
    number = models.CharField(_("证书编号"), max_length=80, blank=True)
    issuer = models.CharField(_("发证单位"), max_length=120, blank=True)
    valid_to = models.DateField(_("有效期至"), null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("资质")
        ordering = ("platform_id", "kind", "id")
        constraints = (one_of("qualification", "kind", QualificationKind),)

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.number}"


@tracked()
class YearlyFigures(models.Model):
    """年度业绩: one row per platform and year."""

    platform = models.ForeignKey("platforms.Platform", models.CASCADE, related_name="figures")
    year = models.PositiveSmallIntegerField(_("年度"))
    projects_total = models.PositiveIntegerField(_("中试服务项目数（项）"), null=True, blank=True)
    projects_external = models.PositiveIntegerField(_("其中：对外服务（项）"), null=True, blank=True)
    firms_served = models.PositiveIntegerField(_("服务企业数（家）"), null=True, blank=True)
    firms_sme = models.PositiveIntegerField(_("其中：中小企业（家）"), null=True, blank=True)
    firms_other_province = models.PositiveIntegerField(_("其中：外省企业（家）"), null=True, blank=True)
    income_wan = models.DecimalField(
        _("中试服务收入（万元）"), max_digits=14, decimal_places=2, null=True, blank=True
    )
    income_percent = models.DecimalField(
        _("中试服务收入占营业收入比（%）"), max_digits=5, decimal_places=2, null=True, blank=True
    )
    results_industrialised = models.PositiveIntegerField(_("产业化成果数（项）"), null=True, blank=True)
    process_packages = models.PositiveIntegerField(_("输出工艺包和成套装备（个）"), null=True, blank=True)
    standards = models.PositiveIntegerField(_("参与制修订标准（项）"), null=True, blank=True)
    satisfaction_percent = models.DecimalField(
        _("满意度（%）"), max_digits=5, decimal_places=2, null=True, blank=True
    )

    class Meta:
        verbose_name = verbose_name_plural = _("年度业绩")
        ordering = ("platform_id", "year")
        constraints = (
            models.UniqueConstraint(
                fields=("platform", "year"),
                name="yearly_figures_once",
                violation_error_message=_("该年度已有业绩。"),
            ),
            models.CheckConstraint(
                name="yearly_figures_year_plausible",
                condition=Q(year__range=(2000, 2100)),
                violation_error_message=_("年度应在 2000 至 2100 之间。"),
            ),
            at_most("yearly_figures", "projects_external", "projects_total", _("对外服务不能多于服务总数。")),
            at_most("yearly_figures", "firms_sme", "firms_served", _("中小企业不能多于服务企业总数。")),
            at_most(
                "yearly_figures", "firms_other_province", "firms_served", _("外省企业不能多于服务企业总数。")
            ),
            models.CheckConstraint(
                name="yearly_figures_percent_within_100",
                condition=(Q(income_percent__isnull=True) | Q(income_percent__range=(0, 100)))
                & (Q(satisfaction_percent__isnull=True) | Q(satisfaction_percent__range=(0, 100))),
                violation_error_message=_("占比应在 0 至 100 之间。"),
            ),
            not_negative("yearly_figures", "income_wan"),
        )

    def __str__(self) -> str:
        return f"{self.platform_id} · {self.year}"


@tracked()
class ExternalRecognition(models.Model):
    """外部认定: provincial, municipal or parallel national schemes. Never counted in the three tiers."""

    platform = models.ForeignKey("platforms.Platform", models.CASCADE, related_name="recognitions")
    scheme = models.CharField(_("名单或计划"), max_length=160)
    issuer = models.CharField(_("认定单位"), max_length=120, blank=True)
    level = models.CharField(_("级别"), max_length=20, choices=RecognitionLevel)
    state = models.CharField(_("认定情况"), max_length=40, blank=True)
    recognised_on = models.CharField(_("日期（按来源所载）"), max_length=20, blank=True)
    reported_on = models.CharField(_("报道日期"), max_length=20, blank=True)
    source_kind = models.CharField(_("来源类别"), max_length=40, blank=True)
    source_url = models.URLField(_("来源网址"), max_length=500, blank=True)
    confidence = models.CharField(_("可信程度"), max_length=10, choices=Confidence, default=Confidence.MEDIUM)

    class Meta:
        verbose_name = verbose_name_plural = _("外部认定")
        ordering = ("platform_id", "id")
        constraints = (
            not_blank("external_recognition", "scheme"),
            one_of("external_recognition", "level", RecognitionLevel),
            one_of("external_recognition", "confidence", Confidence),
        )

    def __str__(self) -> str:
        return self.scheme


@tracked()
class Contact(models.Model):
    """联系人. A person is published only with a consent on record that has not been withdrawn."""

    platform = models.ForeignKey("platforms.Platform", models.CASCADE, related_name="contacts")
    name = models.CharField(_("姓名"), max_length=60)
    duty = models.CharField(_("职务"), max_length=60, blank=True)
    phone = models.CharField(_("电话"), max_length=40, blank=True)
    email = models.EmailField(_("电子邮箱"), blank=True)
    consent_text_version = models.CharField(_("同意书版本"), max_length=20, blank=True)
    consented_at = models.DateTimeField(_("同意公开时间"), null=True, blank=True)
    consented_by = models.ForeignKey(
        "platforms.User", models.PROTECT, null=True, blank=True, related_name="+"
    )
    consent_withdrawn_at = models.DateTimeField(_("撤回同意时间"), null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("联系人")
        ordering = ("platform_id", "id")
        constraints = (
            models.CheckConstraint(
                name="contact_consent_complete",
                condition=Q(consented_at__isnull=True, consented_by__isnull=True)
                | Q(consented_at__isnull=False, consented_by__isnull=False) & ~Q(consent_text_version=""),
                violation_error_message=_("同意公开必须记录时间、登记人和同意书版本。"),
            ),
            in_order("contact", "consented_at", "consent_withdrawn_at", _("撤回时间不能早于同意时间。")),
        )

    def __str__(self) -> str:
        return self.name
