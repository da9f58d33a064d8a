"""One page of a list, in the shape of ``components/pager.html``."""

from __future__ import annotations

from typing import Any

from django.core.paginator import EmptyPage, PageNotAnInteger, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest

PAGE_SIZE = 50


def page_of(request: HttpRequest, rows: QuerySet, size: int = PAGE_SIZE) -> tuple[list[Any], dict[str, int]]:
    """The rows of the page asked for and what the pager needs. A page that does not exist is the first."""
    paginator = Paginator(rows, size)
    try:
        page = paginator.page(request.GET.get("page") or 1)
    except (EmptyPage, PageNotAnInteger):
        page = paginator.page(1)
    return list(page.object_list), {
        "number": page.number,
        "pages": paginator.num_pages,
        "count": paginator.count,
        "first": page.start_index(),
        "last": page.end_index(),
    }
