"""The pages of batches and recommendations: one verb per form, refusals in the verb's own words, nothing foreign."""

import datetime
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from cultivation.actions import application as applications
from cultivation.actions import batch as batches
from cultivation.actions.letter import record_letter
from cultivation.models import Application, Batch, BatchQuota
from tests.cultivation.batches import (
    AREA_MET,
    closed,
    draft,
    in_review,
    open_batch,
    platform,
    proposed,
    recommended,
)  # fmt: skip
from tests.factories import EditionFactory

pytestmark = pytest.mark.django_db


def queries(client, url: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(url).status_code == 200
    return len(captured)


def facts(batch, **changes):
    return {
        "part": "facts",
        "title_zh": batch.title_zh,
        "edition": batch.edition_id,
        "approvers_needed": 1,
        "notice_days": 5,
        "version": batch.version,
        "recommend_until": "2036-01-01T00:00",
        **changes,
    }


# --- the ministry -----------------------------------------------------------------------------------


def test_a_clerk_drafts_edits_and_an_approver_opens_a_batch(cast, signed_in):
    clerk, approver = signed_in(cast.ministry_clerk), signed_in(cast.ministry_approver)
    EditionFactory()
    made = clerk.post("/ministry/batches/", {"title_zh": "示例·新批次", "tier": "key", "edition": "2025"})
    batch = Batch.objects.get()
    assert made.headers["Location"] == f"/ministry/batches/{batch.code}/edit/"

    assert clerk.get(f"/ministry/batches/{batch.code}/edit/").status_code == 200
    assert clerk.post(f"/ministry/batches/{batch.code}/edit/", facts(batch)).status_code == 302
    batch.refresh_from_db()
    assert batch.recommend_until == datetime.datetime(2035, 12, 31, 16, tzinfo=datetime.UTC)

    assert "须由另一人" not in approver.get(f"/ministry/batches/{batch.code}/open/").content.decode()
    assert approver.post(f"/ministry/batches/{batch.code}/open/").status_code == 302
    assert approver.post(f"/ministry/batches/{batch.code}/open/").status_code == 409
    batch.refresh_from_db()
    assert batch.status == "recommending"


def test_a_refused_draft_keeps_what_was_typed(cast, signed_in):
    batch = draft(cast)
    client = signed_in(cast.ministry_clerk)
    refused = client.post(
        f"/ministry/batches/{batch.code}/edit/", facts(batch, title_zh="", rule_title="示例规则文件")
    )
    assert refused.status_code == 400
    assert "示例规则文件" in refused.content.decode()
    stale = client.post(f"/ministry/batches/{batch.code}/edit/", facts(batch, version=99))
    assert stale.status_code == 409


def test_stages_are_saved_or_refused_with_the_reason(cast, signed_in):
    batch = draft(cast)
    client, url = signed_in(cast.ministry_clerk), f"/ministry/batches/{batch.code}/edit/"

    wrong = client.post(url, {"part": "stages", "kind_1": "formal_check"})
    assert (wrong.status_code, "环节必须以“公示”“决定”结束" in wrong.content.decode()) == (400, True)
    right = {"part": "stages", "kind_1": "review", "kind_3": "notice", "kind_4": "decision"}
    assert client.post(url, right).status_code == 302
    assert list(batch.stages.values_list("kind", flat=True)) == ["review", "notice", "decision"]


def test_quotas_are_saved_and_emptied(cast, signed_in):
    batch = open_batch(cast)
    recommended(cast, batch)
    client, url = signed_in(cast.ministry_clerk), f"/ministry/batches/{batch.code}/quotas/"
    refused = client.post(url, {"320000": "0", "330200": "3"})
    assert (refused.status_code, "江苏已推荐 1 个" in refused.content.decode()) == (400, True)
    assert client.post(url, {"320000": "2", "330200": ""}).status_code == 302
    assert list(BatchQuota.objects.values_list("authority_id", "places")) == [("320000", 2)]


def test_the_step_page_says_why_not_before_anyone_presses(cast, signed_in):
    batch = open_batch(cast)
    application = recommended(cast, batch)
    client, url = signed_in(cast.ministry_clerk), f"/ministry/batches/{batch.code}"
    early = client.post(f"{url}/close/", {"reason": ""})
    assert (early.status_code, "提前结束须写明原因" in early.content.decode()) == (409, True)
    assert client.post(f"{url}/close/", {"reason": "示例"}).status_code == 302
    assert "还有 1 个没有审查结论" in client.get(f"{url}/finish_stage/").content.decode()
    assert "还有 1 个没有审查结论" in client.post(f"{url}/finish_stage/").content.decode()
    applications.pass_check(application=application, by=cast.ministry_clerk)
    assert client.post(f"{url}/finish_stage/").status_code == 302


def test_the_funnel_and_the_filters_narrow_the_table(cast, signed_in):
    batch = batches.set_criteria(
        batch=open_batch(cast), criteria=[AREA_MET], by=cast.ministry_clerk, reason="示例"
    )
    recommended(cast, batch, name_zh="示例·甲平台")
    recommended(cast, batch, cast.ningbo, name_zh="示例·乙平台", floor_area_m2=1)
    proposed(cast, batch, name_zh="示例·丙平台")
    client = signed_in(cast.ministry_clerk)

    def shown(query: str) -> str:
        text = client.get(f"/ministry/batches/{batch.code}/?{query}").content.decode()
        return "".join(name for name in "甲乙丙" if f"示例·{name}平台</a>" in text)

    assert [
        shown(query)
        for query in (
            "", "stage=checking", "stage=listed", "authority=330200", "check=fail", "state=recommended",
            "q=甲平台", "stage=nonsense&check=nonsense", "sort=name", "page=99",
        )
    ] == ["甲乙", "甲乙", "", "乙", "乙", "甲乙", "甲", "甲乙", "甲乙", "甲乙"]  # fmt: skip


def test_a_bulk_move_is_previewed_and_then_done(cast, signed_in):
    batch = batches.set_criteria(
        batch=open_batch(cast), criteria=[AREA_MET], by=cast.ministry_clerk, reason="示例"
    )
    good, bad = recommended(cast, batch), recommended(cast, batch, floor_area_m2=1)
    closed(cast, batch)
    client, url = signed_in(cast.ministry_clerk), f"/ministry/batches/{batch.code}/move/"

    shown = client.post(url, {"verb": "pass_check", "id": [good.pk, bad.pk]})
    text = shown.content.decode()
    assert (shown.status_code, "将处理 1 条" in text, "1 条不符合，须先改判" in text) == (200, True, True)
    assert set(Application.objects.values_list("status", flat=True)) == {"recommended"}

    assert client.post(url, {"verb": "pass_check", "id": [good.pk], "confirmed": "1"}).status_code == 302
    good.refresh_from_db()
    assert good.status == "in_review"
    assert client.post(url, {"verb": "fail_check", "id": [bad.pk], "confirmed": "1"}).status_code == 400
    assert client.post(url, {"verb": "list", "id": [bad.pk]}).status_code == 302


def test_one_application_shows_its_check_and_is_judged_by_two_people(cast, signed_in):
    batch = batches.set_criteria(
        batch=open_batch(cast), criteria=[AREA_MET], by=cast.ministry_clerk, reason="示例"
    )
    application = recommended(cast, batch, floor_area_m2=1500)
    closed(cast, batch)
    result = application.checks.get()
    url = f"/ministry/batches/{batch.code}/applications/{application.pk}/"
    clerk, approver = signed_in(cast.ministry_clerk), signed_in(cast.ministry_approver)

    page = clerk.get(url).content.decode()
    assert "场地面积为1,500 m²" in page
    assert "platform.floor_area_m2 = 1500" in page
    assert clerk.post(f"{url}pass_check/").status_code == 409
    judged = {"state": "pass", "reason": "示例：租赁场地未计入"}
    assert clerk.post(f"{url}checks/{result.pk}/override/", {"state": "pass"}).status_code == 400
    assert clerk.post(f"{url}checks/{result.pk}/override/", judged).status_code == 302
    assert clerk.post(f"{url}checks/{result.pk}/confirm/").status_code == 403
    assert "待另一人确认" in approver.get(url).content.decode()
    assert approver.post(f"{url}checks/{result.pk}/confirm/").status_code == 302
    assert clerk.post(f"{url}pass_check/").status_code == 302
    assert clerk.post(f"{url}pass_check/").status_code == 409
    text = clerk.get(url).content.decode()
    assert "形式审查通过" in text


def test_a_supplement_is_due_at_the_end_of_its_day(cast, signed_in):
    batch = open_batch(cast)
    application = recommended(cast, batch)
    closed(cast, batch)
    url = f"/ministry/batches/{batch.code}/applications/{application.pk}/request_supplement/"
    client = signed_in(cast.ministry_clerk)
    assert client.post(url, {"due_on": "2036-01-31"}).status_code == 400
    assert client.post(url, {"due_on": "2036-01-31", "reason": "示例"}).status_code == 302
    application.refresh_from_db()
    assert application.supplement_due_at == datetime.datetime(2036, 1, 31, 16, tzinfo=datetime.UTC)


# --- the authority ----------------------------------------------------------------------------------


def test_a_clerk_lists_and_orders_and_an_approver_recommends(cast, signed_in):
    batch = open_batch(cast)
    first, second = platform(cast), platform(cast)
    url = f"/authorities/320000/batches/{batch.code}/"
    clerk, approver = signed_in(cast.jiangsu_clerk), signed_in(cast.jiangsu_approver)

    assert first.name_zh in clerk.get(url).content.decode()
    for each in (first, second):
        assert clerk.post(f"{url}add/", {"platform": each.code}).status_code == 302
    assert clerk.post(f"{url}add/", {"platform": first.code}).status_code == 409
    a, b = Application.objects.order_by("rank")
    assert clerk.post(f"{url}order/", {"down": a.pk}).status_code == 302
    assert clerk.post(f"{url}order/", {f"rank-{a.pk}": "1", f"rank-{b.pk}": "2"}).status_code == 302
    tie = clerk.post(f"{url}order/", {f"rank-{a.pk}": "1", f"rank-{b.pk}": "1"})
    assert (tie.status_code, "第 1 位填写了不止一次" in tie.content.decode()) == (400, True)
    assert clerk.post(f"{url}order/", {f"rank-{a.pk}": "x", f"rank-{b.pk}": "1"}).status_code == 400
    assert clerk.post(f"{url}recommend/", {"one": a.pk}).status_code == 403

    assert approver.post(f"{url}recommend/", {"one": a.pk}).status_code == 302
    again = approver.post(f"{url}recommend/", {"one": a.pk})
    assert (again.status_code, "不能“审核并推荐”" in again.content.decode()) == (409, True)
    shown = approver.post(f"{url}recommend/", {"id": [a.pk, b.pk]}).content.decode()
    assert "推荐 1 个平台" in shown
    assert approver.post(f"{url}recommend/", {"id": [b.pk], "confirmed": "1"}).status_code == 302
    assert list(Application.objects.order_by("rank").values_list("pk", "status")) == [
        (a.pk, "recommended"), (b.pk, "recommended"),
    ]  # fmt: skip


def test_the_list_leads_to_its_papers_and_the_letter_on_record(cast, signed_in):
    batch = open_batch(cast)
    url = f"/authorities/320000/batches/{batch.code}/"
    clerk = signed_in(cast.jiangsu_clerk)
    assert "letter.pdf" not in clerk.get(url).text  # nothing to put under a seal
    proposed(cast, batch)
    record_letter(
        authority=cast.jiangsu, number="示例函〔2026〕1 号", dated_on=datetime.date(2026, 1, 5), batch=batch,
        by=cast.jiangsu_clerk,
    )  # fmt: skip

    page = clerk.get(url).text

    assert "文件上会印“未上报”" in page
    assert "推荐函 示例函〔2026〕1 号 已登记" in page
    for paper in ("letter.pdf", "summary.pdf", "summary.xlsx"):
        [address] = re.findall(rf'href="([^"]*{re.escape(paper)})"', page)
        assert clerk.get(address).status_code == 200


def test_over_quota_and_late_are_refused_with_the_reason(cast, signed_in):
    batch = open_batch(cast)
    batches.set_quotas(batch=batch, places={"320000": 1}, by=cast.ministry_clerk)
    recommended(cast, batch)
    second = proposed(cast, batch)
    url = f"/authorities/320000/batches/{batch.code}/"
    client = signed_in(cast.jiangsu_approver)
    page = client.get(url).content.decode()
    assert "名额已用完" in page
    over = client.post(f"{url}recommend/", {"one": second.pk})
    assert (over.status_code, "名额 1 个已用完" in over.content.decode()) == (409, True)

    Batch.objects.update(recommend_until=timezone.now())
    late = client.post(f"{url}recommend/", {"one": second.pk})
    assert (late.status_code, "系统收到您的请求是" in late.content.decode()) == (409, True)
    assert "推荐已经截止" in client.get(url).content.decode()


def test_an_application_page_takes_the_opinion_and_the_withdrawal(cast, signed_in):
    batch = open_batch(cast)
    application = proposed(cast, batch)
    url = f"/authorities/320000/batches/{batch.code}/applications/{application.pk}/"
    client = signed_in(cast.jiangsu_clerk)
    assert client.post(url, {"act": "opinion", "opinion": "同意推荐", "version": "1"}).status_code == 302
    assert "同意推荐" in client.get(url).content.decode()
    assert client.post(url, {"act": "opinion", "opinion": "改", "version": "1"}).status_code == 409
    assert client.post(url, {"act": "nonsense"}).status_code == 404
    assert client.post(url, {"act": "withdraw", "reason": "示例"}).status_code == 302
    assert client.post(url, {"act": "withdraw", "reason": "示例"}).status_code == 409
    application.refresh_from_db()
    assert (application.status, application.rank) == ("withdrawn", None)


def test_another_authority_and_a_draft_do_not_exist(cast, signed_in):
    batch, secret = open_batch(cast), draft(cast)
    theirs = proposed(cast, batch, cast.ningbo)
    client = signed_in(cast.jiangsu_clerk)
    for url in (
        "/authorities/330200/batches/",
        f"/authorities/330200/batches/{batch.code}/",
        f"/authorities/320000/batches/{batch.code}/applications/{theirs.pk}/",
        f"/authorities/330200/batches/{batch.code}/applications/{theirs.pk}/",
        f"/authorities/320000/batches/{secret.code}/",
    ):
        assert client.get(url).status_code == 404, url
    root = f"/authorities/320000/batches/{batch.code}/"
    assert client.post(f"{root}add/", {"platform": theirs.platform.code}).status_code == 404
    assert client.post(f"{root}order/", {"up": theirs.pk}).status_code == 404
    for url in ("/ministry/batches/", f"/ministry/batches/{batch.code}/"):
        assert client.get(url).status_code == 403


def test_lists_ask_as_often_for_three_rows_as_for_one(cast, signed_in):
    batch = batches.set_criteria(
        batch=open_batch(cast), criteria=[AREA_MET], by=cast.ministry_clerk, reason="示例"
    )
    ministry, authority = signed_in(cast.ministry_clerk), signed_in(cast.jiangsu_clerk)
    pages = (
        (ministry, "/ministry/batches/"),
        (ministry, f"/ministry/batches/{batch.code}/"),
        (authority, "/authorities/320000/batches/"),
        (authority, f"/authorities/320000/batches/{batch.code}/"),
    )
    recommended(cast, batch)
    platform(cast)
    before = [queries(client, url) for client, url in pages]
    for _n in range(2):
        recommended(cast, batch)
        platform(cast)
        open_batch(cast)
    assert [queries(client, url) for client, url in pages] == before


def test_the_shortlist_is_drawn_up_in_bulk_after_the_check(cast, signed_in):
    batch = open_batch(cast)
    application = recommended(cast, batch)
    closed(cast, batch)
    in_review(cast, batch, application)
    client = signed_in(cast.ministry_clerk)
    done = client.post(
        f"/ministry/batches/{batch.code}/move/",
        {"verb": "shortlist", "id": [application.pk], "confirmed": "1"},
    )
    assert done.status_code == 302
    application.refresh_from_db()
    assert application.status == "shortlisted"
