"""Saying by hand what the columns of a file are: for headings the template does not know, and for wrong guesses."""

from __future__ import annotations

from typing import Any

from platforms.actions import import_run as actions
from platforms.errors import Problems
from platforms.imports.layout import Column, columns_of, sheet_title
from platforms.imports.mapping import Assigned
from platforms.models import ImportRun, User
from platforms.transitions import IMPORT_RUN
from platforms.words import gettext_lazy as _


def assign(*, run: ImportRun, assigned: Assigned, version: int, by: User) -> ImportRun:
    """Check what was said about each sheet against the file and the template, and read the file again.

    Raises ``Invalid`` with every problem at once; a pointer is ``sheet/letter``.
    """
    IMPORT_RUN.check(
        run, "assign_columns", by=by
    )  # before what was said: in another state it does not matter
    problems = Problems()
    sheets = {fact["sheet"]: fact for fact in run.columns if fact["used"]}
    for sheet, said in assigned.items():
        if sheet in sheets:
            _judge(sheets[sheet], said, problems)
        else:
            problems.add(sheet, "unknown_sheet", _("文件中没有读取这张工作表。"))
    problems.raise_if_any()
    return actions.assign_columns(run=run, assigned=assigned, version=version, by=by)


def letters_of(fact: dict[str, Any]) -> list[str]:
    """The columns of a sheet that have a heading."""
    return [*fact["columns"], *(letter for letter, _heading in fact["unknown"])]


def options_of(fact: dict[str, Any]) -> list[Column]:
    """What a column of this sheet may be."""
    return columns_of(sheet_title(fact["aggregate"]))


def _judge(fact: dict[str, Any], said: dict[str, str], problems: Problems) -> None:
    known = {column.pointer: column for column in options_of(fact)}
    letters = letters_of(fact)
    taken: dict[str, str] = {}
    for letter, pointer in said.items():
        place = f"{fact['sheet']}/{letter}"
        if letter not in letters:
            problems.add(place, "unknown_column", _("文件中没有这一列，或这一列没有列名。"))
        elif pointer and pointer not in known:
            problems.add(place, "unknown_choice", _("不是允许的取值。"))
        elif pointer and pointer in taken:
            problems.add(
                place,
                "doubled",
                _("%(first)s 列已经读作“%(label)s”，同一项只能对应一列。")
                % {"first": taken[pointer], "label": known[pointer].label},
            )
        elif pointer:
            taken[pointer] = letter
    missing = [column.label for column in known.values() if column.required and column.pointer not in taken]
    if missing:
        problems.add(
            fact["sheet"],
            "missing",
            _("工作表“%(sheet)s”还缺少：%(missing)s。请为它们各选一列。")
            % {"sheet": fact["sheet"], "missing": "、".join(missing)},
        )
