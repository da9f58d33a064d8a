"""A letter that nobody answers is not forgotten: the platform is reminded, then its authority; the ministry sees where letters wait."""

import datetime

import pytest
from django.utils import timezone

from platforms import receipts
from platforms.actions import letter as letters
from platforms.actions import letter_reminder
from platforms.models import Letter, Notification
from platforms.publish import publish
from tests import factories

pytestmark = pytest.mark.django_db

WRITTEN = "示例：要做 500 L 发酵放大"
CONTACT = "13800000000"


@pytest.fixture
def delivery(cast, settings):
    settings.LETTER_REMIND_DAYS = 5
    platform = factories.PlatformFactory(operator=cast.operator_unit, authority=cast.jiangsu)
    publish(platform)
    sent = letters.send(
        kind="enquiry", codes=[platform.code], nonce=receipts.new_nonce(), need=WRITTEN, contact=CONTACT
    )
    return sent.letter.deliveries.get()


def in_days(days: float) -> datetime.datetime:
    return timezone.now() + datetime.timedelta(days=days)


def told() -> set[str]:
    return set(Notification.objects.filter(kind="letter.late").values_list("recipient__username", flat=True))


def test_nobody_is_reminded_before_the_time(delivery):
    assert letter_reminder.remind(now=in_days(4.9)) == 0
    assert told() == set()


def test_first_the_operators_people_then_the_authority_and_each_once(delivery):
    assert letter_reminder.remind(now=in_days(5)) == 1
    assert told() == {"operator"}
    letter_reminder.remind(now=in_days(6))
    assert Notification.objects.filter(kind="letter.late").count() == 1

    for days in (10, 11, 40):
        letter_reminder.remind(now=in_days(days))
    assert told() == {"operator", "js-clerk", "js-approver"}
    assert Notification.objects.filter(kind="letter.late").count() == 4
    text = Notification.objects.filter(kind="letter.late").first().text
    assert delivery.letter.receipt in text and WRITTEN not in text


def test_an_answer_ends_it(cast, delivery):
    letters.answer(delivery=delivery, reply="可以做。", by=cast.operator)
    assert letter_reminder.remind(now=in_days(30)) == 0


def test_the_ministry_sees_what_waits_but_not_what_it_says(cast, delivery, signed_in):
    Letter.objects.update(sent_at=in_days(-7))
    for person in (cast.ministry_clerk, cast.ministry_approver):
        client = signed_in(person)
        page = client.get("/ministry/letters/?state=late").content.decode()
        assert delivery.letter.receipt in page and "已 7 天" in page
        assert WRITTEN not in page and CONTACT not in page
        assert client.get(f"/desk/letters/{delivery.pk}/").status_code in (403, 404)
    assert "平台超时未答复的来信" in signed_in(cast.ministry_clerk).get("/ministry/").content.decode()


def test_others_do_not(cast, delivery, signed_in):
    for person in (cast.operator, cast.jiangsu_clerk):
        assert signed_in(person).get("/ministry/letters/").status_code == 403
