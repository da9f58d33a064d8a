"""Forms of visits, consultations, reviewers and declared conflicts of interest."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cultivation.actions.assessment import VISITED
from cultivation.models import Application, Batch, Consultation
from platforms.access import Role
from platforms.models import Area, Membership, Operator, User
from platforms.validators import clean_uscc


def _day() -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date"})


def _text(rows: int = 4) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows})


class VisitForm(forms.Form):
    application = forms.ModelChoiceField(label=_("平台"), queryset=Application.objects.none())
    visited_on = forms.DateField(label=_("考察日期"), widget=_day())
    visitors = forms.CharField(label=_("考察人员"), max_length=300)
    report = forms.CharField(label=_("考察报告"), max_length=8000, widget=_text())
    recommended = forms.TypedChoiceField(
        label=_("考察结论"),
        choices=(("", _("未提出")), ("yes", _("建议通过")), ("no", _("不建议通过"))),
        coerce=lambda value: value == "yes",
        empty_value=None,
        required=False,
    )

    def __init__(self, *args: Any, batch: Batch, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        applications: forms.ModelChoiceField = self.fields["application"]  # type: ignore[assignment]
        applications.queryset = (
            Application.objects.filter(batch=batch)
            .in_state(*VISITED)
            .select_related("platform")
            .defer("record")
        )


class AskForm(forms.Form):
    body = forms.CharField(label=_("征求对象"), max_length=160)
    asked_on = forms.DateField(label=_("发出日期"), widget=_day())


class AnswerForm(forms.Form):
    consultation = forms.ModelChoiceField(label=_("征求对象"), queryset=Consultation.objects.none())
    answered_on = forms.DateField(label=_("答复日期"), widget=_day())
    opinion = forms.CharField(
        label=_("意见"), max_length=4000, widget=_text(), help_text=_("没有意见时写“无意见”。")
    )

    def __init__(self, *args: Any, batch: Batch, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        open_ones: forms.ModelChoiceField = self.fields["consultation"]  # type: ignore[assignment]
        open_ones.queryset = batch.consultations.filter(answered_on=None)


class ReviewerForm(forms.Form):
    user = forms.ModelChoiceField(label=_("专家"), queryset=User.objects.none())
    organisation = forms.CharField(label=_("工作单位"), max_length=200)
    organisation_uscc = forms.CharField(
        label=_("单位统一社会信用代码"), max_length=40, required=False, help_text=_("用于发现利益冲突。")
    )
    title = forms.CharField(label=_("职称"), max_length=60, required=False)
    areas = forms.ModelMultipleChoiceField(
        label=_("熟悉领域"),
        queryset=Area.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        experts = Membership.objects.in_force().filter(role=Role.EXPERT).values("user")
        people: forms.ModelChoiceField = self.fields["user"]  # type: ignore[assignment]
        people.queryset = User.objects.filter(pk__in=experts, is_active=True).order_by("pk")
        areas: forms.ModelMultipleChoiceField = self.fields["areas"]  # type: ignore[assignment]
        areas.queryset = Area.objects.all()


class ConflictForm(forms.Form):
    """An operator, named by its code, and the tie to it."""

    operator = forms.CharField(label=_("建设单位的统一社会信用代码"), max_length=40)
    nature = forms.CharField(label=_("关系"), max_length=200, help_text=_("如任职、合作项目、亲属。"))

    def clean_operator(self) -> Operator:
        code = clean_uscc(self.cleaned_data["operator"])
        operator = Operator.objects.filter(uscc=code).first()
        if operator is None:
            raise forms.ValidationError(_("没有登记过这个建设单位。"))
        return operator
