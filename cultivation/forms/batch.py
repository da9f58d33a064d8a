"""Forms of a batch. They read and check what was typed; deciding is left to the verbs."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cultivation.actions.batch import EDITABLE
from cultivation.choices import StageKind
from cultivation.models import Batch
from platforms.choices import Tier
from platforms.models import Authority, TaxonomyEdition

STAGE_ROWS = 8


class Moment(forms.DateTimeInput):
    """A date and time of Beijing to the minute."""

    input_type = "datetime-local"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%dT%H:%M")


class Day(forms.DateInput):
    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class NewBatchForm(forms.Form):
    """What a draft begins with: empty, or as a copy of an earlier batch."""

    title_zh = forms.CharField(label=_("名称"), max_length=120)
    tier = forms.ChoiceField(label=_("梯次"), choices=Tier.choices)
    edition = forms.ModelChoiceField(label=_("分类版本"), queryset=TaxonomyEdition.objects.all())
    source = forms.ModelChoiceField(
        label=_("复制自"),
        queryset=Batch.objects.all(),
        to_field_name="code",
        required=False,
        empty_label=_("不复制，用该梯次的常用环节"),
        help_text=_("复制环节、审查条件和评分表，梯次随原批次"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["edition"].initial = TaxonomyEdition.objects.filter(current=True).first()


class BatchForm(forms.ModelForm):
    """The draft of a batch. ``version`` is the one the person opened."""

    rule_url = forms.URLField(label=_("文件网址"), required=False, max_length=500, assume_scheme="https")
    version = forms.IntegerField(widget=forms.HiddenInput)

    class Meta:
        model = Batch
        fields = EDITABLE
        widgets = {
            "recommend_from": Moment,
            "recommend_until": Moment,
            "rule_date": Day,
        }
        help_texts = {
            "recommend_until": _(
                "北京时间，到这一刻为止（不含）。要到 12 月 31 日 24:00 截止，请填次日 00:00"
            ),
            "requires_lower_tier": _("例如推荐重点培育的平台须已列入储备"),
        }

    def save(self, commit: bool = True) -> Batch:
        raise TypeError("a batch is saved by its verbs")


class StagesForm(forms.Form):
    """The stages in order; empty rows are skipped."""

    def __init__(self, *args: Any, batch: Batch, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        planned = list(batch.stages.all())
        for number in range(1, STAGE_ROWS + 1):
            stage = planned[number - 1] if number <= len(planned) else None
            self.fields[f"kind_{number}"] = forms.ChoiceField(
                label=_("第 %(n)d 个环节") % {"n": number},
                choices=[("", "—"), *StageKind.choices],
                required=False,
                initial=stage.kind if stage else "",
            )
            self.fields[f"until_{number}"] = forms.DateField(
                label=_("第 %(n)d 个环节的计划完成日期") % {"n": number},
                required=False,
                widget=Day,
                initial=stage.planned_until if stage else None,
            )

    def rows(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        return [(self[f"kind_{n}"], self[f"until_{n}"]) for n in range(1, STAGE_ROWS + 1)]

    def plan(self) -> list[tuple[str, Any]]:
        found = [
            (self.cleaned_data[f"kind_{n}"], self.cleaned_data[f"until_{n}"])
            for n in range(1, STAGE_ROWS + 1)
        ]
        return [(kind, until) for kind, until in found if kind]


class QuotaForm(forms.Form):
    """Places per authority; empty means no limit."""

    def __init__(self, *args: Any, batch: Batch, used: dict[str, int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        places = {row.authority_id: row.places for row in batch.quotas.all()}
        for authority in Authority.objects.all():
            field = forms.IntegerField(
                label=authority.name_zh,
                required=False,
                min_value=0,
                max_value=9999,
                initial=places.get(authority.code),
                widget=forms.NumberInput(attrs={"size": "5"}),
            )
            field.used = used.get(authority.code, 0)  # type: ignore[attr-defined]
            field.authority = authority  # type: ignore[attr-defined]
            self.fields[authority.code] = field

    def places(self) -> dict[str, int | None]:
        return dict(self.cleaned_data)


class ExtendForm(forms.Form):
    until = forms.DateTimeField(
        label=_("新的推荐截止时间"), widget=Moment, help_text=_("北京时间，不含这一刻")
    )
    reason = forms.CharField(label=_("原因"), max_length=500)


class SupplementForm(forms.Form):
    due_on = forms.DateField(label=_("补充截止日期"), widget=Day, help_text=_("到当日 24:00（北京时间）"))
    reason = forms.CharField(
        label=_("需要补充什么"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3})
    )


class OverrideForm(forms.Form):
    """A person's judgement of one criterion."""

    state = forms.ChoiceField(
        label=_("判断"), choices=[("", "—"), ("pass", _("符合")), ("fail", _("不符合"))]
    )
    reason = forms.CharField(label=_("理由"), max_length=500)


class CommentForm(forms.Form):
    text = forms.CharField(label=_("批注"), max_length=1000, widget=forms.Textarea(attrs={"rows": 2}))


class ViewForm(forms.Form):
    """A name for the table as it is filtered now."""

    name = forms.CharField(label=_("视图名称"), max_length=30)


class OpinionForm(forms.Form):
    opinion = forms.CharField(
        label=_("推荐意见"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 5})
    )
    version = forms.IntegerField(widget=forms.HiddenInput)
