"""The form that starts a change of edition."""

from django import forms
from django.utils.translation import gettext_lazy as _


class ApplyForm(forms.Form):
    typed = forms.IntegerField(
        label=_("将影响多少个平台"), min_value=0, help_text=_("请按上表核对后填写条数，作为确认。")
    )
