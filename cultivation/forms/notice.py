"""Forms of the ministry's desk for notices."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from cultivation.choices import BatchStatus
from cultivation.models import Batch


class DateInput(forms.DateInput):
    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class PrepareNoticeForm(forms.Form):
    batch = forms.ModelChoiceField(label=_("批次"), queryset=Batch.objects.none())
    title = forms.CharField(label=_("标题"), max_length=160)
    title_en = forms.CharField(label=_("英文标题"), max_length=240, required=False)
    contact = forms.CharField(
        label=_("受理联系方式"), max_length=200, required=False, help_text=_("公开显示，请填办公电话或地址。")
    )
    working_days = forms.IntegerField(
        label=_("公示工作日"), min_value=1, max_value=60, required=False, help_text=_("不填则按批次的规定。")
    )

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        batches: forms.ModelChoiceField = self.fields["batch"]  # type: ignore[assignment]
        batches.queryset = Batch.objects.filter(status=BatchStatus.ASSESSING)


class PublishNoticeForm(forms.Form):
    starts_on = forms.DateField(
        label=_("开始日期"),
        required=False,
        widget=DateInput(),
        help_text=_("不填则从今天开始；首日为工作日时计入。"),
    )


class ExtendNoticeForm(forms.Form):
    days = forms.IntegerField(label=_("延长的工作日"), min_value=1, max_value=60)
    reason = forms.CharField(
        label=_("延长原因"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("对外公开。"),
    )
