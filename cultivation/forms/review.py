"""Forms of expert review."""

from __future__ import annotations

import datetime
import re
from itertools import pairwise
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cultivation.assignment_swaps import Step
from cultivation.calendar import end_of_day
from cultivation.models import Application, Indicator, Panel, Reviewer, ScoreSheet


class PanelForm(forms.Form):
    name = forms.CharField(label=_("评审组名称"), max_length=80)
    due_on = forms.DateField(
        label=_("评分截止日期"),
        required=False,
        help_text=_("当天 24:00（北京时间）截止"),
        widget=forms.DateInput(attrs={"type": "date"}),
    )

    blind = forms.BooleanField(
        label=_("盲评"),
        required=False,
        help_text=_("不向专家显示平台、建设单位和推荐单位的名称"),
    )

    def due_at(self) -> datetime.datetime | None:
        day = self.cleaned_data.get("due_on")
        return end_of_day(day) if day else None


class AssignForm(forms.Form):
    """One application to one expert, by hand."""

    application = forms.ModelChoiceField(label=_("推荐的平台"), queryset=Application.objects.none())
    reviewer = forms.ModelChoiceField(label=_("评审专家"), queryset=Reviewer.objects.none())

    def __init__(self, *args: Any, panel: Panel, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        applications: forms.ModelChoiceField = self.fields["application"]  # type: ignore[assignment]
        applications.queryset = (
            Application.objects.filter(batch_id=panel.stage.batch_id)
            .in_state("in_review")
            .select_related("platform")
        )
        reviewers: forms.ModelChoiceField = self.fields["reviewer"]  # type: ignore[assignment]
        reviewers.queryset = Reviewer.objects.filter(available=True).select_related("user")


class PlanForm(forms.Form):
    per_application = forms.IntegerField(
        label=_("每个平台的专家人数"),
        min_value=1,
        max_value=9,
        initial=3,
        help_text=_("评分少于 3 份的不计算平均和名次"),
    )
    swaps = forms.CharField(required=False, max_length=2000, widget=forms.HiddenInput)

    def clean_swaps(self) -> tuple[Step, ...]:
        """The changes chosen so far, as the page writes them: application-old-new, one after the other."""
        words = self.cleaned_data["swaps"].split()
        if not all(re.fullmatch(r"[0-9]{1,9}-[0-9]{1,9}-[0-9]{1,9}", word, re.ASCII) for word in words):
            raise forms.ValidationError(_("换人的选择无法识别。请重新查看方案。"))
        return tuple(Step(*map(int, word.split("-"))) for word in words)


class InviteForm(forms.Form):
    """Experts of the roster, and until when they should answer."""

    reviewers = forms.ModelMultipleChoiceField(label=_("评审专家"), queryset=Reviewer.objects.none())
    answer_on = forms.DateField(
        label=_("答复截止日期"),
        help_text=_("当天 24:00（北京时间）截止"),
        widget=forms.DateInput(attrs={"type": "date"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        experts: forms.ModelMultipleChoiceField = self.fields["reviewers"]  # type: ignore[assignment]
        experts.queryset = Reviewer.objects.filter(available=True).select_related("user")

    def answer_by(self) -> datetime.datetime:
        return end_of_day(self.cleaned_data["answer_on"])


class CutForm(forms.Form):
    """Where the line would be drawn; nothing is decided by looking."""

    cut = forms.IntegerField(label=_("入选名额"), min_value=1, max_value=9999, required=False)


class ScoreForm(forms.Form):
    """One radio group per scored indicator, one checkbox per veto, a comment. Nothing is required: drafts are kept."""

    comment = forms.CharField(
        label=_("评审意见"), required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 4})
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, data: Any = None, *, sheet: ScoreSheet, indicators: list[Indicator]) -> None:
        initial = {"comment": sheet.comment, "version": sheet.version}
        super().__init__(data, initial=initial)
        self.indicators = indicators
        self.sheet = sheet

    def marks(self) -> dict[str, str]:
        """What was chosen, as typed; the verb reads and checks it."""
        given = {
            str(item.pk): self.data.get(f"score-{item.pk}", "") for item in self.indicators if not item.veto
        }
        item, before = self._same()
        return {**given, item: given[before]} if given.get(before) else given

    def nothing_to_repeat(self) -> bool:
        """Whether the mark before was asked for and there is none: then nothing is marked, least of all with a number."""
        item, before = self._same()
        return bool(item) and not self.data.get(f"score-{before}")

    def _same(self) -> tuple[str, str]:
        """The indicator that shall get the mark of the one before it, and that one; ``""`` where none was asked for."""
        keys = [str(item.pk) for item in self.indicators if not item.veto]
        asked = self.data.get("same", "")
        return next(((item, before) for before, item in pairwise(keys) if item == asked), ("", ""))

    def vetoes(self) -> list[str]:
        return [str(item.pk) for item in self.indicators if item.veto and self.data.get(f"veto-{item.pk}")]

    def criteria(self) -> list[dict[str, Any]]:
        """The groups to draw: name, guidance, the possible marks and the chosen one."""
        chosen = (
            self.marks() if self.is_bound else {key: str(mark) for key, mark in self.sheet.scores.items()}
        )
        return [
            {
                "id": item.pk,
                "name_zh": item.name_zh,
                "name_en": item.name_en,
                "guidance": item.guidance_zh,
                "marks": [str(mark) for mark in range(1, item.max_score + 1)],
                "chosen": chosen.get(str(item.pk), ""),
            }
            for item in self.indicators
            if not item.veto
        ]

    def veto_items(self) -> list[dict[str, Any]]:
        raised = self.vetoes() if self.is_bound else self.sheet.vetoes
        return [
            {"id": item.pk, "name_zh": item.name_zh, "raised": str(item.pk) in raised}
            for item in self.indicators
            if item.veto
        ]
