"""The pages of an office's people, as the clerk, the approver and others see them."""

import re

import pytest

from platforms.access import Permission as P
from platforms.access import Role
from platforms.actions import api_client
from platforms.models import ApiClient, Invitation, User
from tests import factories

pytestmark = pytest.mark.django_db
HOME = "/authorities/320000/people/"


def test_inviting_from_the_first_form_to_the_first_visit(cast, signed_in, client):
    clerk, approver = signed_in(cast.jiangsu_clerk), signed_in(cast.jiangsu_approver)
    clerk.post(
        HOME,
        {"do": "invite", "invite-name": "示例新人", "invite-role": "authority_clerk", "invite-email": ""},
    )
    invitation = Invitation.objects.get()
    page = approver.post(f"{HOME}invitations/{invitation.pk}/confirm/").content.decode()
    link = re.search(r"http://testserver(/invitations/\w+/)", page).group(1)
    assert "示例新人" in client.get(link).content.decode()
    client.post(link, {"username": "newcomer", "password": "Zhongshi-2026-x"})
    client.post("/accounts/login/", {"login": "newcomer", "password": "Zhongshi-2026-x"})
    assert client.get(HOME).status_code == 200
    assert link.split("/")[2] not in approver.get(HOME).content.decode()


def test_drafts_appear_on_the_desk_of_whoever_takes_over(cast, signed_in):
    colleague = factories.person(Role.AUTHORITY_CLERK, authority=cast.jiangsu, username="js-clerk-2")
    mine = factories.SubmissionFactory(authority=cast.jiangsu, created_by=cast.jiangsu_clerk)
    other = factories.person(Role.AUTHORITY_CLERK, authority=cast.jiangsu, username="js-clerk-3")
    factories.SubmissionFactory(authority=cast.jiangsu, created_by=other)
    browser = signed_in(colleague)
    before = browser.get("/desk/").content.decode()
    assert "同事另有草稿 2 份" in before

    signed_in(cast.jiangsu_approver).post(
        f"{HOME}{cast.jiangsu_clerk.pk}/leave/", {"receiver": colleague.pk, "reason": "调离"}
    )

    after = browser.get("/desk/").content.decode()
    assert "同事另有草稿 1 份" in after
    assert mine.number in after
    assert f"接自 {cast.jiangsu_clerk}" in after


def test_the_page_says_what_there_is_before_it_moves_and_keeps_what_was_typed(cast, signed_in):
    factories.SubmissionFactory(authority=cast.jiangsu, created_by=cast.jiangsu_clerk)
    browser = signed_in(cast.jiangsu_approver)
    address = f"{HOME}{cast.jiangsu_clerk.pk}/leave/"
    assert "<span>草稿</span><b>1</b>" in browser.get(address).content.decode()
    answer = browser.post(address, {"receiver": cast.jiangsu_approver.pk, "reason": "调离原因"})
    assert answer.status_code == 400
    assert "调离原因" in answer.content.decode()
    assert User.objects.get(pk=cast.jiangsu_clerk.pk).is_active


def test_the_only_approver_is_told_why_nothing_happened(cast, signed_in):
    browser = signed_in(cast.security_admin)
    answer = browser.post(f"{HOME}{cast.jiangsu_approver.pk}/leave/", {"receiver": "", "reason": "退休"})
    assert answer.status_code == 409
    assert "唯一的审核人" in answer.content.decode()


def test_another_office_does_not_find_the_page(cast, signed_in):
    for person in (cast.ningbo_clerk, cast.ningbo_approver):
        assert signed_in(person).get(HOME).status_code == 404
    assert signed_in(cast.jiangsu_clerk).get(f"{HOME}{cast.jiangsu_approver.pk}/leave/").status_code == 403


def test_one_applies_for_a_key_sees_it_once_and_stops_it(cast, signed_in, client):
    browser = signed_in(cast.jiangsu_clerk)
    page = browser.post(
        "/accounts/keys/", {"name": "示例系统", "scopes": ["submission.view"], "days": "30"}
    ).content.decode()
    key = re.search(r"Api-Key ([\w.-]+)", page).group(1)
    headers = {"Authorization": f"Api-Key {key}"}
    assert client.get("/api/v1/submissions/", headers=headers).status_code == 200
    shown = browser.get("/accounts/keys/").content.decode()
    assert key not in shown
    assert "示例系统" in shown
    browser.post(f"/accounts/keys/{ApiClient.objects.get().pk}/revoke/")
    assert client.get("/api/v1/submissions/", headers=headers).status_code == 401


def test_a_key_has_no_more_rights_than_the_person(cast, signed_in):
    answer = signed_in(cast.jiangsu_clerk).post(
        "/accounts/keys/", {"name": "示例", "scopes": ["decision.approve"], "days": "30"}
    )
    assert answer.status_code == 400
    assert not ApiClient.objects.exists()


def test_the_approver_stops_a_key_of_the_office_and_no_other(cast, signed_in):
    keys = {}
    for owner in (cast.jiangsu_clerk, cast.ningbo_clerk):
        keys[owner], _secret = api_client.create(
            owner=owner, name="示例", scopes=[P.SUBMISSION_VIEW], days=3, by=None
        )
    browser = signed_in(cast.jiangsu_approver)
    assert browser.post(f"{HOME}keys/{keys[cast.jiangsu_clerk].pk}/revoke/").status_code == 302
    assert browser.post(f"{HOME}keys/{keys[cast.ningbo_clerk].pk}/revoke/").status_code == 404
    assert [row.owner for row in ApiClient.objects.usable()] == [cast.ningbo_clerk]


def test_each_persons_desk_says_what_waits_for_that_person(cast, signed_in):
    from cultivation.actions import annual_report, change_request
    from platforms.actions import invitation

    platform = factories.PlatformFactory(authority=cast.jiangsu)
    request = change_request.prepare(
        platform=platform, kind="name", after={"name_zh": "示例·新名称"}, reason="示例", evidence_note="示例",
        by=cast.jiangsu_clerk,
    )  # fmt: skip
    annual_report.save(
        platform=platform,
        year=annual_report.current_year(),
        figures={"projects_total": "7"},
        by=cast.jiangsu_clerk,
    )
    invitation.propose(
        authority=cast.jiangsu, role=Role.AUTHORITY_CLERK, name="示例新人", by=cast.jiangsu_clerk
    )

    def tasks(person) -> list[str]:
        return [task["label"] for task in signed_in(person).get("/desk/").context["tasks"]]

    waiting = {"更名：" + platform.name_zh, "1 份年度信息待审核", "确认邀请“示例新人”"}
    assert waiting <= set(tasks(cast.jiangsu_approver))
    assert not waiting & set(tasks(cast.jiangsu_clerk))
    assert not waiting & set(tasks(cast.ningbo_approver))
    change_request.send_back(change_request=request, by=cast.jiangsu_approver, reason="缺文号")
    returned = signed_in(cast.jiangsu_clerk).get("/desk/").context["tasks"][0]
    assert (returned["label"], returned["note"]) == ("更名：" + platform.name_zh, "缺文号")
