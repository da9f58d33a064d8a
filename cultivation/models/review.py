"""专家评审: reviewers, panels, assignments, conflicts of interest, score sheets, site visits, consultations."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cultivation.choices import AssignmentStatus, PanelInvitationStatus, PanelStatus
from platforms.access import Scope
from platforms.history import tracked
from platforms.models.constraints import not_blank, one_of, paired


class ReviewerQuerySet(models.QuerySet):
    def with_load(self) -> ReviewerQuerySet:
        """``held``: reviews to be done; ``done``: those handed in."""
        return self.annotate(
            held=models.Count("assignments", filter=Q(assignments__status=AssignmentStatus.ASSIGNED)),
            done=models.Count("assignments", filter=Q(assignments__status=AssignmentStatus.SUBMITTED)),
        )


@tracked()
class Reviewer(models.Model):
    """评审专家: the institution decides on conflicts of interest, the areas on fit."""

    user = models.OneToOneField("platforms.User", models.PROTECT, related_name="reviewer")
    organisation = models.CharField(_("工作单位"), max_length=200)
    organisation_uscc = models.CharField(_("单位统一社会信用代码"), max_length=18, blank=True)
    region = models.ForeignKey("platforms.Region", models.PROTECT, null=True, blank=True, related_name="+")
    areas = models.ManyToManyField("platforms.Area", blank=True, related_name="+", verbose_name=_("熟悉领域"))
    title = models.CharField(_("职称"), max_length=60, blank=True)
    max_load = models.PositiveSmallIntegerField(_("最多承担"), default=20)
    available = models.BooleanField(_("可安排"), default=True)

    objects = ReviewerQuerySet.as_manager()
    scope = Scope(person="user")

    class Meta:
        verbose_name = verbose_name_plural = _("评审专家")
        ordering = ("id",)
        constraints = (not_blank("reviewer", "organisation"),)

    def __str__(self) -> str:
        return str(self.user)


@tracked()
class ConflictDeclaration(models.Model):
    """利益冲突: a tie between a reviewer and an operator, declared by the reviewer or found by the ministry."""

    reviewer = models.ForeignKey(Reviewer, models.CASCADE, related_name="conflicts")
    operator = models.ForeignKey("platforms.Operator", models.CASCADE, related_name="+")
    nature = models.CharField(_("关系"), max_length=200)
    declared_at = models.DateTimeField(default=timezone.now)
    declared_by = models.ForeignKey("platforms.User", models.PROTECT, related_name="+")

    scope = Scope(person="reviewer__user")

    class Meta:
        verbose_name = verbose_name_plural = _("利益冲突申报")
        ordering = ("reviewer_id", "id")
        constraints = (
            not_blank("conflict_declaration", "nature"),
            models.UniqueConstraint(
                fields=("reviewer", "operator"),
                name="conflict_once",
                violation_error_message=_("该利益冲突已申报。"),
            ),
        )

    def __str__(self) -> str:
        return self.nature


@tracked()
class Panel(models.Model):
    """评审组 for one review stage. Scores of others stay invisible until it is closed."""

    stage = models.ForeignKey("cultivation.BatchStage", models.PROTECT, related_name="panels")
    name = models.CharField(_("名称"), max_length=80)
    rubric = models.ForeignKey("cultivation.Rubric", models.PROTECT, related_name="+")
    status = models.CharField(max_length=10, choices=PanelStatus, default=PanelStatus.FORMING)
    due_at = models.DateTimeField(_("评分截止"), null=True, blank=True)
    blind = models.BooleanField(_("盲评"), default=False)
    opened_at = models.DateTimeField(null=True, blank=True)
    opened_by = models.ForeignKey("platforms.User", models.PROTECT, null=True, blank=True, related_name="+")
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey("platforms.User", models.PROTECT, null=True, blank=True, related_name="+")

    scope = Scope(person="assignments__reviewer__user")

    class Meta:
        verbose_name = verbose_name_plural = _("评审组")
        ordering = ("id",)
        constraints = (
            one_of("panel", "status", PanelStatus),
            not_blank("panel", "name"),
            paired("panel", "opened"),
            paired("panel", "closed"),
        )

    def __str__(self) -> str:
        return self.name


@tracked()
class PanelInvitation(models.Model):
    """评审邀请: an expert is asked to sit on a panel. Where a panel has invitations, only those who accepted are given work."""

    panel = models.ForeignKey(Panel, models.CASCADE, related_name="invitations")
    reviewer = models.ForeignKey(Reviewer, models.PROTECT, related_name="invitations")
    status = models.CharField(
        max_length=10, choices=PanelInvitationStatus, default=PanelInvitationStatus.SENT
    )
    answer_by = models.DateTimeField(_("答复截止"))
    refusal = models.TextField(_("谢绝原因"), blank=True)
    invited_at = models.DateTimeField(default=timezone.now)
    invited_by = models.ForeignKey("platforms.User", models.PROTECT, related_name="+")
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.ForeignKey("platforms.User", models.PROTECT, null=True, blank=True, related_name="+")

    scope = Scope(person="reviewer__user")

    class Meta:
        verbose_name = verbose_name_plural = _("评审邀请")
        ordering = ("panel_id", "id")
        constraints = (
            one_of("panel_invitation", "status", PanelInvitationStatus),
            paired("panel_invitation", "answered"),
            not_blank("panel_invitation", "refusal", when=Q(status=PanelInvitationStatus.DECLINED)),
            models.CheckConstraint(
                name="panel_invitation_answer_dated",
                condition=Q(answered_at__isnull=False)
                | Q(status__in=(PanelInvitationStatus.SENT, PanelInvitationStatus.LAPSED)),
                violation_error_message=_("接受和谢绝必须有时间和本人。"),
            ),
            models.UniqueConstraint(
                fields=("panel", "reviewer"),
                name="panel_invitation_once",
                violation_error_message=_("已经邀请过该专家。"),
            ),
        )

    def __str__(self) -> str:
        return f"{self.panel} · {self.reviewer}"


@tracked()
class Assignment(models.Model):
    """One expert, one application, one panel."""

    panel = models.ForeignKey(Panel, models.CASCADE, related_name="assignments")
    reviewer = models.ForeignKey(Reviewer, models.PROTECT, related_name="assignments")
    application = models.ForeignKey("cultivation.Application", models.PROTECT, related_name="assignments")
    status = models.CharField(max_length=10, choices=AssignmentStatus, default=AssignmentStatus.ASSIGNED)
    recusal_reason = models.TextField(_("回避原因"), blank=True)
    #: given out because the first scores lie too far apart; the expert is not told
    further = models.BooleanField(_("加派"), default=False)
    assigned_at = models.DateTimeField(default=timezone.now)
    assigned_by = models.ForeignKey("platforms.User", models.PROTECT, related_name="+")

    scope = Scope(person="reviewer__user")

    class Meta:
        verbose_name = verbose_name_plural = _("评审任务")
        ordering = ("panel_id", "application_id", "id")
        constraints = (
            one_of("assignment", "status", AssignmentStatus),
            models.UniqueConstraint(
                fields=("panel", "reviewer", "application"),
                name="assignment_once",
                violation_error_message=_("该专家已分配此项。"),
            ),
            not_blank("assignment", "recusal_reason", when=Q(status=AssignmentStatus.RECUSED)),
        )

    def __str__(self) -> str:
        return f"{self.reviewer} · {self.application}"


@tracked()
class ScoreSheet(models.Model):
    """评分: ``scores`` maps an indicator id (text) to a whole number; an indicator without a key is not scored yet.

    ``total`` is the weighted score out of 100, set on submission and never before.
    """

    assignment = models.OneToOneField(Assignment, models.CASCADE, related_name="sheet")
    scores = models.JSONField(default=dict)
    vetoes = models.JSONField(default=list)
    comment = models.TextField(_("评审意见"), blank=True)
    total = models.DecimalField(_("总分"), max_digits=6, decimal_places=2, null=True, blank=True)
    version = models.PositiveIntegerField(default=1)
    submitted_at = models.DateTimeField(null=True, blank=True)
    submitted_by = models.ForeignKey(
        "platforms.User", models.PROTECT, null=True, blank=True, related_name="+"
    )

    scope = Scope(person="assignment__reviewer__user")

    class Meta:
        verbose_name = verbose_name_plural = _("评分")
        ordering = ("assignment_id",)
        constraints = (
            paired("score_sheet", "submitted"),
            models.CheckConstraint(
                name="score_sheet_total_with_submission",
                condition=Q(total__isnull=True, submitted_at__isnull=True)
                | Q(total__isnull=False, submitted_at__isnull=False),
                violation_error_message=_("总分只在提交时产生。"),
            ),
            models.CheckConstraint(
                name="score_sheet_total_within_100",
                condition=Q(total__isnull=True) | Q(total__range=(0, 100)),
                violation_error_message=_("总分应在 0 至 100 之间。"),
            ),
        )

    def __str__(self) -> str:
        return str(self.assignment)


@tracked()
class SiteVisit(models.Model):
    """现场考察 of one application."""

    application = models.ForeignKey("cultivation.Application", models.PROTECT, related_name="site_visits")
    visited_on = models.DateField(_("考察日期"))
    visitors = models.CharField(_("考察人员"), max_length=300)
    report = models.TextField(_("考察报告"))
    recommended = models.BooleanField(_("建议通过"), null=True)
    recorded_at = models.DateTimeField(default=timezone.now)
    recorded_by = models.ForeignKey("platforms.User", models.PROTECT, related_name="+")

    class Meta:
        verbose_name = verbose_name_plural = _("现场考察")
        ordering = ("application_id", "visited_on")
        constraints = (not_blank("site_visit", "report"),)

    def __str__(self) -> str:
        return f"{self.application} {self.visited_on}"


@tracked()
class Consultation(models.Model):
    """征求意见: an opinion asked from another body on the batch."""

    batch = models.ForeignKey("cultivation.Batch", models.PROTECT, related_name="consultations")
    body = models.CharField(_("征求对象"), max_length=160)
    asked_on = models.DateField(_("发出日期"))
    answered_on = models.DateField(_("答复日期"), null=True, blank=True)
    opinion = models.TextField(_("意见"), blank=True)
    recorded_by = models.ForeignKey("platforms.User", models.PROTECT, related_name="+")

    class Meta:
        verbose_name = verbose_name_plural = _("征求意见")
        ordering = ("batch_id", "asked_on")
        constraints = (
            not_blank("consultation", "body"),
            not_blank("consultation", "opinion", when=Q(answered_on__isnull=False)),
        )

    def __str__(self) -> str:
        return self.body
