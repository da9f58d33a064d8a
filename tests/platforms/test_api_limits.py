"""How often a program may ask, what it is told of that, and where a key may be used from."""

from __future__ import annotations

import pytest

from platforms.access import Permission as P
from platforms.access import Role
from platforms.actions import api_client
from platforms.errors import Invalid, NotPermitted
from platforms.models import ApiClient
from tests import factories
from tests.api import V1, problem
from tests.platforms.publishing import published
from tests.platforms.test_api_keys import key_for

pytestmark = pytest.mark.django_db
LISTS = f"{V1}platforms/"


@pytest.fixture(autouse=True)
def few(settings):
    rates = {"anon": "3/min", "user": "5/min", "search_anon": "2/min", "search_user": ""}
    settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "DEFAULT_THROTTLE_RATES": rates}


def left(answer) -> tuple[str, str]:
    return answer["RateLimit-Policy"], answer["RateLimit"]


def test_every_answer_says_how_many_are_left(client, cast):
    assert left(client.get(LISTS)) == ('"default";q=3;w=60', '"default";r=2;t=60')
    headers = key_for(cast.jiangsu_clerk, P.SUBMISSION_VIEW)
    assert left(client.get(LISTS, headers=headers)) == ('"default";q=5;w=60', '"default";r=4;t=60')


def test_searches_are_counted_apart(client):
    published("示例·陶瓷平台")
    for remaining in (1, 0):
        answer = client.get(LISTS, {"q": "陶瓷"})
        assert left(answer) == ('"search";q=2;w=60', f'"search";r={remaining};t=60')
    refused = client.get(LISTS, {"q": "陶瓷"})
    problem(refused, 429)
    assert (left(refused)[1], int(refused["Retry-After"]) > 0) == ('"search";r=0;t=60', True)
    assert client.get(LISTS).status_code == 200


def test_two_keys_of_one_person_have_a_limit_each(client, cast):
    first, second = (key_for(cast.jiangsu_clerk, P.SUBMISSION_VIEW) for _turn in range(2))
    answers = [client.get(LISTS, headers=first).status_code for _turn in range(6)]
    assert answers == [200] * 5 + [429]
    assert client.get(LISTS, headers=second).status_code == 200


def test_a_key_may_have_another_limit_than_the_rest(client, cast):
    headers = key_for(cast.jiangsu_clerk, P.SUBMISSION_VIEW)
    api_client.set_rate(
        client=ApiClient.objects.get(), rate=900, reason="省平台每小时全量核对", by=cast.security_admin
    )
    assert left(client.get(LISTS, headers=headers))[0] == '"default";q=900;w=60'


def test_a_limit_is_set_by_who_grants_roles_and_with_a_reason(cast):
    key_for(cast.jiangsu_clerk, P.SUBMISSION_VIEW)
    known = ApiClient.objects.get()
    with pytest.raises(NotPermitted):
        api_client.set_rate(client=known, rate=900, reason="示例", by=cast.jiangsu_clerk)
    for rate, reason in ((0, "示例"), (100_001, "示例"), (900, " ")):
        with pytest.raises(Invalid):
            api_client.set_rate(client=known, rate=rate, reason=reason, by=cast.security_admin)
    known.refresh_from_db()
    assert known.rate is None


def test_a_key_works_from_its_networks_only(client, cast, settings):
    settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "NUM_PROXIES": 0}
    _client, key = api_client.create(
        owner=cast.jiangsu_clerk, name="示例", scopes=[P.SUBMISSION_VIEW], days=9, by=None,
        networks=["192.0.2.7/24", "2001:db8::1"],
    )  # fmt: skip
    headers = {"Authorization": f"Api-Key {key}"}
    assert ApiClient.objects.get().networks == ["192.0.2.0/24", "2001:db8::1/128"]
    for address, status in (
        ("192.0.2.200", 200), ("::ffff:192.0.2.9", 200), ("2001:db8::1", 200), ("192.0.3.1", 401), ("2001:db8::2", 401),
        ("127.0.0.1", 401),
    ):  # fmt: skip
        answer = client.get(f"{V1}submissions/", headers=headers, REMOTE_ADDR=address)
        assert (address, answer.status_code) == (address, status)
    # Written by the caller, believed by nobody as long as no proxy stands in front.
    spoofed = client.get(f"{V1}submissions/", headers={**headers, "X-Forwarded-For": "192.0.2.1"})
    assert spoofed.status_code == 401


def test_what_is_no_network_is_named(cast, signed_in):
    typed = {"name": "示例", "scopes": [P.SUBMISSION_VIEW], "days": 9, "networks": "192.0.2.0/24\nhere"}
    answer = signed_in(cast.jiangsu_clerk).post("/accounts/keys/", typed)
    assert answer.status_code == 400
    assert "“here”不是网络地址" in answer.content.decode()
    assert ApiClient.objects.count() == 0


def test_without_the_cache_reading_stays_open_and_signing_in_closes(client, settings):
    """Who counts nothing cannot count attempts at a password either."""
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": "redis://127.0.0.1:1/0",
            "OPTIONS": {"socket_timeout": 1, "socket_connect_timeout": 1},
        }
    }
    person = factories.person(Role.EXPERT)
    for address in ("/", "/platforms/", LISTS, f"{V1}changes/"):
        assert (address, client.get(address).status_code) == (address, 200)
    answer = client.post("/accounts/login/", {"login": person.username, "password": "a-good-long-password"})
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert "_auth_user_id" not in client.session
