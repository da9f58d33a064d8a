"""A form that needs no account: what it carries so that machines have a harder time than people.

A signed moment says when the page was opened: nobody writes a letter in two seconds, and no page is open for two days. A field
that no person sees has to stay empty. Neither refuses a person for good: the page comes back with everything that was typed.
"""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.conf import settings
from django.core import signing
from django.utils.translation import gettext_lazy as _

from platforms import receipts

SALT = "form.opened"
LONGEST_SECONDS = 48 * 3600
MOST_LINKS = 3
LINK = re.compile(r"https?://|www\.", re.IGNORECASE)


class GuardedForm(forms.Form):
    """``nonce`` makes sending twice harmless, ``opened`` is the signed moment, ``website`` is left to machines."""

    website = forms.CharField(required=False, widget=forms.TextInput, label=_("请不要填写这一格"))
    nonce = forms.CharField(widget=forms.HiddenInput, max_length=40)
    opened = forms.CharField(widget=forms.HiddenInput, required=False, max_length=200)
    #: The field in which machines leave links.
    text_field = "need"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        fresh = {"nonce": receipts.new_nonce(), "opened": signing.TimestampSigner(salt=SALT).sign("1")}
        kwargs["initial"] = {**fresh, **(kwargs.get("initial") or {})}
        super().__init__(*args, **kwargs)
        self.fields["website"].trap = True  # type: ignore[attr-defined]  # drawn where no person sees it
        self.fields["website"].widget.attrs |= {"autocomplete": "off", "tabindex": "-1"}

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if values.get("website") or not self._opened_in_time(values.get("opened", "")):
            self.renew()
            raise forms.ValidationError(_("请核对一遍，再提交一次。"), code="machine")
        if len(LINK.findall(str(values.get(self.text_field, "")))) > MOST_LINKS:
            self.add_error(self.text_field, _("网址太多，请最多留 %(n)s 个。") % {"n": MOST_LINKS})
        return values

    def renew(self) -> None:
        """A bound form keeps what was typed, but is opened anew."""
        again = self.data.copy()  # type: ignore[attr-defined]
        again[self.add_prefix("website")] = ""
        again[self.add_prefix("opened")] = signing.TimestampSigner(salt=SALT).sign("1")
        self.data = again

    def typed(self) -> dict[str, Any]:
        """What a verb takes: everything but the guards."""
        return {name: value for name, value in self.cleaned_data.items() if name not in ("website", "opened")}

    @staticmethod
    def _opened_in_time(token: str) -> bool:
        signer = signing.TimestampSigner(salt=SALT)
        try:
            signer.unsign(token, max_age=LONGEST_SECONDS)
        except signing.BadSignature:
            return False
        try:
            signer.unsign(token, max_age=settings.FORM_LEAST_SECONDS)
        except signing.SignatureExpired:
            return True  # older than the least: a person's pace
        return not settings.FORM_LEAST_SECONDS
