"""Forms of a submission, generated from the table of record fields.

A section form reads what was typed, merges it into the stored record and lets ``platforms.record.check`` judge the whole, so
that a page, the API and a spreadsheet refuse the same values with the same sentence.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cultivation.actions.submission_draft import over
from platforms import record
from platforms.errors import Invalid, Problem
from platforms.record.check import MAX_LIST_ROWS

NUMERIC = {
    "count": "numeric",
    "year": "numeric",
    "amount": "decimal",
    "decimal": "decimal",
    "percent": "decimal",
}
Row = dict[str, Any]
#: A row of a list in words: the whole of it, or one field.
RowWords = Callable[[str, Row, record.Field | None], str]
TYPED = {"phone": "tel", "email": "email", "website": "url"}


class RecordField(forms.Field):
    """Takes any value; ``record.check`` decides. ``required`` only says what the mark beside the label is."""

    def clean(self, value: Any) -> Any:
        return value


def section_fields(section: str) -> list[record.Field]:
    return [item for item in record.FIELDS if item.section == section]


def name_of(pointer: str) -> str:
    """``equipment/3/model`` → the name of its form control."""
    return pointer.replace("/", "-")


class SectionForm(forms.Form):
    """One section of the record. ``payload`` is the stored record; after validation ``self.payload`` is the whole new one.

    Places for which ``unlocked(path)`` is false are left as they are and shown as text. ``self.tables`` describes the lists.
    """

    use_required_attribute = False

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        section: str,
        payload: dict[str, Any],
        lookups: record.Lookups,
        unlocked: Callable[[str], bool] = lambda path: True,
        pins: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(data)
        self.section, self.stored, self.lookups = section, payload, lookups
        self.payload: dict[str, Any] = payload
        self.pins, self.unlocked = dict(pins or {}), unlocked
        fields = section_fields(section)
        self.singles = [f for f in fields if f.aggregate in record.SINGLES and unlocked(f.path)]
        self.locked = [f for f in fields if f.aggregate in record.SINGLES and not unlocked(f.path)]
        self.lists: dict[str, list[record.Field]] = {}
        self.locked_lists: list[str] = []
        for item in fields:
            if item.aggregate in record.SINGLES:
                continue
            if unlocked(item.aggregate):
                self.lists.setdefault(item.aggregate, []).append(item)
            elif item.aggregate not in self.locked_lists:
                self.locked_lists.append(item.aggregate)
        for item in self.singles:
            value = payload.get(item.aggregate, {}).get(item.key)
            self._add(f"{item.aggregate}-{item.key}", item, value)
        self.rows: dict[str, int] = {}
        self._uncounted: list[str] = []
        self.gone: dict[str, list[str]] = {}
        self.added: set[tuple[str, int]] = set()
        for aggregate in self.lists:
            self._add_rows(aggregate)

    def _add(self, name: str, item: record.Field, value: Any, row: int | None = None) -> None:
        if self.is_bound and item.kind in ("choice", "reference"):
            value = self.data.get(name)
        label = item.label if row is None else _("第 %(n)s 行%(label)s") % {"n": row + 1, "label": item.label}
        self.fields[name] = RecordField(
            label=label,
            required=item.required,
            initial=value,
            help_text="" if row is not None else hint_of(item),
            widget=widget_of(item, value, self.lookups, in_row=row is not None),
        )

    def _add_rows(self, aggregate: str) -> None:
        stored = self.stored.get(aggregate) or []
        count = len(stored) or 1
        if self.is_bound:
            count = self._posted_rows(aggregate)
        self.rows[aggregate] = count
        for index in range(count):
            values = stored[index] if index < len(stored) else {}
            for item in self.lists[aggregate]:
                self._add(f"{aggregate}-{index}-{item.key}", item, values.get(item.key), row=index)

    def _posted_rows(self, aggregate: str) -> int:
        """How many rows were sent. Rows are never taken for removed because their number is unreadable."""
        given = str(self.data.get(f"{aggregate}-rows") or "")
        if given.isascii() and given.isdigit() and len(given) < 6 and int(given) <= MAX_LIST_ROWS:
            return int(given)
        self._uncounted.append(aggregate)
        return min(len(self.stored.get(aggregate) or []), MAX_LIST_ROWS)

    def _uncounted_problems(self) -> list[Problem]:
        words = _("没有读到“%(list)s”的行数，或超过 %(most)s 行，什么都没有保存。请重新打开本页。")
        return [
            Problem(
                aggregate, "rows", str(words % {"list": record.LIST_LABELS[aggregate], "most": MAX_LIST_ROWS})
            )
            for aggregate in self._uncounted
        ]

    def refuse_uncounted(self) -> None:
        """Raise unless the number of rows of every list could be read."""
        if self._uncounted:
            raise Invalid(self._uncounted_problems())

    def again(self, data: Mapping[str, Any]) -> SectionForm:
        """The same page with other data."""
        return SectionForm(
            data,
            section=self.section,
            payload=self.stored,
            lookups=self.lookups,
            unlocked=self.unlocked,
            pins=self.pins,
        )

    @property
    def single_fields(self) -> list[tuple[forms.BoundField, str]]:
        """(control, pinned reason) of every value outside the lists."""
        return [(self[f"{item.aggregate}-{item.key}"], self.pins.get(item.path, "")) for item in self.singles]

    def show_beside(self, registered: Mapping[str, str]) -> None:
        """Say with each value outside the lists what is on record for it (place → words)."""
        for item in self.singles:
            words = registered.get(item.path)
            if words is None:
                continue
            name = f"{item.aggregate}-{item.key}"
            hint = self.fields[name].help_text
            said = _("在录：%(value)s") % {"value": words or _("未填写")}
            self._hint(name, f"{hint}{_('；') if hint else ''}{said}")

    def _hint(self, name: str, words: str) -> None:
        """Also on the control that was made when the form was validated: it has a copy."""
        self.fields[name].help_text = words
        self[name].help_text = words

    def show_rows_beside(self, registered: Mapping[str, list[dict[str, Any]]], words: RowWords) -> None:
        """Say with each row what is on record for it (list → rows): cells that differ, rows it has not, rows that are gone."""
        for aggregate, fields in self.lists.items():
            if aggregate not in registered:
                continue
            before, now = registered[aggregate], self._rows_now(aggregate)
            for was, index in record.opposite(before, now):
                if index is None and was is not None:
                    self.gone.setdefault(aggregate, []).append(words(aggregate, before[was], None))
                elif index is not None and was is None and now[index]:
                    self.added.add((aggregate, index))
                elif index is not None and was is not None:
                    self._say_cells(aggregate, index, fields, before[was], now[index], words)

    def _say_cells(
        self, aggregate: str, index: int, fields: list[record.Field], before: Row, now: Row, words: RowWords
    ) -> None:
        for item in fields:
            if str(before.get(item.key) or "") != str(now.get(item.key) or ""):
                said = words(aggregate, before, item) or _("未填写")
                self._hint(f"{aggregate}-{index}-{item.key}", str(said))

    def _rows_now(self, aggregate: str) -> list[Row]:
        """The rows as the page shows them; one that is empty is ``{}``."""
        rows: list[Row] = []
        for index in range(self.rows[aggregate]):
            names = {item.key: f"{aggregate}-{index}-{item.key}" for item in self.lists[aggregate]}
            shown = {key: self[name].value() for key, name in names.items()}
            rows.append({key: value for key, value in shown.items() if value not in ("", None, False)})
        return rows

    @property
    def tables(self) -> list[dict[str, Any]]:
        """The lists: ``{"name", "label", "columns", "count", "pin", "gone", "rows": [{"number", "index", "added", "cells"}]}``."""
        return [
            {
                "name": aggregate,
                "label": record.LIST_LABELS[aggregate],
                "columns": fields,
                "count": self.rows[aggregate],
                "pin": self._pin_of(aggregate),
                "gone": self.gone.get(aggregate, []),
                "rows": [
                    {
                        "number": index + 1,
                        "index": index,
                        "added": (aggregate, index) in self.added,
                        "cells": [self[f"{aggregate}-{index}-{item.key}"] for item in fields],
                    }
                    for index in range(self.rows[aggregate])
                ],
            }
            for aggregate, fields in self.lists.items()
        ]

    def _pin_of(self, aggregate: str) -> str:
        found = [
            reason for path, reason in self.pins.items() if path.partition("/")[0] == aggregate and reason
        ]
        return "；".join(found)

    def typed(self) -> tuple[dict[str, Any], dict[str, list[int]]]:
        """The part of the record on this page, and for each list which row of the form each of its rows came from."""
        part: dict[str, Any] = {}
        for item in self.singles:
            part.setdefault(item.aggregate, {})[item.key] = self._typed(f"{item.aggregate}-{item.key}")
        places: dict[str, list[int]] = {}
        for aggregate, fields in self.lists.items():
            rows, places[aggregate] = [], []
            for index in range(self.rows[aggregate]):
                row = {item.key: self._typed(f"{aggregate}-{index}-{item.key}") for item in fields}
                if any(value not in ("", None, False) for value in row.values()):
                    rows.append(row)
                    places[aggregate].append(index)
            part[aggregate] = rows
        return part, places

    def _typed(self, name: str) -> Any:
        return self.fields[name].widget.value_from_datadict(self.data, self.files, name)

    def clean(self) -> dict[str, Any]:
        for problem in self._uncounted_problems():
            self.add_error(None, problem.message)
        typed, places = self.typed()
        found = record.check(over(self.stored, typed), self.lookups, draft=True)
        self.payload = found.payload
        self.add_problems(found.problems, places)
        return self.cleaned_data

    def add_problems(self, problems: list[Any], places: dict[str, list[int]] | None = None) -> None:
        """Put each problem beside its control; one about another section says where it is."""
        for problem in problems:
            parts = problem.pointer.split("/")
            if places and len(parts) == 3 and parts[0] in places:
                parts[1] = str(places[parts[0]][int(parts[1])])
            name = "-".join(parts)
            if name in self.fields:
                self.add_error(name, problem.message)
            else:
                self.add_error(None, describe(problem))


def describe(problem: Any) -> str:
    """A problem as one sentence that names its field."""
    parts = problem.pointer.split("/")
    try:
        label = (
            record.field(problem.pointer).label if len(parts) > 1 else record.LIST_LABELS.get(parts[0], "")
        )
    except KeyError:
        label = ""
    if len(parts) == 3 and parts[1].isdigit():
        label = _("%(list)s第 %(n)s 行%(label)s") % {
            "list": record.LIST_LABELS[parts[0]],
            "n": int(parts[1]) + 1,
            "label": label,
        }
    return (
        str(_("%(label)s：%(message)s") % {"label": label, "message": problem.message})
        if label
        else problem.message
    )


def hint_of(item: record.Field) -> str:
    if item.kind == "uscc":
        return str(_("18 位，营业执照或法人证书上的代码"))
    if item.hint:
        return str(item.hint)
    if item.kind == "date":
        return str(_("如 2026-12-31"))
    return str(_("如 %(example)s") % {"example": item.example}) if item.example else ""


def widget_of(item: record.Field, value: Any, lookups: record.Lookups, *, in_row: bool) -> forms.Widget:
    """The control for one kind of value. In a row the column heading is the label, so the control names itself."""
    if item.kind == "boolean":
        return forms.CheckboxInput()
    if item.kind in ("choice", "reference"):
        options = item.choices if item.kind == "choice" else lookups.options(item.reference)
        if value and value not in dict(options):
            options = [*options, (value, lookups.names.get(value, value))]
        return forms.Select(choices=[("", _("请选择")), *options], attrs={"data-w": "m"})
    if item.kind == "multiline":
        return forms.Textarea(attrs={"rows": 2 if in_row else 6})
    attrs: dict[str, Any] = {}
    if item.kind in NUMERIC:
        attrs = {"inputmode": NUMERIC[item.kind], "data-w": "s"}
    elif item.kind in TYPED:
        attrs = {"inputmode": TYPED[item.kind], "data-w": "m"}
    elif item.kind in ("date", "uscc"):
        attrs = {"data-w": "m", "autocomplete": "off"}
    return forms.TextInput(attrs=attrs)
