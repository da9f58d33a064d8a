"""Forms of the ministry's page of one platform: its evaluation, and the ways in which a tier or a record ends."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cultivation.actions.platform_merge import bringable
from cultivation.choices import EvaluationGrade
from cultivation.forms.reason import ReasonForm
from cultivation.models import Rectification
from cultivation.scoring import GradeRule
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
    bring = forms.MultipleChoiceField(
        label=_("一并转入的内容"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=bringable,
        help_text=_("年度业绩留在原记录。要逐项选择保留哪一方的内容，请从“疑似重复”进入。"),
    )

    def clean_into(self) -> Platform:
        found = Platform.objects.filter(code=self.cleaned_data["into"].strip().upper()).first()
        if found is None:
            raise forms.ValidationError(_("没有这个编号的平台。"))
        return found


class CohortForm(forms.Form):
    """The scores of a cycle, a line for each platform, and the rules that make grades of them."""

    cycle = forms.CharField(label=_("评价周期"), max_length=40)
    evaluated_on = forms.DateField(label=_("评价日期"), widget=_day())
    scores = forms.CharField(
        label=_("得分"),
        max_length=40_000,
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false"}),
        help_text=_("每行一个平台：编号、得分，用空格或制表符隔开，可从表格软件粘贴。"),
    )
    excellent_minimum = forms.DecimalField(label=_("优秀的最低分"), initial=90, min_value=1, max_value=100)
    excellent_share = forms.IntegerField(label=_("优秀不超过（%）"), initial=30, min_value=1, max_value=100)
    good_minimum = forms.DecimalField(label=_("良好的最低分"), initial=75, min_value=1, max_value=100)
    qualified_minimum = forms.DecimalField(label=_("合格的最低分"), initial=60, min_value=1, max_value=100)

    def clean_scores(self) -> dict[Platform, Decimal]:
        """Each line read; every line that cannot be is named."""
        lines = [line.split() for line in self.cleaned_data["scores"].splitlines() if line.strip()]
        known = {p.code: p for p in Platform.objects.filter(code__in=[line[0].upper() for line in lines])}
        found: dict[Platform, Decimal] = {}
        wrong = []
        for number, line in enumerate(lines, 1):
            platform = known.get(line[0].upper())
            score = _score(line[1]) if len(line) == 2 else None
            if platform is None or score is None or platform in found:
                wrong.append(str(number))
            else:
                found[platform] = score
        if wrong:
            raise forms.ValidationError(
                _("第 %(lines)s 行读不出平台和得分，或平台重复。") % {"lines": "、".join(wrong[:10])}
            )
        return found

    def rules(self) -> list[GradeRule]:
        data = self.cleaned_data
        return [
            GradeRule("excellent", data["excellent_minimum"], Decimal(data["excellent_share"]) / 100),
            GradeRule("good", data["good_minimum"]),
            GradeRule("qualified", data["qualified_minimum"]),
            GradeRule("failed", Decimal(0)),
        ]


def _score(text: str) -> Decimal | None:
    """A score of 0 to 100 with at most two decimals; ``None`` for anything else."""
    try:
        value = Decimal(text)
    except InvalidOperation:
        return None
    exponent = value.as_tuple().exponent
    return value if value.is_finite() and 0 <= value <= 100 and int(exponent) >= -2 else None
