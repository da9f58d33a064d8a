"""决定, the frozen lists bound to it, and the designations it brings into force."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cultivation.choices import DecisionStatus, DesignationStatus, ReleaseKind
from platforms.access import Scope
from platforms.choices import Tier
from platforms.history import tracked
from platforms.models.constraints import different_people, in_order, not_blank, one_of, paired


@tracked()
class Release(models.Model):
    """名单 in one version: a frozen copy. ``sha256`` is over the canonical JSON of its entries."""

    code = models.CharField(_("名单编号"), max_length=40)
    version = models.CharField(_("版本"), max_length=12)
    batch = models.ForeignKey("cultivation.Batch", models.PROTECT, related_name="releases")
    kind = models.CharField(_("类别"), max_length=12, choices=ReleaseKind)
    tier = models.CharField(_("梯次"), max_length=10, choices=Tier)
    title_zh = models.CharField(_("标题"), max_length=160)
    title_en = models.CharField(_("英文标题"), max_length=240, blank=True)
    previous = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="followers")
    # The waiting correction that took over what was written here: whoever wrote any part of it does not approve it.
    replaced_by = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="replaced")
    document_no = models.CharField(_("文号"), max_length=60, blank=True)
    issued_on = models.DateField(_("日期"), null=True, blank=True)
    entry_count = models.PositiveIntegerField(_("条数"), default=0)
    sha256 = models.CharField(max_length=64, blank=True)
    note_zh = models.TextField(_("说明"), blank=True)
    demo = models.BooleanField(_("示例"), default=False)
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.ForeignKey("platforms.User", models.PROTECT, null=True, blank=True, related_name="+")
    frozen_at = models.DateTimeField(null=True, blank=True)
    published_at = models.DateTimeField(null=True, blank=True)

    scope = Scope(everyone=True)

    class Meta:
        verbose_name = verbose_name_plural = _("名单")
        ordering = ("code", "id")
        constraints = (
            one_of("release", "kind", ReleaseKind),
            one_of("release", "tier", Tier),
            not_blank("release", "title_zh"),
            models.UniqueConstraint(
                fields=("code", "version"),
                name="release_version_once",
                violation_error_message=_("该版本已存在。"),
            ),
            models.CheckConstraint(
                name="release_frozen_has_digest",
                condition=Q(frozen_at__isnull=True) | ~Q(sha256=""),
                violation_error_message=_("冻结的名单必须有校验值。"),
            ),
            models.CheckConstraint(
                name="release_published_is_frozen",
                condition=Q(published_at__isnull=True) | Q(frozen_at__isnull=False),
                violation_error_message=_("发布前必须先冻结。"),
            ),
        )

    def __str__(self) -> str:
        return f"{self.title_zh} {self.version}"


class ReleaseEntry(models.Model):
    """One row of a list, copied as text so that it reads the same for ever. The database refuses to change it."""

    release = models.ForeignKey(Release, models.PROTECT, related_name="entries")
    row = models.PositiveIntegerField(_("序号"))
    platform_code = models.CharField(_("平台编号"), max_length=16)
    name_zh = models.CharField(_("中试平台名称"), max_length=120)
    name_en = models.CharField(_("英文名称"), max_length=200, blank=True)
    operator_zh = models.CharField(_("建设单位"), max_length=400, blank=True)
    operator_uscc = models.CharField(_("统一社会信用代码"), max_length=18, blank=True)
    area_code = models.CharField(max_length=12, blank=True)
    area_zh = models.CharField(_("所属领域"), max_length=60, blank=True)
    direction_zh = models.CharField(_("行业方向"), max_length=60, blank=True)
    region_code = models.CharField(max_length=6, blank=True)
    region_zh = models.CharField(_("所在地"), max_length=60, blank=True)
    authority_code = models.CharField(max_length=6, blank=True)
    authority_zh = models.CharField(_("推荐单位"), max_length=60, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("名单条目")
        ordering = ("release_id", "row")
        constraints = (
            models.UniqueConstraint(
                fields=("release", "row"),
                name="release_entry_row_once",
                violation_error_message=_("序号不能重复。"),
            ),
            models.UniqueConstraint(
                fields=("release", "platform_code"),
                name="release_entry_platform_once",
                violation_error_message=_("同一平台不能在名单中出现两次。"),
            ),
        )
        triggers = (
            pgtrigger.Protect(
                name="release_entry_append_only", operation=pgtrigger.Update | pgtrigger.Delete
            ),
        )

    def __str__(self) -> str:
        return f"{self.row}. {self.name_zh}"


@tracked()
class ReleaseApproval(models.Model):
    """One person's approval of a correction of a published list, as of a decision: the person typed the number of entries."""

    release = models.ForeignKey(Release, models.PROTECT, related_name="approvals")
    approver = models.ForeignKey("platforms.User", models.PROTECT, related_name="+")
    drafter = models.ForeignKey("platforms.User", models.PROTECT, related_name="+")
    entries_typed = models.PositiveIntegerField(_("核对的条数"))
    approved_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = verbose_name_plural = _("更正的批准")
        ordering = ("release_id", "id")
        constraints = (
            models.UniqueConstraint(
                fields=("release", "approver"),
                name="release_approval_once",
                violation_error_message=_("您已批准过这次更正。"),
            ),
            different_people("release_approval", "approver", "drafter"),
        )

    def __str__(self) -> str:
        return f"{self.release_id} · {self.approver}"


@tracked()
class Decision(models.Model):
    """决定: binds a 文号 and a date to a frozen list; in force when enough people other than the drafter approved it."""

    batch = models.ForeignKey("cultivation.Batch", models.PROTECT, related_name="decisions")
    release = models.OneToOneField(Release, models.PROTECT, null=True, blank=True, related_name="decision")
    document_no = models.CharField(_("文号"), max_length=60)
    title_zh = models.CharField(_("标题"), max_length=160)
    title_en = models.CharField(_("英文标题"), max_length=240, blank=True)
    decided_on = models.DateField(_("决定日期"))
    valid_until = models.DateField(_("有效期至"), null=True, blank=True)
    status = models.CharField(_("状态"), max_length=10, choices=DecisionStatus, default=DecisionStatus.DRAFT)
    approvals_needed = models.PositiveSmallIntegerField(default=1)
    drafted_at = models.DateTimeField(default=timezone.now)
    drafted_by = models.ForeignKey("platforms.User", models.PROTECT, related_name="+")
    frozen_at = models.DateTimeField(null=True, blank=True)
    frozen_by = models.ForeignKey("platforms.User", models.PROTECT, null=True, blank=True, related_name="+")
    in_force_at = models.DateTimeField(null=True, blank=True)

    scope = Scope(everyone=True)

    class Meta:
        verbose_name = verbose_name_plural = _("决定")
        ordering = ("-id",)
        constraints = (
            one_of("decision", "status", DecisionStatus),
            not_blank("decision", "document_no"),
            not_blank("decision", "title_zh"),
            paired("decision", "frozen"),
            models.UniqueConstraint(
                fields=("document_no",),
                name="decision_document_no_once",
                violation_error_message=_("该文号已使用。"),
            ),
            models.UniqueConstraint(
                fields=("batch",),
                condition=~Q(status=DecisionStatus.ABANDONED),
                name="decision_one_per_batch",
                violation_error_message=_("该批次已有决定。"),
            ),
            models.CheckConstraint(
                name="decision_frozen_has_list",
                condition=Q(status__in=(DecisionStatus.DRAFT, DecisionStatus.ABANDONED))
                | Q(release__isnull=False),
                violation_error_message=_("待批准的决定必须有冻结的名单。"),
            ),
            models.CheckConstraint(
                name="decision_in_force_has_time",
                condition=~Q(status=DecisionStatus.IN_FORCE) | Q(in_force_at__isnull=False),
                violation_error_message=_("生效的决定必须有生效时间。"),
            ),
        )

    def __str__(self) -> str:
        return f"{self.title_zh}（{self.document_no}）"


@tracked()
class DecisionApproval(models.Model):
    """One person's approval; the person typed the number of entries. The drafter cannot be an approver."""

    decision = models.ForeignKey(Decision, models.CASCADE, related_name="approvals")
    approver = models.ForeignKey("platforms.User", models.PROTECT, related_name="+")
    drafter = models.ForeignKey("platforms.User", models.PROTECT, related_name="+")
    entries_typed = models.PositiveIntegerField(_("核对的条数"))
    approved_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = verbose_name_plural = _("批准")
        ordering = ("decision_id", "id")
        constraints = (
            models.UniqueConstraint(
                fields=("decision", "approver"),
                name="decision_approval_once",
                violation_error_message=_("您已批准过这项决定。"),
            ),
            different_people("decision_approval", "approver", "drafter"),
        )

    def __str__(self) -> str:
        return f"{self.decision_id} · {self.approver}"


class DesignationQuerySet(models.QuerySet):
    def in_force(self) -> DesignationQuerySet:
        return self.filter(status=DesignationStatus.IN_FORCE)


@tracked()
class Designation(models.Model):
    """认定: a platform's place in a tier over time. ``Platform.tier`` repeats the one in force."""

    platform = models.ForeignKey("platforms.Platform", models.PROTECT, related_name="designations")
    tier = models.CharField(_("梯次"), max_length=10, choices=Tier)
    status = models.CharField(
        _("状态"), max_length=12, choices=DesignationStatus, default=DesignationStatus.IN_FORCE
    )
    decision = models.ForeignKey(Decision, models.PROTECT, null=True, blank=True, related_name="designations")
    submission = models.ForeignKey(
        "cultivation.Submission", models.PROTECT, null=True, blank=True, related_name="designations"
    )
    row = models.PositiveIntegerField(_("名单序号"), null=True, blank=True)
    valid_from = models.DateField(_("起"))
    valid_until = models.DateField(_("止"), null=True, blank=True)
    basis_zh = models.CharField(_("依据"), max_length=200, blank=True)
    end_reason = models.TextField(_("终止原因"), blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey("platforms.User", models.PROTECT, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    objects = DesignationQuerySet.as_manager()
    scope = Scope(authority="platform__authority", operator="platform__operator")

    class Meta:
        verbose_name = verbose_name_plural = _("认定")
        ordering = ("platform_id", "valid_from", "id")
        constraints = (
            one_of("designation", "tier", Tier),
            one_of("designation", "status", DesignationStatus),
            paired("designation", "ended"),
            in_order("designation", "valid_from", "valid_until"),
            models.UniqueConstraint(
                fields=("platform",),
                condition=Q(status=DesignationStatus.IN_FORCE),
                name="designation_one_in_force",
                violation_error_message=_("一个平台同时只能有一项有效认定。"),
            ),
            not_blank(
                "designation",
                "end_reason",
                when=Q(
                    status__in=(
                        DesignationStatus.WITHDRAWN,
                        DesignationStatus.EXPIRED,
                        DesignationStatus.TRANSFERRED,
                    )
                ),
            ),
        )

    def __str__(self) -> str:
        return f"{self.platform} · {self.get_tier_display()}"
