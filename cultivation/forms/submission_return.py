"""Giving a submission back: why, which places may be changed and until when."""

from __future__ import annotations

import datetime
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cultivation import calendar
from cultivation.forms.submission import name_of, section_fields
from platforms import record


def pin_choices() -> list[tuple[str, list[tuple[str, str]]]]:
    """Everything that can be pinned on a return, by section."""
    groups = []
    for section, title in record.SECTIONS.items():
        found: dict[str, str] = {}
        for item in section_fields(section):
            if item.aggregate in record.SINGLES:
                found[item.path] = item.label
            else:
                found[item.aggregate] = str(record.LIST_LABELS[item.aggregate])
        groups.append((str(title), list(found.items())))
    return groups


def why(path: str) -> str:
    """The control for the reason of one place."""
    return f"why-{name_of(path)}"


class ReturnForm(forms.Form):
    """Why it goes back, what may be changed, for each place why if that is not said by the whole, and until when."""

    reason = forms.CharField(
        label=_("原因"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("写明缺什么、改什么；填报人会原样看到。"),
    )
    fields_ = forms.MultipleChoiceField(
        label=_("只允许修改"), required=False, widget=forms.CheckboxSelectMultiple, choices=pin_choices
    )
    due_on = forms.DateField(
        label=_("补正截止日期"), required=False, help_text=_("当日 24:00 截止，如 2026-12-31")
    )

    use_required_attribute = False

    def __init__(self, *args: Any, with_due: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not with_due:
            del self.fields["due_on"]
        for _group, options in pin_choices():
            for path, label in options:
                self.fields[why(path)] = forms.CharField(
                    label=_("%(label)s：这一项的原因") % {"label": label}, max_length=300, required=False
                )

    @property
    def groups(self) -> list[dict[str, Any]]:
        """The places by section: ``{"title", "open", "places": [{"path", "label", "chosen", "why": BoundField}]}``."""
        chosen = set(self["fields_"].value() or [])
        return [
            {
                "title": title,
                "open": any(path in chosen or self[why(path)].value() for path, _label in options),
                "places": [
                    {"path": path, "label": label, "chosen": path in chosen, "why": self[why(path)]}
                    for path, label in options
                ],
            }
            for title, options in pin_choices()
        ]

    @property
    def pins(self) -> dict[str, str]:
        """Place → its own reason (may be empty). A place with a reason is meant, also where its box was not ticked."""
        reasons = {
            path: self.cleaned_data[why(path)] for _g, options in pin_choices() for path, _l in options
        }
        meant = set(self.cleaned_data["fields_"])
        return {path: reason for path, reason in reasons.items() if path in meant or reason}

    def clean_due_on(self) -> datetime.date | None:
        day = self.cleaned_data["due_on"]
        if day and day < timezone.localdate():
            raise forms.ValidationError(_("补正截止日期不能早于今天。"))
        return day

    @property
    def due_at(self) -> datetime.datetime | None:
        """The end of the day in Beijing, as an exclusive instant."""
        day = self.cleaned_data.get("due_on")
        return day and calendar.end_of_day(day)
