"""A list costs the same number of questions to the database whether it shows one row or three."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.security.routes import ours
from tests.security.test_access_matrix import address, verdict
from tests.security.world import World, double

pytestmark = pytest.mark.django_db

READERS = (
    "public",
    "jiangsu clerk",
    "jiangsu approver",
    "operator",
    "expert",
    "ministry clerk",
    "ministry approver",
)


def lists(world: World) -> dict[str, str]:
    """Address → reader, for everything a reader may open with GET."""
    found = {}
    for route in ours():
        if "GET" not in route.methods:
            continue
        try:
            url, objects = address(route, world.jiangsu)
        except LookupError:
            continue
        for person in READERS:
            if verdict(route, world.people.get(person), objects) == "open":
                found[url] = person
                break
    return found


def test_no_list_asks_once_per_row(world: World):
    pages = lists(world)
    before = {url: questions(world, person, url) for url, person in pages.items()}
    double(world)
    after = {url: questions(world, person, url) for url, person in pages.items()}
    grown = {url: (before[url], after[url]) for url in pages if after[url] > before[url]}
    assert grown == {}


def questions(world: World, person: str, url: str) -> int:
    client = world.client(person)
    client.get(url)  # warm what is kept between requests
    with CaptureQueriesContext(connection) as asked:
        client.get(url)
    return len([query for query in asked if "SAVEPOINT" not in query["sql"]])
