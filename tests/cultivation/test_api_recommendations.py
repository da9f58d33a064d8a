"""推荐 over the API: places and opinions, changed in the version that was read and tried out first."""

import datetime

import pytest
from django.core.cache import cache

from cultivation.actions import ranking
from cultivation.models import Application
from platforms.errors import Conflict
from tests import factories
from tests.api import problem
from tests.cultivation.test_api_submissions import Caller

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fresh_limits():
    cache.clear()


@pytest.fixture
def listed(cast) -> list[Application]:
    """Two platforms of one authority on the list of an open batch."""
    now = datetime.datetime.now(datetime.UTC)
    batch = factories.BatchFactory(status="recommending", opened_at=now, opened_by=cast.ministry_approver)
    return [
        Application.objects.create(
            batch=batch,
            platform=factories.PlatformFactory(authority=cast.jiangsu),
            authority=cast.jiangsu,
            rank=rank,
            proposed_by=cast.jiangsu_clerk,
        )
        for rank in (1, 2)
    ]


def order() -> list[int]:
    return list(Application.objects.order_by("rank").values_list("pk", flat=True))


def test_places_and_opinions_are_changed_in_the_version_that_was_read(cast, listed):
    first, second = (one.pk for one in listed)
    clerk = Caller(cast.jiangsu_clerk)
    place = f"recommendations/{second}/"
    tag = {"If-Match": clerk.get(place)["ETag"]}

    problem(clerk.patch(place, {"rank": 1}), 428)
    problem(clerk.patch(place, {"rank": "1"}, **tag), 400)
    tried = clerk.patch(f"{place}?dry_run=true", {"rank": 1, "opinion": "示例意见"}, **tag)
    assert (tried.status_code, tried.json()["rank"], tried.json()["opinion"]) == (200, 1, "示例意见")
    assert order() == [first, second]
    done = clerk.patch(place, {"rank": 1, "opinion": "示例意见"}, **tag)
    assert (done.status_code, order()) == (200, [second, first])
    late = clerk.patch(place, {"opinion": "别的"}, **tag)
    assert problem(late, 412)["changes"] == [
        {"pointer": "#/opinion", "then": "", "now": "示例意见"},
        {"pointer": "#/rank", "then": 2, "now": 1},
    ]
    assert late["ETag"] == done["ETag"]
    problem(Caller(cast.ningbo_clerk).patch(place, {"rank": 2}, **tag), 404)


def test_a_place_is_part_of_what_was_read(cast, listed):
    """Moving one moves others: whoever read the old order is told so, also when no opinion changed."""
    first, second = (f"recommendations/{one.pk}/" for one in listed)
    clerk = Caller(cast.jiangsu_clerk)
    was = {place: {"If-Match": clerk.get(place)["ETag"]} for place in (first, second)}

    moved = clerk.patch(second, {"rank": 1}, **was[second])

    assert moved["ETag"] != was[second]["If-Match"]
    assert moved["ETag"] == clerk.get(second)["ETag"]
    problem(clerk.patch(second, {"rank": 2}, **was[second]), 412)
    problem(clerk.patch(first, {"rank": 1}, **was[first]), 412)
    problem(Caller(cast.jiangsu_approver).post(f"{first}recommend/", **was[first]), 412)
    assert order() == [listed[1].pk, listed[0].pk]


def test_two_who_move_from_the_same_place_do_not_both_move(cast, listed):
    one = listed[1]
    ranking.set_rank(application=one, rank=1, by=cast.jiangsu_clerk, seen=2)
    with pytest.raises(Conflict):
        ranking.set_rank(application=one, rank=1, by=cast.jiangsu_clerk, seen=2)


def test_a_misspelt_trial_is_not_in_earnest(cast, listed):
    first, second = (one.pk for one in listed)
    clerk = Caller(cast.jiangsu_clerk)
    place = f"recommendations/{second}/"

    refused = clerk.patch(f"{place}?dryrun=true", {"rank": 1}, **{"If-Match": clerk.get(place)["ETag"]})

    assert problem(refused, 400)["errors"][0]["parameter"] == "dryrun"
    assert order() == [first, second]
