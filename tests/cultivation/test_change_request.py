"""Change requests: two persons ask, the ministry decides, and what is agreed to is carried out in the same moment."""

import datetime
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from cultivation.actions import change_request as verbs
from cultivation.choices import ChangeRequestKind as K
from cultivation.models import ChangeRequest, Designation
from platforms.errors import Conflict, IllegalStep, Invalid, NotFound, NotPermitted
from platforms.models import Document, Platform, PublicPlatform
from platforms.publish import publish
from platforms.uploads import Upload
from tests import factories

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n"


@pytest.fixture
def platform(cast) -> Platform:
    found = factories.PlatformFactory(authority=cast.jiangsu, name_zh="示例·旧名称")
    publish(found)
    return found


def asked(cast, platform, kind, **after) -> ChangeRequest:
    return verbs.prepare(
        platform=platform, kind=kind, after=after, reason="示例原因", evidence_note="示例通知书〔2026〕1 号",
        by=cast.jiangsu_clerk,
    )  # fmt: skip


def agreed(cast, request: ChangeRequest) -> Platform:
    verbs.submit(change_request=request, by=cast.jiangsu_approver)
    verbs.accept(change_request=request, by=cast.ministry_approver)
    return Platform.objects.get(pk=request.platform_id)


def test_a_new_name_is_published_and_the_old_one_stays_searchable(cast, platform, client):
    agreed(cast, asked(cast, platform, K.NAME, name_zh="示例·新名称"))

    assert PublicPlatform.objects.get(code=platform.code).name_zh == "示例·新名称"
    assert list(platform.former_names.values_list("name_zh", flat=True)) == ["示例·旧名称"]
    found = client.get("/api/v1/platforms/?q=示例·旧名称").json()["results"]
    assert [item["code"] for item in found] == [platform.code]


def test_another_operator_takes_over(cast, platform):
    other = factories.OperatorFactory(name_zh="示例接手单位")
    after = agreed(cast, asked(cast, platform, K.OPERATOR, uscc=other.uscc, operator_zh="随便写的名称"))
    assert after.operator == other
    assert after.operator.name_zh == "示例接手单位"


def test_a_move_within_the_country(cast, platform):
    city = factories.RegionFactory(code="320200", name_zh="无锡市", parent_id="320000", kind="city")
    after = agreed(
        cast, asked(cast, platform, K.MOVE, region="320000", city=city.pk, address="示例新址 8 号")
    )
    assert (after.region_id, after.city_id, after.address) == ("320000", "320200", "示例新址 8 号")


def test_a_merger_leaves_a_tombstone_that_points_on(cast, platform, client):
    survivor = factories.PlatformFactory(authority=cast.jiangsu, name_zh="示例·存续平台")
    publish(survivor)
    after = agreed(cast, asked(cast, platform, K.MERGER, into=survivor.code))
    assert (after.status, after.merged_into) == ("merged", survivor)
    assert survivor.code in client.get(f"/platforms/{platform.code}/").content.decode()


def test_a_cancellation_ends_the_designation(cast, platform):
    Platform.objects.filter(pk=platform.pk).update(tier="reserve")
    Designation.objects.create(platform=platform, tier="reserve", valid_from=datetime.date(2026, 1, 1))
    after = agreed(cast, asked(cast, platform, K.CANCELLATION))
    assert (after.status, after.tier) == ("withdrawn", None)
    assert list(Designation.objects.values_list("status", flat=True)) == ["withdrawn"]


def test_nobody_approves_the_own_request_and_other_offices_do_not_see_it(cast, platform):
    request = asked(cast, platform, K.NAME, name_zh="示例·新名称")
    with pytest.raises(NotPermitted):
        verbs.submit(change_request=request, by=cast.jiangsu_clerk)
    with pytest.raises(NotFound):
        verbs.submit(change_request=request, by=cast.ningbo_approver)
    with pytest.raises(NotFound):
        verbs.accept(change_request=request, by=cast.ministry_approver)
    verbs.submit(change_request=request, by=cast.jiangsu_approver)
    with pytest.raises(NotPermitted):
        verbs.accept(change_request=request, by=cast.ministry_clerk)


def test_what_is_wrong_is_named_and_nothing_is_kept(cast, platform):
    wrong = {
        K.NAME: {"name_zh": "示例·旧名称"},
        K.OPERATOR: {"uscc": "123", "operator_zh": ""},
        K.MOVE: {"region": "999999", "address": "x"},
        K.MERGER: {"into": platform.code},
    }
    named = {}
    for kind, after in wrong.items():
        with pytest.raises(Invalid) as refused:
            asked(cast, platform, kind, **after)
        named[kind] = sorted(problem.pointer for problem in refused.value.problems)
    assert named == {
        K.NAME: ["name_zh"],
        K.OPERATOR: ["operator_zh", "uscc"],
        K.MOVE: ["region"],
        K.MERGER: ["into"],
    }
    assert not ChangeRequest.objects.exists()


def test_a_merger_into_another_offices_platform_is_not_asked_for_here(cast, platform):
    foreign = factories.PlatformFactory(authority=cast.ningbo)
    with pytest.raises(Invalid):
        asked(cast, platform, K.MERGER, into=foreign.code)


def test_one_request_at_a_time(cast, platform):
    asked(cast, platform, K.NAME, name_zh="示例·新名称")
    with pytest.raises(Conflict):
        asked(cast, platform, K.CANCELLATION)


def test_a_record_that_has_moved_on_is_not_overwritten(cast, platform):
    request = asked(cast, platform, K.NAME, name_zh="示例·新名称")
    verbs.submit(change_request=request, by=cast.jiangsu_approver)
    Platform.objects.filter(pk=platform.pk).update(name_zh="示例·别的名称")
    with pytest.raises(Conflict):
        verbs.accept(change_request=request, by=cast.ministry_approver)
    assert Platform.objects.get(pk=platform.pk).name_zh == "示例·别的名称"


def test_returned_corrected_and_agreed_on_the_pages(cast, platform, signed_in):
    clerk, approver = signed_in(cast.jiangsu_clerk), signed_in(cast.jiangsu_approver)
    ministry = signed_in(cast.ministry_approver)
    form = {"name_zh": "示例·新名称", "reason": "示例原因", "evidence_note": "示例通知书"}
    address = f"/authorities/320000/platforms/{platform.code}/request/?kind=name"
    assert "示例·旧名称" in clerk.get(address).content.decode()
    assert clerk.post(address, {**form, "evidence_note": ""}).status_code == 400
    assert clerk.post(address, form).status_code == 302
    request = ChangeRequest.objects.get()
    here, there = f"/authorities/320000/changes/{request.pk}/", f"/ministry/changes/{request.pk}/"
    assert ministry.get(there).status_code == 404
    approver.post(f"{here}submit/")
    assert ministry.post(f"{there}return/", {"reason": ""}).status_code == 400
    ministry.post(f"{there}return/", {"reason": "请附通知书文号"})
    assert "请附通知书文号" in clerk.get(here).content.decode()
    clerk.post(f"{here}revise/", {**form, "evidence_note": "示例通知书〔2026〕1 号"})
    approver.post(f"{here}submit/")
    shown = ministry.get(there).content.decode()
    assert "<del>示例·旧名称</del>" in shown
    assert "<ins>示例·新名称</ins>" in shown
    ministry.post(f"{there}accept/")
    assert Platform.objects.get(pk=platform.pk).name_zh == "示例·新名称"
    assert "已同意" in clerk.get("/authorities/320000/changes/").content.decode()


def test_files_go_with_the_request_and_reach_who_sees_it(cast, platform, signed_in, own_files):
    clerk, approver = signed_in(cast.jiangsu_clerk), signed_in(cast.jiangsu_approver)
    ministry, other = signed_in(cast.ministry_approver), signed_in(cast.ningbo_clerk)
    form = {"name_zh": "示例·新名称", "reason": "示例原因", "evidence_note": "示例通知书"}
    address = f"/authorities/320000/platforms/{platform.code}/request/?kind=name"

    wrong = [SimpleUploadedFile("a.html", b"<script>1</script>"), SimpleUploadedFile("b.pdf", b"")]
    refused = clerk.post(address, {**form, "uploads": wrong})
    assert refused.status_code == 400
    assert {"a.html", "b.pdf"} <= set(re.findall(r"[ab]\.(?:html|pdf)", refused.content.decode()))
    assert not Document.objects.exists()

    good = [SimpleUploadedFile(f"通知书{n}.pdf", PDF + str(n).encode()) for n in (1, 2)]
    assert clerk.post(address, {**form, "uploads": good}).status_code == 302
    request = ChangeRequest.objects.get()
    first = request.evidence.order_by("pk").first()
    here, there = f"/authorities/320000/changes/{request.pk}/", f"/ministry/changes/{request.pk}/"
    file = f"documents/{first.pk}/"
    assert "通知书1.pdf" in clerk.get(here).content.decode()
    assert (first.sent_at, ministry.get(there + file).status_code) == (None, 404)

    approver.post(f"{here}submit/")

    sent = ministry.get(there + file)
    assert (sent.status_code, sent.content) == (200, PDF + b"1")
    assert sent["Content-Disposition"].startswith("attachment")
    assert other.get(here + file).status_code == 404
    foreign = factories.PlatformFactory(authority=cast.ningbo)
    theirs = verbs.prepare(
        platform=foreign, kind=K.NAME, after={"name_zh": "示例·别名"}, reason="示例", evidence_note="示例",
        by=cast.ningbo_clerk,
    )  # fmt: skip
    assert other.get(f"/authorities/330200/changes/{theirs.pk}/{file}").status_code == 404


def test_no_more_than_ten_files(cast, platform):
    uploads = [Upload(f"{n}.pdf", "pdf", "application/pdf", PDF) for n in range(11)]
    with pytest.raises(Invalid, match="最多 10 个"):
        verbs.prepare(
            platform=platform, kind=K.NAME, after={"name_zh": "示例·新名称"}, reason="示例", evidence_note="示例",
            by=cast.jiangsu_clerk, uploads=uploads,
        )  # fmt: skip
    assert not ChangeRequest.objects.exists()


def test_what_ended_by_a_request_is_restored_from_the_same_page(cast, platform, signed_in):
    request = asked(cast, platform, K.CANCELLATION)
    agreed(cast, request)
    ministry = signed_in(cast.ministry_approver)
    ministry.post(f"/ministry/changes/{request.pk}/restore/", {"reason": "误办"})
    assert Platform.objects.get(pk=platform.pk).status == "active"


def test_a_step_out_of_order_is_refused_with_its_sentence(cast, platform):
    request = asked(cast, platform, K.NAME, name_zh="示例·新名称")
    verbs.withdraw(change_request=request, by=cast.jiangsu_clerk)
    with pytest.raises(IllegalStep) as refused:
        verbs.submit(change_request=request, by=cast.jiangsu_approver)
    assert "已撤回" in str(refused.value)
