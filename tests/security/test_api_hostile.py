"""Everything that is known to make such systems answer 500: none of it does here."""

import json

import pytest
from django.db import transaction

from platforms.api.parameters import Parameter
from tests import factories
from tests.api import V1, public_platform
from tests.cultivation.test_api_submissions import Caller
from tests.security.routes import ours
from tests.security.test_access_matrix import address

pytestmark = pytest.mark.django_db

QUERIES = [
    "q=%00", "q=%ED%A0%80", "q=%FF%FE", "q=" + "a" * 5000, "q=%F0%9F%92%A9", "q='%22;--", "q=)(", "q=\\", "q=%25",
    "tier=%00", "region=%00", "page=1e308", "page=%E4%B8%80", f"page={10**21}", f"page_size={2**63}", "page=+1", "page=1%0A",
    "cursor=%00", "cursor=" + "A" * 4000, "cursor=eyJhIjoxfQ:1:1", "updated_since=99999-01-01", "updated_since=0-0-0",
    "updated_since=1e308", "updated_since=2026-02-30", "updated_since=2026-01-01T99:99:99Z",
    "updated_since=2026-01-01T00:00:00%2B99:99", "operator=" + "9" * 18, "ordering=-", "ordering=--name", "ordering=%00",
    "facets=,", "facets=tier,tier,tier", "format=%00", "format=csv%00", "demo=null", "%00=1", "a[]=1", "=", "&&&", "q",
    "&".join(f"p{n}=1" for n in range(2000)), "tier=key&" * 500, "after=1", "status=active&status=active",
    "as_of=2026-11-01&cursor=", "as_of=%00", "as_of=2026-11-01&as_of=2026-11-02", "as_of=9999-12-31", "as_of=0000-01-01",
    "as_of=2026-11-01&format=csv&expand=services", "expand=%00", "expand=,", "expand=services'--", "expand=platform,services",
    "expand=services&page_size=" + "9" * 5000, "expand=" + "services," * 900, "bbox=1e308,NaN,%00,1", "format=geojson",
]  # fmt: skip
PATHS = [
    "platforms/%00/", "platforms/../", "platforms/ZS-32-00001-%00/", "operators/%00/", "regions/9999999999/",
    "areas/%F0%9F%92%A9/", "services/%E4%B8%AD/", "lists/a/b/c/", "lists/%2e%2e/x/", f"jobs/{2**63}/", f"jobs/{10**17}/",
    "jobs/0/", "submissions/%00/", "batches/" + "a" * 300 + "/", "notices/-/", "changes/1/", "//", "platforms//",
]  # fmt: skip
DEEP = "[" * 100_000 + "]" * 100_000
BODIES = [
    b"", b"{", b"null", b"[]", b'"x"', b"1", b"\xff\xfe", b'{"authority": "\x00"}', b'{"authority": "\\u0000"}',
    b'{"authority": "\\ud800"}', b'{"payload": {"platform": {"name_zh": "\\ud800"}}}', b'{"payload": {"a": NaN}}',
    b'{"payload": {"a": 1e400}}', b'{"payload": {"a": ' + b"9" * 5000 + b"}}", b'{"payload": {"a": 1099511627776}}',
    b'{"payload": {"platform": {"staff_total": 99999999999999999999}}}', b'{"payload": {"\\u0000": 1}}',
    b'{"authority": "320000", "payload": ' + DEEP.encode() + b"}", b'{"a":' * 900 + b"1" + b"}" * 900,
    b'{"authority": {"$ne": 1}}', b'{"authority": ["320000"]}', b'{"authority": "320000", "payload": {"platform": []}}',
    b'{"authority": "320000", "payload": {"lines": {}}}', b'{"authority": "320000", "payload": {"lines": [1, null, []]}}',
    b'{"authority": "320000", "payload": {"platform": {"name_zh": {"a": 1}}}}', b'{"authority": "320000", "platform": "x"}',
    b'{"authority": "320000", "kind": "change", "platform": "ZS-32-00001-0"}', b"{}" + b" " * 100,
    b'{"authority": "320000", "kind": []}', b'{"authority": "320000", "payload": {"figures": [{"year": 1e308}]}}',
]  # fmt: skip


@pytest.mark.parametrize(
    "name", ["platforms", "services", "operators", "designations", "regions", "changes", "lists"]
)
def test_no_query_makes_a_list_fail(client, name):
    public_platform()
    for query in QUERIES:
        response = client.get(f"{V1}{name}/", QUERY_STRING=query)
        assert response.status_code < 500, query[:80]
        assert response["Content-Type"] in (
            "application/json",
            "application/problem+json",
            "text/csv; charset=utf-8",
        )


def test_no_address_makes_the_api_fail(client):
    for path in PATHS:
        response = client.get(V1 + path)
        assert response.status_code in (301, 400, 401, 404), path
        if response.status_code != 301:
            assert response["Content-Type"] == "application/problem+json", path


def test_no_body_makes_a_write_fail(cast):
    factories.DirectionFactory()
    caller = Caller(cast.jiangsu_clerk)
    number = factories.SubmissionFactory(authority=cast.jiangsu).number
    for body in BODIES:
        for path in ("submissions/", f"submissions/{number}/prepare/"):
            response = caller.client.post(V1 + path, body, "application/json", headers=caller.headers)
            assert response.status_code < 500, body[:80]
        response = caller.client.patch(
            f"{V1}submissions/{number}/", body, "application/json",
            headers={**caller.headers, "If-Match": caller.get(f"submissions/{number}/")["ETag"]},
        )  # fmt: skip
        assert response.status_code < 500, body[:80]


def test_a_body_of_another_kind_or_size_is_refused(cast, settings):
    caller = Caller(cast.jiangsu_clerk)
    for media_type in ("text/plain", "application/xml", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded",
                       "application/json2", ""):  # fmt: skip
        response = caller.client.post(f"{V1}submissions/", b"a=1", media_type, headers=caller.headers)
        assert response.status_code == 415, media_type
        assert response["Content-Type"] == "application/problem+json"
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
    assert caller.post("submissions/", {"authority": "x" * 200}).status_code == 413


def test_odd_headers_are_no_failure(cast, client):
    caller = Caller(cast.jiangsu_clerk)
    for value in ("*", '"', "W/", '""', "\xff", ",,,", "a" * 5000):
        assert client.get(f"{V1}platforms/", HTTP_IF_NONE_MATCH=value).status_code in (200, 304)
        response = caller.client.post(
            f"{V1}submissions/", json.dumps({"nonsense": 1}), "application/json",
            headers=caller.headers, HTTP_IDEMPOTENCY_KEY=value,
        )  # fmt: skip
        assert response.status_code == 400
    for value in ("text/html", "application/xml;q=0.9", "*/*;q=x", ""):
        assert client.get(f"{V1}platforms/", HTTP_ACCEPT=value).status_code == 200


def test_a_failure_that_nobody_foresaw_is_a_problem_document_too(client, monkeypatch):
    from platforms.api import platform

    def broken(*args):
        raise RuntimeError("示例")

    monkeypatch.setattr(platform.Platforms, "get", broken)
    client.raise_request_exception = False

    response = client.get(f"{V1}platforms/")

    assert response.status_code == 500
    assert response["Content-Type"] == "application/problem+json"
    assert "示例" not in response.content.decode()


#: One value after another for every parameter of every address: what has made such systems answer 500 (and what looks like it).
VALUES = [
    "%00", "%ED%A0%80", "%FF", "%F0%9F%92%A9", "'", "\\", "NaN", "1e308", str(2**31), str(2**63), "9" * 4300, "0000-00-00",
    "99999-01-01", "0001-01-01", "2026-02-30", "2026-01-01T00:00:00%2B99:99", "9999-12-31T23:59:59-23:59",
    "%E4%B8%80" * 300, "%0A", "%20%00",
]  # fmt: skip


def test_no_value_of_any_parameter_of_any_address_makes_the_api_fail(world):
    faults, asked = [], 0
    clients = [world.client(person) for person in ("public", "jiangsu approver", "ministry clerk")]
    for route in ours():
        if route.kind != "api" or "GET" not in route.methods:
            continue
        try:
            url = address(route, world.jiangsu)[0]
        except LookupError:
            continue
        client = clients[0] if route.access == "public" else clients[1 + asked % 2]
        for query in (f"{item.name}={value}" for item in parameters_of_view(route.view) for value in VALUES):
            asked += 1
            with transaction.atomic():
                answer = client.get(url, QUERY_STRING=query)
                if answer.streaming:
                    b"".join(answer.streaming_content)
                transaction.set_rollback(True)
            if answer.status_code >= 500:
                faults.append((url, query[:60], answer.status_code))
    assert faults == []
    assert asked > 1000


def parameters_of_view(view) -> list[Parameter]:
    cls = view.cls
    return list(cls.parameters() if hasattr(cls, "parameters") else getattr(cls, "parameters_known", ()))
