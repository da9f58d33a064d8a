"""Every example of the description is sent over HTTP to the program and answered as described, by someone who may."""

from __future__ import annotations

import http.client
import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlencode
from wsgiref.simple_server import WSGIRequestHandler, make_server

import jsonschema
import pytest
from django.core.cache import cache
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, reset_queries, transaction
from django.test import Client

from cultivation.models import ChangeRequest
from platforms.api.examples import BODIES
from registry.promises import whole
from tests.security.test_api_fuzz import records_of
from tests.security.world import World

pytestmark = pytest.mark.django_db
CLERK, APPROVER, MINISTRY = "jiangsu clerk", "jiangsu approver", "ministry approver"
#: Who asks; the approver of an authority where nobody else is named.
WHO = {"GET /api/v1/imports/": CLERK, "GET /api/v1/imports/{id}/": CLERK, "POST /api/v1/releases/": MINISTRY}


class Silent(WSGIRequestHandler):
    def log_message(self, *args: Any) -> None:
        pass


@pytest.fixture
def ask():
    """Sends a request to a server in this thread, which sees the world that was built in it."""
    joined = [
        (request_started, reset_queries),
        (request_started, close_old_connections),
        (request_finished, close_old_connections),
    ]
    for signal, receiver in joined:
        signal.disconnect(receiver)
    server = make_server("127.0.0.1", 0, get_wsgi_application(), handler_class=Silent)
    with ThreadPoolExecutor(1) as wires:

        def sent(method: str, address: str, body: Any, headers: dict[str, str]) -> tuple[int, str, bytes]:
            wire = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=60)
            data = None if body is None else json.dumps(body)
            wire.request(
                method, address, data, {**headers, "Content-Type": "application/json"} if data else headers
            )
            answer = wire.getresponse()
            found = (answer.status, answer.headers.get_content_type(), answer.read())
            wire.close()
            return found

        def ask(method: str, address: str, body: Any = None, headers: dict[str, str] | None = None):
            waiting = wires.submit(sent, method, address, body, headers or {})
            with transaction.atomic():
                server.handle_request()
                transaction.set_rollback(True)
            return waiting.result()

        yield ask
    server.server_close()
    for signal, receiver in joined:
        signal.connect(receiver)


@pytest.fixture(autouse=True)
def _fresh_limits():
    cache.clear()


@pytest.fixture(scope="module")
def described() -> dict[str, Any]:
    cache.clear()  # what the tests before have asked counts against nobody here
    return whole(json.loads(Client().get("/api/v1/schema/").content))


def fault_of(operation: dict[str, Any], answer: tuple[int, str, bytes]) -> str:
    """What is wrong with an answer: another status or kind than described, no success, or a body of another shape."""
    status, kind, data = answer
    said = operation["responses"].get(str(status), {}).get("content", {})
    if not 200 <= status < 400 or kind not in said:
        return f"{status} {kind}: {data[:300].decode(errors='replace')}"
    if kind == "application/json":
        wrong = next(
            jsonschema.Draft202012Validator(said[kind]["schema"]).iter_errors(json.loads(data)), None
        )
        if wrong is not None:
            return f"{status}: {wrong.json_path}: {wrong.message[:200]}"
    return ""


def test_every_example_of_a_parameter_is_answered_as_described(world: World, ask, described):
    existing, faults, sent = records_of(world), [], 0
    for path, methods in described["paths"].items():
        operation = methods.get("get")
        queries = [item for item in (operation or {}).get("parameters", ()) if item["in"] == "query"]
        if not queries:
            continue
        address = path.format(**(existing.get(path) or {}))
        needed = {item["name"]: item["example"] for item in queries if item.get("required")}
        headers = world.program(WHO.get(f"GET {path}", APPROVER), allowed=True)
        for item in queries:
            if "example" not in item:
                continue
            sent += 1
            query = urlencode({**needed, item["name"]: item["example"]}, doseq=True)
            fault = fault_of(operation, ask("GET", f"{address}?{query}", headers=headers))
            if fault:
                faults.append(f"GET {address}?{query} → {fault}")
    assert faults == [], "\n".join(faults)
    assert sent > 300


def test_every_example_of_a_body_does_what_it_says(world: World, ask, described):
    faults = []
    ChangeRequest.objects.update(status="withdrawn")  # the world has one under way
    for name in BODIES:
        method, path = name.split(" ")
        operation = described["paths"][path][method.lower()]
        content = operation["requestBody"]["content"]["application/json"]
        headers = world.program(WHO.get(name, CLERK), allowed=True)
        for example in content["examples"].values():
            jsonschema.validate(example["value"], content["schema"])
            fault = fault_of(operation, ask(method, path, example["value"], headers))
            if fault:
                faults.append(f"{name} {example['summary']} → {fault}")
    assert faults == [], "\n".join(faults)


def test_every_parameter_with_a_choice_has_an_example(described):
    bare = {
        item["name"]
        for methods in described["paths"].values()
        for operation in methods.values()
        for item in operation.get("parameters", ())
        if item["in"] == "query" and "example" not in item
    }
    assert bare == {"cursor", "second", "omit", "as_of", "parameter_min", "parameter_max"}
