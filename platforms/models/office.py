"""The people of an office: who is invited, who took over whose work, how each likes the lists, which passwords are used up."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from platforms.access import Role, Scope
from platforms.history import tracked
from platforms.models.constraints import city_fits_role, different_people, not_blank, paired

#: Roles that an office gives: its own two, the cities' that check for it, and the people of the operators it answers for.
INVITED = (*Role.for_authorities(), Role.CITY_REVIEWER, Role.OPERATOR)


class InvitationQuerySet(models.QuerySet):
    def open(self, at=None) -> InvitationQuerySet:
        """Neither taken up nor withdrawn, and not out of time."""
        at = at or timezone.now()
        return self.filter(accepted_at__isnull=True, withdrawn_at__isnull=True).filter(
            Q(expires_at__isnull=True) | Q(expires_at__gt=at)
        )


@tracked(exclude=["token_sha256"])
class Invitation(models.Model):
    """A new colleague: proposed by one person, confirmed by another, taken up by link.

    Two persons, because one alone could invite an alias of one's own and approve one's own work with it. The link is shown
    once, on confirmation; only its SHA-256 is stored.
    """

    authority = models.ForeignKey("platforms.Authority", models.PROTECT, related_name="invitations")
    role = models.CharField(
        _("角色"),
        max_length=30,
        choices=[(role.value, role.label) for role in Role if role in INVITED],
    )
    operator = models.ForeignKey(
        "platforms.Operator", models.PROTECT, null=True, blank=True, related_name="+"
    )
    city = models.ForeignKey("platforms.Region", models.PROTECT, null=True, blank=True, related_name="+")
    name = models.CharField(_("姓名"), max_length=60)
    email = models.EmailField(_("电子邮箱"), blank=True)
    token_sha256 = models.CharField(max_length=64, blank=True)
    expires_at = models.DateTimeField(_("链接有效期至"), null=True, blank=True)
    proposed_at = models.DateTimeField(default=timezone.now)
    proposed_by = models.ForeignKey("platforms.User", models.PROTECT, related_name="+")
    confirmed_at = models.DateTimeField(null=True, blank=True)
    confirmed_by = models.ForeignKey(
        "platforms.User", models.PROTECT, null=True, blank=True, related_name="+"
    )
    accepted_at = models.DateTimeField(null=True, blank=True)
    accepted_by = models.ForeignKey("platforms.User", models.PROTECT, null=True, blank=True, related_name="+")
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        "platforms.User", models.PROTECT, null=True, blank=True, related_name="+"
    )

    objects = InvitationQuerySet.as_manager()
    scope = Scope(authority="authority")

    class Meta:
        verbose_name = verbose_name_plural = _("邀请")
        ordering = ("-id",)
        constraints = (
            not_blank("invitation", "name"),
            paired("invitation", "confirmed"),
            paired("invitation", "accepted"),
            paired("invitation", "withdrawn"),
            different_people("invitation", "proposed_by", "confirmed_by"),
            models.CheckConstraint(
                name="invitation_role_of_an_office",
                condition=Q(role__in=INVITED),
                violation_error_message=_("只能邀请推荐单位的经办人、审核人、地市初审人员和建设单位填报人。"),
            ),
            models.CheckConstraint(
                name="invitation_operator_fits_role",
                condition=Q(role=Role.OPERATOR, operator__isnull=False)
                | (~Q(role=Role.OPERATOR) & Q(operator__isnull=True)),
                violation_error_message=_("邀请建设单位填报人必须指明建设单位，其他邀请不能指明。"),
            ),
            city_fits_role("invitation"),
            models.CheckConstraint(
                name="invitation_confirmed_has_link",
                condition=Q(confirmed_at__isnull=True) | (~Q(token_sha256="") & Q(expires_at__isnull=False)),
                violation_error_message=_("确认邀请必须同时给出链接和有效期。"),
            ),
        )

    def __str__(self) -> str:
        return self.name


class HandoverQuerySet(models.QuerySet):
    def given_to(self, user) -> models.QuerySet:
        """Keys of the people whose work this person looks after now."""
        return self.filter(now_with=user).values("giver")


@tracked()
class Handover(models.Model):
    """交接: what ``giver`` had in this office is ``receiver``'s. ``now_with`` follows later hand-overs.

    Who wrote or signed what stays as it was; whose turn it is now is read here.
    """

    authority = models.ForeignKey("platforms.Authority", models.PROTECT, related_name="handovers")
    giver = models.ForeignKey("platforms.User", models.PROTECT, related_name="+")
    receiver = models.ForeignKey("platforms.User", models.PROTECT, related_name="+")
    now_with = models.ForeignKey("platforms.User", models.PROTECT, related_name="+")
    reason = models.CharField(_("原因"), max_length=400)
    moved = models.JSONField(default=dict)
    made_at = models.DateTimeField(default=timezone.now)
    made_by = models.ForeignKey("platforms.User", models.PROTECT, related_name="+")

    objects = HandoverQuerySet.as_manager()
    scope = Scope(authority="authority")

    class Meta:
        verbose_name = verbose_name_plural = _("交接")
        ordering = ("-id",)
        constraints = (
            not_blank("handover", "reason"),
            different_people("handover", "giver", "receiver"),
            different_people("handover", "giver", "made_by"),
        )

    def __str__(self) -> str:
        return f"{self.giver} → {self.receiver}"


class SavedView(models.Model):
    """One person's way of looking at a list: a name for the part of the address after the question mark."""

    user = models.ForeignKey("platforms.User", models.CASCADE, related_name="saved_views")
    page = models.CharField(max_length=60)
    name = models.CharField(_("名称"), max_length=30)
    query = models.CharField(max_length=400, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    scope = Scope(person="user", authority="user__memberships__authority")

    class Meta:
        verbose_name = verbose_name_plural = _("视图")
        ordering = ("page", "id")
        constraints = (
            not_blank("saved_view", "name"),
            models.UniqueConstraint(
                fields=("user", "page", "name"),
                name="saved_view_once",
                violation_error_message=_("已有同名的视图。"),
            ),
        )

    def __str__(self) -> str:
        return self.name


class PasswordRecord(models.Model):
    """A password a person has had, as its hash: so that it is not used again, and for how old the newest is."""

    user = models.ForeignKey("platforms.User", models.CASCADE, related_name="password_records")
    password = models.CharField(max_length=128)
    set_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = verbose_name_plural = _("用过的密码")
        ordering = ("-id",)

    def __str__(self) -> str:
        return f"{self.user} · {self.set_at:%Y-%m-%d}"


class QualityMark(models.Model):
    """The data quality of one authority's records on one day, in per cent; written nightly for the trend."""

    authority = models.ForeignKey("platforms.Authority", models.CASCADE, related_name="quality_marks")
    on = models.DateField()
    score = models.DecimalField(max_digits=5, decimal_places=2)
    platforms = models.PositiveIntegerField()
    issues = models.JSONField(default=dict)

    scope = Scope(authority="authority")

    class Meta:
        verbose_name = verbose_name_plural = _("数据质量")
        ordering = ("authority_id", "on")
        constraints = (
            models.UniqueConstraint(
                fields=("authority", "on"),
                name="quality_mark_once_a_day",
                violation_error_message=_("当天已有数据质量记录。"),
            ),
            models.CheckConstraint(
                name="quality_mark_within_100",
                condition=Q(score__range=(0, 100)),
                violation_error_message=_("得分应在 0 至 100 之间。"),
            ),
        )

    def __str__(self) -> str:
        return f"{self.authority_id} · {self.on}"


class QualityRulePauseQuerySet(models.QuerySet):
    def in_force(self) -> QualityRulePauseQuerySet:
        """Confirmed by a second person and not over: the rule is not asked."""
        return self.filter(confirmed_at__isnull=False, ended_at__isnull=True)


@tracked()
class QualityRulePause(models.Model):
    """A rule of the data quality that is not asked for a while: proposed with its reason, confirmed by another person, ended."""

    rule = models.CharField(_("规则"), max_length=20)
    reason = models.TextField(_("原因"), max_length=1000)
    proposed_at = models.DateTimeField(default=timezone.now)
    proposed_by = models.ForeignKey("platforms.User", models.PROTECT, related_name="+")
    confirmed_at = models.DateTimeField(null=True, blank=True)
    confirmed_by = models.ForeignKey(
        "platforms.User", models.PROTECT, null=True, blank=True, related_name="+"
    )
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey("platforms.User", models.PROTECT, null=True, blank=True, related_name="+")
    ended_reason = models.TextField(_("恢复原因"), max_length=1000, blank=True)

    objects = QualityRulePauseQuerySet.as_manager()
    scope = Scope(everyone=True)

    class Meta:
        verbose_name = verbose_name_plural = _("停用的规则")
        ordering = ("-id",)
        constraints = (
            not_blank("quality_rule_pause", "rule"),
            not_blank("quality_rule_pause", "reason"),
            not_blank("quality_rule_pause", "ended_reason", when=Q(ended_at__isnull=False)),
            paired("quality_rule_pause", "confirmed"),
            paired("quality_rule_pause", "ended"),
            different_people("quality_rule_pause", "proposed_by", "confirmed_by"),
            models.UniqueConstraint(
                fields=("rule",),
                condition=Q(ended_at__isnull=True),
                name="quality_rule_pause_one_open",
                violation_error_message=_("这条规则已停用，或已有停用申请。"),
            ),
        )

    def __str__(self) -> str:
        return self.rule
