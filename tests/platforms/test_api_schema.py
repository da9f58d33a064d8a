"""The description of the API is valid, current, and takes nothing back that others have been promised."""

from __future__ import annotations

import copy
import io
import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from registry.documents import described_api
from registry.promises import broken, whole
from tests.api import V1

pytestmark = pytest.mark.django_db
FOLDER = Path(__file__).parents[2] / "docs" / "api"


def test_nothing_that_was_released_is_taken_back():
    told = io.StringIO()
    call_command("check_api", stdout=told)
    assert "keep what the last release promised" in told.getvalue()


def test_the_written_description_is_current():
    assert (FOLDER / "openapi.json").read_text() == described_api(), "run “make docs” and commit the result"


@pytest.fixture(scope="module")
def promised():
    return json.loads((FOLDER / "released.json").read_bytes())


def lists(description: dict) -> dict:
    return description["paths"]["/api/v1/platforms/"]["get"]


def of(description: dict, path: str, method: str, status: str) -> dict:
    answer = description["paths"][f"/api/v1/{path}"][method]["responses"][status]
    return answer["content"]["application/json"]["schema"]


def body(description: dict, path: str) -> dict:
    return description["paths"][f"/api/v1/{path}"]["post"]["requestBody"]["content"]["application/json"][
        "schema"
    ]


def parameter(description: dict, name: str) -> dict:
    return next(item for item in lists(description)["parameters"] if item["name"] == name)


BREAKS = {
    "GET /api/v1/regions/ is gone": lambda d: d["paths"].pop("/api/v1/regions/"),
    "PATCH /api/v1/submissions/{number}/ is gone": lambda d: d["paths"]["/api/v1/submissions/{number}/"].pop("patch"),
    "GET /api/v1/platforms/: the parameter tier is gone": lambda d: lists(d)["parameters"].remove(parameter(d, "tier")),
    "GET /api/v1/platforms/: the parameter tier[] no longer takes key": lambda d: (
        parameter(d, "tier")["schema"]["items"]["enum"].remove("key")
    ),
    "GET /api/v1/platforms/: the parameter q has become necessary": lambda d: parameter(d, "q").update(required=True),
    "GET /api/v1/platforms/: the parameter page no longer takes integer": lambda d: (
        parameter(d, "page")["schema"].update(type="boolean")
    ),
    "GET /api/v1/platforms/ now asks for a key": lambda d: lists(d).update(security=[{"apiKey": []}]),
    "POST /api/v1/submissions/ no longer answers 201": lambda d: (
        d["paths"]["/api/v1/submissions/"]["post"]["responses"].pop("201")
    ),
    "GET /api/v1/platforms/ 200 no longer answers text/csv": lambda d: (
        lists(d)["responses"]["200"]["content"].pop("text/csv")
    ),
    "GET /api/v1/platforms/ 200: results[]: the field name_zh is gone": lambda d: (
        of(d, "platforms/", "get", "200")["properties"]["results"]["items"]["properties"].pop("name_zh")
    ),
    "GET /api/v1/platforms/{code}/ 200: the field display may now be missing": lambda d: (
        of(d, "platforms/{code}/", "get", "200")["required"].remove("display")
    ),
    "GET /api/v1/areas/{code}/ 200: position may now be string": lambda d: (
        of(d, "areas/{code}/", "get", "200")["properties"]["position"].update(type=["integer", "string"])
    ),
    "POST /api/v1/recommendations/: the body: opinion is gone": lambda d: (
        body(d, "recommendations/")["properties"].pop("opinion")
    ),
    "POST /api/v1/recommendations/: the body: batch has become necessary": lambda d: (
        body(d, "recommendations/").update(required=["batch"])
    ),
}  # fmt: skip


@pytest.mark.parametrize("told", BREAKS)
def test_every_kind_of_break_is_named(promised, told):
    changed = copy.deepcopy(whole(promised))
    BREAKS[told](changed)
    assert list(broken(promised, changed)) == [told]


def test_additions_are_no_break(promised):
    more = copy.deepcopy(whole(promised))
    lists(more)["parameters"].append({"in": "query", "name": "new", "schema": {"type": "string"}})
    of(more, "platforms/{code}/", "get", "200")["properties"]["new"] = {"type": "string"}
    body(more, "recommendations/")["properties"]["new"] = {"type": "string"}
    more["paths"]["/api/v1/new/"] = more["paths"]["/api/v1/regions/"]
    assert list(broken(promised, more)) == []


def test_the_gate_names_each_break_and_says_how_to_go_on(settings, tmp_path, promised):
    settings.BASE_DIR = tmp_path
    (tmp_path / "docs" / "api").mkdir(parents=True)
    more = copy.deepcopy(promised)
    more["paths"]["/api/v1/gone/"] = more["paths"]["/api/v1/regions/"]
    (tmp_path / "docs" / "api" / "released.json").write_text(json.dumps(more))
    with pytest.raises(CommandError) as refused:
        call_command("check_api")
    assert "GET /api/v1/gone/ is gone" in str(refused.value)
    assert "check_api --release" in str(refused.value)
    call_command("check_api", "--release", stdout=io.StringIO())
    call_command("check_api", stdout=io.StringIO())


def test_what_is_shared_is_said_once(client):
    described = client.get(f"{V1}schema/").json()
    refusals = described["components"]["responses"]
    assert refusals["NotFound"]["content"]["application/problem+json"]["schema"]["$ref"].endswith("/Problem")
    inline = [
        (path, method, status)
        for path, methods in described["paths"].items()
        for method, operation in methods.items()
        for status, answer in operation["responses"].items()
        if status >= "400" and "$ref" not in answer
    ]
    assert inline == []
    assert "Submission" in described["components"]["schemas"]


def test_every_operation_is_described_for_people(client):
    described = client.get(f"{V1}schema/").json()
    assert described["openapi"].startswith("3.1")
    faults = [
        f"{method} {path}"
        for path, methods in described["paths"].items()
        for method, operation in methods.items()
        if not operation.get("description") or not operation.get("tags")
    ]
    assert faults == []
    names = [
        operation["operationId"] for methods in described["paths"].values() for operation in methods.values()
    ]
    assert len(names) == len(set(names))
