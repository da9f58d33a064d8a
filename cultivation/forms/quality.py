"""The forms beside the rules of the data quality."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from platforms import quality


def _rules() -> list[tuple[str, str]]:
    return [(rule.name, f"{rule.code} {rule.text}") for rule in quality.every_rule()]


class PauseForm(forms.Form):
    rule = forms.ChoiceField(label=_("规则"), choices=_rules)
    reason = forms.CharField(label=_("停用原因"), max_length=1000, widget=forms.Textarea(attrs={"rows": 2}))
