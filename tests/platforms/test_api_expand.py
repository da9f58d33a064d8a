"""``expand``: what a record leaves to its own address, answered with it; and what this interface has no coordinates for."""

from __future__ import annotations

import json

import pytest
from django.core.cache import cache

from platforms.models import Platform
from platforms.publish import publish
from tests import factories
from tests.api import V1, codes, parameters_of, problem, public_platform

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fresh_limits():
    cache.clear()


def lines_of(client, query: str) -> list[dict]:
    *lines, _end = b"".join(client.get(f"{V1}{query}").streaming_content).splitlines()
    return [{key: value for key, value in json.loads(line).items() if key != "mark"} for line in lines]


@pytest.mark.parametrize(
    "query", ["", "&q=示例", "&cursor=", "&page=1&page_size=50", "&ordering=-name&tier=key"]
)
def test_a_platform_is_answered_with_what_its_own_address_says_of_it(client, query):
    platform = public_platform(name_zh='示例·一 \\ "二"', tier="key")
    whole = client.get(f"{V1}platforms/{platform.code}/").json()
    brief = client.get(f"{V1}platforms/").json()["results"][0]

    found = client.get(f"{V1}platforms/?expand=services,equipment,designations{query}").json()["results"]

    assert found == [{**brief, **{name: whole[name] for name in ("services", "equipment", "designations")}}]
    assert found[0]["services"][0]["title_zh"] == "前驱体工艺放大"
    assert not {"services", "equipment", "lines"} & brief.keys()


def test_expanded_lines_go_into_a_file_and_into_a_choice_of_fields(client):
    platform = public_platform()
    whole = client.get(f"{V1}platforms/{platform.code}/").json()

    assert lines_of(client, "platforms/?expand=lines,services&format=jsonl")[0]["lines"] == whole["lines"]
    asked = "platforms/?expand=services&fields=code,services.title_zh"
    assert client.get(f"{V1}{asked}").json()["results"] == [
        {"code": platform.code, "services": [{"title_zh": "前驱体工艺放大"}]}
    ]
    assert parameters_of(problem(client.get(f"{V1}platforms/?fields=services"), 400)) == ["fields"]


def test_what_is_expanded_stood_so_on_the_day(client, time_machine):
    time_machine.move_to("2026-03-01T12:00:00+08:00", tick=False)
    platform = public_platform()
    time_machine.move_to("2026-03-05T12:00:00+08:00", tick=False)
    factories.ServiceItemFactory(platform=platform, title_zh="后来的服务", position=7)
    publish(Platform.objects.get(pk=platform.pk))

    def titles(query: str) -> list[str]:
        found = client.get(f"{V1}platforms/?expand=services{query}").json()["results"]
        return [service["title_zh"] for service in found[0]["services"]]

    assert titles("&as_of=2026-03-02") == ["前驱体工艺放大"]
    assert titles("") == ["前驱体工艺放大", "后来的服务"]


@pytest.mark.parametrize("place", ["services/", "equipment/"])
def test_a_resource_is_answered_with_the_card_of_its_platform(client, place):
    platform = public_platform(tier="national")
    card = client.get(f"{V1}platforms/").json()["results"][0]
    brief = client.get(f"{V1}{place}").json()["results"][0]

    listed = client.get(f"{V1}{place}?expand=platform").json()["results"][0]
    single = client.get(f"{brief['url'].removeprefix('http://localhost:8000')}?expand=platform").json()

    assert listed == single == {**brief, "platform": {**brief["platform"], **card}}
    assert listed["platform"]["operator"]["name_zh"] == platform.operator.name_zh
    assert lines_of(client, f"{place}?expand=platform&format=jsonl") == [listed]
    assert client.get(f"{V1}{place}?q=x&expand=platform").status_code == 200


@pytest.mark.parametrize(
    "query",
    ["expand=secret", "expand=services,secret", "expand=,", "expand=services&format=csv", "expand=contact",
     "expand=services&page_size=51", "expand=services&expand=lines", "expand=services.price_mode"],
)  # fmt: skip
def test_what_cannot_be_expanded_is_refused_in_a_sentence(client, query):
    body = problem(client.get(f"{V1}platforms/?{query}"), 400)
    assert parameters_of(body) == ["expand"]
    assert body["errors"][0]["detail"].endswith("。")
    problem(client.get(f"{V1}regions/?expand=parent"), 400)


def test_expanding_costs_no_further_question(client, django_assert_num_queries):
    public_platform()
    for address in (f"{V1}platforms/?expand=services,lines", f"{V1}services/?expand=platform"):
        client.get(address)
        with django_assert_num_queries(1):
            assert len(codes(client.get(address))) == 1


def test_coordinates_are_asked_for_in_vain_and_told_so(client):
    public_platform()
    refused = problem(client.get(f"{V1}platforms/?bbox=110,30,120,40"), 400)["errors"]
    assert [error["parameter"] for error in refused] == ["bbox"]
    assert "坐标" in refused[0]["detail"]
    refused = problem(client.get(f"{V1}platforms/?format=geojson"), 400)["errors"]
    assert [error["parameter"] for error in refused] == ["format"]
    assert "坐标" in refused[0]["detail"]
