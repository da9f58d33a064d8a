"""The outbox: every row is sent or tried again, none stands in the way of another."""

import pytest
from django.core import mail
from django.test import override_settings

from platforms.models import Notification
from platforms.notifications import notify, send_due
from platforms.words import Name
from platforms.words import gettext_lazy as _
from tests import factories

pytestmark = pytest.mark.django_db
LOCMEM = "django.core.mail.backends.locmem.EmailBackend"


class Picky:
    """A gateway that fails on purpose, and not with an ``OSError``."""

    def __init__(self, *_args, **_options):
        pass

    def send_messages(self, messages):
        for message in messages:
            if "不收" in message.subject:
                raise RuntimeError("refused")
            mail.outbox.append(message)
        return len(messages)


def told(*texts):
    person = factories.UserFactory(email="shili@example.invalid")
    for text in texts:
        notify([person], kind="example", text=text)


@override_settings(EMAIL_BACKEND=LOCMEM)
def test_a_reason_of_two_lines_is_one_subject():
    told("第一行\r\n第二行", "后一条")
    assert send_due() == 2
    assert [message.subject for message in mail.outbox] == ["第一行 第二行", "后一条"]


@override_settings(EMAIL_BACKEND="tests.platforms.test_notifications.Picky")
def test_a_failing_row_waits_and_the_rows_behind_it_go_out():
    told("不收这一条", "后一条")
    assert send_due() == 1
    failed, sent = Notification.objects.order_by("pk")
    assert (failed.mail_attempts, failed.mail_sent_at, sent.mail_attempts) == (1, None, 0)
    assert failed.mail_due_at > failed.created_at
    assert send_due() == 0


def returned(person):
    """News with the name of a record in it and a word of ours."""
    text = _("“%(platform)s”%(cycle)s评价等次：%(grade)s。")
    facts = {"platform": Name("示例平台"), "cycle": "2026", "grade": "合格"}
    notify([person], kind="example", text=text % facts, url="/desk/")


@override_settings(EMAIL_BACKEND=LOCMEM)
def test_mail_is_written_in_the_language_its_reader_has_chosen(cast, signed_in):
    readers = [cast.jiangsu_clerk, cast.jiangsu_approver]
    for person in readers:
        person.email = f"{person.username}@example.invalid"
        person.save()
    client = signed_in(readers[1])
    assert 'name="language"' in client.get("/en/accounts/keys/").text
    assert client.post("/accounts/language/", {"language": "en"}).status_code == 302
    assert client.post("/accounts/language/", {"language": "fr"}).status_code == 400
    for person in readers:
        person.refresh_from_db()
        returned(person)

    assert send_due() == 2
    chinese, english = mail.outbox
    assert chinese.subject == "“示例平台”2026评价等次：合格。"
    assert "示例平台" in english.subject
    assert "评价等次" not in english.body
    assert english.body.endswith("/en/desk/")


def test_the_desk_tells_in_the_language_of_the_page(cast, signed_in):
    browser = signed_in(cast.jiangsu_clerk)
    returned(cast.jiangsu_clerk)

    assert "评价等次：合格" in browser.get("/messages/").content.decode()
    page = browser.get("/en/messages/").content.decode()
    assert "评价等次" not in page
    assert '<span lang="zh-Hans">示例平台</span>' in page
