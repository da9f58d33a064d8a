"""Where public changes are to be sent, and which of them."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from platforms import outbound
from platforms.choices import ChangeKind, Tier
from platforms.models import Area, Authority


class WebhookForm(forms.Form):
    name = forms.CharField(
        label=_("名称"), max_length=60, help_text=_("接收变更的系统，例如“省政务数据平台”")
    )
    target = forms.CharField(
        label=_("接收地址"),
        max_length=outbound.LONGEST_URL,
        widget=forms.URLInput(attrs={"spellcheck": "false"}),
        help_text=_("以 https:// 开头，能从公网访问；收到后请在 10 秒内答复 2xx。"),
    )
    kinds = forms.MultipleChoiceField(
        label=_("变更类别"),
        choices=ChangeKind.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("不选则全部推送"),
    )
    authority = forms.ModelChoiceField(
        label=_("推荐单位"), queryset=Authority.objects.none(), required=False, empty_label=_("不限")
    )
    area = forms.ModelChoiceField(
        label=_("领域"), queryset=Area.objects.none(), required=False, empty_label=_("不限")
    )
    tier = forms.ChoiceField(label=_("梯次"), choices=[("", _("不限")), *Tier.choices], required=False)

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["authority"].queryset = Authority.objects.order_by("position")  # type: ignore[attr-defined]
        self.fields["area"].queryset = Area.objects.filter(edition__current=True)  # type: ignore[attr-defined]
