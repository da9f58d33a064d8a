"""The formal check: sentences from criteria, judgement by two people, and the ministry's moves one by one and in bulk."""

import datetime

import pytest
from django.utils import timezone

from cultivation.actions import application as applications
from cultivation.actions import batch as batches
from cultivation.actions import bulk, check
from cultivation.models import Application
from platforms.errors import IllegalStep, Invalid, NotPermitted
from platforms.models import Notification
from tests.cultivation.batches import AREA_MET, closed, in_review, open_batch, proposed, recommended

pytestmark = pytest.mark.django_db

BY_HAND = {"id": "hand", "manual": True, "text_zh": "公共服务属性"}


def with_criteria(cast, *criteria, **options):
    batch = open_batch(cast, **options)
    return batches.set_criteria(batch=batch, criteria=list(criteria), by=cast.ministry_clerk, reason="示例")


def states(application):
    return list(application.checks.values_list("criterion", "state"))


def test_a_check_is_a_sentence_with_the_fields_it_used(cast):
    batch = with_criteria(cast, AREA_MET, BY_HAND)
    application = recommended(cast, batch, floor_area_m2=1500)

    floor = application.checks.get(criterion="floor")
    assert floor.sentence_zh == "场地面积为1,500 m²，要求不低于2,000 m²，不符合。"
    assert floor.fields == [{"field": "platform.floor_area_m2", "value": 1500}]
    assert states(application) == [("floor", "fail"), ("hand", "manual")]


def test_new_criteria_are_applied_at_once_and_keep_overrides(cast):
    batch = with_criteria(cast, AREA_MET, BY_HAND)
    application = recommended(cast, batch, floor_area_m2=1500)
    hand = application.checks.get(criterion="hand")
    check.override(result=hand, state="pass", reason="示例：有服务清单", by=cast.ministry_clerk)
    lowered = {**AREA_MET, "value": 1000}

    batches.set_criteria(
        batch=batch, criteria=[lowered, BY_HAND], by=cast.ministry_clerk, reason="示例：更正"
    )

    assert application.checks.get(criterion="floor").state == "pass"
    hand.refresh_from_db()
    assert (hand.override_state, hand.overridden_by) == ("pass", cast.ministry_clerk)


def test_running_again_reports_what_differs(cast):
    batch = with_criteria(cast, AREA_MET)
    application = recommended(cast, batch, floor_area_m2=1500)
    record = {**application.record, "platform": {**application.record["platform"], "floor_area_m2": 2500}}
    type(application).objects.filter(pk=application.pk).update(record=record)

    differences = check.run_batch_checks(batch=batch, by=cast.ministry_clerk)

    assert [(each.criterion, each.before, each.after) for each in differences] == [("floor", "fail", "pass")]
    assert check.run_batch_checks(batch=batch, by=cast.ministry_clerk) == []


def test_criteria_change_only_until_the_check_is_over_and_with_a_reason(cast):
    batch = open_batch(cast)
    application = recommended(cast, batch)
    with pytest.raises(Invalid):
        batches.set_criteria(batch=batch, criteria=[AREA_MET], by=cast.ministry_clerk)
    closed(cast, batch)
    in_review(cast, batch, application)
    with pytest.raises(IllegalStep, match="形式审查已经结束"):
        batches.set_criteria(batch=batch, criteria=[AREA_MET], by=cast.ministry_clerk, reason="示例")


def test_a_judgement_counts_only_after_a_second_person_confirmed_it(cast):
    batch = with_criteria(cast, AREA_MET)
    application = recommended(cast, batch, floor_area_m2=1500)
    closed(cast, batch)
    result = application.checks.get()

    with pytest.raises(Invalid):
        check.override(result=result, state="manual", reason=" ", by=cast.ministry_clerk)
    result = check.override(
        result=result, state="pass", reason="示例：租赁场地未计入", by=cast.ministry_clerk
    )
    with pytest.raises(IllegalStep, match="1 条不符合，须先改判并由第二人确认"):
        applications.pass_check(application=application, by=cast.ministry_clerk)
    with pytest.raises(NotPermitted, match="须由另一人确认"):
        check.confirm_override(result=result, by=cast.ministry_clerk)
    with pytest.raises(NotPermitted):
        check.confirm_override(result=result, by=cast.jiangsu_approver)
    check.confirm_override(result=result, by=cast.ministry_approver)
    with pytest.raises(IllegalStep):
        check.confirm_override(result=result, by=cast.second_approver)

    assert applications.pass_check(application=application, by=cast.ministry_clerk).status == "in_review"
    with pytest.raises(IllegalStep, match="审查结果不能再改"):
        check.override(result=result, state="fail", reason="示例", by=cast.ministry_clerk)


def test_the_worst_effective_result_is_the_state_of_the_check(cast):
    batch = with_criteria(cast, AREA_MET, BY_HAND)
    recommended(cast, batch)
    recommended(cast, batch, floor_area_m2=1)
    recommended(cast, batch, floor_area_m2=None)
    proposed(cast, batch)
    assert list(
        Application.objects.with_check_state().order_by("rank").values_list("check_state", flat=True)
    ) == ["manual", "fail", "missing", ""]


def test_the_check_waits_until_recommending_has_ended(cast):
    application = recommended(cast, open_batch(cast))
    with pytest.raises(IllegalStep, match="现在不是形式审查环节"):
        applications.pass_check(application=application, by=cast.ministry_clerk)


def test_a_supplement_is_asked_for_with_a_reason_and_answered_before_its_deadline(cast):
    batch = with_criteria(cast, AREA_MET)
    application = recommended(cast, batch, floor_area_m2=1500)
    closed(cast, batch)
    due = timezone.now() + datetime.timedelta(days=5)

    with pytest.raises(Invalid):
        applications.request_supplement(
            application=application, due=timezone.now(), by=cast.ministry_clerk, reason="示例"
        )
    applications.request_supplement(
        application=application, due=due, by=cast.ministry_clerk, reason="示例：场地证明"
    )
    told = Notification.objects.filter(kind="application.request_supplement")
    assert set(told.values_list("recipient__username", "due_at")) == {
        ("js-clerk", due), ("js-approver", due),
    }  # fmt: skip
    application.platform.floor_area_m2 = 2500
    application.platform.save(update_fields=["floor_area_m2"])
    with pytest.raises(IllegalStep, match="截止"):
        applications.supplement(application=application, by=cast.jiangsu_approver, arrived_at=due)

    application = applications.supplement(
        application=application,
        by=cast.jiangsu_approver,
        arrived_at=due - datetime.timedelta(microseconds=1),
    )

    assert (application.status, application.supplement_due_at) == ("recommended", None)
    assert states(application) == [("floor", "pass")]


def test_the_preliminary_list_comes_after_the_formal_check(cast):
    batch = open_batch(cast)
    first, second = recommended(cast, batch), recommended(cast, batch)
    closed(cast, batch)
    passed = applications.pass_check(application=first, by=cast.ministry_clerk)
    with pytest.raises(IllegalStep, match="形式审查完成后"):
        applications.shortlist(application=passed, by=cast.ministry_clerk)
    in_review(cast, batch, second)

    applications.shortlist(application=first, by=cast.ministry_clerk)
    with pytest.raises(Invalid):
        applications.reserve(application=second, by=cast.ministry_clerk, reason="")
    second = applications.reserve(application=second, by=cast.ministry_clerk, reason="示例：名额所限")
    assert (second.status, second.outcome_reason) == ("reserve_list", "示例：名额所限")
    second = applications.set_aside(application=second, by=cast.ministry_clerk, reason="示例：分数低")
    assert second.status == "not_shortlisted"
    with pytest.raises(NotPermitted):
        applications.shortlist(application=first, by=cast.ministry_approver)


def test_a_bulk_act_does_exactly_what_its_preview_said(cast):
    batch = with_criteria(cast, AREA_MET)
    good, bad = recommended(cast, batch), recommended(cast, batch, floor_area_m2=1)
    left = proposed(cast, batch)
    other = recommended(cast, open_batch(cast))
    closed(cast, batch)
    ids = [good.pk, bad.pk, left.pk, other.pk]

    expected = bulk.preview(applications=bulk.chosen(batch, ids), name="pass_check", by=cast.ministry_clerk)
    assert set(Application.objects.filter(pk__in=ids).values_list("status", flat=True)) == {
        "recommended", "proposed",
    }  # fmt: skip
    done = bulk.move_many(batch=batch, ids=ids, name="pass_check", by=cast.ministry_clerk)

    assert [each.pk for each in done.moving] == [each.pk for each in expected.moving] == [good.pk]
    assert [(each.pk, why) for each, why in done.refused] == [
        (each.pk, why) for each, why in expected.refused
    ]
    assert {each.pk for each, _why in done.refused} == {bad.pk, left.pk}


def test_a_bulk_act_that_needs_a_reason_moves_nothing_without_one(cast):
    batch = open_batch(cast)
    application = recommended(cast, batch)
    closed(cast, batch)
    with pytest.raises(Invalid):
        bulk.move_many(batch=batch, ids=[application.pk], name="fail_check", by=cast.ministry_clerk)
    with pytest.raises(IllegalStep, match="没有选择"):
        bulk.move_many(batch=batch, ids=[], name="fail_check", by=cast.ministry_clerk, reason="示例")
    application.refresh_from_db()
    assert application.status == "recommended"
