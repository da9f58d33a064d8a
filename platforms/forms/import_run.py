"""The upload form, and reading corrected cells back from the error table."""

from __future__ import annotations

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from platforms.actions.import_run import too_large
from platforms.imports.assigning import letters_of
from platforms.imports.fixing import Choices, Edits
from platforms.imports.mapping import Assigned
from platforms.models import ImportRun

CELL, TWIN, COLUMN = "cell-", "same-", "column-"


class UploadForm(forms.Form):
    file = forms.FileField(
        label=_("平台登记表"),
        help_text=_("XLSX 或 CSV，最多 10 MiB、每张表 30,000 行。上传后先核对，确认之前不写入任何数据。"),
        widget=forms.FileInput(attrs={"accept": ".xlsx,.csv"}),
        allow_empty_file=True,  # the check says what is wrong with an empty file, in the same place as all else
        error_messages={"required": _("请选择文件。")},
        max_length=200,
    )

    def clean_file(self) -> UploadedFile:
        file = self.cleaned_data["file"]
        if file.size > settings.IMPORT_MAX_BYTES:
            raise forms.ValidationError(too_large(file.size), code="too_large")
        return file


def cell_name(row: int, pointer: str) -> str:
    """The name of the input for one cell."""
    return f"{CELL}{row}-{pointer}"


def edits_from(data: QueryDict) -> Edits:
    """What was typed, by row and cell. Names that are not ours are passed over."""
    edits: Edits = {}
    for name, value in data.items():
        row, separator, pointer = name.removeprefix(CELL).partition("-")
        if name.startswith(CELL) and separator and row.isascii() and row.isdigit() and len(row) < 18:
            edits.setdefault(int(row), {})[pointer] = str(value)
    return edits


def choices_from(data: QueryDict) -> Choices:
    """What was chosen for rows that look like platforms of the register."""
    return {
        int(row): str(value)
        for name, value in data.items()
        if name.startswith(TWIN)
        and (row := name.removeprefix(TWIN)).isascii()
        and row.isdigit()
        and len(row) < 18
    }


def column_name(sheet: int, letter: str) -> str:
    """The name of the choice for one column; sheets are numbered as on the page, their names may hold anything."""
    return f"{COLUMN}{sheet}-{letter}"


def assigned_from(run: ImportRun, data: QueryDict) -> Assigned:
    """What was chosen for each column of each sheet that was read. Columns that were not sent stay out."""
    return {
        fact["sheet"]: {
            letter: str(data[name])
            for letter in letters_of(fact)
            if (name := column_name(index, letter)) in data
        }
        for index, fact in enumerate(fact for fact in run.columns if fact["used"])
    }
