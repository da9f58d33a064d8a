"""A batch is drafted by one person, opened by another, and goes through its stages in order."""

import datetime

import pytest
from django.utils import timezone

from cultivation.actions import application as applications
from cultivation.actions import batch as batches
from cultivation.actions import rubric as rubrics
from cultivation.choices import BatchStatus, StageStatus
from cultivation.models import BatchQuota, Consultation, Panel
from platforms.errors import Conflict, IllegalStep, Invalid, NotFound, NotPermitted
from platforms.models import Change, Notification, PublicBatch
from tests.cultivation.batches import (
    AREA_MET,
    closed,
    draft,
    in_review,
    open_batch,
    proposed,
    recommended,
)  # fmt: skip
from tests.factories import EditionFactory

pytestmark = pytest.mark.django_db


def stage_states(batch):
    return list(batch.stages.values_list("kind", "round", "status"))


def test_a_clerk_drafts_a_batch_with_the_usual_stages_and_an_example_rubric(cast):
    batch = draft(cast, tier="national")

    year = timezone.localdate().year
    assert (batch.code, batch.status, batch.approvers_needed) == (f"B{year}-national-1", "draft", 2)
    assert stage_states(batch) == [
        ("formal_check", 1, "waiting"),
        ("review", 1, "waiting"),
        ("review", 2, "waiting"),
        ("site_visit", 1, "waiting"),
        ("notice", 1, "waiting"),
        ("decision", 1, "waiting"),
    ]
    assert rubrics.weight_of(rubrics.newest(batch)) == 100
    assert Change.objects.count() == 0


def test_codes_are_numbered_by_year_and_tier(cast):
    year = timezone.localdate().year
    assert [draft(cast).code, draft(cast).code, draft(cast, tier="reserve").code] == [
        f"B{year}-key-1",
        f"B{year}-key-2",
        f"B{year}-reserve-1",
    ]


def test_only_the_ministry_drafts(cast):
    for person in (cast.jiangsu_clerk, cast.ministry_approver, cast.expert, cast.nobody):
        with pytest.raises(NotPermitted):
            batches.create(tier="key", values={"title_zh": "示例", "edition": EditionFactory()}, by=person)


def test_a_draft_without_a_title_is_refused_by_name(cast):
    with pytest.raises(Invalid) as refused:
        draft(cast, title_zh="")
    assert [problem.pointer for problem in refused.value.problems] == ["title_zh"]


def test_the_opener_is_another_person_and_the_public_sees_the_batch_only_then(cast):
    batch = draft(cast)
    with pytest.raises(NotPermitted):
        batches.open_batch(batch=batch, by=cast.ministry_clerk)
    assert not PublicBatch.objects.exists()

    batch = batches.open_batch(batch=batch, by=cast.ministry_approver)

    assert (batch.status, batch.opened_by) == ("recommending", cast.ministry_approver)
    assert PublicBatch.objects.get().code == batch.code
    assert set(Notification.objects.values_list("recipient__username", flat=True)) == {
        "js-clerk", "js-approver", "nb-clerk", "nb-approver",
    }  # fmt: skip


def test_whoever_drafted_and_also_approves_still_needs_a_second_person(cast):
    from platforms.access import Role
    from platforms.models import Membership

    Membership.objects.create(user=cast.ministry_clerk, role=Role.MINISTRY_APPROVER)
    with pytest.raises(NotPermitted, match="须由另一人开放"):
        batches.open_batch(batch=draft(cast), by=cast.ministry_clerk)


def test_opening_names_everything_that_is_missing(cast):
    batch = draft(cast, recommend_until=None)
    batch.rubrics.get().indicators.first().delete()

    with pytest.raises(IllegalStep, match="没有推荐截止时间；评分表的权重合计不是 100"):
        batches.open_batch(batch=batch, by=cast.ministry_approver)


def test_opening_twice_opens_once(cast):
    batch = open_batch(cast)
    with pytest.raises(IllegalStep):
        batches.open_batch(batch=batch, by=cast.second_approver)
    assert Change.objects.count() == 1


def test_an_opened_batch_is_no_longer_edited(cast):
    batch = open_batch(cast)
    with pytest.raises(IllegalStep, match="内容不能再改"):
        batches.update(batch=batch, values={"title_zh": "另一个"}, by=cast.ministry_clerk)


def test_an_edit_of_another_version_is_refused_with_409(cast):
    batch = draft(cast)
    batches.update(batch=batch, values={"title_zh": "甲"}, by=cast.ministry_clerk, version=1)
    with pytest.raises(Conflict):
        batches.update(batch=batch, values={"title_zh": "乙"}, by=cast.ministry_clerk, version=1)
    batch.refresh_from_db()
    assert (batch.title_zh, batch.version) == ("甲", 2)


@pytest.mark.parametrize(
    "kinds",
    [
        [],
        ["formal_check"],
        ["review", "formal_check", "notice", "decision"],
        ["formal_check", "decision", "notice"],
        ["formal_check", "notice", "notice", "decision"],
        ["magic", "notice", "decision"],
    ],
)
def test_stages_out_of_order_are_refused(cast, kinds):
    batch = draft(cast)
    with pytest.raises(Invalid):
        batches.set_stages(batch=batch, plan=[(kind, None) for kind in kinds], by=cast.ministry_clerk)
    assert batch.stages.count() == 5


def test_a_copy_keeps_stages_criteria_and_rubric_but_no_dates(cast):
    source = open_batch(cast)
    batches.set_criteria(batch=source, criteria=[AREA_MET], by=cast.ministry_clerk, reason="示例")
    source.refresh_from_db()

    copy = batches.copy_from(source=source, values={"title_zh": "示例·第二批"}, by=cast.ministry_clerk)

    assert stage_states(copy) == [(kind, n, "waiting") for kind, n, _s in stage_states(source)]
    assert (copy.criteria, copy.recommend_until, copy.status) == ([AREA_MET], None, "draft")
    assert rubrics.weight_of(rubrics.newest(copy)) == 100


def test_malformed_criteria_are_refused(cast):
    with pytest.raises(Invalid):
        batches.set_criteria(batch=draft(cast), criteria=[{"field": "x"}], by=cast.ministry_clerk)


def test_a_quota_is_never_below_what_is_used(cast):
    batch = open_batch(cast)
    recommended(cast, batch)
    recommended(cast, batch)

    with pytest.raises(Invalid, match="已推荐 2 个"):
        batches.set_quotas(batch=batch, places={"320000": 1, "330200": 5}, by=cast.ministry_clerk)
    assert not BatchQuota.objects.exists()

    batches.set_quotas(batch=batch, places={"320000": 2, "330200": 5}, by=cast.ministry_clerk)
    batches.set_quotas(batch=batch, places={"330200": None}, by=cast.ministry_clerk)
    assert list(BatchQuota.objects.values_list("authority_id", "places")) == [("320000", 2)]


def test_a_deadline_moves_only_later_and_with_a_reason(cast):
    batch = open_batch(cast)
    later = batch.recommend_until + datetime.timedelta(days=1)

    with pytest.raises(Invalid):
        batches.extend_deadline(batch=batch, until=later, by=cast.ministry_approver, reason=" ")
    with pytest.raises(Invalid):
        batches.extend_deadline(
            batch=batch, until=batch.recommend_until, by=cast.ministry_approver, reason="示例"
        )
    batch = batches.extend_deadline(batch=batch, until=later, by=cast.ministry_approver, reason="示例")

    assert batch.recommend_until == later
    assert PublicBatch.objects.get().version == 2


def test_closing_before_the_deadline_needs_a_reason(cast):
    batch = open_batch(cast)
    with pytest.raises(IllegalStep, match="还没有到"):
        batches.close(batch=batch, by=cast.ministry_clerk)

    batch = closed(cast, batch)

    assert batch.status == BatchStatus.ASSESSING
    assert stage_states(batch)[0] == ("formal_check", 1, StageStatus.ACTIVE)


def test_closing_after_the_deadline_needs_none(cast):
    batch = open_batch(cast)
    batch.recommend_until = timezone.now() - datetime.timedelta(seconds=1)
    batch.save(update_fields=["recommend_until"])
    assert batches.close(batch=batch, by=cast.ministry_clerk).status == "assessing"


def test_the_formal_check_ends_when_every_application_has_a_conclusion(cast):
    batch = open_batch(cast)
    first, second = recommended(cast, batch), recommended(cast, batch)
    proposed(cast, batch)
    closed(cast, batch)
    applications.pass_check(application=first, by=cast.ministry_clerk)

    with pytest.raises(IllegalStep, match="还有 1 个没有审查结论"):
        batches.finish_stage(batch=batch, by=cast.ministry_clerk)

    applications.fail_check(application=second, by=cast.ministry_clerk, reason="示例：资料不全")
    batches.finish_stage(batch=batch, by=cast.ministry_clerk)
    assert [state for _kind, _round, state in stage_states(batch)] == [
        "finished", "active", "waiting", "waiting", "waiting",
    ]  # fmt: skip


def test_review_consultation_and_an_empty_shortlist_hold_the_batch_back(cast):
    batch = open_batch(cast)
    application = recommended(cast, batch)
    closed(cast, batch)
    in_review(cast, batch, application)

    with pytest.raises(IllegalStep, match="还没有组建评审组"):
        batches.finish_stage(batch=batch, by=cast.ministry_clerk)
    panel = Panel.objects.create(
        stage=batch.stages.get(kind="review"), name="示例组", rubric=batch.rubrics.get()
    )
    with pytest.raises(IllegalStep, match="还有 1 个评审组没有结束评审"):
        batches.finish_stage(batch=batch, by=cast.ministry_clerk)
    Panel.objects.filter(pk=panel.pk).update(status="closed")
    batches.finish_stage(batch=batch, by=cast.ministry_clerk)

    with pytest.raises(IllegalStep, match="还没有征求意见的记录"):
        batches.finish_stage(batch=batch, by=cast.ministry_clerk)
    asked = Consultation.objects.create(
        batch=batch, body="示例单位", asked_on=timezone.localdate(), recorded_by=cast.ministry_clerk
    )
    with pytest.raises(IllegalStep, match="还有 1 个征求对象没有答复"):
        batches.finish_stage(batch=batch, by=cast.ministry_clerk)
    Consultation.objects.filter(pk=asked.pk).update(answered_on=timezone.localdate(), opinion="无意见")

    with pytest.raises(IllegalStep, match="初步名单还是空的"):
        batches.finish_stage(batch=batch, by=cast.ministry_clerk)
    applications.shortlist(application=application, by=cast.ministry_clerk)
    batches.finish_stage(batch=batch, by=cast.ministry_clerk)

    with pytest.raises(IllegalStep, match="随公示结束"):
        batches.finish_stage(batch=batch, by=cast.ministry_clerk)


def test_a_batch_without_a_formal_check_goes_straight_to_assessment(cast):
    batch = open_batch(cast, kinds=["review", "notice", "decision"])
    application = recommended(cast, batch)
    closed(cast, batch)
    application.refresh_from_db()
    assert application.status == "in_review"


def test_cancelling_needs_a_reason_and_a_draft_leaves_no_public_trace(cast):
    batch = draft(cast)
    with pytest.raises(Invalid):
        batches.cancel(batch=batch, by=cast.ministry_approver, reason="")
    batches.cancel(batch=batch, by=cast.ministry_approver, reason="示例")
    assert (Change.objects.count(), Notification.objects.count()) == (0, 0)

    opened = batches.cancel(batch=open_batch(cast), by=cast.ministry_approver, reason="示例")
    assert PublicBatch.objects.get().document["status"] == opened.status == "cancelled"


def test_an_authority_cannot_lead_a_batch(cast):
    batch = open_batch(cast)
    for act in (batches.close, batches.cancel):
        with pytest.raises((NotPermitted, NotFound)):
            act(batch=batch, by=cast.jiangsu_approver, reason="示例")
