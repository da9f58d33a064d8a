"""What can be asked of a list beside its filters: suffixes, and which fields are answered."""

import json

import pytest
from django.core.cache import cache

from platforms.api.platform import Platforms
from platforms.models import PublicPlatform, SearchTokens
from tests import factories
from tests.api import V1, codes, parameters_of, problem, public_platform

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fresh_limits():
    cache.clear()


@pytest.fixture
def two():
    direction = factories.DirectionFactory(gap_filling=True)
    first = public_platform(name_zh="示例·固态电池中试平台", tier="key", direction=direction)
    other = public_platform(
        name_zh="示例·生物制造中试平台", tier="national", service={"service_type": "trial_production"}
    )
    PublicPlatform.objects.filter(code=other.code).update(updated_on="2020-01-31", direction_code="")
    return first.code, other.code


@pytest.mark.parametrize(
    ("query", "first", "other"),
    [
        ("tier__n=national", True, False),
        ("tier__n=national&tier__n=key", False, False),
        ("direction__empty=true", False, True),
        ("direction__empty=false", True, False),
        ("name_zh__ic=电池", True, False),
        ("updated_on__gte=2021-01-01", True, False),
        ("updated_on__lte=2020-01-31", False, True),
        ("service_type__n=trial_production", True, False),
        ("scale__empty=true&scale__empty=", None, None),
        ("q=中试平台&tier__n=national", True, False),
        ("q=中试平台&service_type__n=trial_production", True, False),
    ],
)
def test_a_suffix_finds_what_it_says(client, two, query, first, other):
    response = client.get(f"{V1}platforms/?{query}")

    if first is None:
        assert parameters_of(problem(response, 400)) == ["scale__empty"]
    else:
        assert set(codes(response)) == {
            code for code, found in zip(two, (first, other), strict=True) if found
        }


@pytest.mark.parametrize(
    "query",
    ["tier__x=1", "tier__n=gold", "direction__empty=maybe", "updated_on__gte=yesterday", "fields=secret",
     "omit=operator.secret", "fields=,", "fields=code&fields=tier"],
)  # fmt: skip
def test_a_suffix_or_field_that_is_not_known_is_refused_by_name(client, query):
    assert parameters_of(problem(client.get(f"{V1}platforms/?{query}"), 400)) == [query.partition("=")[0]]


def test_only_the_fields_asked_for_are_answered_on_pages_and_in_files(client, two):
    asked = "fields=code,operator.name_zh&tier=key"
    wanted = {
        "code": two[0],
        "operator": {"name_zh": PublicPlatform.objects.get(code=two[0]).card["operator"]["name_zh"]},
    }

    assert client.get(f"{V1}platforms/?{asked}").json()["results"] == [wanted]
    lines = b"".join(client.get(f"{V1}platforms/?{asked}&format=jsonl").streaming_content).splitlines()
    assert {key: value for key, value in json.loads(lines[0]).items() if key != "mark"} == wanted
    heading = b"".join(client.get(f"{V1}platforms/?{asked}&format=csv").streaming_content).splitlines()[0]
    assert heading.decode().removeprefix("\ufeff").removeprefix("mark,") == "code,operator_name_zh"
    left = client.get(f"{V1}platforms/?omit=operator,area.name_en&tier=key").json()["results"][0]
    assert "operator" not in left
    assert set(left["area"]) == {"code", "name_zh"}


def test_a_search_counts_and_orders_the_same_from_the_words_as_from_the_records(client, two):
    """Without a filter on other columns a search is answered from the narrow rows beside the words."""
    narrow = client.get(f"{V1}platforms/?q=中试平台&facets=tier,region&tier=key&tier=national").json()
    wide = client.get(
        f"{V1}platforms/?q=中试平台&facets=tier,region&tier=key&tier=national&build_status__n=planned"
    ).json()

    assert [item["code"] for item in narrow["results"]] == [item["code"] for item in wide["results"]]
    assert (narrow["count"], narrow["facets"]) == (wide["count"], wide["facets"])
    assert narrow["facets"]["tier"] == {"key": 1, "national": 1}
    SearchTokens.objects.filter(code=two[0]).update(status="withdrawn")  # it is they that are asked
    assert client.get(f"{V1}platforms/?q=中试平台&facets=tier,region&page_size=9").json()["count"] == 1


def test_every_page_of_a_search_follows_the_one_before(client):
    made = {public_platform(name_zh=f"示例·催化中试平台{number}").code for number in range(5)}
    found = [codes(client.get(f"{V1}platforms/?q=催化&page_size=2&page={page}")) for page in (1, 2, 3)]

    assert [len(page) for page in found] == [2, 2, 1]
    assert {code for page in found for code in page} == made
    assert codes(client.get(f"{V1}platforms/?q=催化")) == [code for page in found for code in page]
    problem(client.get(f"{V1}platforms/?q=催化&page_size=2&page=4"), 404)


def test_suffixes_come_from_the_filters_themselves():
    known = Platforms.filters.base_filters.keys()

    assert {"tier__n", "tier__empty", "region__n", "scale__empty", "updated_on__gte", "name_zh__ic"} <= known
    assert "status__n" not in known  # it has a value of its own when it is not named
