"""Forms of an objection: lodging it, asking where it stands, and ruling on it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cultivation.actions.objection import MOST_FILES
from cultivation.choices import ObjectionEffect, PartyKind
from platforms.errors import Invalid
from platforms.uploads import ACCEPT, Upload, read_upload


class FilesInput(forms.FileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Up to three files, judged one by one; gives ``Upload`` objects."""

    widget = FilesInput(attrs={"accept": ACCEPT})

    def clean(self, data: Any, initial: Any = None) -> tuple[Upload, ...]:
        given = [file for file in (data if isinstance(data, list | tuple) else [data]) if file]
        if len(given) > MOST_FILES:
            raise forms.ValidationError(_("最多上传 %(n)s 个文件。") % {"n": MOST_FILES}, code="many")
        try:
            return tuple(read_upload(file) for file in given)
        except Invalid as error:
            raise forms.ValidationError(str(error), code="file") from error


class ObjectionForm(forms.Form):
    """Required and length are judged here as in the verb; ``entries`` are the rows of the public document."""

    party = forms.ChoiceField(
        label=_("您以谁的名义提出"),
        error_messages={"required": _("请选择个人或单位。")},
        choices=PartyKind,
        widget=forms.RadioSelect,
    )
    name = forms.CharField(
        label=_("姓名或单位名称"),
        error_messages={"required": _("请填写真实姓名或单位名称。")},
        max_length=120,
        help_text=_("须为真实姓名，或与公章一致的单位全称。"),
    )
    contact = forms.CharField(
        label=_("联系方式"),
        error_messages={"required": _("请填写联系方式，以便核实和答复。")},
        max_length=160,
        help_text=_("电话或邮箱，用于核实和答复，封存保管。"),
    )
    platform_code = forms.ChoiceField(
        label=_("对哪个平台有异议"), required=False, help_text=_("对整份名单有异议时可以不选。")
    )
    reasons = forms.CharField(
        label=_("异议内容和理由"),
        error_messages={"required": _("请写明异议内容和理由。")},
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text=_("写清事实、依据和可以核实的线索。请不要在这里写您的姓名和电话。"),
    )
    files = FilesField(  # type: ignore[assignment]  # the form of Django has an attribute of that name
        label=_("证明材料"),
        required=False,
        help_text=_("最多 3 个文件，每个不超过 10 MB：PDF、图片、不含宏的 docx 和 xlsx。与身份一并封存。"),
    )
    nonce = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, entries: list[dict[str, Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice: forms.ChoiceField = self.fields["platform_code"]  # type: ignore[assignment]
        choice.choices = [
            ("", _("整份名单")),
            *((entry["platform_code"], f"{entry['row']}. {entry['name_zh']}") for entry in entries),
        ]


class StatusQueryForm(forms.Form):
    receipt = forms.CharField(label=_("受理编号"), max_length=24)
    query_code = forms.CharField(
        label=_("查询码"), max_length=20, help_text=_("提交异议后显示的 10 位查询码。")
    )


class RevealForm(forms.Form):
    reason = forms.CharField(
        label=_("查看身份的原因"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("每次查看都会连同原因记录在案。"),
    )


class RulingForm(forms.Form):
    """Both rulings in one form; which fields are needed depends on the choice, and the verb says so."""

    ruling = forms.ChoiceField(
        label=_("裁定"),
        choices=[("dismiss", _("不成立，名单不变")), ("uphold", _("成立"))],
        widget=forms.RadioSelect,
    )
    finding = forms.CharField(label=_("核查情况"), max_length=4000, widget=forms.Textarea(attrs={"rows": 5}))
    reply = forms.CharField(
        label=_("给异议人的答复"), max_length=4000, widget=forms.Textarea(attrs={"rows": 5})
    )
    effect = forms.ChoiceField(
        label=_("对名单的影响"),
        choices=ObjectionEffect,
        initial=ObjectionEffect.NONE,
        help_text=_("只在成立时适用。移出或更正会发布新版公示稿。"),
    )
    reason = forms.CharField(
        label=_("公开的原因"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("随新版公示稿公开，不得出现异议人信息。"),
    )
    name_zh = forms.CharField(label=_("更正后的平台名称"), required=False, max_length=120)
    operator_zh = forms.CharField(label=_("更正后的建设单位"), required=False, max_length=400)


class WithdrawForm(forms.Form):
    reason = forms.CharField(label=_("撤回说明"), max_length=500, widget=forms.Textarea(attrs={"rows": 2}))
