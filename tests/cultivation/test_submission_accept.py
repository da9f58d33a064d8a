"""Acceptance: a new platform enters the register and the public record; a change updates it; a stale one is refused."""

import datetime

import pytest
from django.utils import timezone

from cultivation.actions.submission import prepare, rebase, save_draft, submit, withdraw
from cultivation.actions.submission_acceptance import accept, reject, return_
from cultivation.models import Designation
from platforms import record
from platforms.codes import is_code
from platforms.errors import Conflict, IllegalStep, Invalid, NotPermitted
from platforms.models import Change, Operator, Platform, PublicPlatform
from tests.cultivation.submissions import accepted, change_of, drafted, submitted

pytestmark = pytest.mark.django_db


def through(cast, submission):
    submission = prepare(submission=submission, by=cast.jiangsu_clerk)
    submission = submit(submission=submission, by=cast.jiangsu_approver)
    return accept(submission=submission, by=cast.ministry_clerk)


def test_a_new_platform_gets_a_code_enters_the_reserve_and_is_published_once(cast):
    submission = accepted(cast)

    platform = Platform.objects.get()
    assert submission.platform == platform
    assert is_code(platform.code)
    assert platform.code.startswith("ZS-32-00001-")
    assert (platform.tier, platform.version, platform.authority) == ("reserve", 1, cast.jiangsu)
    assert record.payload_of(platform)["operator"] == submission.payload["operator"]
    designation = Designation.objects.get()
    assert (designation.tier, designation.submission) == ("reserve", submission)
    assert list(Change.objects.values_list("number", "kind", "code")) == [(1, "created", platform.code)]
    assert PublicPlatform.objects.get().card["tier"] == "reserve"


def test_nothing_is_public_before_acceptance(cast):
    submitted(cast)

    assert (PublicPlatform.objects.count(), Change.objects.count()) == (0, 0)


def test_codes_go_on_from_the_highest_in_the_province(cast):
    first = accepted(cast).platform
    second = accepted(cast, name="示例·第二平台", serial=900002).platform

    assert [code.split("-")[2] for code in (first.code, second.code)] == ["00001", "00002"]


def test_accepting_twice_makes_one_platform(cast):
    submission = accepted(cast)

    with pytest.raises(IllegalStep):
        accept(submission=submission, by=cast.ministry_clerk)
    assert Platform.objects.count() == 1


def test_an_approver_of_the_ministry_does_not_accept(cast):
    with pytest.raises(NotPermitted):
        accept(submission=submitted(cast), by=cast.ministry_approver)


def test_a_renamed_platform_keeps_its_old_name(cast):
    platform = accepted(cast).platform
    through(cast, change_of(cast, platform, name_zh="示例·新名称平台"))

    platform.refresh_from_db()
    assert (platform.name_zh, platform.version) == ("示例·新名称平台", 2)
    assert [former.name_zh for former in platform.former_names.all()] == ["示例·申报平台"]
    assert Change.objects.count() == 2


def test_a_change_written_against_an_older_version_names_what_differs(cast):
    platform = accepted(cast).platform
    submission = change_of(cast, platform, staff_total=45)
    Platform.objects.filter(pk=platform.pk).update(version=9, floor_area_m2=8000)

    with pytest.raises(Conflict) as refusal:
        prepare(submission=submission, by=cast.jiangsu_clerk)
    assert "面积" in str(refusal.value)

    rebase(submission=submission, by=cast.jiangsu_clerk)
    payload = {**submission.payload, "platform": {**submission.payload["platform"], "floor_area_m2": 8000}}
    submission = save_draft(submission=submission, payload=payload, by=cast.jiangsu_clerk)
    through(cast, submission)
    platform.refresh_from_db()
    assert (platform.staff_total, platform.floor_area_m2, platform.version) == (45, 8000, 10)


def test_two_platforms_of_one_operator_share_it_and_both_show_its_new_name(cast):
    first = accepted(cast).platform
    second = drafted(cast, name="示例·第二平台")
    payload = {**second.payload, "operator": {**second.payload["operator"], "name_zh": "示例更名有限公司"}}
    through(cast, save_draft(submission=second, payload=payload, by=cast.jiangsu_clerk))

    assert Operator.objects.exclude(pk=cast.operator_unit.pk).count() == 1
    assert PublicPlatform.objects.get(code=first.code).document["operator"]["name_zh"] == "示例更名有限公司"
    first.refresh_from_db()
    assert first.version == 2


def test_an_operator_without_a_code_gets_the_one_that_is_given(cast):
    platform = accepted(cast).platform
    uscc = platform.operator.uscc
    Operator.objects.filter(pk=platform.operator_id).update(uscc=None)
    submission = change_of(cast, platform, staff_total=45)
    payload = {**submission.payload, "operator": {**submission.payload["operator"], "uscc": uscc}}
    through(cast, save_draft(submission=submission, payload=payload, by=cast.jiangsu_clerk))

    platform.refresh_from_db()
    assert platform.operator.uscc == uscc
    assert Operator.objects.exclude(pk=cast.operator_unit.pk).count() == 1


def test_a_return_needs_a_reason_and_a_future_date(cast):
    submission = submitted(cast)

    with pytest.raises(Invalid):
        return_(submission=submission, by=cast.ministry_clerk, reason=" ")
    with pytest.raises(IllegalStep):
        return_(submission=submission, by=cast.ministry_clerk, reason="请补", due_at=timezone.now())


def test_a_returned_submission_can_be_corrected_and_sent_again(cast):
    due = timezone.now() + datetime.timedelta(days=5)
    submission = return_(
        submission=submitted(cast), by=cast.ministry_clerk, reason="请补购置年份", due_at=due
    )
    assert (submission.status, submission.correction_due_at) == ("returned", due)
    assert cast.jiangsu_clerk.notifications.filter(due_at=due).count() == 1

    through(cast, submission)

    assert submission.__class__.objects.get().status == "accepted"
    assert cast.jiangsu_approver.notifications.filter(kind="submission.prepare").count() == 2


def test_a_rejected_submission_is_over_and_may_be_written_anew(cast):
    reject(submission=submitted(cast), by=cast.ministry_clerk, reason="不属于中试平台")

    assert drafted(cast).status == "draft"


def test_a_withdrawn_draft_frees_its_name(cast):
    withdraw(submission=drafted(cast), by=cast.jiangsu_clerk)

    assert drafted(cast).status == "draft"
