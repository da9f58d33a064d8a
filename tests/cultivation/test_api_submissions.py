"""申报 over the API: drafts, versions, steps, and requests that arrive twice."""

import json
import threading

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client

from cultivation.models import Submission
from platforms.access import Permission as P
from platforms.actions import api_client
from platforms.models import IdempotencyKey, PublicPlatform
from tests import factories
from tests.api import V1, problem

ALL = (P.SUBMISSION_VIEW, P.SUBMISSION_PREPARE)


@pytest.fixture(autouse=True)
def _fresh_limits():
    cache.clear()


@pytest.fixture
def reference(db):
    factories.DirectionFactory()


class Caller:
    """Somebody's program: JSON in, JSON out, with that person's key."""

    def __init__(self, owner, *scopes) -> None:
        held = [scope for scope in scopes or P.values]
        from platforms.access import reach

        owner.__dict__.pop("_reach", None)
        held = sorted(set(held) & reach(owner).permissions())
        _client, key = api_client.create(owner=owner, name="示例系统", scopes=held, days=1, by=None)
        self.client, self.headers = Client(), {"Authorization": f"Api-Key {key}"}

    def post(self, path, body=None, **headers):
        return self.client.post(V1 + path, json.dumps(body or {}), "application/json",
                                headers={**self.headers, **headers})  # fmt: skip

    def patch(self, path, body, **headers):
        return self.client.patch(V1 + path, json.dumps(body), "application/json",
                                 headers={**self.headers, **headers})  # fmt: skip

    def get(self, path):
        return self.client.get(V1 + path, headers=self.headers)


def drafted(caller: Caller) -> dict:
    response = caller.post("submissions/", {"authority": "320000", "payload": factories.valid_payload()})
    assert response.status_code == 201, response.content
    return response.json()


@pytest.mark.usefixtures("reference")
def test_a_record_goes_from_an_authoritys_system_to_the_public_list(client, cast):
    clerk, approver, ministry = (
        Caller(cast.jiangsu_clerk), Caller(cast.jiangsu_approver), Caller(cast.ministry_clerk)
    )  # fmt: skip
    draft = drafted(clerk)
    number = draft["number"]

    assert [move["verb"] for move in draft["moves"]] == ["prepare", "withdraw"]
    assert clerk.post(f"submissions/{number}/prepare/").json()["status"] == "prepared"
    assert approver.post(f"submissions/{number}/submit/").json()["status"] == "submitted"
    accepted = ministry.post(f"submissions/{number}/accept/").json()

    assert accepted["status"] == "accepted"
    assert PublicPlatform.objects.get().code == accepted["platform"]
    assert client.get(f"{V1}platforms/{accepted['platform']}/").status_code == 200


@pytest.mark.usefixtures("reference")
def test_a_draft_says_where_it_is_and_which_version_it_is(cast):
    caller = Caller(cast.jiangsu_clerk)
    response = caller.post("submissions/", {"authority": "320000", "payload": factories.valid_payload()})

    number = response.json()["number"]
    assert response["Location"] == f"http://localhost:8000/api/v1/submissions/{number}/"
    assert response["ETag"] == f'"{number}.1"'
    assert response["Cache-Control"] == "private, no-store"


@pytest.mark.usefixtures("reference")
def test_a_change_needs_the_version_it_was_written_against(cast):
    caller = Caller(cast.jiangsu_clerk)
    number = drafted(caller)["number"]
    change = {"payload": {"platform": {"staff_total": 31}}}

    problem(caller.patch(f"submissions/{number}/", change), 428)
    problem(caller.patch(f"submissions/{number}/", change, **{"If-Match": '"other"'}), 412)
    saved = caller.patch(f"submissions/{number}/", change, **{"If-Match": f'"{number}.1"'})
    assert saved["ETag"] == f'"{number}.2"'
    late = caller.patch(f"submissions/{number}/", change, **{"If-Match": f'"{number}.1"'})
    said = problem(late, 412)["changes"]
    assert late["ETag"] == caller.get(f"submissions/{number}/")["ETag"] != f'"{number}.1"'
    assert said and all(
        item["pointer"].startswith("#/payload/") and item["then"] != item["now"] for item in said
    )


@pytest.mark.usefixtures("reference")
def test_what_a_change_leaves_out_is_kept_and_null_clears_and_a_list_replaces(cast):
    caller = Caller(cast.jiangsu_clerk)
    number = drafted(caller)["number"]
    body = {"payload": {"platform": {"staff_total": 31, "summary_zh": None}, "lines": []}}

    payload = caller.patch(f"submissions/{number}/", body, **{"If-Match": f'"{number}.1"'}).json()["payload"]

    assert payload["platform"]["staff_total"] == 31
    assert payload["platform"]["name_zh"] == "示例·申报平台"
    assert "summary_zh" not in payload["platform"]
    assert payload["lines"] == []
    assert len(payload["services"]) == 1


@pytest.mark.usefixtures("reference")
def test_everything_wrong_is_said_at_once_and_nothing_is_stored(cast):
    caller = Caller(cast.jiangsu_clerk)
    payload = factories.valid_payload()
    payload["platform"]["staff_total"] = "many"
    payload["operator"]["uscc"] = "123"
    payload["unknown"] = 1

    body = problem(caller.post("submissions/", {"authority": "320000", "payload": payload}), 400)

    assert {error["pointer"] for error in body["errors"]} >= {
        "#/platform/staff_total",
        "#/operator/uscc",
        "#/unknown",
    }
    assert Submission.objects.count() == 0


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"authority": "320000", "secret": 1}, "#/secret"),
        ({}, "#/authority"),
        ({"authority": "999999"}, "#/authority"),
        ({"authority": 320000}, "#/authority"),
        ({"authority": "320000", "kind": "other"}, "#/kind"),
        ({"authority": "320000", "payload": []}, "#/payload"),
    ],
)
def test_a_body_that_is_not_understood_is_refused_by_field(cast, body, pointer):
    assert pointer in [
        e["pointer"] for e in problem(Caller(cast.jiangsu_clerk).post("submissions/", body), 400)["errors"]
    ]


def test_a_submission_of_another_authority_does_not_exist(cast):
    foreign = factories.SubmissionFactory(authority=cast.ningbo)
    caller = Caller(cast.jiangsu_clerk)

    problem(caller.get(f"submissions/{foreign.number}/"), 404)
    problem(caller.post(f"submissions/{foreign.number}/prepare/"), 404)
    problem(caller.patch(f"submissions/{foreign.number}/", {"payload": {}}, **{"If-Match": '"x"'}), 404)
    problem(caller.post("submissions/", {"authority": "330200"}), 404)
    assert caller.get("submissions/").json()["count"] == 0


@pytest.mark.usefixtures("reference")
def test_a_step_out_of_turn_or_by_someone_else_changes_nothing(cast):
    clerk, approver = Caller(cast.jiangsu_clerk), Caller(cast.jiangsu_approver)
    number = drafted(clerk)["number"]

    problem(approver.post(f"submissions/{number}/submit/"), 409)
    problem(approver.post(f"submissions/{number}/prepare/"), 403)
    clerk.post(f"submissions/{number}/prepare/")
    assert (
        problem(approver.post(f"submissions/{number}/send_back/"), 400)["errors"][0]["pointer"] == "#/reason"
    )
    problem(approver.post(f"submissions/{number}/accept/"), 403)
    problem(clerk.post(f"submissions/{number}/publish/"), 404)
    problem(approver.post(f"submissions/{number}/submit/", **{"If-Match": '"old"'}), 412)
    assert Submission.objects.get().status == "prepared"


@pytest.mark.usefixtures("reference")
def test_a_post_that_is_sent_again_has_one_effect_and_the_same_answer(cast):
    caller = Caller(cast.jiangsu_clerk)
    body = {"authority": "320000", "payload": factories.valid_payload()}

    first = caller.post("submissions/", body, **{"Idempotency-Key": "k-1"})
    again = caller.post("submissions/", body, **{"Idempotency-Key": "k-1"})

    assert (first.status_code, again.status_code, again.content) == (201, 201, first.content)
    assert again["Location"] == first["Location"]
    assert again["Idempotency-Replayed"] == "true"
    assert Submission.objects.count() == 1
    other = problem(caller.post("submissions/", {"authority": "320000"}, **{"Idempotency-Key": "k-1"}), 422)
    assert other["code"] == "idempotency_key_reused"


@pytest.mark.usefixtures("reference")
def test_one_persons_key_means_nothing_for_another(cast):
    first, second = Caller(cast.jiangsu_clerk), Caller(cast.ningbo_clerk)
    first.post("submissions/", {"authority": "320000"}, **{"Idempotency-Key": "same"})

    response = second.post("submissions/", {"authority": "330200"}, **{"Idempotency-Key": "same"})

    assert response.status_code == 201
    assert Submission.objects.count() == 2


def test_a_refusal_is_remembered_with_its_shape(cast):
    caller = Caller(cast.jiangsu_clerk)

    for _ in range(2):
        problem(caller.post("submissions/", {"nonsense": 1}, **{"Idempotency-Key": "k-2"}), 400)


def test_while_the_first_is_running_the_second_is_told_to_wait(cast):
    caller = Caller(cast.jiangsu_clerk)
    caller.post("submissions/", {"authority": "320000"}, **{"Idempotency-Key": "k-3"})
    IdempotencyKey.objects.update(status=None)

    response = caller.post("submissions/", {"authority": "320000"}, **{"Idempotency-Key": "k-3"})

    assert problem(response, 409)["code"] == "request_in_progress"


@pytest.mark.django_db(transaction=True)
def test_ten_requests_with_one_key_at_the_same_moment_make_one_draft(cast):
    caller = Caller(cast.jiangsu_clerk)
    answers, start = [], threading.Barrier(6)

    def send() -> None:
        try:
            start.wait()
            answers.append(
                caller.post(
                    "submissions/", {"authority": "320000"}, **{"Idempotency-Key": "race"}
                ).status_code
            )
        finally:
            connection.close()

    threads = [threading.Thread(target=send) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert Submission.objects.count() == 1
    assert set(answers) <= {201, 409}
    assert 201 in answers


def test_a_session_needs_the_csrf_token_to_write(cast):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(cast.jiangsu_clerk, backend="allauth.account.auth_backends.AuthenticationBackend")

    assert browser.get(f"{V1}submissions/").status_code == 200
    problem(browser.post(f"{V1}submissions/", "{}", "application/json"), 403)


def test_without_a_second_factor_a_session_is_refused_where_one_is_required(cast, signed_in, settings):
    settings.REQUIRE_MFA = True

    problem(signed_in(cast.jiangsu_clerk).get(f"{V1}submissions/"), 403)


@pytest.mark.parametrize("name", ["submissions", "recommendations", "documents", "reports", "jobs"])
def test_own_lists_take_the_same_few_statements_at_one_and_three_rows(
    cast, signed_in, django_assert_max_num_queries, name
):
    browser = signed_in(cast.jiangsu_clerk)

    def add() -> None:
        factories.SubmissionFactory(authority=cast.jiangsu)
        factories.ApplicationFactory(platform__authority=cast.jiangsu)

    add()
    with django_assert_max_num_queries(6) as few:
        assert browser.get(f"{V1}{name}/").status_code == 200
    add()
    add()
    with django_assert_max_num_queries(6) as many:
        assert browser.get(f"{V1}{name}/").status_code == 200
    assert len(many) == len(few)


@pytest.mark.usefixtures("reference")
def test_a_trial_that_is_refused_stays_refused_with_a_key_of_its_own(cast):
    clerk, approver = Caller(cast.jiangsu_clerk), Caller(cast.jiangsu_approver)
    step = f"submissions/{drafted(clerk)['number']}/submit/?dry_run=true"
    plain, keyed = approver.post(step), approver.post(step, **{"Idempotency-Key": "trial"})

    assert problem(keyed, 409)["code"] == problem(plain, 409)["code"]
    assert not IdempotencyKey.objects.exists()
