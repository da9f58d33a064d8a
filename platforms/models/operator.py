"""建设单位: the legal person or institution that runs platforms."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from platforms.access import Scope
from platforms.choices import LegalForm
from platforms.history import tracked
from platforms.models.constraints import not_blank
from platforms.validators import validate_uscc


@tracked()
class Operator(models.Model):
    """Unique by unified social credit code. Known real operators whose code was never published have none."""

    uscc = models.CharField(
        _("统一社会信用代码"), max_length=18, unique=True, null=True, blank=True, validators=[validate_uscc]
    )
    name_zh = models.CharField(_("建设单位名称"), max_length=200)
    name_en = models.CharField(_("建设单位英文名称"), max_length=200, blank=True)
    legal_form = models.CharField(_("单位性质"), max_length=30, choices=LegalForm, blank=True)
    registered_region = models.ForeignKey(
        "platforms.Region", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("注册地")
    )
    registered_on = models.DateField(_("注册日期"), null=True, blank=True)
    demo = models.BooleanField(_("示例"), default=False)

    scope = Scope(
        authority="platforms__authority",
        operator="id",
        self_service="platforms__authority__self_service",
    )

    class Meta:
        verbose_name = verbose_name_plural = _("建设单位")
        ordering = ("name_zh",)
        constraints = (
            not_blank("operator", "name_zh"),
            models.CheckConstraint(
                name="operator_uscc_shape",
                condition=models.Q(uscc__isnull=True) | models.Q(uscc__regex=r"^[0-9A-HJ-NPQRTUWXY]{18}$"),
                violation_error_message=_("统一社会信用代码应为 18 位。"),
            ),
            models.CheckConstraint(
                name="operator_legal_form_known",
                condition=models.Q(legal_form__in=["", *LegalForm.values]),
                violation_error_message=_("不是允许的取值。"),
            ),
        )

    def __str__(self) -> str:
        return self.name_zh
