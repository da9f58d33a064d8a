"""The rubric as a table of lines; empty lines are skipped."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cultivation.actions.rubric import COLUMNS, RULES
from cultivation.models import Rubric

EMPTY_LINES = 3
MOST_LINES = 60


class RulesForm(forms.ModelForm):
    """When a further expert is asked, and what then counts."""

    class Meta:
        model = Rubric
        fields = RULES
        help_texts = {
            "disagreement": _("最高分与最低分相差超过这么多分时，结束评审前自动加派一位专家"),
            "combination": _("只用于加派过专家的平台，其余一律取平均"),
        }

    def save(self, commit: bool = True) -> Rubric:
        raise TypeError("a rubric is saved by its verb")


class IndicatorForm(forms.Form):
    dimension_zh = forms.CharField(label=_("维度"), max_length=60)
    name_zh = forms.CharField(label=_("评分项"), max_length=120)
    guidance_zh = forms.CharField(label=_("评分说明"), max_length=2000, required=False)
    weight = forms.DecimalField(
        label=_("权重（%）"), min_value=0, max_value=100, max_digits=5, decimal_places=2, initial=0
    )
    max_score = forms.IntegerField(label=_("满分"), min_value=1, max_value=100, initial=10)
    veto = forms.BooleanField(label=_("一票否决"), required=False)
    dimension_en = forms.CharField(widget=forms.HiddenInput, required=False, max_length=120)
    name_en = forms.CharField(widget=forms.HiddenInput, required=False, max_length=200)


Lines = forms.formset_factory(
    IndicatorForm, extra=EMPTY_LINES, max_num=MOST_LINES, absolute_max=MOST_LINES, can_delete=True
)


def lines_of(rubric: Rubric | None, data: Any = None) -> Any:
    """The formset of a rubric, bound when ``data`` was sent."""
    stored = rubric.indicators.all() if rubric else []
    initial = [{name: getattr(line, name) for name in COLUMNS} for line in stored]
    return Lines(data, initial=initial, prefix="lines")


def kept(lines: Any) -> list[dict[str, Any]]:
    """The lines of a valid formset that were not marked for removal."""
    removed = {id(form) for form in lines.deleted_forms}
    return [
        {name: form.cleaned_data[name] for name in COLUMNS}
        for form in lines.forms
        if id(form) not in removed and form.cleaned_data.get("name_zh")
    ]
