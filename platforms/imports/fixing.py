"""Correcting cells in the browser: only the rows concerned are read again."""

from __future__ import annotations

from typing import Any

from django.utils.translation import override

from platforms import record
from platforms.actions import import_run as actions
from platforms.imports import layout, rows
from platforms.imports.problems import shown, value_at
from platforms.models import ImportRow, ImportRun, Platform, User

#: ImportRow pk → pointer of the cell → what it should say.
Edits = dict[int, dict[str, str]]
#: ImportRow pk → code of the platform the row is about, or ``NONE_OF_THEM``.
Choices = dict[int, str]
NONE_OF_THEM = "new"


def fix_cells(
    *, run: ImportRun, edits: Edits, version: int, by: User, choices: Choices | None = None
) -> tuple[ImportRun, int]:
    """Put ``edits`` into the cells and judge those rows again, with rows about the same platforms.

    ``choices`` say of rows that look like platforms of the register whether they are. Returns the run and the number of cells
    changed and choices made. Raises ``Conflict`` when the run is no longer at ``version``.
    """
    changed = 0
    touched: dict[int, ImportRow] = {}
    keys = set()
    choices = choices or {}
    decisions: list[actions.Decision] = []
    for row in run.rows.filter(pk__in={*edits, *choices}):
        made = _decisions(row, choices.get(row.pk, ""))
        if made:
            decisions += made
            changed += 1
            touched[row.pk] = row
        keys.add(rows.key_of(row.raw))
        cells = {
            p: v
            for p, v in edits.get(row.pk, {}).items()
            if _editable(row, p) and v != shown(value_at(row.raw, p))
        }
        if cells:
            for pointer, text in cells.items():
                _put(row.raw, pointer, text.strip())
            changed += len(cells)
            touched[row.pk] = row
            keys.add(rows.key_of(row.raw))
    if not changed:
        return run, 0
    adopted = _adopt(run, touched)
    about_the_same = run.rows.filter(key__in=map(rows.stored_key, keys))
    for row in about_the_same.exclude(pk__in=[*touched, *adopted]).defer("clean", "differences"):
        touched[row.pk] = row
    _judge(run, touched, decisions)
    run = actions.revise(
        run=run, rows=touched.values(), adopted=adopted, decisions=decisions, version=version, by=by
    )
    return run, changed


def _decisions(row: ImportRow, choice: str) -> list[actions.Decision]:
    """What choosing one platform, or none, says about each that was offered; a choice that was not offered says nothing."""
    codes = [code for code, _name in row.raw.get("twins", ())]
    if choice != NONE_OF_THEM and choice not in codes:
        return []
    platforms = Platform.objects.filter(authority=row.run.authority_id, code__in=codes)
    return [(row.key, pk, code == choice) for pk, code in platforms.values_list("pk", "code")]


def _editable(row: ImportRow, pointer: str) -> bool:
    """Only cells that have a problem may be written to: the page offers no others."""
    return any(problem["pointer"] == pointer for problem in row.problems)


def _put(raw: dict[str, Any], pointer: str, text: str) -> None:
    raw["marks"].pop(pointer, None)
    if pointer == layout.CODE:
        raw["code"] = text
    elif raw.get("link") and pointer in raw["link"]:
        raw["link"][pointer] = text
    else:
        head, *rest = pointer.split("/")
        target = raw["payload"][head][int(rest[0])] if head in record.LISTS else raw["payload"][head]
        target[rest[-1]] = text


def _adopt(run: ImportRun, touched: dict[int, ImportRow]) -> list[int]:
    """List rows whose corrected link now names a platform of the main sheet go to it; returns their keys."""
    waiting = [row for row in touched.values() if row.raw.get("link")]
    if not waiting:
        return []
    wanted = {rows.stored_key(rows.key_of(row.raw)) for row in waiting}
    owners: dict[Any, ImportRow] = {}
    # A row whose key is being corrected in the same breath is known by what it says now.
    others = run.rows.filter(key__in=wanted).exclude(pk__in=touched)
    for row in sorted([*touched.values(), *others], key=lambda row: row.number):
        if not row.raw.get("link"):
            owners.setdefault(rows.key_of(row.raw), row)
    adopted = []
    for orphan in waiting:
        owner = owners.get(rows.key_of(orphan.raw))
        if owner is not None:
            rows.adopt(owner.raw, orphan.raw)
            touched[owner.pk] = owner
            adopted.append(orphan.pk)
            del touched[orphan.pk]
    return adopted


def _judge(run: ImportRun, touched: dict[int, ImportRow], decisions: list[actions.Decision]) -> None:
    in_order = sorted(touched.values(), key=lambda row: (bool(row.raw.get("link")), row.number))
    drafts = [rows.Draft(row.sheet, row.number, row.raw) for row in in_order]
    with override("zh-hans"):
        context = rows.Context.load(run.authority, run.columns)
        context.likeness.decided |= {(key, platform): same for key, platform, same in decisions}
        rows.judge(drafts, context, {})
    for row, draft in zip(in_order, drafts, strict=True):
        row.key, row.raw, row.clean = rows.stored_key(draft.key), draft.raw, draft.clean
        row.problems = draft.problems
        row.outcome, row.differences, row.platform_id = draft.outcome, draft.differences, draft.platform_id
