"""认定: which platform holds or held which tier, by which decision; read out of the public documents."""

from __future__ import annotations

from typing import Any

import orjson
from django.conf import settings
from django.db import connection
from django.http import HttpResponse
from rest_framework.request import Request

from cultivation.filters import DesignationFilters
from platforms.api import pagination, parameters, shapes
from platforms.api.endpoint import PublicEndpoint, api_url, entity_tag, json_answer, page_url, unchanged
from platforms.api.listing import PAGING, hash_of
from platforms.models import PublicPlatform
from platforms.walks import Key

ENTRIES = (
    "FROM public_platform p CROSS JOIN LATERAL "
    "jsonb_array_elements(p.document -> 'designations') WITH ORDINALITY AS d (entry, place)"
)
#: Filter → condition with one placeholder for the list of values.
CONDITIONS = {
    "tier": "d.entry ->> 'tier' = ANY(%s)",
    "status": "d.entry ->> 'status' = ANY(%s)",
    "platform": "p.code = ANY(%s)",
    "region": "(p.region_code = ANY(%s) OR p.city_code = ANY(%s))",
    "decision": "d.entry ->> 'decision_no' = ANY(%s)",
}
ORDER = (Key("code"), Key("place"))


class Designations(PublicEndpoint):
    """Designations of all public platforms, by platform code, the oldest first."""

    is_list = True
    item_schema = shapes.record(
        platform=shapes.thing(code=shapes.STRING, name_zh=shapes.STRING, url=shapes.ADDRESS),
        tier=shapes.TIER,
        status=shapes.STRING,
        decision_no=shapes.STRING,
        to=shapes.maybe(shapes.DATE),
    )

    @classmethod
    def parameters(cls) -> list[parameters.Parameter]:
        return [*parameters.of_filters(DesignationFilters), *PAGING]

    def get(self, request: Request) -> HttpResponse:
        params = request.query_params
        parameters.check(params, self.parameters())
        window = pagination.read_window(params)
        where, values = _conditions(params)
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT (SELECT COALESCE(MAX(number), 0) FROM public_change), (SELECT COUNT(*) {ENTRIES} {where})",  # noqa: S608
                values,
            )
            newest, count = cursor.fetchone()
        etag = entity_tag(newest, request.get_full_path())
        known = unchanged(request, etag)
        if known is not None:
            return known
        address = f"{settings.BASE_URL}{request.path}"
        if window.cursor is None:
            pagination.check_page(window, count)
            rows = _rows(where, values, window.size, window.start)
            links = pagination.page_links(window, count, address, params)
            body = {"count": count, **links}
        else:
            about = hash_of(
                sorted((key, item) for key, item in params.lists() if key not in ("cursor", "page_size"))
            )
            walk = pagination.Walk(ORDER, about)
            after = walk.place(window.cursor)
            if after:
                where, values = f"{where} AND (p.code, d.place) > (%s, %s)", [*values, *after]
            rows = _rows(where, values, window.size + 1, 0)
            following = None
            if len(rows) > window.size:
                rows = rows[: window.size]
                cursor_text = walk.cursor((rows[-1][0], rows[-1][1]))
                following = pagination.with_parameter(address, params, "cursor", cursor_text)
            links = {"next": following, "previous": None}
            body = {"count": None, **links}
        body["results"] = [_item(row) for row in rows]
        return json_answer(body, etag=etag, links=pagination.link_header(links))


def _conditions(params) -> tuple[str, list[Any]]:
    filters = DesignationFilters(params, queryset=PublicPlatform.objects.none())
    parameters.filtered(filters)
    where, values = ["TRUE"], []
    for name, condition in CONDITIONS.items():
        chosen = filters.form.cleaned_data.get(name)
        if chosen:
            where.append(condition)
            values += [[chosen] if isinstance(chosen, str) else list(chosen)] * condition.count("%s")
    return "WHERE " + " AND ".join(where), values


def _rows(where: str, values: list[Any], limit: int, offset: int) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT p.code, d.place, p.name_zh, p.card ->> 'name_en', d.entry::text {ENTRIES} {where} "
            "ORDER BY p.code, d.place LIMIT %s OFFSET %s",
            [*values, limit, offset],
        )
        return cursor.fetchall()


def _item(row: tuple[Any, ...]) -> dict[str, Any]:
    code, _place, name, name_en, text = row
    entry = orjson.loads(text)
    listed = entry.pop("list_url", "")
    platform = {"code": code, "name_zh": name, "name_en": name_en, "url": api_url(f"platforms/{code}/")}
    return {
        "url": api_url(f"platforms/{code}/"),
        "html_url": page_url(f"/platforms/{code}/"),
        "display": f"{name} {entry['tier']}",
        "platform": platform,
        **entry,
        "list_url": page_url(listed) if listed else None,
    }
