"""年度核查: the yearly round in which every platform in scope owes its report, and what became of each."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cultivation.choices import CampaignStatus, DueOutcome, EvaluationGrade
from platforms.access import Scope
from platforms.choices import Tier
from platforms.history import tracked
from platforms.models.constraints import different_people, in_order, not_blank, one_of, paired


@tracked()
class Campaign(models.Model):
    """The round of one year. ``due_on`` is its last day, to 24:00 in Beijing. The grades say what it means to report in time,
    late or not at all; empty gives none, because no rule for that has been published."""

    year = models.PositiveSmallIntegerField(_("年度"))
    title_zh = models.CharField(_("标题"), max_length=120)
    tiers = ArrayField(models.CharField(max_length=10, choices=Tier), verbose_name=_("范围"))
    template = models.TextField(_("填报要求"), max_length=4000, blank=True)
    opens_on = models.DateField(_("开始日期"))
    due_on = models.DateField(_("截止日期"))
    grade_in_time = models.CharField(
        _("按时上报的等次"),
        max_length=10,
        choices=EvaluationGrade,
        blank=True,
        default=EvaluationGrade.QUALIFIED,
    )
    grade_late = models.CharField(_("逾期上报的等次"), max_length=10, choices=EvaluationGrade, blank=True)
    grade_missing = models.CharField(
        _("未上报的等次"), max_length=10, choices=EvaluationGrade, blank=True, default=EvaluationGrade.FAILED
    )
    status = models.CharField(_("状态"), max_length=10, choices=CampaignStatus, default=CampaignStatus.DRAFT)
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.ForeignKey("platforms.User", models.PROTECT, related_name="+")
    version = models.PositiveIntegerField(default=1)
    revised_at = models.DateTimeField(null=True, blank=True)
    revised_by = models.ForeignKey("platforms.User", models.PROTECT, null=True, blank=True, related_name="+")
    opened_at = models.DateTimeField(null=True, blank=True)
    opened_by = models.ForeignKey("platforms.User", models.PROTECT, null=True, blank=True, related_name="+")
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey("platforms.User", models.PROTECT, null=True, blank=True, related_name="+")

    scope = Scope(everyone=True)

    class Meta:
        verbose_name = verbose_name_plural = _("年度核查")
        ordering = ("-year", "-id")
        constraints = (
            one_of("campaign", "status", CampaignStatus),
            not_blank("campaign", "title_zh"),
            in_order("campaign", "opens_on", "due_on"),
            paired("campaign", "revised"),
            paired("campaign", "opened"),
            paired("campaign", "closed"),
            different_people("campaign", "created_by", "opened_by"),
            different_people("campaign", "revised_by", "opened_by"),
            models.UniqueConstraint(
                fields=("year",),
                name="campaign_once_a_year",
                violation_error_message=_("该年度已有年度核查。"),
            ),
            models.CheckConstraint(
                name="campaign_under_way_was_opened",
                condition=Q(status=CampaignStatus.DRAFT) | Q(opened_at__isnull=False),
                violation_error_message=_("年度核查须先开始。"),
            ),
        )

    def __str__(self) -> str:
        return self.title_zh


@tracked()
class DueReport(models.Model):
    """One platform's report that is due in a campaign, as the scope was when it opened."""

    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="dues")
    platform = models.ForeignKey("platforms.Platform", models.PROTECT, related_name="due_reports")
    tier = models.CharField(_("梯次"), max_length=10, choices=Tier)
    outcome = models.CharField(_("结果"), max_length=10, choices=DueOutcome, default=DueOutcome.DUE)

    scope = Scope(authority="platform__authority", operator="platform__operator")

    class Meta:
        verbose_name = verbose_name_plural = _("应报年度信息")
        ordering = ("campaign_id", "platform_id")
        constraints = (
            one_of("due_report", "tier", Tier),
            one_of("due_report", "outcome", DueOutcome),
            models.UniqueConstraint(
                fields=("campaign", "platform"),
                name="due_report_once",
                violation_error_message=_("该平台已在这次年度核查中。"),
            ),
        )

    def __str__(self) -> str:
        return f"{self.campaign_id} · {self.platform_id}"
