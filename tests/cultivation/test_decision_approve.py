"""A decision: drafted by one, approved by others who counted, in force at one stroke or not at all."""

import datetime

import pytest
from django.db import IntegrityError, transaction

from cultivation.actions import decision as decisions
from cultivation.choices import ApplicationStatus, BatchStatus, DecisionStatus
from cultivation.models import Application, DecisionApproval, Designation, Release
from platforms import jobs
from platforms.choices import ChangeKind, JobStatus, Tier
from platforms.errors import Conflict, IllegalStep, Invalid, NotPermitted
from platforms.models import Change, Job, Platform, PublicList, PublicNotice, PublicPlatform
from tests.cultivation import noticing

pytestmark = pytest.mark.django_db

FAILPOINTS = (
    "decision.after_move",
    "decision.after_applications",
    "decision.after_designations",
    "decision.after_release",
    "publish.before_change",
    "decision.after_platforms",
    "decision.before_commit",
)


@pytest.fixture
def decision(cast, monkeypatch):
    noticing.set_clock(monkeypatch, noticing.MONDAY)
    return noticing.frozen(cast, monkeypatch)


def approve(decision, by, entries: int = 3):
    return decisions.approve(decision=decision, entries_typed=entries, by=by)


def test_the_last_approval_brings_the_whole_list_into_force(cast, decision):
    approve(decision, cast.ministry_approver)
    assert jobs.run(Job.objects.get().pk)
    decision.refresh_from_db()
    assert (decision.status, decision.batch.status) == (DecisionStatus.IN_FORCE, BatchStatus.CONCLUDED)
    assert set(Application.objects.values_list("status", flat=True)) == {ApplicationStatus.LISTED}
    assert set(Platform.objects.values_list("tier", flat=True)) == {Tier.KEY}
    assert list(Designation.objects.order_by("row").values_list("row", flat=True)) == [1, 2, 3]
    listed = PublicList.objects.get(latest=True)
    assert (listed.list_version, listed.kind, listed.document["decision_no"]) == (
        "1.0",
        "final",
        decision.document_no,
    )
    assert listed.document["entries"][0]["authority_zh"] == "江苏"
    assert PublicNotice.objects.get().document["final_list"]["url"] == listed.document["url"]
    changes = Change.objects.filter(noun="platform", kind=ChangeKind.DESIGNATED)
    assert set(changes.values_list("decision", flat=True)) == {decision.document_no}
    assert changes.count() == 3
    assert set(PublicPlatform.objects.values_list("tier", flat=True)) == {Tier.KEY}


def test_what_stood_on_notice_is_what_is_decided_without_what_was_removed(cast, monkeypatch):
    from cultivation.actions import objection as objections

    noticing.set_clock(monkeypatch, noticing.MONDAY)
    notice = noticing.on_notice(cast)
    case = objections.handle(objection=noticing.lodged(notice).objection, by=cast.ministry_clerk)
    objections.uphold(
        objection=case,
        by=cast.ministry_approver,
        finding="示例",
        reply="示例",
        effect="remove",
        reason="示例",
    )
    notice = noticing.close(monkeypatch, notice)
    entries = decisions.entries_to_decide(notice.batch)
    assert [entry["row"] for entry in entries] == [1, 2]
    assert case.application.platform.code not in [entry["platform_code"] for entry in entries]


def test_platforms_still_in_review_or_in_reserve_are_told_they_are_not_listed(cast, monkeypatch):
    noticing.set_clock(monkeypatch, noticing.MONDAY)
    batch = noticing.shortlisted(cast, 2)
    left = noticing.application(cast, batch, ApplicationStatus.RESERVE_LIST)
    decision = noticing.frozen(cast, monkeypatch, batch)
    approve(decision, cast.ministry_approver, 2)
    jobs.run(Job.objects.get().pk)
    left.refresh_from_db()
    assert (left.status, left.platform.tier) == (ApplicationStatus.NOT_LISTED, None)


def test_the_drafter_cannot_approve_neither_by_the_verb_nor_in_the_database(cast, decision):
    with pytest.raises(NotPermitted):
        approve(decision, cast.ministry_clerk)
    decision.__class__.objects.filter(pk=decision.pk).update(drafted_by=cast.ministry_approver)
    with pytest.raises(NotPermitted, match="起草人不能批准"):
        approve(decision, cast.ministry_approver)
    with pytest.raises(IntegrityError, match="decision_approval_approver_not_drafter"), transaction.atomic():
        DecisionApproval.objects.create(
            decision=decision,
            approver=cast.ministry_approver,
            drafter=cast.ministry_approver,
            entries_typed=3,
        )


def test_a_national_decision_needs_two_people(cast, monkeypatch):
    noticing.set_clock(monkeypatch, noticing.MONDAY)
    batch = noticing.shortlisted(cast, 3, code="B2026-national-1", tier="national", approvers_needed=2)
    decision = noticing.frozen(cast, monkeypatch, batch)
    approve(decision, cast.ministry_approver)
    assert not Job.objects.exists()
    with pytest.raises(Conflict, match="您已批准过"):
        approve(decision, cast.ministry_approver)
    approve(decision, cast.second_approver)
    assert Job.objects.count() == 1


@pytest.mark.parametrize("typed", [None, 0, 2, 4, 241])
def test_a_wrong_number_of_entries_is_refused(cast, decision, typed):
    with pytest.raises(Invalid, match="条数不符"):
        decisions.approve(decision=decision, entries_typed=typed, by=cast.ministry_approver)
    assert not DecisionApproval.objects.exists()


@pytest.mark.parametrize("point", FAILPOINTS)
def test_a_crash_anywhere_leaves_the_old_state_and_the_retry_completes_once(cast, decision, settings, point):
    approve(decision, cast.ministry_approver)
    job = Job.objects.get()
    before = noticing.public_bytes()
    settings.FAILPOINTS = [point]
    assert jobs.run(job.pk)
    job.refresh_from_db()
    assert (job.status, noticing.public_bytes()) == (JobStatus.QUEUED, before)
    assert not Designation.objects.exists()
    settings.FAILPOINTS = []
    Job.objects.filter(pk=job.pk).update(lease_until=None)
    assert jobs.run(job.pk)
    assert (Designation.objects.count(), PublicList.objects.filter(kind="final").count()) == (3, 1)
    after = noticing.public_bytes()
    decisions.bring_into_force(decision=decision)
    assert noticing.public_bytes() == after


def test_publishing_twice_gives_one_release(cast, decision):
    approve(decision, cast.ministry_approver)
    with pytest.raises((IllegalStep, Conflict)):
        approve(decision, cast.ministry_approver)
    jobs.run(Job.objects.get().pk)
    with pytest.raises(IllegalStep):
        approve(decision, cast.second_approver)
    with pytest.raises(IllegalStep):
        decisions.retry(decision=decision, by=cast.second_approver)
    decisions.bring_into_force(decision=decision)
    assert Release.objects.filter(kind="final").count() == 1
    assert Change.objects.filter(noun="list", code__endswith="/1.0").count() == 1


def test_a_batch_has_one_decision_and_a_number_is_used_once(cast, decision):
    with pytest.raises(Conflict, match="该文号已使用|该批次已有决定"):
        decisions.draft(
            batch=decision.batch, document_no="其他〔2026〕2号", title="示例",
            decided_on=decision.decided_on, by=cast.ministry_clerk,
        )  # fmt: skip


def test_an_abandoned_list_leaves_its_version_to_the_next(cast, decision):
    decisions.abandon(decision=decision, by=cast.ministry_clerk, reason="标题有误")
    again = decisions.draft(
        batch=decision.batch, document_no="示例部科〔2026〕3号", title="示例", decided_on=decision.decided_on,
        by=cast.ministry_clerk,
    )  # fmt: skip
    assert decisions.freeze(decision=again, by=cast.ministry_clerk).release.version == "1.0"


def test_a_list_is_not_frozen_while_the_notice_runs(cast, monkeypatch):
    noticing.set_clock(monkeypatch, noticing.MONDAY)
    notice = noticing.on_notice(cast)
    decision = decisions.draft(
        batch=notice.batch, document_no="示例〔2026〕4号", title="示例", decided_on=datetime.date(2026, 11, 23),
        by=cast.ministry_clerk,
    )  # fmt: skip
    with pytest.raises(Invalid) as refused:
        decisions.freeze(decision=decision, by=cast.ministry_clerk)
    assert [problem.pointer for problem in refused.value.problems] == ["notice", "date"]


def test_a_list_with_a_telephone_number_is_not_frozen(cast, monkeypatch):
    noticing.set_clock(monkeypatch, noticing.MONDAY)
    batch = noticing.shortlisted(cast, 3)
    platform = batch.applications.first().platform
    platform.name_zh = "示例平台13800138000"
    platform.save()
    with pytest.raises(Invalid, match="没有手机号"):
        noticing.frozen(cast, monkeypatch, batch)


def test_a_withdrawn_platform_stops_the_publication_and_nothing_changes(cast, decision):
    approve(decision, cast.ministry_approver)
    Platform.objects.filter(pk=Platform.objects.first().pk).update(
        status="withdrawn", status_reason="示例", status_on=datetime.date(2026, 11, 30)
    )
    jobs.run(Job.objects.get().pk)
    job = Job.objects.get()
    assert (job.status, Designation.objects.count()) == (JobStatus.FAILED, 0)
    assert "平台都在录" in job.error
