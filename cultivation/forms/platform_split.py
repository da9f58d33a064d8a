"""The form that splits a platform: names, who keeps the tier, and where each of its rows goes."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cultivation.actions.platform_merge import BROUGHT
from cultivation.actions.platform_split import Part
from cultivation.forms.evaluation import EndForm
from platforms.models import Platform

PLACES = ("1", "2", "3", "4")


class SplitForm(EndForm):
    document_no = forms.CharField(label=_("决定拆分的文号"), max_length=60)

    def __init__(self, *args: Any, platform: Platform, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for place in PLACES:
            self.fields[f"name_{place}"] = forms.CharField(
                label=_("平台 %(n)s 的名称") % {"n": place}, max_length=120, required=place in PLACES[:2]
            )
        self.fields["heir"] = forms.ChoiceField(
            label=_("由哪个平台承继梯次"),
            choices=[(place, _("平台 %(n)s") % {"n": place}) for place in PLACES],
            help_text=_("其余平台列入储备。没有指定归属的内容也归入这个平台。"),
        )
        self.rows: dict[str, tuple[str, int]] = {}
        goes = [("", "—"), *((place, _("平台 %(n)s") % {"n": place}) for place in PLACES)]
        for name in BROUGHT:
            manager = getattr(platform, name)
            for row in manager.all():
                key = f"{name}_{row.pk}"
                label = f"{manager.model._meta.verbose_name}{_('：')}{row}"
                self.fields[key] = forms.ChoiceField(label=label, choices=goes, required=False)
                self.rows[key] = (name, row.pk)
        self.order_fields([*(f"name_{place}" for place in PLACES), "heir", "document_no", "reason", "on"])

    def clean(self) -> dict[str, Any]:
        """What the verb takes. A place without a name is no part; rows sent there are refused by name."""
        data = super().clean() or {}
        named = [place for place in PLACES if data.get(f"name_{place}")]
        for key in self.rows:
            if data.get(key) and data[key] not in named:
                self.add_error(key, _("这个平台没有填写名称。"))
        parts = []
        for place in named:
            rows: dict[str, set[int]] = {}
            for key, (name, pk) in self.rows.items():
                if data.get(key) == place:
                    rows.setdefault(name, set()).add(pk)
            taken = {name: frozenset(keys) for name, keys in rows.items()}
            parts.append(Part(name_zh=data[f"name_{place}"], rows=taken))
        heir = data.get("heir", "")
        if heir and heir not in named:
            self.add_error("heir", _("这个平台没有填写名称。"))
        return {
            "parts": parts,
            "heir": named.index(heir) if heir in named else -1,
            "document_no": data.get("document_no", ""),
            "reason": data.get("reason", ""),
            "on": data.get("on"),
        }
