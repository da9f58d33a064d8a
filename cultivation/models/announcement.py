"""公告: what the ministry tells the public, or chosen offices and people only; who of the offices has read it."""

from __future__ import annotations

import datetime
from functools import reduce
from operator import or_

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cultivation.choices import AnnouncementAudience, AnnouncementStatus
from platforms.access import Role, Scope, reach
from platforms.history import tracked
from platforms.models import Authority, Membership, Platform
from platforms.models.constraints import different_people, in_order, not_blank, one_of, paired

#: Roles an announcement may be narrowed to; those bound to an office can be narrowed to its authority too.
OF_OFFICES = (Role.AUTHORITY_CLERK, Role.AUTHORITY_APPROVER, Role.OPERATOR)
ADDRESSED = (*OF_OFFICES, Role.EXPERT, Role.MINISTRY_CLERK, Role.MINISTRY_APPROVER)


class AnnouncementQuerySet(models.QuerySet):
    def addressed_to(self, user) -> AnnouncementQuerySet:
        """What has gone out and is meant for this person; the public's are everybody's."""
        meant = [Q(audience=AnnouncementAudience.PUBLIC)]
        for grant in reach(user).grants:
            narrowed = Addressee.objects.filter(announcement=OuterRef("pk"))
            mine = narrowed.filter(authority__in=_offices_of(grant))
            meant.append(Q(roles__contains=[grant.role]) & (~Exists(narrowed) | Exists(mine)))
        return self.filter(reduce(or_, meant), status=AnnouncementStatus.PUBLISHED)

    def current(self, at: datetime.datetime) -> AnnouncementQuerySet:
        return self.filter(Q(shown_until__isnull=True) | Q(shown_until__gt=at))


@tracked()
class Announcement(models.Model):
    """``shown_until`` is exclusive. Empty ``roles`` and no addressees: everybody, which only the public's are."""

    code = models.CharField(_("编号"), max_length=30, unique=True)
    title_zh = models.CharField(_("标题"), max_length=120)
    title_en = models.CharField(_("英文标题"), max_length=240, blank=True)
    body_zh = models.TextField(_("正文"), max_length=8000)
    body_en = models.TextField(_("英文正文"), max_length=16000, blank=True)
    audience = models.CharField(_("对象"), max_length=10, choices=AnnouncementAudience)
    roles = ArrayField(models.CharField(max_length=30, choices=Role), verbose_name=_("角色"), default=list)
    authorities = models.ManyToManyField(
        "platforms.Authority", through="cultivation.Addressee", related_name="+", verbose_name=_("推荐单位")
    )
    shown_from = models.DateTimeField(_("发布时间"), null=True, blank=True)
    shown_until = models.DateTimeField(_("展示至"), null=True, blank=True)
    status = models.CharField(
        _("状态"), max_length=10, choices=AnnouncementStatus, default=AnnouncementStatus.DRAFT
    )
    demo = models.BooleanField(_("示例"), default=False)
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.ForeignKey("platforms.User", models.PROTECT, related_name="+")
    prepared_at = models.DateTimeField(default=timezone.now)
    prepared_by = models.ForeignKey("platforms.User", models.PROTECT, related_name="+")
    return_reason = models.CharField(_("退回原因"), max_length=1000, blank=True)
    approved_at = models.DateTimeField(null=True, blank=True)
    approved_by = models.ForeignKey("platforms.User", models.PROTECT, null=True, blank=True, related_name="+")
    released_at = models.DateTimeField(_("发布时刻"), null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        "platforms.User", models.PROTECT, null=True, blank=True, related_name="+"
    )
    withdrawal_reason = models.CharField(_("撤回原因"), max_length=1000, blank=True)
    version = models.PositiveIntegerField(default=1)

    objects = AnnouncementQuerySet.as_manager()
    scope = Scope(everyone=True)

    class Meta:
        verbose_name = verbose_name_plural = _("公告")
        ordering = ("-id",)
        constraints = (
            one_of("announcement", "audience", AnnouncementAudience),
            one_of("announcement", "status", AnnouncementStatus),
            not_blank("announcement", "title_zh"),
            not_blank("announcement", "body_zh"),
            not_blank("announcement", "withdrawal_reason", Q(status=AnnouncementStatus.WITHDRAWN)),
            in_order("announcement", "shown_from", "shown_until"),
            paired("announcement", "approved"),
            paired("announcement", "withdrawn"),
            different_people("announcement", "created_by", "approved_by"),
            different_people("announcement", "prepared_by", "approved_by"),
            models.CheckConstraint(
                name="announcement_out_was_approved",
                condition=~Q(status__in=(AnnouncementStatus.SCHEDULED, AnnouncementStatus.PUBLISHED))
                | Q(approved_at__isnull=False),
                violation_error_message=_("公告须先经另一人批准。"),
            ),
            models.CheckConstraint(
                name="announcement_published_was_released",
                condition=~Q(status=AnnouncementStatus.PUBLISHED) | Q(released_at__isnull=False),
                violation_error_message=_("已发布的公告须有发布时刻。"),
            ),
            models.CheckConstraint(
                name="announcement_roles_of_audience",
                condition=Q(audience=AnnouncementAudience.PUBLIC, roles=[])
                | (Q(audience=AnnouncementAudience.CHOSEN) & ~Q(roles=[])),
                violation_error_message=_("面向社会的公告不选角色，面向指定对象的公告至少选一个角色。"),
            ),
        )

    def __str__(self) -> str:
        return self.title_zh

    def people_meant(self) -> models.QuerySet[Membership]:
        """The roles in force of those this is addressed to; of the public's, the people of the offices."""
        roles = self.roles or [Role.AUTHORITY_CLERK, Role.AUTHORITY_APPROVER]
        found = Membership.objects.in_force().filter(role__in=roles, user__is_active=True)
        chosen = list(self.addressees.values_list("authority_id", flat=True))
        if not chosen:
            return found
        operators = Platform.objects.filter(authority__in=chosen).values("operator")
        return found.filter(Q(authority__in=chosen) | Q(operator__in=operators))

    def offices_meant(self) -> models.QuerySet[Authority]:
        """The authorities whose reading is counted; none where their people are not addressed."""
        if self.roles and not set(self.roles) & set(Role.for_authorities()):
            return Authority.objects.none()
        chosen = self.addressees.values("authority")
        return Authority.objects.filter(pk__in=chosen) if chosen.exists() else Authority.objects.all()


@tracked()
class Addressee(models.Model):
    """One authority an announcement is narrowed to."""

    announcement = models.ForeignKey(Announcement, models.CASCADE, related_name="addressees")
    authority = models.ForeignKey("platforms.Authority", models.PROTECT, related_name="+")

    scope = Scope(everyone=True)

    class Meta:
        verbose_name = verbose_name_plural = _("公告对象")
        ordering = ("announcement_id", "authority_id")
        constraints = (
            models.UniqueConstraint(
                fields=("announcement", "authority"),
                name="addressee_once",
                violation_error_message=_("该推荐单位已在公告对象中。"),
            ),
        )

    def __str__(self) -> str:
        return f"{self.announcement_id} · {self.authority_id}"


@tracked()
class ReadReceipt(models.Model):
    """已阅: a person has confirmed reading an announcement, for the office they belong to if they belong to one."""

    announcement = models.ForeignKey(Announcement, models.PROTECT, related_name="receipts")
    reader = models.ForeignKey("platforms.User", models.PROTECT, related_name="+")
    authority = models.ForeignKey(
        "platforms.Authority", models.PROTECT, null=True, blank=True, related_name="+"
    )
    read_at = models.DateTimeField(default=timezone.now)

    scope = Scope(authority="authority", person="reader")

    class Meta:
        verbose_name = verbose_name_plural = _("已阅记录")
        ordering = ("announcement_id", "read_at")
        constraints = (
            models.UniqueConstraint(
                fields=("announcement", "reader", "authority"),
                nulls_distinct=False,
                name="read_receipt_once",
                violation_error_message=_("此人已确认阅读。"),
            ),
        )

    def __str__(self) -> str:
        return f"{self.announcement_id} · {self.reader_id}"


def _offices_of(grant) -> models.QuerySet | list:
    """The authorities that a role leads to: its own, or those of the operator's platforms."""
    if grant.scope == "authority":
        return [grant.key]
    if grant.scope == "operator":
        return Platform.objects.filter(operator=grant.key).values("authority")
    return []
