"""What is public by nature and quoted, not computed: policies, standards and published figures."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cultivation.choices import StandardPart, StandardStage
from platforms.models.constraints import not_blank, one_of


class Policy(models.Model):
    """政策文件, national and local. ``issued_on`` is kept as precise as its source: a year, a month or a day."""

    slug = models.CharField(max_length=60, unique=True)
    title_zh = models.CharField(_("标题"), max_length=300)
    title_en = models.CharField(_("英文标题"), max_length=400, blank=True)
    issuing_body = models.CharField(_("发文机关"), max_length=200, blank=True)
    region_zh = models.CharField(_("适用地区"), max_length=60, blank=True)
    region = models.ForeignKey("platforms.Region", models.PROTECT, null=True, blank=True, related_name="+")
    scope_level = models.CharField(_("级别"), max_length=30, blank=True)
    doc_type = models.CharField(_("类别"), max_length=40, blank=True)
    document_no = models.CharField(_("文号"), max_length=80, blank=True)
    issued_on = models.CharField(_("日期"), max_length=20, blank=True)
    note_zh = models.TextField(_("说明"), blank=True)
    repealed_on = models.CharField(_("废止日期"), max_length=20, blank=True)
    superseded_by = models.ForeignKey(
        "self",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="supersedes",
        verbose_name=_("被哪份文件取代"),
    )
    source_kind = models.CharField(_("来源类别"), max_length=40, blank=True)
    source_url = models.URLField(_("来源网址"), max_length=500, blank=True)
    official_url = models.URLField(_("官方网址"), max_length=500, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("政策")
        ordering = ("-issued_on", "id")
        constraints = (
            not_blank("policy", "title_zh"),
            models.CheckConstraint(
                name="policy_not_superseded_by_itself",
                condition=Q(superseded_by__isnull=True) | ~Q(superseded_by=models.F("id")),
                violation_error_message=_("文件不能被自己取代。"),
            ),
        )

    def __str__(self) -> str:
        return self.title_zh


class Standard(models.Model):
    """标准 and what belongs to the standard system."""

    slug = models.CharField(max_length=60, unique=True)
    code = models.CharField(_("标准号"), max_length=60, blank=True)
    title_zh = models.CharField(_("名称"), max_length=300)
    title_en = models.CharField(_("英文名称"), max_length=400, blank=True)
    kind = models.CharField(_("类别"), max_length=40, blank=True)
    part = models.CharField(_("体系位置"), max_length=20, choices=StandardPart, blank=True)
    stage = models.CharField(_("阶段"), max_length=20, choices=StandardStage, blank=True)
    state_zh = models.CharField(_("状态"), max_length=120, blank=True)
    dated = models.CharField(_("日期"), max_length=20, blank=True)
    source_kind = models.CharField(_("来源类别"), max_length=40, blank=True)
    source_url = models.URLField(_("来源网址"), max_length=500, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("标准")
        ordering = ("-dated", "id")
        constraints = (
            not_blank("standard", "title_zh"),
            one_of("standard", "part", StandardPart, or_empty=True),
            one_of("standard", "stage", StandardStage, or_empty=True),
        )

    def __str__(self) -> str:
        return self.title_zh


class PublishedStatistic(models.Model):
    """已公布的数字, quoted with scope, as-of date and source; never mixed with live counts.

    ``key`` names the three headline figures so that pages can find them; ``value`` is the text of the source.
    """

    key = models.CharField(max_length=40, blank=True)
    metric_zh = models.CharField(_("指标"), max_length=120)
    value = models.CharField(_("数值"), max_length=80)
    scope_zh = models.CharField(_("范围"), max_length=60)
    as_of = models.CharField(_("截至"), max_length=30)
    note_zh = models.TextField(_("说明"), blank=True)
    source_kind = models.CharField(_("来源类别"), max_length=40, blank=True)
    source_url = models.URLField(_("来源网址"), max_length=500, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("已公布的数字")
        ordering = ("id",)
        constraints = (
            not_blank("published_statistic", "metric_zh"),
            not_blank("published_statistic", "value"),
            not_blank("published_statistic", "as_of"),
            models.UniqueConstraint(
                fields=("key",),
                condition=~Q(key=""),
                name="published_statistic_key_once",
                violation_error_message=_("该指标已有数值。"),
            ),
        )

    def __str__(self) -> str:
        return f"{self.metric_zh}: {self.value}"
