"""The criteria of a formal check as lines of an outline: every line a requirement, a judgement by hand or a group, each
standing under the group that its depth says. The same tree as ``cultivation.eligibility`` reads, nothing lost on the way.

Adding, removing and moving lines is plain form data, so that it works without a script.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from cultivation import criteria as examples
from cultivation.forms import criteria_fields as fields
from cultivation.models import Batch

GROUPS = ("any_of", "all_of", "not")
MOST_LINES = 120
DEEPEST = 7
Row = dict[str, Any]

OPERATORS = (
    ("gte", _("不低于")),
    ("lte", _("不高于")),
    ("eq", _("等于")),
    ("in", _("是其中之一")),
    ("count_gte", _("数量不少于")),
    ("present", _("须填写")),
)
KINDS = (
    ("field", _("指标条件")),
    ("manual", _("人工判断")),
    ("any_of", _("满足其一即可")),
    ("all_of", _("须全部满足")),
    ("not", _("不得出现")),
)


class LineForm(forms.Form):
    """One line. A group can become another kind of group, nothing else changes its kind."""

    kind = forms.ChoiceField(label=_("组内"), choices=KINDS, widget=forms.HiddenInput)
    depth = forms.IntegerField(min_value=0, max_value=DEEPEST, widget=forms.HiddenInput)
    id = forms.CharField(required=False, max_length=60, widget=forms.HiddenInput)
    text_zh = forms.CharField(label=_("条款原文"), required=False, max_length=300)
    text_en = forms.CharField(label=_("条款英文"), required=False, max_length=400)
    field = forms.ChoiceField(label=_("看什么"), required=False)
    op = forms.ChoiceField(label=_("怎么比"), required=False, choices=OPERATORS)
    value = forms.CharField(label=_("要求的值"), required=False, max_length=400)
    unit = forms.CharField(label=_("单位"), required=False, max_length=20)
    in_principle = forms.BooleanField(label=_("原则上（未达到时由人判断）"), required=False)
    label_zh = forms.CharField(required=False, max_length=200, widget=forms.HiddenInput)
    label_en = forms.CharField(required=False, max_length=200, widget=forms.HiddenInput)
    label_of = forms.CharField(required=False, max_length=200, widget=forms.HiddenInput)

    def __init__(self, *args: Any, known: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.what = str(self["kind"].value() or "field")
        chosen = str(self["field"].value() or "")
        self.fields["field"].choices = known.options(chosen) if known else []  # type: ignore[attr-defined]
        if self.what in GROUPS:
            self.fields["kind"].widget = forms.Select(choices=[each for each in KINDS if each[0] in GROUPS])

    @property
    def shown(self) -> list[forms.BoundField]:
        """The controls this kind of line needs, clause first."""
        names = {
            "field": ("text_zh", "text_en", "field", "op", "value", "unit", "in_principle"),
            "manual": ("text_zh", "text_en"),
        }.get(self.what, ("kind", "text_zh", "text_en"))
        return [self[name] for name in names]

    @property
    def hidden(self) -> list[forms.BoundField]:
        names = ("depth", "id", "label_zh", "label_en", "label_of")
        return [self[name] for name in (names if self.what in GROUPS else ("kind", *names))]

    @property
    def level(self) -> int:
        value = self["depth"].value()
        return int(value) if str(value).isdecimal() else 0


class Known:
    """The fields to choose from, read once for all lines of a page."""

    def __init__(self) -> None:
        self.by_path = fields.by_path()
        english = (get_language() or "").startswith("en")
        self.grouped = [
            (group, [(each.path, each.label_en if english else each.label_zh) for each in choices])
            for group, choices in fields.groups()
        ]

    def options(self, chosen: str) -> list[Any]:
        """A path that no list offers stays what it is."""
        own = [(chosen, chosen)] if chosen and chosen not in self.by_path else []
        return [("", "—"), *self.grouped, *own]


Lines = forms.formset_factory(
    LineForm, extra=0, max_num=MOST_LINES, absolute_max=MOST_LINES, validate_max=True
)


def outline(rows: Sequence[Row] | None = None, data: Any = None) -> Any:
    """The formset of these rows, or of what was sent."""
    known = Known()
    return Lines(data, initial=rows, prefix="lines", form_kwargs={"known": known})


# --- between the tree and the lines ---------------------------------------------------------------


def rows_of(criteria: Sequence[dict[str, Any]], depth: int = 0) -> list[Row]:
    """The lines of a tree, each group followed by its parts one step deeper."""
    known = fields.by_path()
    found: list[Row] = []
    for criterion in criteria:
        kind = next(kind for kind in ("field", "manual", *GROUPS) if kind in criterion)
        row: Row = {name: criterion.get(name, "") for name in ("id", "text_zh", "text_en")}
        row |= {"kind": kind, "depth": depth}
        if kind == "field":
            row |= _leaf_row(criterion, known.get(criterion["field"]))
        found.append(row)
        if kind in GROUPS:
            found += rows_of([criterion["not"]] if kind == "not" else criterion[kind], depth + 1)
    return found


def _leaf_row(leaf: dict[str, Any], choice: fields.Choice | None) -> Row:
    return {
        "field": leaf["field"],
        "op": leaf["op"],
        "value": fields.typed(leaf.get("value"), choice),
        "unit": leaf.get("unit", ""),
        "in_principle": leaf.get("in_principle", False),
        "label_zh": leaf.get("label_zh", ""),
        "label_en": leaf.get("label_en", ""),
        "label_of": leaf["field"],
    }


def tree_of(lines: Any) -> tuple[list[dict[str, Any]], dict[str, int]]:
    """The criteria that the lines of a valid formset describe, and the line of every place ("3.2" → 4)."""
    rows = [form.cleaned_data for form in lines.forms]
    known = fields.by_path()
    taken = {row["id"] for row in rows if row["id"]}
    tree: list[dict[str, Any]] = []
    lists: list[tuple[str, list[dict[str, Any]]]] = [("", tree)]
    places: dict[str, int] = {}
    for number, row in enumerate(rows):
        depth = row["depth"]
        if depth >= len(lists):
            raise ValidationError(_("第 %(n)d 行不在任何条件组下。"), params={"n": number + 1})
        del lists[depth + 1 :]
        above, siblings = lists[depth]
        criterion = _criterion(row, known)
        if depth == 0 and "id" not in criterion:
            criterion["id"] = _free_name(taken)
        siblings.append(criterion)
        places[f"{above}.{len(siblings)}" if above else str(len(siblings))] = number
        if row["kind"] in GROUPS:
            place = f"{above}.{len(siblings)}" if above else str(len(siblings))
            parts: list[dict[str, Any]] = []
            criterion[row["kind"]] = parts
            lists.append((place, parts))
    return [_folded(each) for each in tree], places


def _criterion(row: Row, known: dict[str, fields.Choice]) -> dict[str, Any]:
    criterion = {name: row[name] for name in ("id", "text_zh", "text_en") if row[name]}
    if row["kind"] == "manual":
        return criterion | {"manual": True}
    if row["kind"] in GROUPS:
        return criterion
    choice = known.get(row["field"])
    criterion |= {"field": row["field"], "op": row["op"]}
    if row["op"] != "present":
        criterion["value"] = fields.read(row["value"], row["op"], choice)
    unit = row["unit"]
    same = row["label_of"] == row["field"]
    if choice and not same:
        unit = unit or choice.unit
    labels = (row["label_zh"], row["label_en"]) if same else ("", "")
    labels = (
        labels[0] or (choice.label_zh if choice else ""),
        labels[1] or (choice.label_en if choice else ""),
    )
    criterion |= {
        name: text
        for name, text in (("unit", unit), ("label_zh", labels[0]), ("label_en", labels[1]))
        if text
    }
    return criterion | {"in_principle": True} if row["in_principle"] else criterion


def _free_name(taken: set[str]) -> str:
    """A name of its own for a new criterion: results are kept by it, also when the order changes later."""
    number = next(n for n in range(1, MOST_LINES * 2) if f"c{n}" not in taken)
    taken.add(f"c{number}")
    return f"c{number}"


def _folded(criterion: dict[str, Any]) -> dict[str, Any]:
    """``not`` holds one part, the others a list. Several parts under one ``not``: none of them may be the case."""
    for kind in GROUPS:
        if kind in criterion:
            parts = [_folded(each) for each in criterion[kind]]
            if kind == "not":
                criterion["not"] = parts[0] if len(parts) == 1 else {"any_of": parts} if parts else {}
            else:
                criterion[kind] = parts
    return criterion


# --- rearranging ----------------------------------------------------------------------------------


def typed_rows(lines: Any) -> list[Row]:
    """What was typed, whether or not it could be saved."""
    return [
        {name: form[name].value() for name in form.fields} | {"depth": form.level, "kind": form.what}
        for form in lines.forms
    ]


def _end(rows: list[Row], start: int) -> int:
    """Where the block of a line ends: after everything that stands under it."""
    depth = rows[start]["depth"]
    return next((n for n in range(start + 1, len(rows)) if rows[n]["depth"] <= depth), len(rows))


def _new(kind: str, depth: int) -> Row:
    return {"kind": kind, "depth": depth, "op": "gte", "field": "", "value": ""}


def rearranged(rows: list[Row], act: str) -> list[Row]:
    """The rows after a button: ``add-field``, ``add-any_of-3`` (into the group of row 3), ``drop-2``, ``up-2``, ``down-2``."""
    name, _dash, rest = act.partition("-")
    if name == "add":
        kind, _dash, group = rest.partition("-")
        return _with_line(rows, kind, _index(group, rows))
    index = _index(rest, rows)
    if index is None:
        return rows
    if name == "drop":
        return rows[:index] + rows[_end(rows, index) :]
    if name == "up":
        before = _sibling_before(rows, index)
        return rows if before is None else _swapped(rows, before, index)
    if name == "down":
        following = _end(rows, index)
        if following < len(rows) and rows[following]["depth"] == rows[index]["depth"]:
            return _swapped(rows, index, following)
    return rows


def _index(text: str, rows: list[Row]) -> int | None:
    number = int(text) if text.isascii() and text.isdecimal() and len(text) < 5 else -1
    return number if 0 <= number < len(rows) else None


def _with_line(rows: list[Row], kind: str, group: int | None) -> list[Row]:
    if kind not in dict(KINDS) or len(rows) >= MOST_LINES:
        return rows
    if group is None:
        return [*rows, _new(kind, 0)]
    if rows[group]["kind"] not in GROUPS or rows[group]["depth"] >= DEEPEST:
        return rows
    at = _end(rows, group)
    return [*rows[:at], _new(kind, rows[group]["depth"] + 1), *rows[at:]]


def _sibling_before(rows: list[Row], index: int) -> int | None:
    for n in range(index - 1, -1, -1):
        if rows[n]["depth"] < rows[index]["depth"]:
            return None
        if rows[n]["depth"] == rows[index]["depth"]:
            return n
    return None


def _swapped(rows: list[Row], first: int, second: int) -> list[Row]:
    end = _end(rows, second)
    return rows[:first] + rows[second:end] + rows[first:second] + rows[end:]


# --- where lines may come from, and why they change -----------------------------------------------


class SourceForm(forms.Form):
    """Lines to begin with: an example, or those of an earlier batch."""

    source = forms.ChoiceField(label=_("从这里复制"), required=False)

    def __init__(self, *args: Any, batch: Batch, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        earlier = Batch.objects.exclude(pk=batch.pk).exclude(criteria=[]).order_by("-pk")[:50]
        self.sources = {f"batch:{each.code}": each.criteria for each in earlier}
        self.sources |= {f"example:{each.key}": list(each.criteria) for each in examples.TEMPLATES}
        self.fields["source"].choices = [  # type: ignore[attr-defined]
            ("", _("不复制")),
            (_("示例，不是国家规定的标准"), [(f"example:{e.key}", e.title) for e in examples.TEMPLATES]),
            (_("以前的批次"), [(f"batch:{each.code}", f"{each.title_zh} {each.code}") for each in earlier]),
        ]

    def criteria(self) -> list[dict[str, Any]] | None:
        chosen = self.cleaned_data.get("source") if self.is_valid() else ""
        return self.sources.get(chosen or "")


class WhyForm(forms.Form):
    """``version`` is the batch the person opened; the reason is asked for once the batch has opened."""

    use_required_attribute = False
    version = forms.IntegerField(widget=forms.HiddenInput)
    reason = forms.CharField(label=_("修改原因"), required=False, max_length=500)
