"""What is asked of a database of some size, in the words of each server, and the statements the registry answers it with."""

from __future__ import annotations

import os
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.db import connection
from django.db.models import Q
from django.test import Client
from django.test.utils import CaptureQueriesContext

from registry import env
from tests.load import live

API = "/api/v1/platforms/"
PLAIN = "/plain/platforms/"
FACETS = "tier,region,area,direction"
PAGES = range(1, 21)


def of(address: str, terms: tuple[str, ...]) -> tuple[dict[str, Any], dict[str, list[Any]]]:
    """Addresses by operation and server, and by address the statements for the bare one."""
    connection.close()
    connection.settings_dict["NAME"] = env.database(address)["NAME"]
    os.environ["REGISTRY_API_RATE_ANONYMOUS"] = "100000000/min"
    settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"]["anon"] = None
    client = Client(headers={"host": "localhost"})
    known = _known()
    asked = {
        "list": _both(f"?page={page}" for page in PAGES),
        "filter": _both(f"?region={region}&area={area}&tier=reserve" for region, area in known["cells"]),
        "search": _pair([f"?q={quote(term)}&page_size=20" for term in terms],
                        [f"?search={quote(term)}&page_size=20" for term in terms]),
        "facets": _pair([f"?q={quote(term)}&facets={FACETS}&page_size=1" for term in terms],
                        [f"facets/?search={quote(term)}" for term in terms]),
        "detail": _both(f"{code}/" for code in known["codes"]),
    }  # fmt: skip
    for name in ("search", "facets"):
        narrow = [f"{item}&narrow" for item in asked[name]["addresses"]["plain"]]
        asked[f"{name}_narrow"] = {"addresses": {**asked[name]["addresses"], "plain": narrow}}
    for operation in asked.values():
        operation["addresses"]["bare"] = operation["addresses"]["registry"]
    last = -(-known["count"] // 50)
    asked["last_page"] = {
        "addresses": {"registry": [_cursor(known["count"])], "plain": [f"{PLAIN}?page={last}"]},
    }
    asked["last_page"]["addresses"]["bare"] = asked["last_page"]["addresses"]["registry"]
    first = f"{API}?page=1"
    tag = client.get(first)["ETag"]
    asked["unchanged"] = {
        "addresses": {"registry": [first], "plain": [f"{PLAIN}?page=1"]},
        "headers": {"registry": f"If-None-Match: {tag}\r\n"},
        "expect": {"registry": 304},
    }
    statements, most = {}, {}
    for name, operation in asked.items():
        for item in operation["addresses"].get("bare", ()):
            statements[item], number = _statements(client, item)
            most[name] = max(most.get(name, 0), number)
    for name in ("list", "filter", "detail"):
        asked[name]["addresses"]["live"] = asked[name]["addresses"]["plain"]
        statements |= {item: live.statements(item) for item in asked[name]["addresses"]["live"]}
    recall = {term: _recall(term) for term in terms}
    return {**asked, "count": known["count"], "queries": most, "recall": recall}, statements


def _both(tails) -> dict[str, Any]:
    tails = list(tails)
    return _pair(tails, tails)


def _pair(ours: list[str], plain: list[str]) -> dict[str, Any]:
    return {
        "addresses": {"registry": [API + tail for tail in ours], "plain": [PLAIN + tail for tail in plain]}
    }


def _known() -> dict[str, Any]:
    from platforms.models import PublicPlatform

    active = PublicPlatform.objects.filter(status="active")
    cells = list(
        active.exclude(area_code="").values_list("region_code", "area_code").order_by("code").distinct()[:8]
    )
    return {
        "count": active.count(),
        "cells": cells,
        "codes": list(active.order_by("code").values_list("code", flat=True)[10:210:10]),
    }


def _cursor(count: int) -> str:
    """The address of the last page of the default order, reached by cursor."""
    from platforms.api import pagination
    from platforms.api.listing import hash_of
    from platforms.api.platform import Platforms
    from platforms.models import PublicPlatform

    keys = next(iter(Platforms.orders.values()))
    rows = PublicPlatform.objects.filter(status="active").order_by(*(key.order for key in keys))
    place = rows.values_list(*(key.column for key in keys))[count - 51]
    cursor = pagination.Walk(keys, hash_of([API, []])).cursor(place)
    return f"{API}?cursor={cursor}"


def _statements(client: Client, address: str) -> tuple[list[Any], int]:
    """The statements of one answer, with their values, as psycopg is given them."""
    seen: list[Any] = []

    def record(execute, sql, params, many, context):
        seen.append([sql, [list(item) if isinstance(item, tuple) else item for item in params or ()]])
        return execute(sql, params, many, context)

    with CaptureQueriesContext(connection) as captured, connection.execute_wrapper(record):
        response = client.get(address)
    if response.status_code != 200:
        raise RuntimeError(f"{address} answered {response.status_code}")
    return seen, len(captured)


def _recall(term: str) -> float:
    """The share of the platforms whose public texts hold the term that the search finds."""
    from platforms import search
    from platforms.filters import matching
    from platforms.models import PublicPlatform

    active = PublicPlatform.objects.filter(status="active")
    truth = set(
        active.filter(
            Q(name_zh__contains=term)
            | Q(document__operator__name_zh__contains=term)
            | Q(document__summary_zh__contains=term)
        ).values_list("code", flat=True)
    )
    found = set(
        active.filter(matching(search.parse_query(term, {}), "search__tokens")).values_list("code", flat=True)
    )
    return round(len(truth & found) / len(truth), 4) if truth else 1.0
