"""一页纸: what a page and its paper say in the same words; ``templates/print/leader.typ`` sets it on one sheet.

A page of this kind is ``title``, ``lines`` under it and ``sections`` of ``{title, head, rows, note, words}``, all of it text.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from django.utils.http import content_disposition_header

from platforms.printing import pdf
from platforms.templatetags.registry_ui import in_english, number


def section(title: Any, head: list[Any], rows: list[list[Any]], note: Any, words: int = 0) -> dict[str, Any]:
    """Every cell as the text that is shown; nothing is worded twice. ``words`` columns are text, the others numbers."""
    return {
        "title": str(title),
        "head": [str(cell) for cell in head],
        "rows": [["—" if cell == "" else _cell(cell) for cell in row] for row in rows],
        "note": str(note),
        "words": words,
    }


def _cell(cell: Any) -> str:
    return number(cell) if isinstance(cell, int) else str(cell)


def on_paper(page: dict[str, Any], name: str) -> HttpResponse:
    """The page on one sheet, as a file to keep."""
    language = "en" if in_english() else "zh"
    content = pdf("leader", {**page, "lang": language}, at=timezone.now())
    return attachment(content, name, "application/pdf")


def attachment(content: bytes, name: str, media_type: str) -> HttpResponse:
    """A file made for the person who asks; no cache keeps it."""
    response = HttpResponse(content, content_type=media_type)
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name)
    response["Cache-Control"] = "private, no-store"
    return response
