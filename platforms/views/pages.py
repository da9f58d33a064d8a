"""One page of a list, in the shape of ``components/pager.html``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _

from platforms.errors import Invalid, Problem

PAGE_SIZE = 50
LONGEST_NUMBER = 9


def page_of(
    request: HttpRequest, rows: QuerySet | Sequence[Any], size: int = PAGE_SIZE
) -> tuple[Page, dict[str, int]]:
    """The page asked for and what the pager needs.

    What is not a page number is refused; a page past the end shows the last one, since rows may have gone in the meantime.
    """
    wanted = request.GET.get("page") or "1"
    if not (wanted.isascii() and wanted.isdecimal() and len(wanted) <= LONGEST_NUMBER and int(wanted) > 0):
        raise Invalid([Problem("page", "page", _("“页码”应是从 1 开始的整数。"))])
    page = Paginator(rows, size).get_page(int(wanted))
    return page, {
        "number": page.number,
        "pages": page.paginator.num_pages,
        "count": page.paginator.count,
        "first": page.start_index(),
        "last": page.end_index(),
    }
