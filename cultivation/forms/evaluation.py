"""Forms of the ministry's page of one platform: its evaluation, and the ways in which a tier or a record ends."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cultivation.choices import EvaluationGrade
from cultivation.forms.reason import ReasonForm
from cultivation.models import Rectification
from platforms.models import Platform


def _day() -> forms.DateInput:
    return forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})


class EvaluationForm(forms.Form):
    cycle = forms.CharField(label=_("评价周期"), max_length=40, help_text=_("如 2026 年度、2024–2026。"))
    grade = forms.ChoiceField(label=_("等次"), choices=[("", "—"), *EvaluationGrade.choices])
    score = forms.DecimalField(
        label=_("得分"), required=False, min_value=0, max_value=100, max_digits=5, decimal_places=2
    )
    evaluated_on = forms.DateField(label=_("评价日期"), widget=_day())


class CloseForm(forms.Form):
    rectification = forms.ModelChoiceField(label=_("整改"), queryset=Rectification.objects.none())
    passed = forms.TypedChoiceField(
        label=_("复核结论"),
        choices=(("yes", _("通过")), ("no", _("未通过"))),
        coerce=lambda value: value == "yes",
    )
    result = forms.CharField(label=_("复核情况"), max_length=4000, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args: Any, platform: Platform, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice: forms.ModelChoiceField = self.fields["rectification"]  # type: ignore[assignment]
        choice.queryset = Rectification.objects.filter(
            evaluation__platform=platform, closed_at=None
        ).select_related("evaluation__platform")


class EndForm(ReasonForm):
    """Ends something on a day, today unless one is given."""

    on = forms.DateField(label=_("日期"), widget=_day(), required=False, help_text=_("不填则为今天。"))


class MergeForm(EndForm):
    into = forms.CharField(label=_("并入的平台编号"), max_length=20)

    def clean_into(self) -> Platform:
        found = Platform.objects.filter(code=self.cleaned_data["into"].strip().upper()).first()
        if found is None:
            raise forms.ValidationError(_("没有这个编号的平台。"))
        return found
