"""Watching a search by e-mail: nothing before the owner of the address agrees, one mail a day, forgotten on the last click."""

import datetime
import re

import pytest
from django.utils import timezone

from platforms import watches
from platforms.models import Platform, Watch
from platforms.publish import publish
from tests.platforms.publishing import published

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def unhurried(settings):
    settings.FORM_LEAST_SECONDS = 0


def asked(client, query: str = "q=陶瓷") -> None:
    address = f"/watch/?{query}"
    form = client.get(address).context["form"]
    typed = {name: form[name].value() or "" for name in form.fields} | {"email": "firm@example.org"}
    assert client.post(address, typed).status_code == 200


def link_in(mail) -> str:
    return re.search(r"http://localhost:\d+(/watch/\S+)", mail.body)[1]


def confirmed(client, mailoutbox) -> None:
    asked(client)
    watches.send_due()
    assert client.post(link_in(mailoutbox[-1])).status_code == 200


def changed(platform, name: str) -> None:
    Platform.objects.filter(code=platform.code).update(name_zh=name)
    publish(Platform.objects.get(code=platform.code))


def test_nothing_is_sent_before_the_owner_of_the_address_has_confirmed(client, mailoutbox):
    asked(client)
    asked(client)
    watches.send_due()
    published("陶瓷甲平台")
    watches.send_due()
    assert [mail.subject for mail in mailoutbox] == ["请确认关注"]


def test_opening_the_link_alone_confirms_nothing(client, mailoutbox):
    asked(client)
    watches.send_due()
    client.get(link_in(mailoutbox[0]))
    assert Watch.objects.get().confirmed_at is None


def test_who_has_confirmed_hears_of_what_the_search_finds_and_of_nothing_else(client, mailoutbox):
    before = published("陶瓷老平台")
    confirmed(client, mailoutbox)
    found, other = published("陶瓷新平台"), published("轴承平台")
    watches.send_due()

    (_first, news) = mailoutbox
    assert found.code in news.body
    assert other.code not in news.body and before.code not in news.body


def test_there_is_at_most_one_mail_a_day(client, mailoutbox):
    platform = published("陶瓷平台")
    confirmed(client, mailoutbox)
    changed(platform, "陶瓷平台二")
    watches.send_due()
    changed(platform, "陶瓷平台三")
    watches.send_due()
    assert len(mailoutbox) == 2
    Watch.objects.update(mailed_at=timezone.now() - datetime.timedelta(hours=21))
    watches.send_due()
    assert len(mailoutbox) == 3


def test_one_click_ends_it_and_the_address_is_gone(client, mailoutbox):
    platform = published("陶瓷平台")
    confirmed(client, mailoutbox)
    changed(platform, "陶瓷平台二")
    watches.send_due()
    end = re.search(r"http://localhost:\d+(/watch/end/\S+)", mailoutbox[-1].body)[1]
    assert client.post(end).status_code == 200
    assert Watch.objects.count() == 0
    assert client.post(end).status_code == 200


def test_an_address_that_never_confirmed_is_forgotten(client):
    asked(client)
    Watch.objects.update(asked_at=timezone.now() - datetime.timedelta(days=3), mailed_at=timezone.now())
    watches.send_due()
    assert Watch.objects.count() == 0


def test_a_made_up_token_opens_nothing(client):
    assert client.post("/watch/confirm/?t=x").status_code == 404
