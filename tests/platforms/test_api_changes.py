"""The change feed: ascending and without gaps, whoever publishes at the same moment."""

import threading

import pytest
from django.core.cache import cache
from django.db import connection

from platforms.models import Platform
from platforms.publish import publish
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
    while any(thread.is_alive() for thread in threads) or len(seen) < 24:
        finished = not any(
            thread.is_alive() for thread in threads
        )  # asked first: what is published after the read is not missed
        body = client.get(f"{V1}changes/?after={seen[-1] if seen else 0}&limit=3").json()
        seen += [item["number"] for item in body["results"]]
        if not body["results"] and finished:
            break
    for thread in threads:
        thread.join()

    assert failures == []
    assert seen == list(range(1, 25))


def publish_in_transaction(platform: Platform) -> None:
    from django.db import transaction

    with transaction.atomic():
        publish(platform)
