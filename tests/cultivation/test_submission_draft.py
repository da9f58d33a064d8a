"""Drafts: who may write them, what is refused at once, and what a return unlocks."""

import pytest

from cultivation.actions.submission import create_draft, prepare, save_draft, send_back, submit
from cultivation.models import Submission
from platforms import record
from platforms.errors import Conflict, IllegalStep, Invalid, NotFound, NotPermitted
from tests.cultivation.submissions import accepted, change_of, drafted, prepared, reference_data
from tests.factories import valid_payload

pytestmark = pytest.mark.django_db


def with_values(submission, **values):
    return {**submission.payload, "platform": {**submission.payload["platform"], **values}}


def test_drafts_are_numbered_by_year_without_repetition(cast):
    numbers = [drafted(cast, name=f"示例·平台{n}", serial=n + 1).number for n in range(3)]

    assert [number.rsplit("-", 1)[1] for number in numbers] == ["000001", "000002", "000003"]
    assert all(number.startswith("ZT-20") for number in numbers)


def test_an_empty_draft_may_be_started(cast):
    reference_data()
    submission = create_draft(authority=cast.jiangsu, by=cast.jiangsu_clerk)

    assert (submission.status, submission.payload) == ("draft", record.empty_payload())


def test_a_clerk_cannot_write_for_another_authority(cast):
    with pytest.raises(NotFound):
        create_draft(authority=cast.jiangsu, by=cast.ningbo_clerk)


def test_an_approver_cannot_write_drafts(cast):
    with pytest.raises(NotPermitted):
        create_draft(authority=cast.jiangsu, by=cast.jiangsu_approver)


def test_a_wrong_check_digit_is_named_and_nothing_is_saved(cast):
    submission = drafted(cast)
    payload = {
        **submission.payload,
        "operator": {**submission.payload["operator"], "uscc": "91320200MA9000010X"},
    }

    with pytest.raises(Invalid) as refusal:
        save_draft(submission=submission, payload=payload, by=cast.jiangsu_clerk)

    assert [problem.pointer for problem in refusal.value.problems] == ["operator/uscc"]
    submission.refresh_from_db()
    assert submission.version == 1


def test_saving_an_older_version_is_a_conflict(cast):
    submission = drafted(cast)
    save_draft(
        submission=submission,
        payload=with_values(submission, staff_total=31),
        by=cast.jiangsu_clerk,
        version=1,
    )

    with pytest.raises(Conflict):
        save_draft(
            submission=submission,
            payload=with_values(submission, staff_total=32),
            by=cast.jiangsu_clerk,
            version=1,
        )

    submission.refresh_from_db()
    assert (submission.payload["platform"]["staff_total"], submission.version) == (31, 2)


def test_saving_the_same_twice_changes_nothing(cast):
    submission = drafted(cast)
    save_draft(submission=submission, payload=submission.payload, by=cast.jiangsu_clerk, version=1)

    assert Submission.objects.get().version == 1


def test_a_prepared_submission_cannot_be_edited(cast):
    submission = prepared(cast)

    with pytest.raises(IllegalStep):
        save_draft(
            submission=submission, payload=with_values(submission, staff_total=31), by=cast.jiangsu_clerk
        )


def test_after_a_return_with_pins_only_the_pinned_places_open(cast):
    submission = send_back(
        submission=prepared(cast),
        by=cast.jiangsu_approver,
        reason="请核对人数和设备",
        fields={"platform/staff_total": "与台账不符", "equipment/0/commissioned_year": ""},
    )

    with pytest.raises(Invalid) as refusal:
        save_draft(
            submission=submission, payload=with_values(submission, floor_area_m2=9), by=cast.jiangsu_clerk
        )
    assert [(p.pointer, p.code) for p in refusal.value.problems] == [("platform/floor_area_m2", "locked")]

    payload = with_values(submission, staff_total=31)
    payload["equipment"] = [{**payload["equipment"][0], "commissioned_year": 2023}]
    save_draft(submission=submission, payload=payload, by=cast.jiangsu_clerk)

    submission.refresh_from_db()
    assert submission.payload["platform"]["staff_total"] == 31
    assert submission.payload["equipment"][0]["commissioned_year"] == 2023


def test_the_pins_hold_when_the_author_hands_over_and_takes_back(cast):
    from cultivation.actions.submission import take_back

    submission = send_back(
        submission=prepared(cast),
        by=cast.jiangsu_approver,
        reason="人数",
        fields={"platform/staff_total": ""},
    )
    take_back(submission=prepare(submission=submission, by=cast.jiangsu_clerk), by=cast.jiangsu_clerk)

    with pytest.raises(Invalid):
        save_draft(
            submission=submission, payload=with_values(submission, floor_area_m2=9), by=cast.jiangsu_clerk
        )


def test_a_field_that_does_not_exist_cannot_be_pinned(cast):
    with pytest.raises(Invalid):
        send_back(
            submission=prepared(cast), by=cast.jiangsu_approver, reason="?", fields={"platform/nothing": ""}
        )


def test_the_same_platform_cannot_be_submitted_twice_by_one_authority(cast):
    first = drafted(cast)

    with pytest.raises(Invalid) as refusal:
        drafted(cast)

    assert first.number in str(refusal.value)


def test_a_platform_of_another_authority_is_refused_without_saying_whose(cast):
    submission = accepted(cast)

    with pytest.raises(Invalid) as refusal:
        create_draft(authority=cast.ningbo, payload=valid_payload(), by=cast.ningbo_clerk)

    sentence = str(refusal.value)
    assert "其他推荐单位" in sentence
    assert not any(secret in sentence for secret in (submission.number, submission.platform.code, "江苏"))


def test_a_change_starts_from_the_record_as_it_is(cast):
    platform = accepted(cast).platform
    submission = change_of(cast, platform, staff_total=45)

    assert submission.base_version == platform.version
    assert [d["field"] for d in record.differences(record.payload_of(platform), submission.payload)] == [
        "platform/staff_total"
    ]


def test_a_platform_has_one_open_change_at_a_time(cast):
    platform = accepted(cast).platform
    change_of(cast, platform, staff_total=45)

    with pytest.raises(Conflict):
        change_of(cast, platform, staff_total=46)


def test_an_incomplete_draft_cannot_be_handed_over(cast):
    submission = create_draft(authority=cast.jiangsu, by=cast.jiangsu_clerk)

    with pytest.raises(Invalid) as refusal:
        prepare(submission=submission, by=cast.jiangsu_clerk)

    assert "operator/uscc" in [problem.pointer for problem in refusal.value.problems]


def test_handing_over_tells_the_approver_and_not_the_author(cast):
    prepared(cast)

    assert cast.jiangsu_approver.notifications.count() == 1
    assert cast.jiangsu_clerk.notifications.count() == 0
    assert cast.ningbo_approver.notifications.count() == 0


def test_nobody_approves_what_they_prepared(cast):
    from platforms.models import Membership

    both = cast.jiangsu_clerk
    Membership.objects.create(user=both, role="authority_approver", authority=cast.jiangsu)
    both.__dict__.pop("_reach", None)
    submission = prepared(cast)

    with pytest.raises(NotPermitted):
        submit(submission=submission, by=both)

    submit(submission=submission, by=cast.jiangsu_approver)
    assert Submission.objects.get().status == "submitted"


def test_submitting_twice_is_refused_the_second_time(cast):
    submission = prepared(cast)
    submit(submission=submission, by=cast.jiangsu_approver)

    with pytest.raises(IllegalStep):
        submit(submission=submission, by=cast.jiangsu_approver)
    assert cast.ministry_clerk.notifications.count() == 1


def test_an_approver_approves_the_version_that_was_read(cast):
    submission = prepared(cast)

    with pytest.raises(Conflict):
        submit(submission=submission, by=cast.jiangsu_approver, version=1)
