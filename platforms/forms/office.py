"""Forms about people: inviting a colleague, taking an invitation up, one's own keys."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from platforms.access import Permission, Role
from platforms.actions.api_client import LONGEST_DAYS
from platforms.choices import Language
from platforms.models import Authority
from platforms.models.office import INVITED


class InviteForm(forms.Form):
    """A new colleague; ``authority`` is the office that invites."""

    name = forms.CharField(label=_("姓名"), max_length=60)
    role = forms.ChoiceField(label=_("角色"), choices=[(value, Role(value).label) for value in INVITED])
    uscc = forms.CharField(
        label=_("建设单位的统一社会信用代码"),
        required=False,
        max_length=40,
        help_text=_("只在邀请建设单位填报人时填写；该单位须有本单位的在库平台。"),
    )
    city = forms.ChoiceField(label=_("初审城市"), required=False, help_text=_("只在邀请地市初审人员时选择。"))
    email = forms.EmailField(label=_("电子邮箱"), required=False)

    def __init__(self, *args: Any, authority: Authority, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not authority.city_review:
            del self.fields["city"]
            return
        cities = authority.cities().values_list("code", "name_zh")
        self.fields["city"].choices = [("", _("请选择")), *cities]  # type: ignore[attr-defined]


class AcceptForm(forms.Form):
    """A user name and a password of one's own."""

    username = forms.CharField(
        label=_("用户名"),
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none"}),
    )
    password = forms.CharField(
        label=_("密码"),
        strip=False,
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )


class LanguageForm(forms.Form):
    language = forms.ChoiceField(
        label=_("邮件的语言"),
        choices=Language,
        widget=forms.RadioSelect,
        help_text=_("页面的语言由页面上方的链接切换。"),
    )


class KeyForm(forms.Form):
    """A key for another system. The scopes on offer are the rights the person has now."""

    name = forms.CharField(label=_("名称"), max_length=60, help_text=_("用于哪个系统，例如“省政务数据平台”"))
    scopes = forms.MultipleChoiceField(label=_("权限范围"), widget=forms.CheckboxSelectMultiple)
    networks = forms.CharField(
        label=_("允许的网络"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2, "spellcheck": "false"}),
        help_text=_("每行一个，例如 192.0.2.0/24；不填则不限"),
    )
    days = forms.IntegerField(label=_("有效期（天）"), min_value=1, max_value=LONGEST_DAYS, initial=90)

    def __init__(self, *args: Any, held: frozenset[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["scopes"].choices = [  # type: ignore[attr-defined]
            (value, f"{label}（{value}）")
            for value, label in Permission.choices
            if value in held and not value.startswith(("keys.", "people."))
        ]

    def clean_networks(self) -> list[str]:
        return self.cleaned_data["networks"].split()
