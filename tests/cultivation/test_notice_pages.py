"""The pages of notices, objections, lists and decisions, as the public and the ministry use them."""

import csv
import datetime
import hashlib
import io
import json
import re

import pytest
from django.test import Client
from django.utils import timezone

from cultivation.actions import decision as decisions
from cultivation.actions import objection as objections
from cultivation.models import IdentityReveal, Objection
from platforms import jobs
from platforms.models import Job, PublicList
from platforms.publish import canonical
from tests.cultivation import noticing

pytestmark = pytest.mark.django_db

OPEN = "2026-11-23T10:00:00+08:00"


@pytest.fixture(autouse=True)
def clock_stopped(monkeypatch):
    noticing.set_clock(monkeypatch, OPEN)


@pytest.fixture
def notice(cast):
    return noticing.on_notice(cast, contact="010-00000000")


def nonce_in(response) -> str:
    return re.search(r'name="nonce" value="([^"]+)"', response.content.decode())[1]


def typed(client, address, **fields):
    return {
        "party": "person",
        "name": "示例异议人甲",
        "contact": "13800000000",
        "platform_code": "",
        "reasons": "示例理由。",
        "nonce": nonce_in(client.get(address)),
        **fields,
    }


@pytest.mark.parametrize("prefix", ["", "/en"])
def test_the_public_pages_open_in_both_languages(client, notice, prefix):
    for address in (
        "/batches/",
        f"/batches/{notice.batch.code}/",
        f"/batches/{notice.batch.code}/calendar.ics",
        f"/notices/{notice.code}/",
        f"/notices/{notice.code}/objection/",
        f"/notices/{notice.code}/objection/status/",
        f"/lists/{notice.release.code}/0.1/",
        f"/lists/{notice.release.code}/0.1.csv",
        f"/lists/{notice.release.code}/0.1.json",
    ):
        assert client.get(prefix + address).status_code == 200, address


def test_a_notice_has_no_column_for_what_it_may_not_say(client, notice, cast):
    assert (
        "推荐单位" not in re.search(r"<table.*</table>", client.get(f"/notices/{notice.code}/").text, re.S)[0]
    )


def test_a_draft_notice_has_no_public_page(client, cast):
    from cultivation.actions import notice as notices

    draft = notices.prepare(batch=noticing.shortlisted(cast), title="示例", by=cast.ministry_clerk)
    assert client.get(f"/notices/{draft.code}/").status_code == 404
    assert client.get(f"/lists/{draft.release.code}/0.1/").status_code == 404
    assert (
        draft.release.entries.first().name_zh
        not in client.get(f"/batches/{draft.batch.code}/").content.decode()
    )


def test_a_public_list_page_reads_one_row_however_long_the_list_is(cast, client, django_assert_num_queries):
    notice = noticing.on_notice(cast, noticing.shortlisted(cast, 1))
    client.get(f"/notices/{notice.code}/")
    with django_assert_num_queries(2):
        client.get(f"/notices/{notice.code}/")
    longer = noticing.on_notice(cast, noticing.shortlisted(cast, 3))
    with django_assert_num_queries(2):
        client.get(f"/notices/{longer.code}/")


def test_objecting_gives_a_receipt_and_a_code_that_answer_later(notice):
    client = Client()
    address = f"/notices/{notice.code}/objection/"
    answer = client.post(address, typed(client, address), follow=True)
    page = answer.content.decode()
    number = Objection.objects.get().receipt
    code = re.search(r'查询码 <b class="code">([0-9A-Z]{10})</b>', page)[1]
    assert number in page
    assert "示例异议人甲" not in page
    assert "13800000000" not in page
    found = client.post(f"{address}status/", {"receipt": number, "query_code": code}).content.decode()
    assert "已收到" in found
    refused = client.post(f"{address}status/", {"receipt": number, "query_code": "AAAAAAAAAA"})
    assert (refused.status_code, "受理编号或查询码不对" in refused.content.decode()) == (400, True)


def test_a_double_click_makes_one_objection(notice):
    client = Client()
    address = f"/notices/{notice.code}/objection/"
    fields = typed(client, address)
    pages = [client.post(address, fields, follow=True).content for _click in range(2)]
    assert Objection.objects.count() == 1
    assert [Objection.objects.get().receipt.encode() in page for page in pages] == [True, True]


def test_a_rejected_form_keeps_everything_typed(notice):
    client = Client()
    address = f"/notices/{notice.code}/objection/"
    answer = client.post(address, typed(client, address, name="", reasons="很长的理由不能丢"))
    page = answer.content.decode()
    assert answer.status_code == 400
    assert "很长的理由不能丢" in page
    assert "有 1 处需要更正" in page


def test_after_the_window_the_form_says_so_and_takes_nothing(notice, monkeypatch):
    client = Client()
    address = f"/notices/{notice.code}/objection/"
    fields = typed(client, address)
    noticing.set_clock(monkeypatch, "2026-11-28T00:00:00+08:00")
    assert "不再受理异议" in client.get(address).content.decode()
    late = client.post(address, fields)
    assert (late.status_code, Objection.objects.count()) == (409, 0)
    assert "异议期已于" in late.content.decode()


def test_the_csv_and_the_json_say_what_the_page_says_and_can_be_checked(client, notice):
    path = f"/lists/{notice.release.code}/0.1"
    document = json.loads(client.get(f"{path}.json").content)
    assert hashlib.sha256(canonical(document["entries"])).hexdigest() == document["sha256"]
    answer = client.get(f"{path}.csv")
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [row[0] for row in rows] == [rows[0][0], "序号", "1", "2", "3", "# 3"]
    page = client.get(f"{path}/").content.decode()
    assert hashlib.sha256(answer.content).hexdigest() in page


def test_downloads_carry_the_demonstration_mark_unless_the_site_is_official(client, notice, settings):
    path = f"/lists/{notice.release.code}/0.1"
    assert "演示站点" in client.get(f"{path}.csv").content.decode()
    assert "demonstration" in json.loads(client.get(f"{path}.json").content)
    settings.OFFICIAL = True
    assert "演示站点" not in client.get(f"{path}.csv").content.decode()
    assert "demonstration" not in json.loads(client.get(f"{path}.json").content)


def test_a_superseded_version_points_to_the_newest(client, cast, notice):
    case = objections.handle(objection=noticing.lodged(notice).objection, by=cast.ministry_clerk)
    objections.uphold(
        objection=case,
        by=cast.ministry_approver,
        finding="示例",
        reply="示例",
        effect="remove",
        reason="示例",
    )
    old = client.get(f"/lists/{notice.release.code}/0.1/").content.decode()
    assert f"/lists/{notice.release.code}/0.2/" in old
    assert "已被新版本取代" in old
    assert "已被新版本取代" not in client.get(f"/lists/{notice.release.code}/0.2/").content.decode()


def test_the_ministry_goes_from_the_shortlist_to_the_list_by_its_pages(cast, signed_in, monkeypatch):
    clerk, approver = signed_in(cast.ministry_clerk), signed_in(cast.ministry_approver)
    batch = noticing.shortlisted(cast)
    sent = clerk.post(
        "/ministry/notices/", {"do": "prepare", "prepare-batch": batch.pk, "prepare-title": "示例公示"}
    )
    assert sent.status_code == 302
    desk = sent["Location"]
    assert "须由另一位有权限的人发布" not in clerk.get(desk).content.decode()
    assert clerk.post(desk, {"do": "publish"}).status_code == 403
    assert approver.post(desk, {"do": "publish"}).status_code == 302
    noticing.close(monkeypatch, batch.notices.get())
    drafted = clerk.post(
        "/ministry/decisions/",
        {
            "do": "draft", "draft-batch": batch.pk, "draft-document_no": "示例〔2026〕9号", "draft-title": "示例名单",
            "draft-decided_on": "2026-11-27",
        },
    )  # fmt: skip
    desk = drafted["Location"]
    assert clerk.post(desk, {"do": "freeze"}).status_code == 302
    wrong = approver.post(desk, {"do": "approve", "approve-entries_typed": "241"})
    assert (wrong.status_code, "条数不符" in wrong.content.decode()) == (400, True)
    assert approver.post(desk, {"do": "approve", "approve-entries_typed": "3"}).status_code == 302
    assert (
        "排队" in approver.get(desk).content.decode()
        or 'data-state="waiting"' in approver.get(desk).content.decode()
    )
    jobs.run(Job.objects.get(kind=decisions.JOB).pk)
    assert PublicList.objects.filter(kind="final").count() == 1
    assert "查看公布的名单" in approver.get(desk).content.decode()


def test_an_identity_is_sealed_until_opened_with_a_reason(cast, signed_in, notice):
    receipt = noticing.lodged(notice).objection.receipt
    clerk, address = signed_in(cast.ministry_clerk), f"/ministry/objections/{receipt}/"
    assert "示例异议人甲" not in clerk.get(address).content.decode()
    assert clerk.post(address, {"do": "reveal", "reveal-reason": ""}).status_code == 400
    assert not IdentityReveal.objects.exists()
    assert clerk.post(address, {"do": "reveal", "reveal-reason": "电话核实"}).status_code == 302
    assert "示例异议人甲" in clerk.get(address).content.decode()
    approver = signed_in(cast.ministry_approver).get(address).content.decode()
    assert "示例异议人甲" not in approver
    assert "电话核实" in approver
    IdentityReveal.objects.update(revealed_at=timezone.now() - datetime.timedelta(minutes=11))
    assert "示例异议人甲" not in clerk.get(address).content.decode()


def test_others_do_not_find_the_ministrys_desk(cast, signed_in, notice):
    receipt = noticing.lodged(notice).objection.receipt
    for person in (cast.jiangsu_approver, cast.expert, cast.operator, cast.system_admin):
        for address in (
            "/ministry/notices/",
            f"/ministry/notices/{notice.code}/",
            "/ministry/objections/",
            f"/ministry/objections/{receipt}/",
            "/ministry/decisions/",
        ):
            assert signed_in(person).get(address).status_code in (403, 404), (person, address)


def test_lists_of_the_desk_ask_as_much_of_the_database_at_one_row_as_at_three(cast, signed_in, notice):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    clerk = signed_in(cast.ministry_clerk)

    def count(address):
        with CaptureQueriesContext(
            connection,
        ) as found:
            clerk.get(address)
        return len(found)

    noticing.lodged(notice)
    count("/ministry/objections/")
    before = count("/ministry/objections/"), count("/ministry/notices/")
    for _more in range(2):
        noticing.lodged(notice)
        noticing.on_notice(cast)
    assert (count("/ministry/objections/"), count("/ministry/notices/")) == before
