"""What a program is told that asked for something it cannot have: everything at once, in its language, readable from any site."""

import pytest
from django.core.cache import cache

from tests.api import V1, parameters_of, problem
from tests.platforms.publishing import published

pytestmark = pytest.mark.django_db
ENGLISH = {"Accept-Language": "en-GB,en;q=0.9"}


@pytest.fixture(autouse=True)
def _fresh_limits():
    cache.clear()


def test_every_fault_of_a_question_is_named_at_once(client):
    asked = "tier=nope&ordering=x&page=0&as_of=never&facets=no&fields=no&format=png&region=1"
    body = problem(client.get(f"{V1}platforms/?{asked}"), 400)
    assert sorted(set(parameters_of(body))) == [
        "as_of", "facets", "fields", "format", "ordering", "page", "region", "tier",
    ]  # fmt: skip


def test_what_is_not_taken_is_answered_with_what_is(client):
    said = {
        name: problem(client.get(f"{V1}{path}", headers=ENGLISH), 400)["detail"]
        for name, path in {
            "national": "platforms/?tier=nope", "name_zh": "platforms/?fields=nope", "platform, batch": "records/",
            "issued, number": "releases/?ordering=nope",
        }.items()
    }  # fmt: skip
    assert {name: name in sentence for name, sentence in said.items()} == dict.fromkeys(said, True)


@pytest.mark.parametrize(
    ("path", "status", "english", "chinese"),
    [
        ("platforms/?tier=nope", 400, "tier: There is no value “nope”", "没有“nope”这个值"),
        ("platforms/?nope=1", 400, "nope: there is no such parameter", "没有这个参数"),
        ("no-such-list/", 404, "The address may be mistyped", "地址可能打错了"),
        ("submissions/", 401, "Authentication credentials were not provided", "身份认证信息未提供"),
    ],
)
def test_a_refusal_speaks_the_language_of_the_caller(client, path, status, english, chinese):
    for headers, sentence, language in ((ENGLISH, english, "en"), ({}, chinese, "zh-hans")):
        answer = client.get(f"{V1}{path}", headers=headers)
        assert sentence in problem(answer, status)["detail"]
        assert (answer["Content-Language"], "Accept-Language" in answer["Vary"]) == (language, True)


def test_the_description_is_kept_apart_by_language_and_the_record_is_not(client):
    said = {
        language: client.get(f"{V1}schema/", headers={"Accept-Language": language})
        for language in ("en", "zh")
    }
    assert all("Accept-Language" in answer["Vary"] for answer in said.values())
    assert said["en"]["ETag"] != said["zh"]["ETag"]
    published("示例·陶瓷平台")
    records = [client.get(f"{V1}platforms/", headers=headers) for headers in (ENGLISH, {})]
    assert (records[0].content, records[0]["ETag"]) == (records[1].content, records[1]["ETag"])
    assert "Accept-Language" not in records[0].get("Vary", "")


@pytest.mark.parametrize("path", ["platforms/ZS-11-00001-0/", "no-such-list/", "platforms/?nope=1"])
def test_a_script_of_another_site_can_read_why_it_was_refused(client, path):
    answer = client.get(f"{V1}{path}")
    assert answer.status_code >= 400
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert {"Registry-Mark", "X-Request-ID", "Retry-After"} <= set(
        answer["Access-Control-Expose-Headers"].split(", ")
    )
    assert "Access-Control-Allow-Origin" not in client.post(f"{V1}{path}")


@pytest.mark.parametrize("slip", ["{start}-{other}", "{start}", "{bare}", "{code}/histroy"])
def test_a_mistyped_code_is_answered_with_the_platform_that_was_meant(client, slip):
    row = published("示例·电池材料平台")
    start, _dash, check = row.code.rpartition("-")
    other = "1" if check == "0" else "0"
    path = slip.format(code=row.code, start=start, bare=start.replace("-", ""), other=other)
    body = problem(client.get(f"{V1}platforms/{path}/"), 404)
    assert [(item["code"], item["display"]) for item in body["suggestions"]] == [(row.code, row.name_zh)]
    assert client.get(body["suggestions"][0]["url"].replace("http://localhost:8000", "")).status_code == 200


def test_a_code_of_nobody_suggests_nothing(client):
    published("示例·电池材料平台")
    assert "suggestions" not in problem(client.get(f"{V1}platforms/ZS-82-99999-0/"), 404)
    assert "suggestions" not in problem(client.get(f"{V1}platforms/?page=99"), 404)


def test_who_asked_too_often_is_told_when_the_count_begins_anew(client, settings):
    rates = {"anon": "1/hour", "user": "1/hour"}
    settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "DEFAULT_THROTTLE_RATES": rates}
    client.get(f"{V1}areas/")
    redis = cache._cache.get_client()
    for key in redis.keys("*api:default:anon*"):
        redis.expire(key, 7)
    refused = client.get(f"{V1}areas/")
    problem(refused, 429)
    assert int(refused["Retry-After"]) <= 7
    assert refused["RateLimit"].startswith('"default";r=0;t=')
    assert 0 < int(refused["RateLimit"].rpartition("=")[2]) <= 7
