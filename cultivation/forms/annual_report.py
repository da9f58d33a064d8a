"""The form of one year's figures, generated from the record's table, with last year beside and room to explain."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _

from cultivation.actions.annual_report import FIGURES
from platforms.models import YearlyFigures
from platforms.record.store import values_of


class ReportForm(forms.Form):
    """Figures by key, explanations as ``why-<key>``. What they may be is decided by the verb."""

    def __init__(
        self, *args: Any, last_year: YearlyFigures | None, figures: dict, why: dict, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        before = values_of(last_year, "figures") if last_year else {}
        for item in FIGURES:
            self.fields[item.key] = forms.CharField(
                label=item.label,
                required=False,
                max_length=30,
                initial=figures.get(item.key, ""),
                help_text=_("%(year)s 年 %(value)s") % {"year": before["year"], "value": before[item.key]}
                if item.key in before
                else "",
                widget=forms.TextInput(attrs={"inputmode": "decimal"}),
            )
        self.why = {key: text for key, text in why.items() if key in self.fields}

    def ask_why(self, keys: list[str], typed: dict[str, str]) -> None:
        """Add a field for the explanation behind each of these figures."""
        fields = {}
        for key, field in self.fields.items():
            fields[key] = field
            if key in keys:
                fields[f"why-{key}"] = forms.CharField(
                    label=_("对“%(figure)s”的说明") % {"figure": field.label}, required=False, max_length=300,
                    initial=typed.get(key, ""),
                )  # fmt: skip
        self.fields = fields
