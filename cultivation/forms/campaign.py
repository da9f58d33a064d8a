"""The form that drafts an annual check."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from cultivation.choices import EvaluationGrade
from cultivation.forms.notice import DateInput
from platforms.choices import Tier

GRADES = [("", _("不评等次")), *EvaluationGrade.choices]


class CampaignForm(forms.Form):
    year = forms.IntegerField(label=_("年度"), min_value=2020, max_value=2100)
    title_zh = forms.CharField(label=_("标题"), max_length=120)
    tiers = forms.MultipleChoiceField(
        label=_("范围"), choices=Tier.choices, widget=forms.CheckboxSelectMultiple
    )
    template = forms.CharField(
        label=_("填报要求"), max_length=4000, required=False, widget=forms.Textarea(attrs={"rows": 4})
    )
    opens_on = forms.DateField(label=_("开始日期"), widget=DateInput())
    due_on = forms.DateField(
        label=_("截止日期"), widget=DateInput(), help_text=_("含当日，到北京时间 24:00。")
    )
    grade_in_time = forms.ChoiceField(
        label=_("按时上报的等次"), choices=GRADES, required=False, initial=EvaluationGrade.QUALIFIED
    )
    grade_late = forms.ChoiceField(label=_("逾期上报的等次"), choices=GRADES, required=False)
    grade_missing = forms.ChoiceField(
        label=_("未上报的等次"),
        choices=GRADES,
        required=False,
        initial=EvaluationGrade.FAILED,
        help_text=_("等次只给重点培育和国家级平台；不合格的自结束之日起整改一年。"),
    )


class RevisionForm(CampaignForm):
    """The same for a draft as it was read."""

    version = forms.IntegerField(widget=forms.HiddenInput)
