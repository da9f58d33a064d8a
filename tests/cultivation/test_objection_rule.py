"""Ruling on an objection: by someone else than its handler, with its effect on the list as a new version."""

import pytest

from cultivation.actions import notice as notices
from cultivation.actions import objection as objections
from cultivation.choices import ApplicationStatus, BatchStatus, ObjectionStatus
from cultivation.models import IdentityReveal, Objection
from platforms.errors import IllegalStep, Invalid, NotFound, NotPermitted
from platforms.models import Membership, PublicList, PublicNotice
from tests.cultivation import noticing

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(cast, monkeypatch):
    noticing.set_clock(monkeypatch, noticing.MONDAY)
    objection = noticing.lodged(noticing.on_notice(cast)).objection
    return objections.handle(objection=objection, by=cast.ministry_clerk)


def rule(case, cast, **fields):
    return objections.uphold(
        **{
            "objection": case,
            "by": cast.ministry_approver,
            "finding": "示例核查情况",
            "reply": "示例答复",
            **fields,
        }
    )


def test_removing_a_platform_makes_a_new_version_with_the_reason(cast, case):
    rule(case, cast, effect="remove", reason="不符合申报条件")
    case.application.refresh_from_db()
    assert case.application.status == ApplicationStatus.REMOVED
    notice = PublicNotice.objects.get().document
    gone = case.application.platform
    assert gone.code not in [entry["platform_code"] for entry in notice["entries"]]
    assert [entry["row"] for entry in notice["entries"]] == [1, 2]
    assert [version["version"] for version in notice["versions"]] == ["0.1", "0.2"]
    new = PublicList.objects.get(latest=True)
    assert new.list_version == "0.2"
    assert new.document["note_zh"] == f"移出“{gone.name_zh}”：不符合申报条件"
    assert PublicList.objects.get(list_version="0.1").document["count"] == 3


def test_correcting_a_row_leaves_the_first_version_as_it_was(cast, case):
    rule(case, cast, effect="correct", reason="名称有误", corrected={"name_zh": "示例·更正后的名称"})
    old, new = PublicList.objects.order_by("list_version")
    code = case.application.platform.code
    names = [
        next(entry["name_zh"] for entry in version.document["entries"] if entry["platform_code"] == code)
        for version in (old, new)
    ]
    assert names == [case.application.platform.name_zh, "示例·更正后的名称"]


def test_the_handler_cannot_rule(cast, case):
    Membership.objects.create(user=cast.ministry_clerk, role="ministry_approver")
    cast.ministry_clerk.__dict__.pop("_reach", None)
    with pytest.raises(NotPermitted, match="办理人不能裁定"):
        objections.dismiss(objection=case, by=cast.ministry_clerk, finding="示例", reply="示例")


def test_a_clerk_does_not_rule_and_an_authority_sees_nothing(cast, case):
    with pytest.raises(NotPermitted):
        objections.dismiss(
            objection=case,
            by=cast.second_approver.__class__.objects.get(username="mi-clerk"),
            finding="示例",
            reply="示例",
        )
    with pytest.raises(NotFound):
        objections.dismiss(objection=case, by=cast.jiangsu_approver, finding="示例", reply="示例")


def test_a_ruling_needs_finding_reply_and_a_public_reason(cast, case):
    with pytest.raises(Invalid) as refused:
        objections.dismiss(objection=case, by=cast.ministry_approver, finding="", reply="")
    assert [problem.pointer for problem in refused.value.problems] == ["finding", "reply"]
    with pytest.raises(Invalid, match="公开的原因"):
        rule(case, cast, effect="remove", reason="示例异议人甲反映属实")
    with pytest.raises(Invalid):
        rule(case, cast, effect="remove", reason="")
    case.refresh_from_db()
    assert case.status == ObjectionStatus.HANDLING


def test_nothing_is_ruled_twice(cast, case):
    objections.dismiss(objection=case, by=cast.ministry_approver, finding="示例", reply="示例")
    with pytest.raises(IllegalStep):
        rule(case, cast, effect="remove", reason="示例")


def test_a_dismissed_objection_changes_no_public_byte(cast, case):
    before = noticing.public_bytes()
    objections.dismiss(objection=case, by=cast.ministry_approver, finding="示例", reply="示例")
    assert noticing.public_bytes() == before


def test_the_last_ruling_moves_the_batch_on(cast, case, monkeypatch):
    noticing.close(monkeypatch, case.notice)
    case.notice.batch.refresh_from_db()
    assert case.notice.batch.status == BatchStatus.NOTICING
    objections.dismiss(objection=case, by=cast.ministry_approver, finding="示例", reply="示例")
    case.notice.batch.refresh_from_db()
    assert case.notice.batch.status == BatchStatus.DECIDING


def test_an_objection_can_be_closed_at_the_wish_of_who_lodged_it(cast, case):
    objections.withdraw(objection=case, by=cast.ministry_clerk, reason="异议人来函撤回")
    assert Objection.objects.get().status == ObjectionStatus.WITHDRAWN


def test_opening_an_identity_needs_a_reason_and_is_recorded(cast, case):
    with pytest.raises(Invalid):
        objections.reveal(objection=case, by=cast.ministry_clerk, reason=" ")
    with pytest.raises(NotPermitted):
        objections.reveal(objection=case, by=cast.ministry_approver, reason="想知道")
    objections.reveal(objection=case, by=cast.ministry_clerk, reason="电话核实")
    assert list(IdentityReveal.objects.values_list("revealed_by__username", "reason")) == [
        ("mi-clerk", "电话核实")
    ]


def test_every_version_of_the_list_stays_intact(cast, case):
    from cultivation.actions import release as releases

    rule(case, cast, effect="remove", reason="示例")
    assert all(releases.intact(release) for release in case.notice.batch.releases.all())
    assert notices.close_finished() == 0
