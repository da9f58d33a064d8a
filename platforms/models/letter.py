"""来信: an enquiry to one or several platforms, or the report of an error in a public record. No account is needed."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from platforms.access import Scope
from platforms.choices import DeliveryStatus, LetterKind
from platforms.history import tracked
from platforms.models.constraints import not_blank, one_of, paired

KEPT = Q(forgotten_at__isnull=True)


@tracked(exclude=["need", "party_name", "party_contact"])
class Letter(models.Model):
    """What was written. After the retention period words and names are gone, number, dates and answers' times stay.

    The three fields that may name a person are no part of the history, which cannot forget.
    """

    receipt = models.CharField(_("受理编号"), max_length=24, unique=True)
    query_code = models.CharField(_("查询码"), max_length=64)
    nonce = models.CharField(max_length=40, unique=True)
    kind = models.CharField(_("类别"), max_length=10, choices=LetterKind)
    about = models.CharField(_("涉及内容"), max_length=80, blank=True)
    need = models.TextField(_("内容"), max_length=2000, blank=True)
    amount = models.CharField(_("批量或规模"), max_length=80, blank=True)
    wanted_by = models.DateField(_("希望完成日期"), null=True, blank=True)
    party_name = models.CharField(_("单位或姓名"), max_length=120, blank=True)
    party_contact = models.CharField(_("联系方式"), max_length=160, blank=True)
    sent_at = models.DateTimeField(_("收到时间"), default=timezone.now)
    forgotten_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("来信")
        ordering = ("-id",)
        constraints = (
            one_of("letter", "kind", LetterKind),
            not_blank("letter", "need", when=KEPT),
            not_blank("letter", "party_contact", when=KEPT & Q(kind=LetterKind.ENQUIRY)),
            models.CheckConstraint(
                name="letter_forgets_the_party",
                condition=KEPT | Q(need="", party_name="", party_contact=""),
                violation_error_message=_("超过保存期限的来信不得留有个人信息。"),
            ),
        )
        indexes = (models.Index(fields=("sent_at",), condition=KEPT, name="letter_to_forget"),)

    def __str__(self) -> str:
        return self.receipt


@tracked(exclude=["reply"])
class Delivery(models.Model):
    """The letter at one platform: its answer, and when it was given."""

    letter = models.ForeignKey(Letter, models.PROTECT, related_name="deliveries")
    platform = models.ForeignKey("platforms.Platform", models.PROTECT, related_name="deliveries")
    status = models.CharField(
        _("状态"), max_length=10, choices=DeliveryStatus, default=DeliveryStatus.WAITING
    )
    reply = models.TextField(_("答复"), max_length=2000, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.ForeignKey("platforms.User", models.PROTECT, null=True, blank=True, related_name="+")

    scope = Scope(authority="platform__authority", operator="platform__operator")

    class Meta:
        verbose_name = verbose_name_plural = _("来信送达")
        ordering = ("-id",)
        constraints = (
            one_of("delivery", "status", DeliveryStatus),
            paired("delivery", "answered"),
            models.UniqueConstraint(
                fields=("letter", "platform"),
                name="delivery_once_per_platform",
                violation_error_message=_("同一封来信只送达一个平台一次。"),
            ),
            models.CheckConstraint(
                name="delivery_answered_when_done",
                condition=Q(status=DeliveryStatus.WAITING, answered_at__isnull=True)
                | (~Q(status=DeliveryStatus.WAITING) & Q(answered_at__isnull=False)),
                violation_error_message=_("答复必须记下时间。"),
            ),
        )
        indexes = (models.Index(fields=("platform", "status"), name="delivery_of_platform"),)

    def __str__(self) -> str:
        return f"{self.letter} → {self.platform}"
