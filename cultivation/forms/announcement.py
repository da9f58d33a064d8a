"""The form of an announcement, for the first draft and for every later one."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cultivation.choices import AnnouncementAudience
from cultivation.forms.batch import Moment
from cultivation.models import Announcement
from cultivation.models.announcement import ADDRESSED
from platforms.access import Role
from platforms.models import Authority


class AnnouncementForm(forms.Form):
    """``version`` is the one the person opened; a first draft has none."""

    title_zh = forms.CharField(label=_("标题"), max_length=120)
    body_zh = forms.CharField(label=_("正文"), max_length=8000, widget=forms.Textarea(attrs={"rows": 10}))
    title_en = forms.CharField(
        label=_("英文标题"),
        max_length=240,
        required=False,
        help_text=_("可不填；英文页面会注明没有英文。"),
    )
    body_en = forms.CharField(
        label=_("英文正文"), max_length=16000, required=False, widget=forms.Textarea(attrs={"rows": 6})
    )
    audience = forms.ChoiceField(
        label=_("对象"), choices=AnnouncementAudience.choices, widget=forms.RadioSelect
    )
    roles = forms.MultipleChoiceField(
        label=_("角色"),
        choices=[(role.value, role.label) for role in ADDRESSED],
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=_("面向社会公众的不选。"),
    )
    authorities = forms.ModelMultipleChoiceField(
        label=_("推荐单位"),
        queryset=Authority.objects.all(),
        required=False,
        widget=forms.SelectMultiple(attrs={"size": 8}),
        help_text=_("不选即全部推荐单位；选了则只发给这些单位，以及在这些单位有平台的建设单位。"),
    )
    shown_from = forms.DateTimeField(
        label=_("发布时间"), required=False, widget=Moment(), help_text=_("北京时间；不填则批准后立即发布。")
    )
    shown_until = forms.DateTimeField(
        label=_("展示至"),
        required=False,
        widget=Moment(),
        help_text=_("北京时间，不含这一刻；不填则一直展示。到期后移入历史公告。"),
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    @classmethod
    def of(cls, announcement: Announcement) -> Any:
        """For ``Asked``: the form filled with what is on record."""

        def made(data: Any = None, **kwargs: Any) -> AnnouncementForm:
            names = [name for name in cls.base_fields if name != "authorities"]
            initial = {name: getattr(announcement, name) for name in names}
            initial["authorities"] = list(announcement.addressees.values_list("authority_id", flat=True))
            return cls(data, initial=initial, **kwargs)

        return made

    @classmethod
    def new(cls, data: Any = None, **kwargs: Any) -> AnnouncementForm:
        form = cls(
            data,
            initial={
                "audience": AnnouncementAudience.CHOSEN,
                "roles": [Role.AUTHORITY_CLERK, Role.AUTHORITY_APPROVER],
            },
            **kwargs,
        )
        del form.fields["version"]
        return form
