"""批次 as data: tier, edition, rule document, ordered stages, quotas, criteria and rubric."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cultivation.choices import BatchStatus, Combination, StageKind, StageStatus
from platforms.access import Scope
from platforms.choices import Tier
from platforms.history import tracked
from platforms.models.constraints import different_people, in_order, not_blank, one_of, paired


class BatchQuerySet(models.QuerySet):
    def opened(self) -> BatchQuerySet:
        """What authorities may know of; drafts are the ministry's own business."""
        return self.filter(opened_at__isnull=False)


@tracked()
class Batch(models.Model):
    """One round of selection for one tier. ``criteria`` is data for ``cultivation.eligibility``.

    ``recommend_until`` is exclusive: an arrival at that instant is too late.
    """

    code = models.CharField(_("批次编号"), max_length=30, unique=True)
    tier = models.CharField(_("梯次"), max_length=10, choices=Tier)
    title_zh = models.CharField(_("名称"), max_length=120)
    title_en = models.CharField(_("英文名称"), max_length=200, blank=True)
    edition = models.ForeignKey(
        "platforms.TaxonomyEdition", models.PROTECT, related_name="+", verbose_name=_("分类版本")
    )
    rule_title = models.CharField(_("规则文件"), max_length=200, blank=True)
    rule_document_no = models.CharField(_("文号"), max_length=60, blank=True)
    rule_date = models.DateField(_("印发日期"), null=True, blank=True)
    rule_url = models.URLField(_("文件网址"), max_length=500, blank=True)
    requires_lower_tier = models.BooleanField(_("须先列入下一梯次"), default=True)
    recommend_from = models.DateTimeField(_("推荐开始"), null=True, blank=True)
    recommend_until = models.DateTimeField(_("推荐截止"), null=True, blank=True)
    criteria = models.JSONField(_("审查条件"), default=list)
    approvers_needed = models.PositiveSmallIntegerField(_("需要的批准人数"), default=1)
    notice_days = models.PositiveSmallIntegerField(_("公示工作日"), default=5)
    status = models.CharField(_("状态"), max_length=14, choices=BatchStatus, default=BatchStatus.DRAFT)
    demo = models.BooleanField(_("示例"), default=False)
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.ForeignKey("platforms.User", models.PROTECT, related_name="+")
    opened_at = models.DateTimeField(null=True, blank=True)
    opened_by = models.ForeignKey("platforms.User", models.PROTECT, null=True, blank=True, related_name="+")
    version = models.PositiveIntegerField(default=1)

    objects = BatchQuerySet.as_manager()
    scope = Scope(everyone=True)

    class Meta:
        verbose_name = verbose_name_plural = _("批次")
        ordering = ("-id",)
        constraints = (
            one_of("batch", "tier", Tier),
            one_of("batch", "status", BatchStatus),
            not_blank("batch", "title_zh"),
            paired("batch", "opened"),
            different_people("batch", "created_by", "opened_by"),
            in_order("batch", "recommend_from", "recommend_until"),
            models.CheckConstraint(
                name="batch_open_has_deadline",
                condition=Q(status__in=(BatchStatus.DRAFT, BatchStatus.CANCELLED))
                | Q(recommend_until__isnull=False),
                violation_error_message=_("开放的批次必须有推荐截止时间。"),
            ),
            models.CheckConstraint(
                name="batch_approvers_for_tier",
                condition=Q(approvers_needed__gte=1) & (~Q(tier=Tier.NATIONAL) | Q(approvers_needed__gte=2)),
                violation_error_message=_("国家级的决定至少需要两人批准。"),
            ),
        )

    def __str__(self) -> str:
        return self.title_zh


@tracked()
class BatchStage(models.Model):
    """环节. At most one is active; review stages carry their round number."""

    batch = models.ForeignKey(Batch, models.CASCADE, related_name="stages")
    position = models.PositiveSmallIntegerField()
    kind = models.CharField(_("环节"), max_length=14, choices=StageKind)
    round = models.PositiveSmallIntegerField(_("轮次"), default=1)
    planned_until = models.DateField(_("计划完成"), null=True, blank=True)
    status = models.CharField(max_length=10, choices=StageStatus, default=StageStatus.WAITING)
    finished_at = models.DateTimeField(null=True, blank=True)
    finished_by = models.ForeignKey("platforms.User", models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = verbose_name_plural = _("环节")
        ordering = ("batch_id", "position")
        constraints = (
            one_of("batch_stage", "kind", StageKind),
            one_of("batch_stage", "status", StageStatus),
            paired("batch_stage", "finished"),
            models.UniqueConstraint(
                fields=("batch", "position"),
                name="batch_stage_position_once",
                violation_error_message=_("环节顺序不能重复。"),
            ),
            models.UniqueConstraint(
                fields=("batch", "kind", "round"),
                name="batch_stage_round_once",
                violation_error_message=_("同一环节的轮次不能重复。"),
            ),
            models.UniqueConstraint(
                fields=("batch",),
                condition=Q(status=StageStatus.ACTIVE),
                name="batch_stage_one_active",
                violation_error_message=_("一个批次同时只能有一个进行中的环节。"),
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.round}"


@tracked()
class BatchQuota(models.Model):
    """推荐名额 of one authority in one batch; no row or an empty value means no limit."""

    batch = models.ForeignKey(Batch, models.CASCADE, related_name="quotas")
    authority = models.ForeignKey("platforms.Authority", models.PROTECT, related_name="+")
    places = models.PositiveSmallIntegerField(_("名额"), null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("推荐名额")
        ordering = ("batch_id", "authority_id")
        constraints = (
            models.UniqueConstraint(
                fields=("batch", "authority"),
                name="batch_quota_once",
                violation_error_message=_("该推荐单位已有名额。"),
            ),
        )

    def __str__(self) -> str:
        return f"{self.authority_id}: {self.places}"


@tracked()
class Rubric(models.Model):
    """评分表, versioned; frozen when a review round opens.

    ``disagreement``: highest and lowest score may lie so many points apart; beyond that a further expert reads the material,
    and the scores are put together as ``combination`` says.
    """

    batch = models.ForeignKey(Batch, models.CASCADE, related_name="rubrics")
    version = models.PositiveSmallIntegerField(default=1)
    disagreement = models.PositiveSmallIntegerField(_("分差上限"), default=20)
    combination = models.CharField(
        _("加派后的合分办法"), max_length=10, choices=Combination, default=Combination.MEAN
    )
    frozen_at = models.DateTimeField(null=True, blank=True)
    frozen_by = models.ForeignKey("platforms.User", models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = verbose_name_plural = _("评分表")
        ordering = ("batch_id", "version")
        constraints = (
            paired("rubric", "frozen"),
            one_of("rubric", "combination", Combination),
            models.CheckConstraint(
                name="rubric_disagreement_within_100",
                condition=Q(disagreement__range=(1, 100)),
                violation_error_message=_("分差上限应在 1 至 100 之间。"),
            ),
            models.UniqueConstraint(
                fields=("batch", "version"),
                name="rubric_version_once",
                violation_error_message=_("该版本已存在。"),
            ),
        )

    def __str__(self) -> str:
        return f"{self.batch} v{self.version}"


@tracked()
class Indicator(models.Model):
    """评分项 of a dimension. ``weight`` is the percent of the whole; a rubric's weights sum to 100 when it is frozen."""

    rubric = models.ForeignKey(Rubric, models.CASCADE, related_name="indicators")
    position = models.PositiveSmallIntegerField()
    dimension_zh = models.CharField(_("维度"), max_length=60)
    dimension_en = models.CharField(_("维度英文"), max_length=120, blank=True)
    name_zh = models.CharField(_("评分项"), max_length=120)
    name_en = models.CharField(_("评分项英文"), max_length=200, blank=True)
    guidance_zh = models.TextField(_("评分说明"), blank=True)
    weight = models.DecimalField(_("权重（%）"), max_digits=5, decimal_places=2)
    max_score = models.PositiveSmallIntegerField(_("满分"), default=10)
    veto = models.BooleanField(_("一票否决"), default=False)

    class Meta:
        verbose_name = verbose_name_plural = _("评分项")
        ordering = ("rubric_id", "position")
        constraints = (
            models.CheckConstraint(
                name="indicator_weight_within_100",
                condition=Q(weight__gt=0, weight__lte=100) | Q(veto=True, weight=0),
                violation_error_message=_("权重应大于 0 且不超过 100；否决项权重为 0。"),
            ),
            models.CheckConstraint(
                name="indicator_max_score_positive",
                condition=Q(max_score__gte=1),
                violation_error_message=_("满分至少为 1。"),
            ),
            models.UniqueConstraint(
                fields=("rubric", "position"),
                name="indicator_position_once",
                violation_error_message=_("评分项顺序不能重复。"),
            ),
        )

    def __str__(self) -> str:
        return self.name_zh
