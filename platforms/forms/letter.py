"""Writing to platforms, asking where a letter stands, and answering one."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from platforms.forms.guarded import GuardedForm

#: Parts of a public record an error may be in.
PARTS = (
    ("", _("整条记录")),
    ("名称和建设单位", _("名称和建设单位")),
    ("联系方式", _("联系方式")),
    ("服务和收费", _("服务和收费")),
    ("中试线和规模", _("中试线和规模")),
    ("设备", _("设备")),
    ("梯度和文件号", _("梯度和文件号")),
    ("其他", _("其他")),
)


class EnquiryForm(GuardedForm):
    need = forms.CharField(
        label=_("您要做什么中试"),
        max_length=2000,
        error_messages={"required": _("请写清您的需求。")},
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("写清材料或产品、工艺、目标规模和现在的阶段。请不要写商业秘密。"),
    )
    amount = forms.CharField(
        label=_("批量或规模"), required=False, max_length=80, help_text=_("例如：500 L/批，3 批。")
    )
    wanted_by = forms.DateField(label=_("希望完成日期"), required=False, help_text=_("例如：2027-06-30。"))
    name = forms.CharField(label=_("单位名称或姓名"), required=False, max_length=120)
    contact = forms.CharField(
        label=_("电话或邮箱"),
        max_length=160,
        error_messages={"required": _("请留下电话或邮箱，以便答复。")},
        help_text=_("只给您选的平台和其推荐单位看，保存期满后删除。"),
    )

    field_order = ("need", "amount", "wanted_by", "name", "contact")


class ErrorReportForm(GuardedForm):
    about = forms.ChoiceField(label=_("哪一部分有误"), required=False, choices=PARTS)
    need = forms.CharField(
        label=_("哪里有误，正确的是什么"),
        max_length=2000,
        error_messages={"required": _("请写明哪里有误。")},
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("能附上公开来源更好。"),
    )
    name = forms.CharField(label=_("姓名或单位"), required=False, max_length=120)
    contact = forms.CharField(
        label=_("电话或邮箱"),
        required=False,
        max_length=160,
        help_text=_("可以不留，凭受理编号和查询码也能看到处理结果。"),
    )

    field_order = ("about", "need", "name", "contact")


class LetterQueryForm(forms.Form):
    receipt = forms.CharField(label=_("受理编号"), max_length=24)
    query_code = forms.CharField(label=_("查询码"), max_length=20, help_text=_("提交后显示的 10 位查询码。"))


class ReplyForm(forms.Form):
    reply = forms.CharField(label=_("答复"), max_length=2000, widget=forms.Textarea(attrs={"rows": 6}))
