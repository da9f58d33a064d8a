"""How the columns of an uploaded file were read, and what else each could be."""

from __future__ import annotations

from typing import Any

from platforms import record
from platforms.forms.import_run import column_name
from platforms.imports import layout
from platforms.imports.assigning import letters_of, options_of
from platforms.imports.mapping import Assigned
from platforms.models import ImportRun

ROWS_SHOWN = 5


def columns_read(run: ImportRun, assigned: Assigned) -> list[dict[str, Any]]:
    """For each sheet that was read: its columns in order, what each was taken for, and what stands in its first rows."""
    used = [fact for fact in run.columns if fact["used"]]
    return [
        {
            "sheet": fact["sheet"],
            "options": [{"pointer": column.pointer, "label": column.heading} for column in options_of(fact)],
            "columns": [
                _column(fact, letter, column_name(index, letter), assigned.get(fact["sheet"], {}))
                for letter in sorted(letters_of(fact), key=layout.column_of)
            ],
        }
        for index, fact in enumerate(used)
    ]


def _column(fact: dict[str, Any], letter: str, name: str, chosen: dict[str, str]) -> dict[str, str]:
    at = layout.column_of(letter) - 1
    first = [cells[at] for cells in fact["first"] if at < len(cells) and cells[at]]
    pointer = fact["columns"].get(letter, "")
    return {
        "letter": letter,
        "name": name,
        "pointer": chosen.get(letter, pointer),
        "label": _label(pointer) if pointer else "",
        "heading": dict(fact["unknown"]).get(letter, ""),
        "first": " / ".join(first[:ROWS_SHOWN]),
    }


def _label(pointer: str) -> str:
    return layout.CODE_LABEL if pointer == layout.CODE else record.field(pointer).label
