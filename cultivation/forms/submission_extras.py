"""What belongs to a submission beside the record: files, a person to call, the letter under the seal."""

from __future__ import annotations

import datetime

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cultivation.choices import AttachmentKind
from platforms.uploads import ACCEPT


class AttachmentForm(forms.Form):
    """One file and what it is. Its content is judged by ``platforms.uploads``."""

    use_required_attribute = False
    kind = forms.ChoiceField(label=_("材料类别"), choices=[("", _("请选择")), *AttachmentKind.choices])
    title = forms.CharField(
        label=_("名称"), max_length=160, required=False, help_text=_("不填则用文件名，如“2025 年设备台账”")
    )
    file = forms.FileField(
        label=_("文件"),
        allow_empty_file=True,
        help_text=_("PDF、JPG、PNG 图片或不含宏的 docx、xlsx，不超过 10 MB。图片会去掉拍摄地点等信息。"),
        widget=forms.FileInput(attrs={"accept": ACCEPT}),
    )


class ContactForm(forms.Form):
    """A person to call, and whether the person agreed to being published."""

    use_required_attribute = False
    name = forms.CharField(label=_("姓名"), max_length=60, required=False)
    duty = forms.CharField(label=_("职务"), max_length=60, required=False)
    phone = forms.CharField(label=_("电话"), max_length=40, required=False)
    email = forms.CharField(label=_("电子邮箱"), max_length=254, required=False)
    consent = forms.BooleanField(
        label=_("本人已知晓并同意在名录中公开以上姓名、职务和电话，可随时要求撤下"), required=False
    )


class LetterForm(forms.Form):
    """The letter under the seal: its number, date and, where there is one, the scan."""

    use_required_attribute = False
    number = forms.CharField(label=_("文号"), max_length=60, help_text=_("如 示工信函〔2026〕1号"))
    dated_on = forms.DateField(label=_("成文日期"), help_text=_("如 2026-12-31"))
    file = forms.FileField(
        label=_("盖章扫描件"),
        required=False,
        allow_empty_file=True,
        help_text=_("PDF 或图片，不超过 10 MB"),
        widget=forms.FileInput(attrs={"accept": ".pdf,.jpg,.jpeg,.png"}),
    )

    def clean_dated_on(self) -> datetime.date:
        day = self.cleaned_data["dated_on"]
        if day > timezone.localdate() or day.year < 2000:
            raise forms.ValidationError(_("成文日期不能晚于今天。"))
        return day
