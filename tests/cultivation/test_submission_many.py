"""Many at once: each record exactly once, whatever happens to the worker."""

import pytest

from cultivation.actions.submission_bulk import accept_many, prepare_many, submit_many
from cultivation.models import Submission
from platforms import jobs
from platforms.errors import NotPermitted
from platforms.models import Change, Job, Platform
from tests.cultivation.submissions import drafted, prepared, submitted

pytestmark = pytest.mark.django_db


@pytest.fixture
def three(cast):
    return [submitted(cast, name=f"示例·平台{n}", serial=n + 1) for n in range(3)]


def run(job: Job) -> Job:
    Job.objects.filter(pk=job.pk).update(lease_until=None)
    jobs.run(job.pk, "worker")
    job.refresh_from_db()
    return job


def test_all_of_them_are_accepted_and_the_authority_hears_once(cast, three):
    before = cast.jiangsu_clerk.notifications.count()
    job = run(accept_many(submissions=three, by=cast.ministry_clerk))

    assert (job.status, job.done, job.result["moved"]) == ("done", 3, 3)
    assert Platform.objects.count() == 3
    assert cast.jiangsu_clerk.notifications.count() == before + 1


@pytest.mark.parametrize("where", ["1", "1.before_commit"])
def test_a_worker_that_dies_half_way_loses_and_repeats_nothing(cast, three, settings, where):
    job = accept_many(submissions=three, by=cast.ministry_clerk)
    settings.FAILPOINTS = [f"submission.accept_many.{where}"]
    run(job)
    assert (job.status, job.done, Platform.objects.count()) == ("queued", 1, 1)

    settings.FAILPOINTS = []
    run(job)

    assert (job.status, job.result["moved"], job.restarts) == ("done", 3, 1)
    assert Platform.objects.count() == 3
    assert list(Change.objects.values_list("number", flat=True)) == [1, 2, 3]


def test_what_one_record_refuses_does_not_stop_the_others(cast, three):
    Submission.objects.filter(pk=three[1].pk).update(payload={"platform": {}, "operator": {}})
    job = run(accept_many(submissions=three, by=cast.ministry_clerk))

    assert (job.status, job.result["moved"]) == ("done", 2)
    assert [refusal["number"] for refusal in job.result["refused"]] == [three[1].number]


def test_pressing_the_button_twice_starts_one_job(cast, three):
    first = accept_many(submissions=three, by=cast.ministry_clerk, nonce="one")

    assert accept_many(submissions=three, by=cast.ministry_clerk, nonce="one") == first


def test_rights_that_end_while_the_job_waits_end_for_the_job(cast, three):
    job = accept_many(submissions=three, by=cast.ministry_clerk)
    cast.ministry_clerk.memberships.all().delete()
    run(job)

    assert (job.result["moved"], Platform.objects.count()) == (0, 0)


def test_a_clerk_cannot_accept(cast, three):
    with pytest.raises(NotPermitted):
        accept_many(submissions=three, by=cast.jiangsu_clerk)


def test_drafts_are_prepared_and_approved_in_bulk_by_two_people(cast):
    drafts = [drafted(cast, name=f"示例·平台{n}", serial=n + 1) for n in range(2)]
    run(prepare_many(submissions=drafts, by=cast.jiangsu_clerk, authority=cast.jiangsu))
    assert set(Submission.objects.values_list("status", flat=True)) == {"prepared"}
    assert cast.jiangsu_approver.notifications.count() == 1

    run(submit_many(submissions=drafts, by=cast.jiangsu_approver, authority=cast.jiangsu))
    assert set(Submission.objects.values_list("status", flat=True)) == {"submitted"}


def test_one_office_cannot_approve_in_bulk_for_another(cast):
    job = run(submit_many(submissions=[prepared(cast)], by=cast.ningbo_approver, authority=cast.ningbo))

    assert Submission.objects.get().status == "prepared"
    assert job.result["moved"] == 0
