"""Forms of a change request: which kind, then the facts of that kind."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cultivation.actions.change_request import FACTS
from cultivation.forms.batch import Day
from platforms.errors import Invalid
from platforms.models import Document, Platform, Region
from platforms.uploads import ACCEPT, Upload, read_upload

LABELS = {
    "name_zh": _("平台新名称"),
    "name_en": _("平台新英文名称"),
    "uscc": _("新建设单位统一社会信用代码"),
    "operator_zh": _("新建设单位名称"),
    "region": _("迁入省份"),
    "city": _("迁入城市"),
    "address": _("新地址"),
    "into": _("并入的平台编号"),
}
OPTIONAL = {"name_en", "city"}


class SeveralFiles(forms.FileInput):
    allow_multiple_selected = True


class UploadsField(forms.FileField):
    """Any number of files, each judged by its content; what is wrong with any of them is said for all at once."""

    widget = SeveralFiles

    def clean(self, data: Any, initial: Any = None) -> list[Upload]:
        files = data if isinstance(data, list | tuple) else [data] if data else []
        uploads, problems = [], []
        for file in files:
            try:
                uploads.append(read_upload(super().clean(file, initial)))
            except Invalid as refusal:
                problems += [f"{file.name}：{problem.message}" for problem in refusal.problems]
        if problems:
            raise forms.ValidationError(problems)
        return uploads


class ChangeForm(forms.Form):
    """The facts of one kind, the reason, the evidence and the day. What the facts may be is decided by the verb."""

    def __init__(self, *args: Any, platform: Platform, kind: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in FACTS[kind]:
            self.fields[name] = self._fact(name)
        self.fields["reason"] = forms.CharField(
            label=_("变更原因"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3})
        )
        self.fields["evidence_note"] = forms.CharField(
            label=_("证明材料（名称、文号）"),
            max_length=400,
            help_text=_("例如登记机关准予变更通知书的名称和文号"),
        )
        documents = Document.objects.filter(authority=platform.authority_id)[:200]
        if documents:
            self.fields["evidence"] = forms.MultipleChoiceField(
                label=_("附件"),
                required=False,
                choices=[(str(row.pk), row.title) for row in documents],
                widget=forms.CheckboxSelectMultiple,
            )
        self.fields["uploads"] = UploadsField(
            label=_("上传证明文件"),
            required=False,
            allow_empty_file=True,
            help_text=_("PDF、JPG、PNG 图片或不含宏的 docx、xlsx，每个不超过 10 MB，可以选多个。"),
            widget=SeveralFiles(attrs={"accept": ACCEPT}),
        )
        self.fields["effective_on"] = forms.DateField(label=_("生效日期"), required=False, widget=Day())

    def _fact(self, name: str) -> forms.Field:
        label, required = LABELS[name], name not in OPTIONAL
        if name in ("region", "city"):
            return forms.ChoiceField(label=label, required=required, choices=_regions(name))
        return forms.CharField(label=label, required=required, max_length=200)

    def facts(self) -> dict[str, str]:
        return {name: self.cleaned_data.get(name, "") for name in self.fields if name in LABELS}

    def arguments(self) -> dict[str, Any]:
        """What the verb takes beside the platform and the person."""
        chosen = self.cleaned_data.get("evidence") or []
        return {
            "after": self.facts(),
            "reason": self.cleaned_data["reason"],
            "evidence_note": self.cleaned_data["evidence_note"],
            "effective_on": self.cleaned_data["effective_on"],
            "evidence": list(Document.objects.filter(pk__in=chosen)),
            "uploads": self.cleaned_data["uploads"],
        }


def _regions(name: str) -> list[tuple[str, Any]]:
    if name == "region":
        rows = Region.objects.filter(parent=None).values_list("code", "name_zh")
        return [("", _("请选择")), *rows]
    cities = Region.objects.exclude(parent=None).values_list("code", "parent__short_zh", "name_zh")
    return [("", _("不填"))] + [(code, f"{province} · {city}") for code, province, city in cities]
