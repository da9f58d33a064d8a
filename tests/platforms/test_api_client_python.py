"""The Python client against the API itself: what its README promises."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from platforms.publish import publish
from tests import factories
from tests.api import public_platform
from tests.cultivation.test_api_submissions import Caller

sys.path.insert(0, str(Path(__file__).parents[2] / "clients" / "python"))

from pilot_registry import Answer, Problem, Registry

pytestmark = pytest.mark.django_db
BASE = "http://localhost:8000"


class Wire:
    """Carries requests to the application in this process, and counts how they were answered."""

    def __init__(self) -> None:
        self.client, self.statuses = Client(), []

    def __call__(self, method: str, address: str, headers, body) -> Answer:
        named = {name: value for name, value in headers.items() if name != "Content-Type"}
        answer = self.client.generic(
            method, address.removeprefix(BASE), body or b"", "application/json", headers=named
        )
        data = b"".join(answer.streaming_content) if answer.streaming else answer.content
        self.statuses.append(answer.status_code)
        return Answer(answer.status_code, {k.lower(): v for k, v in answer.headers.items()}, data)


@pytest.fixture
def wire():
    cache.clear()
    return Wire()


def test_it_walks_exports_and_follows(wire):
    platforms = [public_platform(tier=tier) for tier in ("key", "national", None)]
    registry = Registry(BASE, transport=wire)

    assert {item["code"] for item in registry.walk("platforms")} == {item.code for item in platforms}
    assert [item["code"] for item in registry.walk("platforms", tier=["national"])] == [platforms[1].code]
    assert len(list(registry.export("platforms"))) == 3
    assert [item["number"] for item in registry.changes(after=1)] == [2, 3]


def test_it_asks_for_a_day_for_more_at_once_and_for_the_catalogue(wire):
    code = public_platform().code
    registry, today = Registry(BASE, transport=wire), timezone.localdate()

    assert [item["code"] for item in registry.walk("platforms", as_of=today)] == [code]
    assert [item["code"] for item in registry.export("platforms", as_of=today)] == [code]
    assert registry.get(f"platforms/{code}/", as_of=today)["code"] == code
    with pytest.raises(Problem) as refused:
        registry.get("platforms/", as_of="1999-12-31")
    assert refused.value.errors[0]["code"] == "before_the_start"
    expanded = registry.get("platforms/", expand="services")["results"][0]
    assert expanded["services"] == registry.get(f"platforms/{code}/")["services"]
    assert registry.get("catalog/")["@type"] == "dcat:Catalog"


def test_it_asks_for_parts_of_records_and_for_a_range(wire):
    platform = factories.PlatformFactory()
    factories.EquipmentFactory(platform=platform, name_zh="示例釜", specification="500 L")
    publish(platform)
    registry = Registry(BASE, transport=wire)

    assert list(registry.walk("platforms", fields=["code", "operator.uscc"])) == [
        {"code": platform.code, "operator": {"uscc": platform.operator.uscc}}
    ]
    assert "name_zh" not in next(registry.walk("platforms", omit=("name_zh", "name_en")))
    assert set(next(registry.walk("platforms", brief=True))) == {
        "url", "html_url", "display", "code", "name_zh", "name_en", "tier", "status",
    }  # fmt: skip
    assert [
        item["name_zh"] for item in registry.walk("equipment", parameter_unit="L", parameter_min=500)
    ] == ["示例釜"]
    assert list(registry.walk("equipment", parameter_unit="L", parameter_min=501)) == []


def test_what_has_not_changed_is_not_sent_again(wire):
    public_platform()
    registry = Registry(BASE, transport=wire)

    first, second = registry.get("platforms/"), registry.get("platforms/")

    assert first == second
    assert wire.statuses == [200, 304]


def test_a_refusal_names_all_that_is_wrong(wire):
    with pytest.raises(Problem) as refused:
        Registry(BASE, transport=wire).get("platforms/", tier="gold", scale="huge")
    assert [error["parameter"] for error in refused.value.errors] == ["tier", "scale"]


def test_a_post_that_is_sent_again_has_one_effect(wire, cast):
    key = Caller(cast.jiangsu_clerk).headers["Authorization"].partition(" ")[2]
    registry = Registry(BASE, key=key, transport=wire)
    body = {"authority": "320000", "payload": {"platform": {"name_zh": "示例·客户端"}}}

    first = registry.post("submissions/", body, idempotency_key="one")
    again = registry.post("submissions/", body, idempotency_key="one")

    assert first.json() == again.json()
    assert len(list(registry.walk("submissions"))) == 1


def test_the_key_goes_to_its_own_installation_and_old_answers_are_forgotten():
    sent = []

    def wire(method, address, headers, body):
        sent.append((address, headers))
        return Answer(200, {"etag": f'"{len(sent)}"'}, b"{}")

    registry = Registry(BASE, key="prefix.secret", transport=wire, language="en")
    registry.get("platforms/")
    registry.get("https://elsewhere.example/api/v1/platforms/")
    registry.get(f"{BASE}.elsewhere.example/api/v1/platforms/")
    assert ["Authorization" in headers for _address, headers in sent] == [True, False, False]
    assert {headers["Accept-Language"] for _address, headers in sent} == {"en"}
    for number in range(250):
        registry.get("changes/", after=number)
    assert len(registry._kept) == 200
