"""Hostile requests against every address: always a clear refusal or an ordinary page, never a failure of ours."""

from __future__ import annotations

import re

import pytest

from tests.security.routes import Route, ours, routes
from tests.security.test_access_matrix import address
from tests.security.world import World

pytestmark = pytest.mark.django_db

DIGITS = "9" * 5000
QUERIES = (
    "q=%00", "q=%ed%a0%80", "q=%ff%fe", "page=0", "page=-1", "page=1e21", f"page={DIGITS}", "page=", "page=abc",
    "page_size=0", f"page_size={DIGITS}", "page_size=-1", "cursor=%00", "cursor=!!!", "cursor=eyJhIjoxfQ",
    "tier=%F0%9F%92%A9", "year=99999", "year=0", "year=1e308", "since=99999999999999999999",
    f"since={DIGITS}", "ordering=password", "ordering=-operator__name_zh", "format=exe", "code=" + "x" * 10000,
    "q=" + "%E4%B8%AD" * 4000, "q=" + "+".join(["%E4%B8%AD"] * 300), "q=%25_%5C", "q=NaN", "_method=DELETE",
    "next=//evil.example", "&".join(f"a{n}=1" for n in range(500)), "q[]=1&q[a]=2", "q=1&q=2&q=3",
    "area=2025-1%27%3B--", "confirmed_on=2026-02-30", "updated_since=9999-99-99",
)  # fmt: skip
BODIES: tuple[tuple[str, bytes], ...] = (
    ("application/json", b""),
    ("application/json", b"{"),
    ("application/json", b"null"),
    ("application/json", b"[]"),
    ("application/json", b'"text"'),
    ("application/json", b'{"payload": {"platform": {"name_zh": "a\\u0000b"}}}'),
    ("application/json", b'{"payload": {"platform": {"name_zh": "a\\ud800b"}}}'),
    ("application/json", b'{"version": ' + DIGITS.encode() + b"}"),
    ("application/json", b'{"version": 1e400, "year": NaN}'),
    ("application/json", b"[" * 20000 + b"]" * 20000),
    ("application/json", b'{"reason": "\xff\xfe"}'),
    ("application/json; charset=bogus", b'{"reason": "x"}'),
    ("text/plain", b"reason=x"),
    ("application/xml", b"<a/>"),
    ("application/x-www-form-urlencoded", b"reason=%00"),
    ("application/x-www-form-urlencoded", b"reason=%ed%a0%80"),
    ("application/x-www-form-urlencoded", b"version=" + DIGITS.encode() + b"&reason=x"),
    ("application/x-www-form-urlencoded; charset=bogus", b"reason=x"),
    ("multipart/form-data; boundary=x", b'--x\r\nContent-Disposition: form-data; name="reason"\r\n\r\na\x00b\r\n--x--\r\n'),
    ("multipart/form-data; boundary=x", b"--x\r\nbroken"),
    ("multipart/form-data", b"no boundary"),
)  # fmt: skip
PATHS = (
    "%00",
    "%ed%a0%80",
    "%ff",
    "..%2f..%2fetc%2fpasswd",
    DIGITS,
    "-1",
    "1e9",
    "%E2%80%AE",
    "a" * 3000,
    "'",
    "%0a",
)
HEADERS = (
    {"X-HTTP-Method-Override": "DELETE"},
    {"Accept": "application/evil"},
    {"Accept-Language": "x" * 4000},
    {"If-Match": '"' + "x" * 4000},
    {"If-None-Match": "\u00ff"},
    {"If-Modified-Since": "yesterday"},
    {"Range": "bytes=9999999999999999999999-"},
    {"Authorization": "Bearer " + "x" * 8000},
    {"Authorization": "Basic !!!"},
    {"Cookie": "sessionid=" + "x" * 4000},
    {"X-Request-ID": "a\tb"},
    {"Idempotency-Key": "x" * 4000},
)  # fmt: skip


def addresses(world: World) -> list[tuple[Route, str]]:
    found = []
    for route in ours():
        try:
            found.append((route, address(route, world.jiangsu)[0]))
        except LookupError:
            continue
    return found


def judge(answer, what: str) -> list[str]:
    """A refusal is 4xx and says something; anything below 400 is an ordinary page."""
    if answer.status_code >= 500:
        error = getattr(answer, "exc_info", None)
        return [
            f"{what}: {answer.status_code} {error[1]!r:.200}" if error else f"{what}: {answer.status_code}"
        ]
    if answer.status_code >= 400 and not answer.content and answer.status_code not in (405, 412):
        return [f"{what}: {answer.status_code} without a word"]
    return []


@pytest.mark.parametrize("person", ["public", "jiangsu clerk", "ministry clerk"])
def test_hostile_queries(world: World, person: str):
    client, faults = world.client(person), []
    for turn, (route, url) in enumerate(addresses(world)):
        if "GET" not in route.methods or (person == "public") != (route.access == "public"):
            continue
        # Pages share their forms: each private page gets every fourth query, another set than its neighbour's.
        for query in QUERIES if person == "public" else QUERIES[turn % 4 :: 4]:
            answer = client.get(url, QUERY_STRING=query)
            faults += judge(answer, f"GET {url}?{query[:60]}")
    assert faults == []


@pytest.mark.parametrize("person", ["jiangsu clerk", "ministry clerk"])
def test_hostile_bodies(world: World, person: str):
    client, faults = world.client(person), []
    for route, url in addresses(world):
        for method in set(route.methods) - {"GET"}:
            if client.generic(method, url, b"", content_type="application/json").status_code in (
                403,
                404,
                405,
            ):
                continue
            for media_type, body in BODIES:
                answer = client.generic(method, url, body, content_type=media_type)
                faults += judge(answer, f"{method} {url} {media_type} {body[:60]!r}")
    assert faults == []


def test_hostile_paths(world: World):
    client, faults = world.client("ministry clerk"), []
    for route in routes():
        if not route.parameters or route.kind == "third_party":
            continue
        if route.kind == "admin" and "platforms_platform_" not in route.name:
            continue  # one class serves all models
        pattern = "/" + route.pattern.lstrip("^").rstrip("$")
        for value in PATHS:
            url = re.sub(r"<[^>]+>", value, pattern)
            if "(?P" not in url:
                faults += judge(client.get(url), f"GET {url[:80]}")
    assert faults == []


def test_hostile_headers(world: World):
    client, faults = world.client("public"), []
    for turn, (_route, url) in enumerate(addresses(world)):
        for headers in HEADERS[turn % 3 :: 3]:
            answer = client.get(url, headers=headers)
            faults += judge(answer, f"GET {url} {str(headers)[:60]}")
    assert faults == []


def test_a_method_override_is_not_obeyed(world: World):
    url = f"/platforms/{world.jiangsu.things['platforms'].code}/"  # type: ignore[attr-defined]
    answer = world.client("ministry clerk").post(
        url, {"_method": "DELETE"}, headers={"X-HTTP-Method-Override": "DELETE"}
    )
    assert answer.status_code in (403, 404, 405)


def test_signing_in_with_nonsense_is_refused_politely(world: World):
    client, faults = world.client("public"), []
    for media_type, body in BODIES:
        answer = client.generic("POST", "/accounts/login/", body, content_type=media_type)
        faults += judge(answer, f"POST /accounts/login/ {media_type} {body[:40]!r}")
    assert faults == []
