"""The page of a long job: its name, and the button that stops it for the one who started it."""

import pytest

from cultivation import tasks as _cultivation_jobs  # noqa: F401  (registers their handlers)
from platforms import tasks as _platform_jobs  # noqa: F401
from platforms.choices import JobStatus
from platforms.jobs import HANDLERS
from platforms.models import Job
from platforms.views.desk import KINDS


@pytest.fixture
def job(cast):
    return Job.objects.create(
        kind="submission.prepare_many", created_by=cast.jiangsu_clerk, authority=cast.jiangsu, total=3
    )


def test_every_kind_of_job_has_a_name_on_its_page():
    assert set(KINDS) == set(HANDLERS)


def test_who_started_a_job_stops_it_from_its_page(job, cast, signed_in):
    clerk = signed_in(cast.jiangsu_clerk)
    assert f'action="/jobs/{job.pk}/cancel/"' in clerk.get(f"/jobs/{job.pk}/").content.decode()

    answer = clerk.post(f"/jobs/{job.pk}/cancel/")

    assert (answer.status_code, answer["Location"]) == (302, f"/jobs/{job.pk}/")
    job.refresh_from_db()
    assert (job.status, job.cancel_requested) == (JobStatus.CANCELLED, True)


def test_a_colleague_sees_the_job_and_cannot_stop_it(job, cast, signed_in):
    colleague = signed_in(cast.jiangsu_approver)
    page = colleague.get(f"/jobs/{job.pk}/")
    assert page.status_code == 200
    assert "/cancel/" not in page.content.decode()
    assert colleague.post(f"/jobs/{job.pk}/cancel/").status_code == 404
    assert signed_in(cast.ningbo_clerk).get(f"/jobs/{job.pk}/").status_code == 404
    job.refresh_from_db()
    assert job.status == JobStatus.QUEUED


def test_writing_an_import_goes_on_to_the_end(job, cast, signed_in):
    Job.objects.filter(pk=job.pk).update(kind="import.write")
    clerk = signed_in(cast.jiangsu_clerk)
    assert "/cancel/" not in clerk.get(f"/jobs/{job.pk}/").content.decode()
    assert clerk.post(f"/jobs/{job.pk}/cancel/").status_code == 409
    job.refresh_from_db()
    assert (job.status, job.cancel_requested) == (JobStatus.QUEUED, False)
