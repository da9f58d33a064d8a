"""Forms of a correction: which row, what it should say, why."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cultivation.actions.correction import Change


class CorrectionForm(forms.Form):
    platform_code = forms.ChoiceField(label=_("名单中的平台"))
    name_zh = forms.CharField(label=_("更正后的平台名称"), max_length=120, required=False)
    operator_zh = forms.CharField(label=_("更正后的建设单位"), max_length=400, required=False)
    remove = forms.BooleanField(label=_("从名单中移出"), required=False)
    reason = forms.CharField(
        label=_("公开的原因"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("随更正版公开。"),
    )

    def __init__(self, *args: Any, entries: list[dict[str, Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice: forms.ChoiceField = self.fields["platform_code"]  # type: ignore[assignment]
        choice.choices = [(each["platform_code"], f"{each['row']}. {each['name_zh']}") for each in entries]

    def clean(self) -> dict[str, Any]:
        """What the verb takes: one change and the reason."""
        data = super().clean() or {}
        names = ("platform_code", "name_zh", "operator_zh", "remove")
        change = (
            Change(**{name: data[name] for name in names if name in data})
            if "platform_code" in data
            else None
        )
        return {"change": change, "reason": data.get("reason", "")}
