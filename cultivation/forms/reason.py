"""The form of every act that says why."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _


class ReasonForm(forms.Form):
    """``required=False`` leaves it to the verb to ask, which knows whether this move needs a reason."""

    use_required_attribute = False
    reason = forms.CharField(label=_("原因"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args: Any, required: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].required = required


class OpinionForm(ReasonForm):
    """The same, as an opinion that goes along with what is passed on."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].label = _("意见")
        self.fields["reason"].help_text = _("会随申报一并留存，办理各方都能看到。")
