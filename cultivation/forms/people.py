"""Forms about people that need to know what they work on."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from platforms.models import User


class HandoverForm(forms.Form):
    """Who takes over and why; without a successor the account only stops."""

    receiver = forms.ModelChoiceField(
        label=_("接手人"),
        queryset=User.objects.none(),
        required=False,
        empty_label=_("没有接手人，只停用账户"),
    )
    reason = forms.CharField(label=_("原因"), max_length=400, help_text=_("例如调离、退休、长期外派"))

    def __init__(self, *args: Any, colleagues: QuerySet[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["receiver"].queryset = colleagues  # type: ignore[attr-defined]
