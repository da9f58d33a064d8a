"""The pages and addresses of webhooks: registered, shown once, followed, replayed."""

from __future__ import annotations

import pytest

from platforms.access import Permission as P
from platforms.actions import webhook as verbs
from platforms.models import Push, Webhook
from tests.api import V1, problem
from tests.platforms.test_api_keys import key_for

pytestmark = pytest.mark.django_db
URL = "https://receiver.example/hook"
TYPED = {"name": "示例系统", "target": URL, "kinds": ["created"], "tier": "key", "authority": "", "area": ""}


@pytest.fixture
def clerk(cast, signed_in):
    return signed_in(cast.jiangsu_clerk)


def test_the_secret_is_shown_once(clerk, cast):
    answer = clerk.post("/accounts/webhooks/", TYPED)
    webhook = Webhook.objects.get()
    assert (webhook.owner, webhook.kinds, webhook.tier) == (cast.jiangsu_clerk, ["created"], "key")
    secret = verbs.secret_of(webhook)
    assert secret in answer.content.decode()
    for address in ("/accounts/webhooks/", f"/accounts/webhooks/{webhook.pk}/"):
        shown = clerk.get(address).content.decode()
        assert "示例系统" in shown
        assert secret not in shown


def test_an_address_inside_is_refused_with_everything_that_was_typed(clerk):
    answer = clerk.post("/accounts/webhooks/", TYPED | {"target": "https://169.254.169.254/"})
    assert answer.status_code == 400
    assert "应为以 https:// 开头的公网地址" in answer.content.decode()
    assert 'value="示例系统"' in answer.content.decode()
    assert Webhook.objects.count() == 0


def test_the_log_tells_what_came_of_each_message_and_sends_it_again(clerk, cast):
    webhook, _secret = verbs.create(name="示例系统", target=URL, by=cast.jiangsu_clerk)
    push = webhook.pushes.get()
    Push.objects.filter(pk=push.pk).update(status="given_up", failure="timeout", attempts=20)
    shown = clerk.get(f"/accounts/webhooks/{webhook.pk}/").content.decode()
    assert str(push.uid) in shown
    assert "超时" in shown

    clerk.post(f"/accounts/pushes/{push.pk}/replay/")
    push.refresh_from_db()
    assert (push.status, push.attempts) == ("pending", 0)


@pytest.mark.parametrize(
    ("address", "status"), [("move/pause/", "paused"), ("move/end/", "ended"), ("ping/", "active")]
)
def test_its_buttons(clerk, cast, address, status):
    webhook, _secret = verbs.create(name="示例系统", target=URL, by=cast.jiangsu_clerk)
    answer = clerk.post(f"/accounts/webhooks/{webhook.pk}/{address}", follow=True)
    webhook.refresh_from_db()
    assert (answer.status_code, webhook.status) == (200, status)


def test_a_colleagues_is_not_there(cast, signed_in):
    webhook, _secret = verbs.create(name="示例系统", target=URL, by=cast.jiangsu_clerk)
    for person in (cast.jiangsu_approver, cast.ministry_clerk):
        assert signed_in(person).get(f"/accounts/webhooks/{webhook.pk}/").status_code == 404


def test_a_key_registers_follows_and_ends(client, cast):
    headers = key_for(cast.jiangsu_clerk, P.WEBHOOKS_OWN)
    body = {"name": "示例系统", "target": URL, "kinds": ["tier_changed"], "authority": "320000"}
    made = client.post(f"{V1}webhooks/", body, content_type="application/json", headers=headers)
    assert made.status_code == 201
    webhook = Webhook.objects.get()
    assert made.json()["secret"] == verbs.secret_of(webhook)
    assert (
        "secret"
        not in client.get(made["Location"].removeprefix("http://localhost:8000"), headers=headers).json()
    )

    pushes = client.get(f"{V1}pushes/?webhook={webhook.pk}&status=pending", headers=headers).json()
    assert [(item["kind"], item["status"]) for item in pushes["results"]] == [("ping", "pending")]
    moved = client.post(
        f"{V1}webhooks/{webhook.pk}/end/", {}, content_type="application/json", headers=headers
    )
    assert moved.json()["status"] == "ended"
    problem(
        client.post(
            f"{V1}webhooks/{webhook.pk}/pause/", {}, content_type="application/json", headers=headers
        ),
        409,
    )


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"name": "示例"}, "#/target"),
        ({"name": "示例", "target": "https://127.0.0.1/"}, "#/target"),
        ({"name": "示例", "target": URL, "kinds": ["nothing"]}, "#/kinds"),
        ({"name": "示例", "target": URL, "kinds": "created"}, "#/kinds"),
        ({"name": "示例", "target": URL, "authority": "999999"}, "#/authority"),
        ({"name": "示例", "target": URL, "tier": "gold"}, "#/tier"),
        ({"name": "示例", "target": URL, "secret": "mine"}, "#/secret"),
        ({"name": "x" * 90, "target": URL}, "#/name"),
    ],
)
def test_what_is_wrong_with_a_request_is_named(client, cast, body, pointer):
    headers = key_for(cast.jiangsu_clerk, P.WEBHOOKS_OWN)
    answer = client.post(f"{V1}webhooks/", body, content_type="application/json", headers=headers)
    assert pointer in [error["pointer"] for error in problem(answer, 400)["errors"]]
    assert Webhook.objects.count() == 0
