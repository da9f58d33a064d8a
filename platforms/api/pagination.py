"""Two ways through a list: numbered pages with an exact count, and a cursor that stays right while records change.

Both are read strictly: a page that is no number, or both ways at once, is refused by name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict
from django.utils.translation import gettext as _
from rest_framework.pagination import BasePagination

from platforms import walks
from platforms.api.problems import Refused, bad_parameter

PAGE_SIZE = 50
MOST = 200
NUMBER = re.compile(r"[1-9][0-9]{0,8}")
PARAMETERS = ("page", "page_size", "cursor")


class Pages(BasePagination):
    """Named in the settings for views that paginate the framework's way; the registry's lists call ``read_window``."""

    def paginate_queryset(self, queryset, request, view=None):
        window = read_window(request.query_params)
        self.count, self.window, self.request = queryset.count(), window, request
        check_page(window, self.count)
        return list(queryset[window.start : window.start + window.size])

    def get_paginated_response(self, data):
        from rest_framework.response import Response

        links = page_links(self.window, self.count, self.request.build_absolute_uri().partition("?")[0],
                           self.request.query_params)  # fmt: skip
        return Response({"count": self.count, **links, "results": data})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        return envelope_schema(schema)


def envelope_schema(item: dict[str, Any], **more: dict[str, Any]) -> dict[str, Any]:
    """The envelope of every list, as JSON Schema 2020-12 (OpenAPI 3.1 has no ``nullable``)."""
    link = {"type": ["string", "null"], "format": "uri"}
    return {
        "type": "object",
        "required": ["count", "next", "previous", "results"],
        "properties": {
            "count": {"type": ["integer", "null"], "description": "null in cursor mode"},
            "next": link,
            "previous": link,
            "results": {"type": "array", "items": item},
            **more,
        },
    }


@dataclass(frozen=True)
class Window:
    """Which part of a list is asked for. ``cursor`` is ``None`` with numbered pages, empty at the start of a walk."""

    size: int = PAGE_SIZE
    page: int = 1
    cursor: str | None = None

    @property
    def start(self) -> int:
        return (self.page - 1) * self.size


def read_window(params: QueryDict) -> Window:
    """Raises ``Refused`` (400) naming each parameter that is wrong."""
    errors = []
    size, page = params.get("page_size", str(PAGE_SIZE)), params.get("page", "1")
    if not NUMBER.fullmatch(size) or int(size) > MOST:
        errors.append(bad_parameter("page_size", "out_of_range", _("应为 1 至 %(most)s。") % {"most": MOST}))
    if not NUMBER.fullmatch(page):
        errors.append(bad_parameter("page", "not_a_page", _("应为从 1 开始的页码。")))
    if "page" in params and "cursor" in params:
        errors.append(bad_parameter("cursor", "both_ways", _("page 和 cursor 只能用一个。")))
    if errors:
        raise Refused(errors=errors, code="bad_parameter")
    return Window(int(size), int(page), params.get("cursor"))


def check_page(window: Window, count: int) -> None:
    """A page past the end does not exist (404); the first page always does."""
    if window.page > 1 and window.start >= count:
        pages = max(1, -(-count // window.size))
        raise Refused(
            status=404,
            code="no_such_page",
            errors=[bad_parameter("page", "no_such_page", _("共 %(pages)s 页。") % {"pages": pages})],
        )


def page_links(window: Window, count: int, address: str, params: QueryDict) -> dict[str, str | None]:
    """``next`` and ``previous`` with every other parameter kept."""

    def at(page: int) -> str:
        return with_parameter(address, params, "page", str(page))

    return {
        "next": at(window.page + 1) if window.start + window.size < count else None,
        "previous": at(window.page - 1) if window.page > 1 else None,
    }


def with_parameter(address: str, params: QueryDict, name: str, value: str) -> str:
    pairs = [(key, item) for key, values in params.lists() for item in values if key != name]
    return f"{address}?{urlencode([*pairs, (name, value)])}"


def link_header(links: dict[str, str | None]) -> str:
    """RFC 8288, with the registered names of the relations."""
    named = {"next": "next", "previous": "prev"}
    return ", ".join(f'<{links[key]}>; rel="{rel}"' for key, rel in named.items() if links.get(key))


# --- cursors ------------------------------------------------------------------------------------------------------


class Walk(walks.Walk):
    """A walk whose bad cursors are refused as everything else is here."""

    def read(self, cursor: str) -> list[Any]:
        try:
            return super().read(cursor)
        except walks.BadCursor as error:
            raise _bad_cursor(str(error)) from None


def _bad_cursor(sentence: str) -> Refused:
    return Refused(errors=[bad_parameter("cursor", "bad_cursor", sentence)], code="bad_parameter")
