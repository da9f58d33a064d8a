"""Forms of a decision: drafting, approving by counting, giving up."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from cultivation.choices import BatchStatus, DecisionStatus
from cultivation.forms.notice import DateInput
from cultivation.models import Batch, Decision


class DraftDecisionForm(forms.Form):
    batch = forms.ModelChoiceField(label=_("批次"), queryset=Batch.objects.none())
    document_no = forms.CharField(label=_("文号"), max_length=60)
    title = forms.CharField(label=_("标题"), max_length=160)
    title_en = forms.CharField(label=_("英文标题"), max_length=240, required=False)
    decided_on = forms.DateField(label=_("决定日期"), widget=DateInput())
    valid_until = forms.DateField(
        label=_("有效期至"), widget=DateInput(), required=False, help_text=_("没有规定有效期的不填。")
    )

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        taken = Decision.objects.exclude(status=DecisionStatus.ABANDONED).values("batch_id")
        batches: forms.ModelChoiceField = self.fields["batch"]  # type: ignore[assignment]
        batches.queryset = Batch.objects.filter(
            status__in=(BatchStatus.NOTICING, BatchStatus.DECIDING)
        ).exclude(pk__in=taken)


class ApproveForm(forms.Form):
    entries_typed = forms.IntegerField(
        label=_("名单共有多少个平台"), min_value=0, help_text=_("请逐页核对后填写条数，作为批准的确认。")
    )
