"""A published list stays as it is; what was wrong is put right in a new version, by two people, with the reason."""

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from cultivation.actions import correction as corrections
from cultivation.actions import decision as decisions
from cultivation.actions import designation as designations
from cultivation.actions.correction import Change
from cultivation.models import Batch, Designation, Release, ReleaseApproval
from platforms import jobs
from platforms.access import Role
from platforms.errors import Conflict, IllegalStep, Invalid, NotPermitted
from platforms.failpoints import Injected
from platforms.models import Job, PublicBatch, PublicList
from registry.verification import differences
from tests import factories
from tests.cultivation import noticing

pytestmark = pytest.mark.django_db


@pytest.fixture
def batch(cast, monkeypatch):
    """A batch whose list of three is in force."""
    noticing.set_clock(monkeypatch, noticing.MONDAY)
    decision = noticing.frozen(cast, monkeypatch)
    decisions.approve(decision=decision, entries_typed=3, by=cast.ministry_approver)
    jobs.run(Job.objects.get().pk)
    decision.batch.refresh_from_db()
    return decision.batch


def first(batch) -> str:
    return corrections.current(batch).entries.order_by("row").first().platform_code


def drafted(cast, batch, **change) -> Release:
    change = Change(**({"platform_code": first(batch), "name_zh": "示例·更正后的名称"} | change))
    return corrections.draft(batch=batch, change=change, reason="示例：打印错误", by=cast.ministry_clerk)


def test_a_corrected_name_is_a_new_version_and_the_old_one_stays(cast, batch):
    before = PublicList.objects.get(list_version="1.0")
    waiting = drafted(cast, batch)
    assert (waiting.version, PublicList.objects.filter(list_version="1.1").exists()) == ("1.1", False)
    corrections.approve(batch=batch, entries_typed=3, by=cast.ministry_approver)
    after = PublicList.objects.get(latest=True)
    assert (after.list_version, after.kind) == ("1.1", "correction")
    assert after.document["entries"][0]["name_zh"] == "示例·更正后的名称"
    assert "示例：打印错误" in after.document["note_zh"]
    assert PublicList.objects.get(list_version="1.0").document == before.document
    assert PublicBatch.objects.get().document["lists"][-1]["version"] == "1.1"
    assert list(differences()) == []


def test_two_changes_go_out_in_one_version(cast, batch):
    drafted(cast, batch)
    second = corrections.current(batch).entries.order_by("row").last().platform_code
    waiting = drafted(cast, batch, platform_code=second, name_zh="", operator_zh="示例·更正后的单位")
    assert (waiting.version, waiting.note_zh.count("更正第"), corrections.waiting(batch)) == (
        "1.1",
        2,
        waiting,
    )


def test_a_row_leaves_the_list_only_after_its_platform_has_lost_the_tier(cast, batch):
    with pytest.raises(IllegalStep, match="须先撤销认定"):
        drafted(cast, batch, remove=True)
    held = Designation.objects.get(platform__code=first(batch))
    designations.withdraw(designation=held, by=cast.ministry_approver, reason="示例", on=held.valid_from)
    drafted(cast, batch, remove=True)
    corrections.approve(batch=batch, entries_typed=2, by=cast.ministry_approver)
    assert [entry["row"] for entry in PublicList.objects.get(latest=True).document["entries"]] == [1, 2]


def test_whoever_drafted_it_does_not_publish_it_and_a_wrong_count_is_refused(cast, batch):
    with pytest.raises(IllegalStep, match="没有待公布"):
        corrections.approve(batch=batch, entries_typed=3, by=cast.ministry_approver)
    waiting = drafted(cast, batch)
    with pytest.raises(Invalid, match="条数不符"):
        corrections.approve(batch=batch, entries_typed=4, by=cast.ministry_approver)
    Release.objects.filter(pk=waiting.pk).update(created_by=cast.ministry_approver)
    with pytest.raises(NotPermitted, match="起草人不能批准"):
        corrections.approve(batch=batch, entries_typed=3, by=cast.ministry_approver)
    assert not PublicList.objects.filter(kind="correction").exists()
    with pytest.raises(IntegrityError, match="release_approval_approver_not_drafter"), transaction.atomic():
        ReleaseApproval.objects.create(
            release=waiting, approver=cast.ministry_clerk, drafter=cast.ministry_clerk, entries_typed=3
        )


def test_a_national_correction_takes_two_other_people_and_nobody_who_wrote_a_part_of_it(cast, batch):
    Batch.objects.filter(pk=batch.pk).update(approvers_needed=2)
    author = factories.person(Role.MINISTRY_APPROVER, username="mi-approver-3")
    Release.objects.filter(pk=drafted(cast, batch).pk).update(created_by=author)
    waiting = drafted(cast, batch, name_zh="示例·再更正的名称")
    with pytest.raises(NotPermitted, match="起草人不能批准"):
        corrections.approve(batch=batch, entries_typed=3, by=author)
    corrections.approve(batch=batch, entries_typed=3, by=cast.ministry_approver)
    assert not PublicList.objects.filter(kind="correction").exists()
    with pytest.raises(Conflict, match="您已批准过"):
        corrections.approve(batch=batch, entries_typed=3, by=cast.ministry_approver)
    corrections.approve(batch=batch, entries_typed=3, by=cast.second_approver)
    assert PublicList.objects.get(latest=True).list_version == "1.1"
    assert waiting.approvals.count() == 2


def test_an_approval_counts_for_the_version_that_was_read_not_for_what_is_added_later(cast, batch):
    Batch.objects.filter(pk=batch.pk).update(approvers_needed=2)
    drafted(cast, batch)
    corrections.approve(batch=batch, entries_typed=3, by=cast.ministry_approver)
    drafted(cast, batch, name_zh="示例·再更正的名称")
    corrections.approve(batch=batch, entries_typed=3, by=cast.second_approver)
    assert not PublicList.objects.filter(kind="correction").exists()


@pytest.mark.parametrize("point", ["correction.before_pages", "publish.before_change"])
def test_a_crash_leaves_the_old_list_alone(cast, batch, settings, point):
    drafted(cast, batch)
    before = noticing.public_bytes()
    settings.FAILPOINTS = [point]
    with pytest.raises(Injected):
        corrections.approve(batch=batch, entries_typed=3, by=cast.ministry_approver)
    assert noticing.public_bytes() == before
    settings.FAILPOINTS = []
    corrections.approve(batch=batch, entries_typed=3, by=cast.ministry_approver)
    with pytest.raises(IllegalStep):
        corrections.approve(batch=batch, entries_typed=3, by=cast.ministry_approver)


def test_on_the_page_one_drafts_and_another_publishes(cast, signed_in, batch):
    page = reverse("ministry-corrections", args=(batch.decisions.get().pk,))
    clerk, approver = signed_in(cast.ministry_clerk), signed_in(cast.ministry_approver)
    form = {
        "do": "draft",
        "draft-platform_code": first(batch),
        "draft-name_zh": "示例·新",
        "draft-reason": "示例",
    }
    assert clerk.post(page, form | {"draft-name_zh": ""}).status_code == 400
    assert clerk.post(page, form).status_code == 302
    assert "批准更正版" not in clerk.get(page).text
    assert "示例·新" in approver.get(page).text
    assert approver.post(page, {"do": "approve", "approve-entries_typed": "3"}).status_code == 302
    assert PublicList.objects.get(latest=True).list_version == "1.1"
    drafted(cast, batch, name_zh="示例·再改")
    assert clerk.post(page, {"do": "abandon", "abandon-reason": "示例"}).status_code == 302
    assert corrections.waiting(batch) is None
