"""Rows of the file → what would happen to the registry: new, changed, same, repeated or to be corrected.

A *draft* is one row of the main sheet with the rows of the list sheets that belong to it. Everything the database knows is
asked for once for all drafts; from there on it is dictionaries, so thousands of rows cost seconds.

``raw`` of a draft, as kept on ``ImportRow``::

    {"code": "ZS-…", "payload": {"platform": {…}, "operator": {…}, "services": [{…}], …},  # cells as they stood
     "at": {"services": [5, 6]},            # the sheet rows of the list entries
     "marks": {"platform/staff_total": "formula"}, "base_version": 3,
     "twins": [["ZS-…", "name"]],           # platforms it may be about, until a person decides
     "link": {"operator/uscc": …, "platform/name_zh": …}}   # only for a list row that belongs to nothing
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from platforms import record
from platforms.choices import RowOutcome
from platforms.codes import parse_code
from platforms.errors import UNDER_WAY, Problem
from platforms.imports import layout, problems
from platforms.imports.likeness import Likeness, Twin
from platforms.imports.mapping import MappedSheet, Mapping
from platforms.imports.reading import Row
from platforms.likeness import key_for, stored_key
from platforms.models import Authority, Platform
from platforms.record.store import stored_value

Key = tuple[str, str]
#: Asked for the open submissions of an authority: authority → what is under way, by key or by platform code.
Pending = Callable[[Authority], dict[Any, str]]
PENDING: list[Pending] = []


def contribute_pending(question: Pending) -> Pending:
    """Let another app say which platforms already have something under way (call from ``AppConfig.ready``)."""
    if question not in PENDING:
        PENDING.append(question)
    return question


@dataclass
class Draft:
    """One row on its way; ``raw`` in, the rest out."""

    sheet: str
    number: int
    raw: dict[str, Any]
    clean: dict[str, Any] = field(default_factory=dict)
    problems: list[dict[str, Any]] = field(default_factory=list)
    differences: list[dict[str, Any]] = field(default_factory=list)
    outcome: str = ""
    platform_id: int | None = None

    @cached_property
    def key(self) -> Key:
        return key_of(self.raw)


def key_of(raw: dict[str, Any]) -> Key:
    """What makes a platform: its operator's code and its name, compared without regard to width, case or spaces."""
    source = raw.get("link") or {
        layout.LINK_USCC: raw["payload"]["operator"].get("uscc"),
        layout.LINK_NAME: raw["payload"]["platform"].get("name_zh"),
    }
    return key_for(source.get(layout.LINK_USCC), source.get(layout.LINK_NAME))


def plain_code(text: str) -> str:
    return parse_code(text) or text


@dataclass(frozen=True)
class Known:
    """A platform of the authority as it is now."""

    pk: int
    code: str
    version: int
    payload: dict[str, Any]


@dataclass
class Context:
    """All that judging a row needs. ``places`` maps sheet → pointer → column letter."""

    authority: Authority
    lookups: record.Lookups
    places: dict[str, dict[str, str]]
    likeness: Likeness
    by_code: dict[str, Known] = field(default_factory=dict)
    by_key: dict[Key, Known] = field(default_factory=dict)
    by_pk: dict[int, Known] = field(default_factory=dict)
    pending: dict[Any, str] = field(default_factory=dict)

    @classmethod
    def load(cls, authority: Authority, facts: list[dict[str, Any]]) -> Context:
        """Ask the database once for what all rows need: reference data and what is under way."""
        places = {
            fact["sheet"]: {pointer: letter for letter, pointer in fact["columns"].items()}
            for fact in facts
            if fact["used"]
        }
        context = cls(authority, record.Lookups.load(), places, Likeness.load(authority))
        for question in PENDING:
            context.pending.update(question(authority))
        return context

    def know(self, drafts: Iterable[Draft]) -> None:
        """Look up the platforms these rows may be about, in place of those of the rows before.

        Only this authority's: a row about somebody else's platform is new here, and says nothing about theirs.
        """
        self.by_code, self.by_key, self.by_pk = {}, {}, {}
        drafts = [draft for draft in drafts if not draft.raw.get("link")]
        usccs = {draft.key[0] for draft in drafts}
        codes = {plain_code(draft.raw["code"]) for draft in drafts if draft.raw["code"]}
        mine = Platform.objects.active().filter(authority=self.authority)
        same = {self.likeness.settled(draft.key, stored_key(draft.key))[0] for draft in drafts} - {None}
        found = mine.filter(Q(operator__uscc__in=usccs) | Q(code__in=codes) | Q(pk__in=same))
        payloads = record.payloads_of(found)
        for pk, code, version in found.values_list("pk", "code", "version"):
            known = Known(pk, code, version, payloads[pk])
            self.by_code[code] = self.by_pk[pk] = known
            operator, name = known.payload["operator"], known.payload["platform"]["name_zh"]
            if operator:
                self.by_key[key_for(operator.get("uscc"), name)] = known

    def match(self, draft: Draft) -> tuple[Known | None, list[Twin]]:
        """The platform the row is about, or those it may be about."""
        if draft.raw["code"]:
            return self.by_code.get(plain_code(draft.raw["code"])), []
        known = self.by_key.get(draft.key)
        if known is not None:
            return known, []
        same, twins = self.likeness.settled(draft.key, stored_key(draft.key))
        return (self.by_pk.get(same) if same else None), twins


# ---- reading drafts from the mapped file ----


class Drafts:
    """One draft per row of the main sheet, list rows attached; a list row that belongs to none is a draft of its own.

    Only places are kept: a draft is made when it is its turn and may be forgotten afterwards.
    """

    def __init__(self, mapping: Mapping) -> None:
        self._main = mapping.main
        self._owned: dict[int, list[tuple[MappedSheet, int]]] = {}
        self._orphans: list[tuple[MappedSheet, int]] = []
        self._assign(mapping.lists.values())

    def _assign(self, lists: Iterable[MappedSheet]) -> None:
        """Give every list row to the first platform with its key."""
        owners: dict[Key, int] = {}
        as_written: dict[Key, int] = {}  # most list rows name their platform letter for letter
        if any(sheet.rows for sheet in lists):
            for at, row in enumerate(self._main.rows):
                link = _link(self._main, row)
                as_written.setdefault(link, owners.setdefault(key_for(*link), at))
        for sheet in lists:
            for at, row in enumerate(sheet.rows):
                link = _link(sheet, row)
                owner = as_written[link] if link in as_written else owners.get(key_for(*link))
                if owner is None:
                    self._orphans.append((sheet, at))
                else:
                    self._owned.setdefault(owner, []).append((sheet, at))

    def __len__(self) -> int:
        return len(self._main.rows) + len(self._orphans)

    def __iter__(self) -> Iterator[Draft]:
        for at, row in enumerate(self._main.rows):
            draft = _draft(self._main, row)
            for sheet, place in self._owned.get(at, ()):
                adopt(draft.raw, _orphan(sheet, sheet.rows[place]).raw)
            yield draft
        for sheet, place in self._orphans:
            yield _orphan(sheet, sheet.rows[place])


def _link(sheet: MappedSheet, row: Row) -> Key:
    """What the row says it belongs to, as it is written."""
    found = {column.pointer: row.cell(at) for at, column in sheet.links}
    return str(found.get(layout.LINK_USCC) or ""), str(found.get(layout.LINK_NAME) or "")


def _draft(sheet: MappedSheet, row: Row) -> Draft:
    raw: dict[str, Any] = {"code": "", "payload": record.empty_payload(), "at": {}, "marks": {}}
    for at, column in sheet.columns.items():
        value = row.cell(at)
        if at in row.marks:
            raw["marks"][column.pointer] = row.marks[at]
        if column.pointer == layout.CODE:
            raw["code"] = "" if value is None else str(value).strip()
        elif value not in (None, "") and column.field is not None:
            raw["payload"][column.field.aggregate][column.field.key] = value
    return Draft(sheet.name, row.number, raw)


def _orphan(sheet: MappedSheet, row: Row) -> Draft:
    values: dict[str, Any] = {}
    link: dict[str, Any] = {layout.LINK_USCC: "", layout.LINK_NAME: ""}
    marks = {}
    for at, column in sheet.columns.items():
        value = row.cell(at)
        if column.pointer in link:
            link[column.pointer] = "" if value is None else value
        elif column.field is not None:
            if value not in (None, ""):
                values[column.field.key] = value
            if at in row.marks:
                marks[f"{sheet.aggregate}/0/{column.field.key}"] = row.marks[at]
    payload = record.empty_payload() | {sheet.aggregate: [values]}
    at_row = {sheet.aggregate: [row.number]}
    return Draft(
        sheet.name, row.number, {"code": "", "payload": payload, "at": at_row, "marks": marks, "link": link}
    )


def adopt(owner: dict[str, Any], orphan: dict[str, Any]) -> None:
    """Add the list row of ``orphan`` to the draft it belongs to."""
    aggregate = next(iter(orphan["at"]))
    position = len(owner["payload"][aggregate])
    owner["payload"][aggregate].append(orphan["payload"][aggregate][0])
    owner["at"].setdefault(aggregate, []).append(orphan["at"][aggregate][0])
    for pointer, mark in orphan["marks"].items():
        owner["marks"][f"{aggregate}/{position}/{pointer.rpartition('/')[2]}"] = mark


# ---- judging ----


def judge(drafts: list[Draft], context: Context, seen: dict[Any, int]) -> None:
    """Decide every draft in place, in the order of the file. ``seen`` is filled with the first row about each platform."""
    context.know(drafts)
    for draft in drafts:
        if draft.raw.get("link"):
            _judge_orphan(draft, context)
        else:
            _judge(draft, context, seen)


def _judge(draft: Draft, context: Context, seen: dict[Any, int]) -> None:
    raw = draft.raw
    early, payload = problems.before_reading(raw)
    checked = record.check(payload, context.lookups)
    known, twins = context.match(draft)
    found = [*early, *(p for p in checked.problems if p.pointer not in {one.pointer for one in early})]
    if raw["code"] and known is None:
        found.append(
            problems.at(layout.CODE, "unknown_code", _("本单位没有这个编号的平台。新登记的平台请留空。"))
        )
    draft.clean = _settled(checked.payload, known, context.places.get(draft.sheet, {}))
    draft.platform_id = known.pk if known else None
    raw["base_version"] = known.version if known else None
    repeated = _repeated(draft, known, context, seen) or [_twin(twin) for twin in twins]
    raw["twins"] = [[twin.code, twin.name] for twin in twins] if repeated else []
    draft.problems = problems.placed([*found, *repeated], raw, draft.sheet, draft.number, context.places)
    draft.differences = record.differences(known.payload, draft.clean) if known and not found else []
    draft.outcome = _outcome(found, repeated, known, draft.differences)


def _outcome(found: list, repeated: list, known: Known | None, differences: list) -> str:
    if found:
        return RowOutcome.ERROR
    if repeated:
        return RowOutcome.DUPLICATE
    if known is None:
        return RowOutcome.NEW
    return RowOutcome.CHANGED if differences else RowOutcome.SAME


def _repeated(draft: Draft, known: Known | None, context: Context, seen: dict[Any, int]) -> list:
    same = known.code if known else draft.key
    first = seen.setdefault(same, draft.number)
    if first != draft.number and all(draft.key):
        return [
            problems.at(
                layout.LINK_NAME,
                "repeated",
                _("与第 %(row)s 行是同一个平台，请只保留一行。") % {"row": first},
            )
        ]
    number = context.pending.get(same) or context.pending.get(draft.key)
    if number:
        return [
            problems.at(
                layout.LINK_NAME,
                "under_way",
                UNDER_WAY % {"number": number},
            )
        ]
    return []


def _twin(twin: Twin) -> Problem:
    sentence = (
        _("与在库平台 %(code)s“%(name)s”建设单位相同、名称相近。请选择是不是同一个平台。")
        if twin.same_operator
        else _("与在库平台 %(code)s“%(name)s”名称相同，信用代码不同。请选择是不是同一个平台。")
    )
    return problems.at(layout.LINK_NAME, "look_alike", sentence % {"code": twin.code, "name": twin.name})


def _judge_orphan(draft: Draft, context: Context) -> None:
    """Either of the two cells that should lead to a platform may be the wrong one; both can be corrected."""
    draft.clean = {}
    sentence = _("“平台”表中没有这个信用代码和名称的平台，请核对后改正。")
    found = [
        problems.at(pointer, "no_platform", sentence) for pointer in (layout.LINK_USCC, layout.LINK_NAME)
    ]
    draft.problems = problems.placed(found, draft.raw, draft.sheet, draft.number, context.places)
    draft.outcome = RowOutcome.ERROR


def _settled(payload: dict[str, Any], known: Known | None, present: dict[str, str]) -> dict[str, Any]:
    """The payload as it would read back once accepted: defaults filled in, lists in their stored order.

    For a known platform, a column the file does not have and a list without rows leave what is there; an empty cell empties.
    """
    for aggregate in record.SINGLES:
        old = known.payload[aggregate] if known else {}
        for item in record.fields_of(aggregate):
            if item.key in payload[aggregate]:
                continue
            if item.key in old and item.path not in present:
                payload[aggregate][item.key] = old[item.key]
            else:
                _fill_default(payload[aggregate], item)
    for aggregate in record.LISTS:
        if known and not payload[aggregate]:
            payload[aggregate] = known.payload[aggregate]
        for row in payload[aggregate]:
            for item in record.fields_of(aggregate):
                if item.key not in row:
                    _fill_default(row, item)
    payload["figures"].sort(key=lambda row: str(row.get("year", "")))
    payload["qualifications"].sort(key=lambda row: str(row.get("kind", "")))
    return payload


def _fill_default(values: dict[str, Any], item: record.Field) -> None:
    if item.required:
        return
    default = stored_value(item, None)
    if default not in (None, ""):
        values[item.key] = default
