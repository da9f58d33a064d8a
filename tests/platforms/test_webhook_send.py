"""Messages to receivers: signed, in order, again until they arrive, and never into this network."""

from __future__ import annotations

import datetime
import hashlib
import hmac
import socket

import pytest
from django.utils import timezone

from platforms import outbound, webhooks
from platforms.access import Role
from platforms.actions import webhook as verbs
from platforms.choices import PushFailure, PushStatus, WebhookStatus
from platforms.errors import Conflict, Invalid, NotFound, NotPermitted
from platforms.models import Change, Notification, Platform, Push, Webhook
from platforms.publish import head, publish
from tests import factories
from tests.platforms.publishing import published
from tests.platforms.receiving import receiving

pytestmark = pytest.mark.django_db
LONG_AGO = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)


@pytest.fixture(autouse=True)
def this_machine_may_be_called(settings):
    settings.WEBHOOKS, settings.WEBHOOK_LOOPBACK = True, True


@pytest.fixture
def receiver():
    with receiving() as receiver:
        yield receiver


def registered(owner, receiver, **wishes) -> tuple[Webhook, str]:
    """A webhook whose trial message has arrived and been forgotten."""
    webhook, secret = verbs.create(name="示例系统", target=receiver.url, by=owner, **wishes)
    assert webhooks.send(webhook.pk) == 1
    receiver.requests.clear()
    return webhook, secret


def hurry(webhook) -> None:
    """The time to wait has passed."""
    Webhook.objects.filter(pk=webhook.pk).update(next_at=LONG_AGO)


def renamed(platform, name: str) -> None:
    Platform.objects.filter(code=platform.code).update(name_zh=name)
    publish(Platform.objects.get(code=platform.code))


def test_the_first_message_is_a_trial(cast, receiver):
    webhook, _secret = verbs.create(name="示例系统", target=receiver.url, by=cast.jiangsu_clerk)
    assert webhooks.due() == [webhook.pk]
    webhooks.send(webhook.pk)
    assert [(body["type"], body["changes"]) for body in receiver.bodies] == [("ping", [])]


def test_a_change_arrives_as_the_feed_tells_it_and_is_signed(cast, receiver, client):
    webhook, secret = registered(cast.jiangsu_clerk, receiver)
    published("示例甲平台")

    assert webhooks.due() == [webhook.pk]
    webhooks.send(webhook.pk)

    (headers, body), told = receiver.requests[0], receiver.bodies[0]
    feed = client.get("/api/v1/changes/").json()["results"]
    assert told["changes"] == feed
    assert (told["type"], told["after"], told["up_to"]) == ("changes", 0, head())
    signed = dict(part.split("=") for part in headers["Registry-Signature"].split(","))
    expected = hmac.new(secret.encode(), f"{signed['t']}.".encode() + body, hashlib.sha256).hexdigest()
    assert signed["v1"] == expected
    assert abs(int(signed["t"]) - timezone.now().timestamp()) < 300
    assert headers["Registry-Delivery"] == told["id"] == str(Push.objects.latest("pk").uid)
    assert webhooks.due() == []


def test_what_was_not_asked_for_is_passed_over(cast, receiver):
    mine = factories.PlatformFactory(authority=cast.jiangsu)
    webhook, _secret = registered(cast.jiangsu_clerk, receiver, authority=cast.jiangsu, kinds=["updated"])
    publish(mine)
    published("示例·别省平台", authority=cast.ningbo)
    renamed(mine, "示例·本省平台")

    webhooks.send(webhook.pk)

    assert [(change["code"], change["kind"]) for change in receiver.bodies[0]["changes"]] == [
        (mine.code, "updated")
    ]
    webhook.refresh_from_db()
    assert webhook.position == head()


def test_a_thousand_changes_come_in_order_without_a_gap(cast, receiver, monkeypatch):
    monkeypatch.setattr(webhooks, "TOGETHER", 3)
    webhook, _secret = registered(cast.jiangsu_clerk, receiver)
    platform = factories.PlatformFactory()
    for turn in range(10):
        renamed(platform, f"示例平台{turn}")

    webhooks.send(webhook.pk)

    assert receiver.numbers == list(Change.objects.order_by("number").values_list("number", flat=True))
    edges = [(body["after"], body["up_to"]) for body in receiver.bodies]
    assert edges == [(0, 3), (3, 6), (6, 9), (9, 10)]


def test_a_receiver_that_is_down_is_tried_again_later_with_the_same_message(cast, receiver):
    webhook, _secret = registered(cast.jiangsu_clerk, receiver)
    published("示例甲平台")
    receiver.answer = 503
    webhooks.send(webhook.pk)
    push = Push.objects.latest("pk")
    assert (push.status, push.response_code, push.failure) == ("pending", 503, PushFailure.STATUS)
    assert webhooks.send(webhook.pk) == 0, "not before the time to wait has passed"
    assert len(receiver.requests) == 1

    published("示例乙平台")
    receiver.answer = 200
    hurry(webhook)
    webhooks.send(webhook.pk)

    first, again, news = receiver.requests
    assert again[1] == first[1]
    assert again[0]["Registry-Delivery"] == first[0]["Registry-Delivery"] != news[0]["Registry-Delivery"]
    assert [body["up_to"] for body in receiver.bodies] == [1, 1, 2]


def test_the_waits_grow_to_six_hours(cast, receiver):
    webhook, _secret = registered(cast.jiangsu_clerk, receiver)
    published("示例甲平台")
    receiver.answer = 500
    waits = []
    for _turn in range(13):
        hurry(webhook)
        webhooks.send(webhook.pk)
        webhook.refresh_from_db()
        waits.append(round((webhook.next_at - Push.objects.latest("pk").tried_at).total_seconds()))
    assert waits == [30, 60, 120, 240, 480, 960, 1920, 3840, 7680, 15360, 21600, 21600, 21600]


def test_after_the_last_attempt_it_stops_tells_its_owner_and_loses_nothing(cast, receiver):
    webhook, _secret = registered(cast.jiangsu_clerk, receiver)
    published("示例甲平台")
    webhooks_push = webhooks._next(webhook, head())
    Push.objects.filter(pk=webhooks_push.pk).update(attempts=webhooks.MOST_ATTEMPTS - 1)
    receiver.answer = 410
    webhooks.send(webhook.pk)

    webhook.refresh_from_db()
    assert webhook.status == WebhookStatus.STOPPED
    assert Push.objects.latest("pk").status == PushStatus.GIVEN_UP
    notice = Notification.objects.get(recipient=cast.jiangsu_clerk)
    assert (notice.kind, notice.url) == ("webhook.stopped", f"/accounts/webhooks/{webhook.pk}/")

    published("示例乙平台")
    hurry(webhook)
    assert webhooks.due() == []

    receiver.answer = 204
    receiver.requests.clear()
    verbs.resume(webhook=webhook, by=cast.jiangsu_clerk)
    webhooks.send(webhook.pk)
    assert receiver.numbers == [1, 2]


def test_paused_meanwhile_means_later_and_skipped_means_never(cast, receiver):
    webhook, _secret = registered(cast.jiangsu_clerk, receiver)
    verbs.pause(webhook=webhook, by=cast.jiangsu_clerk)
    published("示例甲平台")
    assert webhooks.due() == []
    verbs.resume(webhook=webhook, by=cast.jiangsu_clerk)
    webhooks.send(webhook.pk)
    assert receiver.numbers == [1]

    verbs.pause(webhook=webhook, by=cast.jiangsu_clerk)
    published("示例乙平台")
    verbs.resume(webhook=webhook, by=cast.jiangsu_clerk, skip=True)
    published("示例丙平台")
    webhooks.send(webhook.pk)
    assert receiver.numbers == [1, 3]


def test_replayed_it_is_the_same_message(cast, receiver):
    webhook, _secret = registered(cast.jiangsu_clerk, receiver)
    published("示例甲平台")
    webhooks.send(webhook.pk)
    verbs.replay(push=Push.objects.latest("pk"), by=cast.jiangsu_clerk)
    webhooks.send(webhook.pk)
    (first, again) = receiver.requests
    assert (first[0]["Registry-Delivery"], first[1]) == (again[0]["Registry-Delivery"], again[1])


def test_a_renewed_secret_signs_from_now_on(cast, receiver):
    webhook, old = registered(cast.jiangsu_clerk, receiver)
    _webhook, new = verbs.renew_secret(webhook=webhook, by=cast.jiangsu_clerk)
    published("示例甲平台")
    webhooks.send(webhook.pk)
    headers, body = receiver.requests[0]
    moment, signed = (part.split("=")[1] for part in headers["Registry-Signature"].split(","))
    assert new != old
    assert signed == webhooks.signature(new, int(moment), body)
    assert Webhook.objects.filter(salt__contains=new).count() == 0


def test_while_one_worker_sends_another_leaves_it_alone(cast, receiver):
    webhook, _secret = registered(cast.jiangsu_clerk, receiver)
    published("示例甲平台")
    assert webhooks._take(webhook.pk) is not None
    assert webhooks._take(webhook.pk) is None
    assert webhooks.due() == []


def test_a_worker_that_comes_too_late_writes_nothing(cast, receiver):
    webhook, _secret = registered(cast.jiangsu_clerk, receiver)
    published("示例甲平台")
    slow = webhooks._take(webhook.pk)
    hurry(webhook)
    webhooks.send(webhook.pk)
    webhooks._record(slow.push, outbound.Answer(PushFailure.TIMEOUT, None, 1))
    assert Push.objects.latest("pk").status == PushStatus.DELIVERED
    webhook.refresh_from_db()
    assert webhook.failures == 0


def test_whose_owner_has_left_is_sent_nothing(cast, receiver):
    webhook, _secret = registered(cast.jiangsu_clerk, receiver)
    published("示例甲平台")
    cast.jiangsu_clerk.is_active = False
    cast.jiangsu_clerk.save()
    assert webhooks.due() == []
    assert webhooks.send(webhook.pk) == 0


def test_an_installation_that_sends_nothing_keeps_everything_for_later(cast, receiver, settings):
    webhook, _secret = registered(cast.jiangsu_clerk, receiver)
    published("示例甲平台")
    settings.WEBHOOKS = False
    assert (webhooks.due(), webhooks.send(webhook.pk)) == ([], 0)
    settings.WEBHOOKS = True
    webhooks.send(webhook.pk)
    assert receiver.numbers == [1]


# --- where it may not go --------------------------------------------------------------------------------------------


def test_nobody_answering_is_a_failure_of_the_connection(cast, receiver, monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    answer = outbound.post(f"http://127.0.0.1:{port}/", b"{}", {})
    assert (answer.failure, answer.status) == (PushFailure.CONNECTION, None)


def test_a_receiver_that_drips_is_cut_off(receiver, monkeypatch):
    monkeypatch.setattr(outbound, "TOTAL_SECONDS", 0.3)
    receiver.drip = True
    answer = outbound.post(receiver.url, b"{}", {})
    assert answer.failure == PushFailure.TIMEOUT
    assert answer.milliseconds < 5000


def test_a_redirect_is_not_followed(receiver):
    with receiving() as elsewhere:
        receiver.answer, receiver.location = 307, elsewhere.url
        answer = outbound.post(receiver.url, b"{}", {})
        assert (answer.failure, answer.status) == (PushFailure.REDIRECT, 307)
        assert (len(receiver.requests), elsewhere.requests) == (1, [])


WRITTEN = (
    "http://receiver.example/", "ftp://receiver.example/", "file:///etc/passwd", "gopher://127.0.0.1:6379/_x",
    "https://receiver.example:6379/", "https://user:secret@receiver.example/", "https://receiver.example/#x",
    "https://127.0.0.1/", "https://[::1]/", "https://0.0.0.0/", "https://169.254.169.254/latest/meta-data/",
    "https://10.1.2.3/", "https://192.168.0.1/", "https://172.16.0.1/", "https://100.64.0.1/", "https://224.0.0.1/",
    "https://[::ffff:127.0.0.1]/", "https://[64:ff9b::7f00:1]/", "https://[2002:7f00:1::]/", "https://[fd00::1]/",
    "https://[fe80::1%25eth0]/", "https://2130706433/", "https://0x7f.1/", "https://0177.0.0.1/", "https://127.1/",
    "https:///nowhere", "https://receiver.example:99999/", "https://receiver.example\\@127.0.0.1/", "https://示例.cn/",
    "https://receiver.example/ x", "https://receiver.example/\r\nHost: x", "https://" + "x" * 400, "",
)  # fmt: skip


@pytest.mark.parametrize("url", WRITTEN)
def test_what_may_not_be_called_cannot_be_written_down(cast, settings, url):
    settings.WEBHOOK_LOOPBACK = False
    with pytest.raises(Invalid) as refused:
        verbs.create(name="示例系统", target=url, by=cast.jiangsu_clerk)
    assert [problem.pointer for problem in refused.value.problems] == ["target"]
    assert Webhook.objects.count() == 0


@pytest.mark.parametrize(
    "answers",
    [
        ["127.0.0.1"], ["::1"], ["10.0.0.5"], ["169.254.169.254"], ["::ffff:10.0.0.5"], ["fe80::1%eth0"],
        ["93.184.216.34", "127.0.0.1"], [],
    ],
)  # fmt: skip
def test_a_name_that_leads_inside_is_not_called(receiver, settings, monkeypatch, answers):
    """Also when only one of its addresses does, and when it is answered anew at each question: one question is asked."""
    settings.WEBHOOK_LOOPBACK = False
    asked = []

    def resolver(host, port, **options):
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in answers]

    monkeypatch.setattr(outbound, "PORTS", (receiver.port,))
    monkeypatch.setattr(outbound.socket, "getaddrinfo", resolver)
    answer = outbound.post(f"https://receiver.example:{receiver.port}/", b"{}", {})
    assert (answer.failure, answer.status) == (PushFailure.REFUSED_ADDRESS, None)
    assert (asked, receiver.requests) == (["receiver.example"], [])


def test_the_address_that_was_looked_at_is_the_one_that_is_called(receiver, monkeypatch):
    """A name that leads elsewhere at the second question gains nothing: the second question is never asked."""
    real, asked = socket.getaddrinfo, []

    def resolver(host, *rest, **options):
        asked.append(host)
        return real("127.0.0.1" if host == "receiver.example" else host, *rest, **options)

    monkeypatch.setattr(outbound.socket, "getaddrinfo", resolver)
    answer = outbound.post(f"http://receiver.example:{receiver.port}/", b"{}", {})
    assert answer.failure == ""
    assert asked.count("receiver.example") == 1
    assert receiver.requests[0][0]["Host"] == f"receiver.example:{receiver.port}"


def test_a_certificate_that_nobody_has_signed_is_refused(receiver):
    answer = outbound.post(receiver.url.replace("http:", "https:"), b"{}", {})
    assert answer.failure in (PushFailure.TLS, PushFailure.CONNECTION)
    assert receiver.requests == []


# --- whose it is ----------------------------------------------------------------------------------------------------


def test_nobody_else_moves_it_and_it_is_not_there_for_them(cast, receiver):
    webhook, _secret = registered(cast.jiangsu_clerk, receiver)
    for stranger in (cast.jiangsu_approver, cast.ningbo_clerk, cast.ministry_clerk):
        for act in (verbs.pause, verbs.end, verbs.renew_secret, verbs.ping):
            with pytest.raises(NotFound):
                act(webhook=webhook, by=stranger)
    with pytest.raises(NotPermitted):
        verbs.create(name="示例", target=receiver.url, by=factories.person(Role.EXPERT))


def test_nobody_has_more_than_ten_and_an_ended_one_moves_no_more(cast, receiver):
    made = [
        verbs.create(name="示例", target=receiver.url, by=cast.jiangsu_clerk)[0] for _ in range(verbs.MOST)
    ]
    with pytest.raises(Invalid):
        verbs.create(name="示例", target=receiver.url, by=cast.jiangsu_clerk)
    verbs.end(webhook=made[0], by=cast.jiangsu_clerk)
    with pytest.raises(Conflict):
        verbs.renew_secret(webhook=made[0], by=cast.jiangsu_clerk)
    with pytest.raises(Conflict):
        verbs.replay(push=made[0].pushes.get(), by=cast.jiangsu_clerk)
    verbs.create(name="示例", target=receiver.url, by=cast.jiangsu_clerk)
