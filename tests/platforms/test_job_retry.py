"""A dead job is taken up again once, by the system administrator, where no verb of its own does it."""

import pytest
from django.urls import reverse

from cultivation import tasks as _cultivation_jobs  # noqa: F401  (registers their handlers)
from platforms import jobs
from platforms import tasks as _platform_jobs  # noqa: F401
from platforms.actions.job import retry
from platforms.choices import JobStatus
from platforms.errors import IllegalStep, NotPermitted
from platforms.models import Job

pytestmark = pytest.mark.django_db


@pytest.fixture
def dead(cast):
    return Job.objects.create(
        kind="submission.accept_many", status=JobStatus.DEAD, attempts=3, error="示例", error_code="timeout",
        params={"submissions": [], "lookups": {}}, cursor={"next": 2}, created_by=cast.ministry_clerk, cancel_requested=True,
    )  # fmt: skip


@pytest.fixture
def woken(monkeypatch):
    found: list[int] = []
    monkeypatch.setattr(jobs, "wake", found.append)
    return found


def test_a_dead_job_waits_again_and_goes_on_from_its_cursor(
    dead, cast, woken, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        retry(job=dead, by=cast.system_admin)
        retry(job=dead, by=cast.system_admin)  # the double click

    dead.refresh_from_db()
    assert (dead.status, dead.attempts, dead.error, dead.error_code) == (JobStatus.QUEUED, 0, "", "")
    assert (dead.cursor, dead.cancel_requested, dead.finished_at) == ({"next": 2}, False, None)
    assert woken == [dead.pk]
    assert jobs.take(dead.pk, "示例") is not None


@pytest.mark.parametrize("status", [JobStatus.DONE, JobStatus.FAILED, JobStatus.CANCELLED])
def test_only_what_gave_up_is_taken_up(dead, cast, status):
    Job.objects.filter(pk=dead.pk).update(status=status)
    with pytest.raises(IllegalStep, match="只有多次失败而停止的任务"):
        retry(job=dead, by=cast.system_admin)
    dead.refresh_from_db()
    assert (dead.status, dead.attempts) == (status, 3)


@pytest.mark.parametrize(
    ("kind", "where"),
    [
        ("decision.bring_into_force", "重新公布"),
        ("edition.cut", "制作发布版"),
        ("import.write", "继续写入"),
        ("示例.没有", "没有处理程序"),
    ],
)
def test_kinds_with_a_way_of_their_own_name_it(dead, cast, kind, where, signed_in):
    Job.objects.filter(pk=dead.pk).update(kind=kind)
    with pytest.raises(IllegalStep, match=where):
        retry(job=dead, by=cast.system_admin)
    page = signed_in(cast.system_admin).get(reverse("ministry-system"))
    assert where in page.text
    assert reverse("ministry-job-retry", args=(dead.pk,)) not in page.text


def test_nobody_but_the_system_administrator_does_it(dead, cast):
    for person in (cast.ministry_clerk, cast.ministry_approver, cast.audit_admin, cast.security_admin):
        with pytest.raises(NotPermitted):
            retry(job=dead, by=person)
    dead.refresh_from_db()
    assert dead.status == JobStatus.DEAD


def test_the_button_on_the_system_page(dead, cast, signed_in):
    admin, url = signed_in(cast.system_admin), reverse("ministry-job-retry", args=(dead.pk,))
    assert f'action="{url}"' in admin.get(reverse("ministry-system")).text
    assert url not in signed_in(cast.audit_admin).get(reverse("ministry-system")).text

    answer = admin.post(url, follow=True)

    assert f"任务 {dead} 已重新排队" in answer.text
    assert f'action="{url}"' not in answer.text


def test_the_system_administrator_opens_own_jobs_and_no_business_job(dead, cast, signed_in):
    own = Job.objects.create(kind="reference.republish", created_by=cast.system_admin)
    admin = signed_in(cast.system_admin)
    assert admin.get(f"/jobs/{own.pk}/").status_code == 200
    assert admin.get(f"/jobs/{dead.pk}/").status_code == 404
    assert admin.post(f"/jobs/{dead.pk}/cancel/").status_code == 404
    assert f'href="/jobs/{dead.pk}/"' not in admin.get(reverse("ministry-system")).text
