"""Thousands of requests made from the description of the API, sound and unsound, as three callers: what is answered is described.

In the process and against one world that every request leaves as it found it, because a server would answer twenty times slower.
"""

from __future__ import annotations

import datetime
import os
import re
from collections import Counter
from typing import Any

import orjson
import pytest
from django.core.cache import cache
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, reset_queries, transaction
from django.test import Client
from hypothesis import HealthCheck, Phase, given, settings

from platforms.access import reach
from platforms.actions.api_client import digest
from platforms.models import ApiClient
from tests.security.routes import ours
from tests.security.world import World, sample

schemathesis = pytest.importorskip("schemathesis")

pytestmark = pytest.mark.django_db

#: Requests to each operation as each caller; a longer search is REGISTRY_FUZZ_CASES=200 make test ARGS=…
CASES = int(os.environ.get("REGISTRY_FUZZ_CASES", "28"))
#: Requests of all callers together that a run makes at least; an address without parameters is asked once only.
LEAST = 5_000
CALLERS = {"public": "", "authority": "jiangsu approver", "ministry": "ministry clerk"}
#: What sound requests may be answered beside success: rights, states and records are not part of a description.
EXPECTED = ["2xx", "301", "302", "400", "401", "403", "404", "405", "409", "412", "422", "428"]


def key_of(world: World, person: str) -> str:
    owner, secret = world.people[person], "s" * 43
    now = datetime.datetime.now(datetime.UTC)
    ApiClient.objects.create(
        owner=owner,
        name="fuzz",
        prefix=f"fz{owner.pk}"[:12].ljust(4, "0"),
        key_sha256=digest(secret),
        scopes=sorted(reach(owner).permissions()),
        expires_at=now + datetime.timedelta(days=30),
    )
    return f"Api-Key {ApiClient.objects.get(owner=owner, name='fuzz').prefix}.{secret}"


@pytest.fixture
def described():
    """The description, and an application that leaves the test's connection to the database alone."""
    from django.core.wsgi import get_wsgi_application

    cache.clear()  # what the tests before have asked counts against nobody here
    raw = orjson.loads(Client().get("/api/v1/schema/").content)
    for signal, receiver in (
        (request_started, reset_queries),
        (request_started, close_old_connections),
        (request_finished, close_old_connections),
    ):
        signal.disconnect(receiver)
    config = schemathesis.config.SchemathesisConfig.from_dict(
        {"checks": {"positive_data_acceptance": {"expected-statuses": EXPECTED}}}
    )
    schema = schemathesis.openapi.from_dict(raw, config=config)
    schema.app = get_wsgi_application()
    yield schema
    request_started.connect(reset_queries)
    request_started.connect(close_old_connections)
    request_finished.connect(close_old_connections)


@pytest.mark.parametrize("caller", CALLERS)
def test_every_answer_to_every_kind_of_request_is_described(world: World, described: Any, caller: str):
    person = CALLERS[caller]
    headers = {"Authorization": key_of(world, person)} if person else {}
    faults: dict[str, str] = {}
    asked: Counter[str] = Counter()
    existing = records_of(world)
    operations = [found.ok() for found in described.get_all_operations()]
    for operation in operations:
        sound, unsound = schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE
        # Half of the requests go to records that are there; what is made up hardly ever meets one.
        there = existing.get(operation.path)
        press(operation, operation.as_strategy(sound, path_parameters=there), headers, asked, faults)
        if (
            operation.query or operation.body
        ):  # any text is a sound path: a search for an unsound one ends in vain
            press(operation, operation.as_strategy(unsound), headers, asked, faults)
    assert faults == {}, "\n\n".join(faults.values())
    print(f"{caller}: {sum(asked.values())} requests to {len(asked)} operations")
    assert asked.keys() == {f"{one.method.upper()} {one.path}" for one in operations}
    assert sum(asked.values()) * len(CALLERS) >= LEAST


def records_of(world: World) -> dict[str, dict[str, str] | None]:
    """Path of the description → parameters that name a record of the world."""
    found = {}
    for route in ours():
        path = "/" + re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", route.pattern).replace("{pk}", "{id}")
        values = {
            name.replace("pk", "id"): str(sample(world.jiangsu, before, name, converter)[0])
            for before, name, converter in (route.parameters if route.kind == "api" else ())
        }
        found[path] = values if values and all(values.values()) else None
    return found


def press(
    operation: Any, cases: Any, headers: dict[str, str], asked: Counter, faults: dict[str, str]
) -> None:
    name = f"{operation.method.upper()} {operation.path}"

    @settings(
        max_examples=max(CASES // 2, 1),
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
        derandomize="REGISTRY_FUZZ_CASES" not in os.environ,
    )
    @given(case=cases)
    def one(case: Any) -> None:
        if any(value in ({}, []) for value in (case.query or {}).values()):
            return  # is nothing at all in an address: what arrives is a sound request without that parameter
        asked[name] += 1
        with transaction.atomic():
            response = case.call(headers=headers)
            try:
                case.validate_response(response, headers=headers)
            except (Exception, BaseExceptionGroup) as fault:
                faults.setdefault(
                    f"{name}: {type(fault).__name__}: {kind(fault)}", told(fault, case, response)
                )
            transaction.set_rollback(True)

    try:
        one()
    except (Exception, BaseExceptionGroup) as fault:
        if "Unsatisfiable" not in type(fault).__name__:
            faults.setdefault(f"{name}: {type(fault).__name__}", str(fault)[:400])


def kind(fault: Any) -> str:
    return ", ".join(sorted({type(item).__name__ for item in getattr(fault, "exceptions", [fault])}))


def told(fault: Any, case: Any, response: Any) -> str:
    why = " | ".join(str(item)[:300] for item in getattr(fault, "exceptions", [fault]))
    return f"{case.method} {case.formatted_path} {case.query} {str(case.body)[:200]} → {response.status_code}: {why}"
