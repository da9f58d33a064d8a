"""One file to be judged."""

from __future__ import annotations

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from cultivation.authenticity import MOST_BYTES


class FileForm(forms.Form):
    file = forms.FileField(
        label=_("要核验的文件"),
        help_text=_(
            "发布版或名单的任何一个文件，或单个条目的证明；最多 32 MiB。名单的 XLSX 和 PDF 请保留下载时的文件名。"
        ),
        allow_empty_file=True,
        error_messages={"required": _("请选择文件。")},
        max_length=200,
    )

    def clean_file(self) -> UploadedFile:
        file = self.cleaned_data["file"]
        if file.size > MOST_BYTES:
            raise forms.ValidationError(_("文件超过 32 MiB。"), code="too_large")
        return file
