"""The description of the API is valid, current, and takes nothing back that others have been promised."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from registry.documents import described_api
from tests.api import V1

pytestmark = pytest.mark.django_db
PROMISED = Path(__file__).parents[2] / "docs" / "api" / "openapi.json"


def broken(old: dict[str, Any], new: dict[str, Any]) -> Iterator[str]:
    """What a caller written for the old description would stumble over."""
    for path, methods in old["paths"].items():
        for method, before in methods.items():
            after = new["paths"].get(path, {}).get(method)
            name = f"{method.upper()} {path}"
            if after is None:
                yield f"{name} is gone"
                continue
            yield from parameters_taken(name, before, after)
            for status, answer in before["responses"].items():
                if status.startswith("2") and status not in after["responses"]:
                    yield f"{name} no longer answers {status}"
                yield from fields_taken(f"{name} {status}", answer, after["responses"].get(status, {}))


def parameters_taken(name: str, before: dict[str, Any], after: dict[str, Any]) -> Iterator[str]:
    known = {item["name"]: item for item in after.get("parameters", ())}
    for item in before.get("parameters", ()):
        if item["name"] not in known:
            yield f"{name}: the parameter {item['name']} is gone"
            continue
        gone = set(values(item)) - set(values(known[item["name"]]))
        if gone:
            yield f"{name}: {item['name']} no longer takes {sorted(gone)}"
    had = {item["name"] for item in before.get("parameters", ())}
    for item in after.get("parameters", ()):
        if item.get("required") and item["name"] not in had:
            yield f"{name}: the parameter {item['name']} has become necessary"


def values(item: dict[str, Any]) -> list[Any]:
    shape = item.get("schema", {})
    return shape.get("enum") or shape.get("items", {}).get("enum") or []


def fields_taken(name: str, before: Any, after: Any) -> Iterator[str]:
    """Properties, at any depth, that are no longer described."""
    if not isinstance(before, dict):
        return
    after = after if isinstance(after, dict) else {}
    for key, item in before.items():
        if key == "properties":
            for field in sorted(item.keys() - after.get(key, {}).keys()):
                yield f"{name}: the field {field} is gone"
        if isinstance(item, dict):
            yield from fields_taken(name, item, after.get(key, {}))


def test_nothing_that_was_promised_is_taken_back():
    """Against the description of the last commit, so that a regenerated file cannot hide a break."""
    shown = subprocess.run(
        ["git", "show", "HEAD:docs/api/openapi.json"], cwd=PROMISED.parent, capture_output=True, text=True
    )
    promised = json.loads(shown.stdout if shown.returncode == 0 and shown.stdout else PROMISED.read_text())
    assert list(broken(promised, json.loads(described_api()))) == []


def test_the_written_description_is_current():
    assert PROMISED.read_text() == described_api(), "run “make docs” and commit the result"


def test_a_break_is_told():
    old = json.loads(described_api())
    new = json.loads(described_api())
    del new["paths"]["/api/v1/regions/"]
    lists = new["paths"]["/api/v1/platforms/"]["get"]
    lists["parameters"] = [item for item in lists["parameters"] if item["name"] != "tier"]
    told = list(broken(old, new))
    assert "GET /api/v1/regions/ is gone" in told
    assert "GET /api/v1/platforms/: the parameter tier is gone" in told


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
