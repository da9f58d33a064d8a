"""The change feed: ascending and without gaps, whoever publishes at the same moment."""

import html
import re
import threading

import pytest
from django.core.cache import cache
from django.db import connection

from platforms.models import Platform
from platforms.publish import publish
from registry.pages import files
from tests import factories
from tests.api import V1, parameters_of, problem, public_platform


@pytest.fixture(autouse=True)
def _fresh_limits():
    cache.clear()


@pytest.mark.django_db
def test_a_reader_goes_on_after_the_last_number_it_has(client):
    for _ in range(5):
        public_platform()

    first = client.get(f"{V1}changes/?limit=2").json()
    second = client.get(first["next"].replace("http://localhost:8000", "")).json()
    last = client.get(f"{V1}changes/?after=5").json()

    assert [item["number"] for item in first["results"]] == [1, 2]
    assert [item["number"] for item in second["results"]] == [3, 4]
    assert (first["count"], second["count"], first["head"]) == (5, 3, 5)
    assert (last["results"], last["next"], last["count"]) == ([], None, 0)


@pytest.mark.django_db
def test_a_change_names_its_record_and_where_it_is(client):
    platform = public_platform()

    item = client.get(f"{V1}changes/").json()["results"][0]

    assert (item["number"], item["kind"], item["code"], item["version"]) == (1, "created", platform.code, 1)
    assert item["url"] == f"http://localhost:8000/api/v1/platforms/{platform.code}/"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("after=-1", "after"),
        ("after=x", "after"),
        ("limit=0", "limit"),
        ("limit=1001", "limit"),
        ("page=1", "page"),
    ],
)
def test_a_question_that_makes_no_sense_is_refused_by_name(client, query, named):
    assert parameters_of(problem(client.get(f"{V1}changes/?{query}"), 400)) == [named]


@pytest.mark.django_db(transaction=True)
def test_a_reader_misses_nothing_while_four_people_publish_at_once(client, settings):
    settings.REST_FRAMEWORK = {
        **settings.REST_FRAMEWORK,
        "DEFAULT_THROTTLE_RATES": {"anon": "100000/min", "user": "100000/min"},
    }
    mine = [[factories.PlatformFactory() for _ in range(6)] for _ in range(4)]
    failures = []

    def work(platforms: list[Platform]) -> None:
        try:
            for platform in platforms:
                publish_in_transaction(platform)
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(platforms,)) for platforms in mine]
    for thread in threads:
        thread.start()
    seen = []
    publishing, body = True, {"results": []}
    while publishing or body["results"]:
        publishing = any(
            thread.is_alive() for thread in threads
        )  # before asking: what comes later is asked for again
        body = client.get(f"{V1}changes/?after={seen[-1] if seen else 0}&limit=3").json()
        seen += [item["number"] for item in body["results"]]
    for thread in threads:
        thread.join()

    assert failures == []
    assert seen == list(range(1, 25))


def publish_in_transaction(platform: Platform) -> None:
    from django.db import transaction

    with transaction.atomic():
        publish(platform)


ENTRY = re.compile(r"<id>http://localhost:8000/api/v1/changes/(\d+)/</id>")


@pytest.mark.django_db
def test_the_atom_feed_is_the_twin_of_the_feed(client, monkeypatch):
    """Followed back to its beginning it names every change once, the newest first."""
    monkeypatch.setattr(files, "ENTRIES", 3)
    for _ in range(8):
        public_platform()
    told = [item["number"] for item in client.get(f"{V1}changes/").json()["results"]]

    address, numbers, pages = "/feed.atom", [], 0
    while address and pages < 9:
        text = client.get(address).content.decode()
        numbers += [int(number) for number in ENTRY.findall(text)]
        older = re.search(r'<link[^>]*rel="next"[^>]*>', text)
        address = (
            html.unescape(re.search(r'href="http://localhost:8000([^"]*)"', older[0])[1]) if older else ""
        )
        pages += 1

    assert (numbers, pages) == (told[::-1], 3)
    assert client.get("/feed.atom?before=x").status_code == 400


@pytest.mark.django_db
@pytest.mark.parametrize(
    "address", [f"{V1}changes/", f"{V1}changes/?after=1", "/feed.atom", "/feed.atom?tier=key"]
)
def test_asking_again_costs_one_question_until_something_is_published(
    client, address, django_assert_num_queries
):
    public_platform()
    known = {"If-None-Match": client.get(address)["ETag"]}
    with django_assert_num_queries(1):
        assert client.get(address, headers=known).status_code == 304
    public_platform()
    assert client.get(address, headers=known).status_code == 200
