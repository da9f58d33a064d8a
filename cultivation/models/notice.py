"""公示 and 异议: the window in which anyone may object to a preliminary list."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cultivation.choices import NoticeStatus, ObjectionEffect, ObjectionStatus, PartyKind
from platforms.access import Scope
from platforms.history import tracked
from platforms.models.constraints import different_people, in_order, not_blank, one_of, paired


@tracked()
class Notice(models.Model):
    """公示 of one preliminary list. ``ends_on`` is the last day on which an objection is in time (Beijing time)."""

    code = models.CharField(_("公示编号"), max_length=40, unique=True)
    batch = models.ForeignKey("cultivation.Batch", models.PROTECT, related_name="notices")
    release = models.OneToOneField("cultivation.Release", models.PROTECT, related_name="notice")
    title_zh = models.CharField(_("标题"), max_length=160)
    title_en = models.CharField(_("英文标题"), max_length=240, blank=True)
    starts_on = models.DateField(_("开始日期"), null=True, blank=True)
    ends_on = models.DateField(_("结束日期"), null=True, blank=True)
    working_days = models.PositiveSmallIntegerField(_("工作日"), default=5)
    contact = models.CharField(_("受理联系方式"), max_length=200, blank=True)
    status = models.CharField(_("状态"), max_length=10, choices=NoticeStatus, default=NoticeStatus.DRAFT)
    prepared_at = models.DateTimeField(default=timezone.now)
    prepared_by = models.ForeignKey("platforms.User", models.PROTECT, related_name="+")
    published_at = models.DateTimeField(null=True, blank=True)
    published_by = models.ForeignKey(
        "platforms.User", models.PROTECT, null=True, blank=True, related_name="+"
    )
    extension_reason = models.TextField(_("延长原因"), blank=True)

    scope = Scope(everyone=True)

    class Meta:
        verbose_name = verbose_name_plural = _("公示")
        ordering = ("-id",)
        constraints = (
            one_of("notice", "status", NoticeStatus),
            not_blank("notice", "title_zh"),
            paired("notice", "published"),
            different_people("notice", "prepared_by", "published_by"),
            in_order("notice", "starts_on", "ends_on"),
            models.CheckConstraint(
                name="notice_open_has_window",
                condition=Q(status=NoticeStatus.DRAFT) | Q(starts_on__isnull=False, ends_on__isnull=False),
                violation_error_message=_("公示必须有起止日期。"),
            ),
            models.CheckConstraint(
                name="notice_at_least_one_day",
                condition=Q(working_days__gte=1),
                violation_error_message=_("公示至少一个工作日。"),
            ),
        )

    def __str__(self) -> str:
        return self.title_zh


@tracked(exclude=["party_name", "party_contact"])
class Objection(models.Model):
    """异议. The objector's identity is sealed: two fields that only ``objection.reveal`` shows, each time on the record."""

    receipt = models.CharField(_("回执编号"), max_length=24, unique=True)
    query_code = models.CharField(_("查询码"), max_length=64)
    notice = models.ForeignKey(Notice, models.PROTECT, related_name="objections")
    application = models.ForeignKey(
        "cultivation.Application", models.PROTECT, null=True, blank=True, related_name="objections"
    )
    party = models.CharField(_("提出方"), max_length=14, choices=PartyKind)
    party_name = models.CharField(_("姓名或单位名称"), max_length=120)
    party_contact = models.CharField(_("联系方式"), max_length=160)
    reasons = models.TextField(_("异议内容和理由"), max_length=4000)
    status = models.CharField(
        _("状态"), max_length=10, choices=ObjectionStatus, default=ObjectionStatus.LODGED
    )
    lodged_at = models.DateTimeField(default=timezone.now)
    answer_due_on = models.DateField(_("答复期限"))
    finding = models.TextField(_("核查情况"), blank=True)
    reply = models.TextField(_("答复"), blank=True)
    effect = models.CharField(_("对名单的影响"), max_length=10, choices=ObjectionEffect, blank=True)
    handled_at = models.DateTimeField(null=True, blank=True)
    handled_by = models.ForeignKey("platforms.User", models.PROTECT, null=True, blank=True, related_name="+")
    ruled_at = models.DateTimeField(null=True, blank=True)
    ruled_by = models.ForeignKey("platforms.User", models.PROTECT, null=True, blank=True, related_name="+")
    nonce = models.CharField(max_length=40, unique=True)

    scope = Scope()

    class Meta:
        verbose_name = verbose_name_plural = _("异议")
        ordering = ("-id",)
        constraints = (
            one_of("objection", "status", ObjectionStatus),
            one_of("objection", "party", PartyKind),
            not_blank("objection", "reasons"),
            not_blank("objection", "party_name"),
            not_blank("objection", "party_contact"),
            paired("objection", "handled"),
            paired("objection", "ruled"),
            different_people("objection", "handled_by", "ruled_by"),
            models.CheckConstraint(
                name="objection_ruling_complete",
                condition=~Q(status__in=(ObjectionStatus.UPHELD, ObjectionStatus.DISMISSED))
                | (~Q(finding="") & ~Q(reply="") & ~Q(effect="") & Q(ruled_at__isnull=False)),
                violation_error_message=_("裁定必须写明核查情况、答复和对名单的影响。"),
            ),
        )

    def __str__(self) -> str:
        return self.receipt


class ObjectionFile(models.Model):
    """证明材料 of an objection. It may name the objector, so it is sealed with the identity and opened with it."""

    objection = models.ForeignKey(Objection, models.PROTECT, related_name="files")
    name = models.CharField(_("文件名"), max_length=160)
    stored_as = models.FileField(upload_to="objections/%Y/%m")
    size = models.PositiveIntegerField(_("大小（字节）"))
    sha256 = models.CharField(max_length=64)
    media_type = models.CharField(max_length=80)

    scope = Scope()

    class Meta:
        verbose_name = verbose_name_plural = _("异议材料")
        ordering = ("objection_id", "id")
        constraints = (not_blank("objection_file", "name"),)

    def __str__(self) -> str:
        return self.name


class IdentityReveal(models.Model):
    """Each time an objector's identity was opened: by whom, when, why."""

    objection = models.ForeignKey(Objection, models.PROTECT, related_name="reveals")
    revealed_at = models.DateTimeField(default=timezone.now)
    revealed_by = models.ForeignKey("platforms.User", models.PROTECT, related_name="+")
    reason = models.TextField(_("查看原因"))

    class Meta:
        verbose_name = verbose_name_plural = _("身份查看记录")
        ordering = ("-id",)
        constraints = (not_blank("identity_reveal", "reason"),)

    def __str__(self) -> str:
        return f"{self.objection} · {self.revealed_by}"
