"""What people tick: numbers of rows, as a form sends them."""

from __future__ import annotations

from django.http import HttpRequest
from django.utils.translation import gettext as _

from platforms.errors import Invalid, Problem

#: No row has a longer number, and Python reads none of thousands of digits.
LONGEST = 18


def number_or(text: str, default: int | None = None) -> int | None:
    """A whole number as a form sends it; ``default`` for an empty or absent one. Raises ``Invalid`` for anything else."""
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and len(text) <= LONGEST):
        raise Invalid(
            [Problem("", "not_number", _("提交的编号不正确，请返回列表重新选择。未保存任何内容。"))]
        )
    return int(text)


def chosen_ids(request: HttpRequest, name: str, most: int | None = None) -> list[int]:
    """The ticked rows of a list, at most ``most`` of them. Raises ``Invalid`` (400) for what is no number of a row."""
    found = (number_or(each) for each in request.POST.getlist(name)[:most])
    return [each for each in found if each is not None]
