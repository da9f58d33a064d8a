"""The form that merges one of two records into the other, value by value."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cultivation.actions.platform_merge import bringable, takeable
from cultivation.forms.evaluation import EndForm
from platforms.models import Platform


def shown(platform: Platform, key: str) -> str:
    """A value as a person reads it."""
    in_words = getattr(platform, f"get_{key}_display", None)
    if in_words is not None:
        return str(in_words())
    value = getattr(platform, key)
    if isinstance(value, bool):
        return str(_("是") if value else _("否"))
    return "" if value is None else str(value)


class JoinForm(EndForm):
    """``take`` are the fields of which the surviving record gets the other's value."""

    take = forms.MultipleChoiceField(required=False, widget=forms.CheckboxSelectMultiple)
    bring = forms.MultipleChoiceField(
        label=_("一并转入的内容"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=bringable,
        help_text=_("年度业绩留在原记录。"),
    )

    def __init__(self, *args: Any, ending: Platform, into: Platform, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rows: list[dict[str, Any]] = [
            {
                "key": item.key,
                "label": item.label,
                "into": shown(into, item.key),
                "ending": shown(ending, item.key),
            }
            for item in takeable()
        ]
        differing = [row for row in self.rows if row["into"] != row["ending"]]
        self.fields["take"].choices = [(row["key"], row["label"]) for row in differing]  # type: ignore[attr-defined]
        chosen = self.data.getlist(self.add_prefix("take")) if self.is_bound else _gaps(differing)  # type: ignore[attr-defined]
        for row in self.rows:
            row["differs"] = row["into"] != row["ending"]
            row["chosen"] = row["key"] in chosen


def _gaps(rows: list[dict[str, Any]]) -> list[str]:
    """What is proposed: the other's value where the surviving record has none."""
    return [row["key"] for row in rows if not row["into"]]
