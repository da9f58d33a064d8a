"""Keys of other systems: what they open, what they do not, and how they end."""

import datetime

import pytest
import time_machine
from django.core.cache import cache
from django.core.management import call_command
from django.utils import timezone

from platforms.access import Permission as P
from platforms.actions import api_client
from platforms.errors import Invalid, NotPermitted
from platforms.models import ApiClient
from tests import factories
from tests.api import V1, problem

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fresh_limits():
    cache.clear()


def key_for(owner, *scopes) -> dict[str, str]:
    _client, key = api_client.create(owner=owner, name="示例系统", scopes=scopes, days=30, by=None)
    return {"Authorization": f"Api-Key {key}"}


def test_a_key_reads_what_its_owner_may_read(client, cast):
    mine = factories.SubmissionFactory(authority=cast.jiangsu)
    factories.SubmissionFactory(authority=cast.ningbo)

    body = client.get(f"{V1}submissions/", headers=key_for(cast.jiangsu_clerk, P.SUBMISSION_VIEW)).json()

    assert [item["number"] for item in body["results"]] == [mine.number]


def test_a_key_for_reading_cannot_write(client, cast):
    response = client.post(
        f"{V1}submissions/",
        {"authority": "320000"},
        content_type="application/json",
        headers=key_for(cast.jiangsu_clerk, P.SUBMISSION_VIEW),
    )

    problem(response, 403)


def test_a_key_has_no_rights_its_owner_has_lost(client, cast):
    headers = key_for(cast.jiangsu_clerk, P.SUBMISSION_VIEW)
    cast.jiangsu_clerk.memberships.update(valid_until=timezone.now())

    problem(client.get(f"{V1}submissions/", headers=headers), 403)


def test_a_key_that_was_revoked_or_whose_owner_left_opens_nothing(client, cast):
    headers = key_for(cast.jiangsu_clerk, P.SUBMISSION_VIEW)
    api_client.revoke(client=ApiClient.objects.get(), by=cast.jiangsu_clerk)
    assert problem(client.get(f"{V1}submissions/", headers=headers), 401)
    assert client.get(f"{V1}submissions/", headers=headers)["WWW-Authenticate"] == "Api-Key"

    headers = key_for(cast.ningbo_clerk, P.SUBMISSION_VIEW)
    cast.ningbo_clerk.is_active = False
    cast.ningbo_clerk.save()
    problem(client.get(f"{V1}submissions/", headers=headers), 401)


def test_a_key_ends_on_its_day(client, cast):
    headers = key_for(cast.jiangsu_clerk, P.SUBMISSION_VIEW)
    with time_machine.travel(timezone.now() + datetime.timedelta(days=31), tick=True):
        problem(client.get(f"{V1}submissions/", headers=headers), 401)


@pytest.mark.parametrize(
    "written",
    [
        "",
        "x",
        "abcd.",
        "abcd.efgh",
        "aaaaaaaa." + "b" * 43,
        "a.b.c",
        "\x00.\x00",
        "ключ." + "b" * 43,
        "." * 90,
    ],
)
def test_a_key_that_is_none_is_refused_even_where_none_is_needed(client, written):
    problem(client.get(f"{V1}platforms/", HTTP_AUTHORIZATION=f"Api-Key {written}"), 401)


def test_without_a_key_or_a_session_one_is_asked_to_sign_in(client):
    for name in ("submissions", "recommendations", "documents", "reports", "jobs"):
        refused = client.get(f"{V1}{name}/")
        problem(refused, 401)
        assert refused["Cache-Control"] == "private, no-store"


def test_use_is_noted_at_most_once_a_minute(client, cast, django_assert_num_queries):
    headers = key_for(cast.jiangsu_clerk, P.SUBMISSION_VIEW)
    client.get(f"{V1}platforms/", headers=headers)
    noted = ApiClient.objects.get().last_used_at
    assert noted is not None

    client.get(f"{V1}platforms/", headers=headers)

    assert ApiClient.objects.get().last_used_at == noted


def test_the_secret_is_not_stored(cast):
    client, key = api_client.create(
        owner=cast.jiangsu_clerk, name="示例", scopes=[P.SUBMISSION_VIEW], days=1, by=cast.jiangsu_clerk
    )

    assert key.partition(".")[2] not in str(ApiClient.objects.values().get())
    assert key.startswith(client.prefix + ".")


@pytest.mark.parametrize(
    ("scopes", "days"), [(["submission.decide"], 1), (["nonsense"], 1), ([], 1), (["submission.view"], 366)]
)
def test_a_key_never_goes_beyond_its_owner_or_a_year(cast, scopes, days):
    with pytest.raises(Invalid):
        api_client.create(owner=cast.jiangsu_clerk, name="示例", scopes=scopes, days=days, by=None)


def test_a_key_is_made_by_its_owner_alone(cast):
    """Whoever grants roles would otherwise act as anybody."""
    arguments = {"owner": cast.jiangsu_clerk, "name": "示例", "scopes": [P.SUBMISSION_VIEW], "days": 1}

    for other in (cast.security_admin, cast.ningbo_clerk, cast.ministry_clerk, cast.nobody):
        with pytest.raises(NotPermitted):
            api_client.create(**arguments, by=other)

    assert not ApiClient.objects.exists()


def test_a_key_is_ended_by_its_owner_or_with_a_reason_by_whoever_grants_roles(cast):
    arguments = {"owner": cast.jiangsu_clerk, "name": "示例", "scopes": [P.SUBMISSION_VIEW], "days": 1}
    client, _key = api_client.create(**arguments, by=cast.jiangsu_clerk)

    with pytest.raises(NotPermitted):
        api_client.revoke(client=client, by=cast.ministry_clerk, reason="示例")
    with pytest.raises(Invalid):
        api_client.revoke(client=client, by=cast.security_admin)
    assert api_client.revoke(client=client, by=cast.security_admin, reason="泄露").revoked_at is not None


def test_the_command_prints_the_key_once(client, cast, capsys):
    call_command("create_api_client", "js-clerk", "示例系统", scope=[P.SUBMISSION_VIEW])

    header = capsys.readouterr().out.strip().removeprefix("Authorization: ")
    assert client.get(f"{V1}submissions/", headers={"Authorization": header}).status_code == 200
