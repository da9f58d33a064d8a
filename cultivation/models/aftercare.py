"""After listing: evaluations, rectification, annual reports and change requests."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cultivation.choices import ChangeRequestKind, EvaluationGrade, RequestStatus
from platforms.access import Scope
from platforms.history import tracked
from platforms.models.constraints import different_people, in_order, not_blank, one_of, paired


@tracked()
class Evaluation(models.Model):
    """评价 of one platform in one cycle."""

    platform = models.ForeignKey("platforms.Platform", models.PROTECT, related_name="evaluations")
    cycle = models.CharField(_("评价周期"), max_length=40)
    grade = models.CharField(_("等次"), max_length=10, choices=EvaluationGrade)
    score = models.DecimalField(_("得分"), max_digits=6, decimal_places=2, null=True, blank=True)
    evaluated_on = models.DateField(_("评价日期"))
    recorded_by = models.ForeignKey("platforms.User", models.PROTECT, related_name="+")

    scope = Scope(authority="platform__authority", operator="platform__operator")

    class Meta:
        verbose_name = verbose_name_plural = _("评价")
        ordering = ("platform_id", "evaluated_on")
        constraints = (
            one_of("evaluation", "grade", EvaluationGrade),
            models.UniqueConstraint(
                fields=("platform", "cycle"),
                name="evaluation_once_per_cycle",
                violation_error_message=_("该周期已有评价。"),
            ),
        )

    def __str__(self) -> str:
        return f"{self.platform} · {self.cycle}"


@tracked()
class Rectification(models.Model):
    """整改 after a failed evaluation."""

    evaluation = models.ForeignKey(Evaluation, models.PROTECT, related_name="rectifications")
    starts_on = models.DateField(_("开始日期"))
    due_on = models.DateField(_("期限"))
    plan = models.TextField(_("整改计划"), blank=True)
    result = models.TextField(_("整改结果"), blank=True)
    passed = models.BooleanField(_("通过复核"), null=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey("platforms.User", models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = verbose_name_plural = _("整改")
        ordering = ("evaluation_id", "starts_on")
        constraints = (
            in_order("rectification", "starts_on", "due_on"),
            paired("rectification", "closed"),
            models.CheckConstraint(
                name="rectification_closed_has_result",
                condition=Q(closed_at__isnull=True) | (~Q(result="") & Q(passed__isnull=False)),
                violation_error_message=_("结束整改必须写明结果。"),
            ),
        )

    def __str__(self) -> str:
        return f"{self.evaluation}"


@tracked()
class AnnualReport(models.Model):
    """年度信息 of one platform and year, prepared by a clerk and submitted by an approver."""

    platform = models.ForeignKey("platforms.Platform", models.PROTECT, related_name="annual_reports")
    year = models.PositiveSmallIntegerField(_("年度"))
    figures = models.JSONField(default=dict)
    explanations = models.JSONField(default=dict)
    return_reason = models.TextField(_("退回原因"), blank=True)
    version = models.PositiveIntegerField(default=1)
    prepared_at = models.DateTimeField(default=timezone.now)
    prepared_by = models.ForeignKey("platforms.User", models.PROTECT, related_name="+")
    submitted_at = models.DateTimeField(null=True, blank=True)
    submitted_by = models.ForeignKey(
        "platforms.User", models.PROTECT, null=True, blank=True, related_name="+"
    )

    scope = Scope(authority="platform__authority", operator="platform__operator", nation="submitted_at")

    class Meta:
        verbose_name = verbose_name_plural = _("年度信息")
        ordering = ("platform_id", "year")
        constraints = (
            models.UniqueConstraint(
                fields=("platform", "year"),
                name="annual_report_once",
                violation_error_message=_("该年度已填报。"),
            ),
            paired("annual_report", "submitted"),
            different_people("annual_report", "prepared_by", "submitted_by"),
        )

    def __str__(self) -> str:
        return f"{self.platform} · {self.year}"


@tracked()
class ChangeRequest(models.Model):
    """变更申请 with evidence: name, operator, move, merger, cancellation."""

    platform = models.ForeignKey("platforms.Platform", models.PROTECT, related_name="change_requests")
    kind = models.CharField(_("类别"), max_length=14, choices=ChangeRequestKind)
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    reason = models.TextField(_("原因"))
    evidence_note = models.CharField(_("证明材料（名称、文号）"), max_length=400, blank=True)
    evidence = models.ManyToManyField("platforms.Document", blank=True, related_name="+")
    status = models.CharField(_("状态"), max_length=10, choices=RequestStatus, default=RequestStatus.PREPARED)
    return_reason = models.TextField(_("退回原因"), blank=True)
    decision_reason = models.TextField(_("决定理由"), blank=True)
    effective_on = models.DateField(_("生效日期"), null=True, blank=True)
    prepared_at = models.DateTimeField(default=timezone.now)
    prepared_by = models.ForeignKey("platforms.User", models.PROTECT, related_name="+")
    submitted_at = models.DateTimeField(null=True, blank=True)
    submitted_by = models.ForeignKey(
        "platforms.User", models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey("platforms.User", models.PROTECT, null=True, blank=True, related_name="+")

    #: Sent up: what is still prepared, or was only returned inside the office, is the authority's own.
    scope = Scope(authority="platform__authority", operator="platform__operator", nation="submitted_at")

    class Meta:
        verbose_name = verbose_name_plural = _("变更申请")
        ordering = ("-id",)
        constraints = (
            one_of("change_request", "kind", ChangeRequestKind),
            one_of("change_request", "status", RequestStatus),
            not_blank("change_request", "reason"),
            not_blank("change_request", "return_reason", when=Q(status=RequestStatus.RETURNED)),
            not_blank("change_request", "decision_reason", when=Q(status=RequestStatus.REJECTED)),
            paired("change_request", "submitted"),
            paired("change_request", "decided"),
            different_people("change_request", "prepared_by", "submitted_by"),
            models.UniqueConstraint(
                fields=("platform",),
                condition=Q(
                    status__in=(RequestStatus.PREPARED, RequestStatus.SUBMITTED, RequestStatus.RETURNED)
                ),
                name="change_request_one_open",
                violation_error_message=_("这个平台已有一份没有办完的变更申请。"),
            ),
        )

    def __str__(self) -> str:
        return f"{self.platform} · {self.get_kind_display()}"
