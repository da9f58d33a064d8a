"""Parts of records and ranges in the API: an answer to ``fields``, ``omit`` or ``brief`` is what the description says."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest
from django.core.cache import cache

from platforms.publish import publish
from registry.promises import whole
from tests import factories
from tests.api import V1, codes, parameters_of, problem, public_platform

pytestmark = pytest.mark.django_db
#: All that says which record it is; there is no more in a list without a choice that has to be there.
KEYS = {"url", "html_url", "display"}


@pytest.fixture(autouse=True)
def _fresh_limits():
    cache.clear()


@pytest.fixture
def described(client) -> dict[str, Any]:
    return whole(client.get(f"{V1}schema/").json())["paths"]


def success(described: dict[str, Any], path: str) -> dict[str, Any]:
    return described[f"/api/v1/{path}"]["get"]["responses"]["200"]["content"]["application/json"]["schema"]


@pytest.mark.parametrize("place", ["platforms/", "services/", "equipment/", "operators/"])
@pytest.mark.parametrize("query", ["fields=display", "omit=url,html_url,display", "brief=true"])
def test_a_part_of_a_record_is_answered_as_described(client, described, place, query):
    public_platform(tier="key")
    answer = client.get(f"{V1}{place}?{query}").json()

    assert answer["results"]
    jsonschema.validate(answer, success(described, place))
    has_to_be_there = dict(success(described, place)["properties"]["results"]["items"]).get("required", [])
    assert set(has_to_be_there) <= set(answer["results"][0])


def test_a_whole_record_still_has_what_says_which_it_is(described):
    for path in ("platforms/{code}/", "services/{code}/", "equipment/{code}/", "operators/{uscc}/"):
        assert set(success(described, path)["required"]) == KEYS
        listed = success(described, f"{path.partition('{')[0]}")["properties"]["results"]["items"]
        assert success(described, path)["properties"].keys() >= listed["properties"].keys() - {"former_names"}


def test_a_short_card_is_the_stored_one_with_less(client):
    code = public_platform(tier="key").code
    whole_card = client.get(f"{V1}platforms/").json()["results"][0]
    names = ("url", "html_url", "display", "code", "name_zh", "name_en", "tier", "status")

    short = client.get(f"{V1}platforms/?brief=true").json()["results"]

    assert short == [{name: whole_card[name] for name in names}]
    assert client.get(f"{V1}platforms/?brief=true&omit=html_url,display").json()["results"] == [
        {name: whole_card[name] for name in names if name not in ("html_url", "display")}
    ]
    assert client.get(f"{V1}platforms/?brief=false").json()["results"] == [whole_card]
    heading = b"".join(client.get(f"{V1}platforms/?brief=true&format=csv").streaming_content).splitlines()[0]
    assert heading.decode().removeprefix("\ufeff").removeprefix("mark,").split(",") == [
        "code", "name_zh", "name_en", "status", "tier", "url", "html_url",
    ]  # fmt: skip
    lines = b"".join(client.get(f"{V1}platforms/?brief=true&format=jsonl").streaming_content).splitlines()
    assert json.loads(lines[0]).keys() - {"mark"} == set(names)
    assert codes(client.get(f"{V1}platforms/?brief=true&cursor=&q=示例")) == [code]


def test_a_short_card_costs_no_further_question(client, django_assert_num_queries):
    public_platform()
    client.get(f"{V1}platforms/?brief=true")
    with django_assert_num_queries(1):
        client.get(f"{V1}platforms/?brief=true")


@pytest.mark.parametrize("query", ["brief=yes", "brief=true&fields=code", "brief=true&brief=true"])
def test_a_short_card_is_asked_for_in_one_way(client, query):
    assert parameters_of(problem(client.get(f"{V1}platforms/?{query}"), 400)) == ["brief"]


# --- a quantity of the specification ------------------------------------------------------------------------------


@pytest.fixture
def instruments(db):
    platform = factories.PlatformFactory()
    for position, specification in enumerate(["500 L，1 MPa", "3 m³", "−40～150 ℃", "四极杆"]):
        factories.EquipmentFactory(
            platform=platform, name_zh=f"示例设备{position}", specification=specification, position=position
        )
    publish(platform)


@pytest.mark.parametrize(
    "query",
    [
        "parameter_unit=L&parameter_min=400",
        "parameter_unit=L&parameter_min=400&parameter_max=1000",
        "parameter_unit=L&parameter_max=100",
        "parameter_unit=℃&parameter_min=100&parameter_max=120",
        "parameter_unit=L",
        "parameter_unit=&parameter_min=&parameter_max=",
        "parameter_unit=L&parameter_min=400&q=示例设备1",
    ],
)
def test_a_range_finds_in_the_api_what_it_finds_on_the_page(client, instruments, query):
    page = client.get(f"/services/?{query}")
    shown = sorted(document["name_zh"] for document in page.context["results"])
    answer = client.get(f"{V1}equipment/?{query}&facets=region").json()

    assert sorted(item["name_zh"] for item in answer["results"]) == shown
    assert answer["count"] == sum(answer["facets"]["region"].values()) == len(shown)
    lines = b"".join(client.get(f"{V1}equipment/?{query}&format=jsonl").streaming_content).splitlines()
    assert len(lines) == len(shown) + 1
    if "unit=L" in query and shown:
        address = page.context["api_url"]
        assert address.startswith("/api/v1/equipment/")
        assert sorted(item["name_zh"] for item in client.get(address).json()["results"]) == shown


def test_a_unit_alone_finds_what_states_one(client, instruments):
    found = client.get(f"{V1}equipment/?parameter_unit=L").json()["results"]
    assert sorted(item["name_zh"] for item in found) == ["示例设备0", "示例设备1"]
    page = client.get("/services/?parameter_unit=L")
    assert [chip["label"] for chip in page.context["chips"]] == ["参数 L"]
    assert client.get(f"{V1}services/?parameter_unit=L").json()["results"] == []


@pytest.mark.parametrize(
    ("query", "wrong"),
    [
        ("parameter_unit=stone&parameter_min=1", ["parameter_unit"]),
        ("parameter_unit=L&parameter_min=many&parameter_max=x", ["parameter_min", "parameter_max"]),
        ("parameter_unit=L&parameter_min=2&parameter_max=1", ["parameter_max"]),
        ("parameter_min=1", ["parameter_unit"]),
        ("parameter=1", ["parameter"]),
        ("parameter_mid=1", ["parameter_mid"]),
        ("parameter_unit=L&parameter_unit=kg", ["parameter_unit"]),
        ("parameter_unit=L&parameter_min=nan", ["parameter_min"]),
    ],
)
def test_what_cannot_be_a_range_is_refused_by_name(client, query, wrong):
    for place in ("services/", "equipment/"):
        assert parameters_of(problem(client.get(f"{V1}{place}?{query}"), 400)) == wrong


def test_the_description_has_the_parameters_and_their_units(described):
    for path in ("/api/v1/services/", "/api/v1/equipment/"):
        known = {item["name"]: item["schema"] for item in described[path]["get"]["parameters"]}
        assert {"L", "℃", "MPa"} <= set(known["parameter_unit"]["enum"])
        assert {"parameter_min", "parameter_max"} <= known.keys()
        assert "parameter" not in known
