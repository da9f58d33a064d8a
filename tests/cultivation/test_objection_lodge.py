"""Lodging an objection: in time by arrival, once per form, identity sealed."""

import datetime
import json

import pytest
from django.apps import apps

from cultivation.actions import objection as objections
from cultivation.models import Objection
from platforms import receipts
from platforms.errors import IllegalStep, Invalid, NotFound
from platforms.models import Notification
from tests.cultivation import noticing

pytestmark = pytest.mark.django_db

LAST_MICROSECOND = datetime.datetime.fromisoformat("2026-11-27T23:59:59.999999+08:00")


@pytest.fixture
def notice(cast, monkeypatch):
    noticing.set_clock(monkeypatch, noticing.MONDAY)
    return noticing.on_notice(cast)


def test_an_objection_of_the_last_microsecond_is_in_time(notice):
    assert noticing.lodged(notice, arrived_at=LAST_MICROSECOND).objection.lodged_at == LAST_MICROSECOND


def test_an_objection_of_the_next_microsecond_is_too_late(notice):
    with pytest.raises(IllegalStep, match="异议期已于 2026-11-27 24:00"):
        noticing.lodged(notice, arrived_at=LAST_MICROSECOND + datetime.timedelta(microseconds=1))
    assert not Objection.objects.exists()


def test_a_request_that_arrived_in_time_is_taken_though_it_is_written_later(notice, monkeypatch):
    noticing.set_clock(monkeypatch, "2026-11-28T00:00:30+08:00")
    assert noticing.lodged(notice, arrived_at=LAST_MICROSECOND).objection.pk


def test_there_is_no_objection_before_the_first_day(cast, monkeypatch):
    noticing.set_clock(monkeypatch, noticing.MONDAY)
    from cultivation.actions import notice as notices

    draft = notices.prepare(batch=noticing.shortlisted(cast), title="示例", by=cast.ministry_clerk)
    with pytest.raises(NotFound):
        noticing.lodged(draft)
    notice = notices.publish(notice=draft, by=cast.ministry_approver, starts_on=datetime.date(2026, 11, 24))
    with pytest.raises(IllegalStep, match="还没有开始"):
        noticing.lodged(notice)


def test_sending_the_form_twice_makes_one_objection_and_one_receipt(notice):
    nonce = receipts.new_nonce()
    first = noticing.lodged(notice, nonce=nonce)
    second = noticing.lodged(notice, nonce=nonce, name="另一个名字")
    assert (first.objection.pk, first.query_code) == (second.objection.pk, second.query_code)
    assert Objection.objects.get().party_name == "示例异议人甲"


def test_an_answer_is_due_in_working_days(notice):
    assert str(noticing.lodged(notice).objection.answer_due_on) == "2026-12-14"


def test_the_receipt_and_its_code_open_the_status_and_nothing_else_does(notice):
    receipt = noticing.lodged(notice)
    number = receipt.objection.receipt
    assert objections.find(number.lower(), receipt.query_code.lower()).pk == receipt.objection.pk
    assert objections.find(number, "AAAAAAAAAA") is None
    assert objections.find("YY-20261123-AAAAAA", receipt.query_code) is None
    assert receipt.query_code not in str(Objection.objects.values())


def test_every_missing_part_is_named_at_once(notice):
    with pytest.raises(Invalid) as refused:
        noticing.lodged(notice, party="", name=" ", contact="", reasons="")
    assert [problem.pointer for problem in refused.value.problems] == ["party", "name", "contact", "reasons"]


def test_only_a_platform_of_the_list_can_be_objected_to(notice):
    with pytest.raises(Invalid, match="公示名单中没有这个平台"):
        noticing.lodged(notice, platform_code="ZS-11-00001-0")


def test_the_identity_stands_in_one_table_and_nowhere_else(cast, notice):
    """Not in history, not in messages, not in the public record."""
    receipt = noticing.lodged(notice, name="独一无二的异议人", contact="13912345678")
    objections.handle(objection=receipt.objection, by=cast.ministry_clerk)
    found = []
    for model in apps.get_models():
        if not model._meta.managed:
            continue
        text = json.dumps(list(model._default_manager.values()), default=str, ensure_ascii=False)
        if "独一无二的异议人" in text or "13912345678" in text:
            found.append(model.__name__)
    assert found == ["Objection"]
    assert receipt.objection.events.count() == 2
    assert Notification.objects.filter(kind="objection.lodged", recipient=cast.ministry_clerk).exists()


def test_evidence_is_kept_sealed_with_the_identity_and_opened_with_it(
    notice, client, cast, signed_in, settings, tmp_path
):
    from django.core.files.uploadedfile import SimpleUploadedFile

    settings.STORAGES = {
        **settings.STORAGES,
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": tmp_path},
        },
    }
    paper = SimpleUploadedFile("示例证明.pdf", b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\n%%EOF")
    typed = {
        "party": "person",
        "name": "示例甲",
        "contact": "示例",
        "reasons": "示例理由。",
        "nonce": receipts.new_nonce(),
    }
    assert client.post(f"/notices/{notice.code}/objection/", {**typed, "files": [paper]}).status_code == 302
    case = Objection.objects.get()
    file = case.files.get()
    clerk = signed_in(cast.ministry_clerk)
    page, address = (
        f"/ministry/objections/{case.receipt}/",
        f"/ministry/objections/{case.receipt}/files/{file.pk}/",
    )

    assert "示例证明" not in clerk.get(page).content.decode()
    assert clerk.get(address).status_code == 404
    objections.reveal(objection=case, by=cast.ministry_clerk, reason="核实")
    assert "示例证明" in clerk.get(page).content.decode()
    answer = clerk.get(address)
    assert answer.content.startswith(b"%PDF")
    assert answer["Content-Disposition"].startswith("attachment")


@pytest.mark.parametrize("content", [b"MZ program", b"<html>", b"%PDF-1.4 /JavaScript %%EOF"])
def test_evidence_that_is_no_paper_is_refused(notice, client, content):
    from django.core.files.uploadedfile import SimpleUploadedFile

    typed = {
        "party": "person",
        "name": "示例甲",
        "contact": "示例",
        "reasons": "示例理由。",
        "nonce": receipts.new_nonce(),
    }
    answer = client.post(
        f"/notices/{notice.code}/objection/", {**typed, "files": [SimpleUploadedFile("a.pdf", content)]}
    )
    assert answer.status_code == 400
    assert Objection.objects.count() == 0
