"""Confirming an import: each row becomes one submission, ready for the approver, exactly once."""

import pytest

from cultivation.actions import import_run as imports
from cultivation.actions import submission as submissions
from cultivation.models import Submission
from platforms import jobs
from platforms.errors import Conflict, IllegalStep, NotFound, NotPermitted
from platforms.imports.fixing import fix_cells
from platforms.imports.template import write_rows
from platforms.models import Job, Notification, Platform
from platforms.record import payload_of
from tests.factories import AreaFactory, PlatformFactory, valid_payload
from tests.spreadsheets import checked, good_row, table, workbook


@pytest.fixture(autouse=True)
def _files(own_files):
    """Imports keep the files they are made from."""


@pytest.fixture
def run_of(cast):
    """``run_of(rows)`` is a checked import of these rows by the Jiangsu clerk."""
    AreaFactory()

    def make(*rows):
        return checked(workbook({"平台": table(rows)}), cast.jiangsu, cast.jiangsu_clerk)

    return make


def confirmed(run, by, mode="all_or_none"):
    run = imports.confirm(run=run, mode=mode, by=by)
    jobs.run(run.write_job_id)
    run.refresh_from_db()
    return run


def test_every_row_becomes_a_submission_that_awaits_the_approver(cast, run_of):
    run = confirmed(run_of(*(good_row(serial) for serial in range(1, 121))), cast.jiangsu_clerk)

    assert run.status == "done"
    assert run.write_job.status == "done"
    made = Submission.objects.order_by("pk")
    assert [s.import_row.number for s in made] == list(range(2, 122))
    assert len({s.number for s in made}) == 120
    assert {s.status for s in made} == {"prepared"}
    assert {s.prepared_by for s in made} == {cast.jiangsu_clerk}
    submissions.submit(submission=made[0], by=cast.jiangsu_approver)
    assert Notification.objects.filter(recipient=cast.jiangsu_approver).count() == 1


def test_a_row_with_a_problem_stops_all_or_is_left_out_by_choice(cast, run_of):
    run = run_of(good_row(1), good_row(2, 办公电话=""), good_row(3))

    with pytest.raises(IllegalStep, match="还有 1 行"):
        imports.confirm(run=run, mode="all_or_none", by=cast.jiangsu_clerk)
    assert not Submission.objects.exists()

    confirmed(run, cast.jiangsu_clerk, mode="valid_rows")
    assert Submission.objects.count() == 2


def test_confirming_twice_writes_once(cast, run_of):
    run = confirmed(run_of(good_row(1)), cast.jiangsu_clerk)

    with pytest.raises(IllegalStep):
        imports.confirm(run=run, mode="all_or_none", by=cast.jiangsu_clerk)
    jobs.run(run.write_job_id)

    assert Submission.objects.count() == 1


def test_a_change_is_written_against_the_version_that_was_checked(cast, run_of):
    AreaFactory()
    platform = PlatformFactory(authority=cast.jiangsu)
    payload = valid_payload(name=platform.name_zh)
    payload["operator"]["uscc"] = platform.operator.uscc
    run = checked(write_rows([(platform.code, payload)]), cast.jiangsu, cast.jiangsu_clerk)
    version = platform.version
    Platform.objects.filter(pk=platform.pk).update(version=version + 1)

    confirmed(run, cast.jiangsu_clerk)

    change = Submission.objects.get()
    assert (change.kind, change.platform, change.base_version) == ("change", platform, version)


def test_what_is_imported_accepted_and_exported_imports_back_unchanged(cast, run_of):
    from cultivation.actions import submission_acceptance as acceptance

    run = run_of(good_row(1), good_row(2, 平台英文名称="Sample", 独立核算="是"))
    confirmed(run, cast.jiangsu_clerk)
    for made in Submission.objects.all():
        submissions.submit(submission=made, by=cast.jiangsu_approver)
        acceptance.accept(submission=made, by=cast.ministry_clerk)

    found = Platform.objects.with_everything()
    again = checked(write_rows([(p.code, payload_of(p)) for p in found]), cast.jiangsu, cast.jiangsu_clerk)

    assert again.counts == {"same": 2}, [row.differences for row in again.rows.all()]
    same_file = checked(
        workbook({"平台": table([good_row(1), good_row(2)])}), cast.jiangsu, cast.jiangsu_clerk
    )
    assert same_file.counts.get("new") is None


def test_a_platform_with_an_open_submission_is_not_submitted_again(cast, run_of):
    confirmed(run_of(good_row(1)), cast.jiangsu_clerk)

    run = run_of(good_row(1), good_row(2))

    assert run.counts == {"new": 1, "duplicate": 1}
    assert Submission.objects.get().number in run.rows.get(outcome="duplicate").problems[0]["message"]


def test_a_submission_begun_since_the_check_stops_the_writing(cast, run_of):
    first, second = run_of(good_row(1)), run_of(good_row(1), good_row(2))
    confirmed(first, cast.jiangsu_clerk)

    with pytest.raises(Conflict):
        imports.confirm(run=second, mode="all_or_none", by=cast.jiangsu_clerk)


def test_corrections_made_since_one_looked_must_be_looked_at_first(cast, run_of):
    run = run_of(good_row(1), good_row(2, 办公电话=""))
    seen, row = run.version, run.rows.get(outcome="error")
    fix_cells(
        run=run,
        edits={row.pk: {"platform/office_phone": "0510-88880018"}},
        version=seen,
        by=cast.jiangsu_clerk,
    )

    with pytest.raises(Conflict):
        imports.confirm(run=run, mode="valid_rows", version=seen, by=cast.jiangsu_clerk)


def test_only_the_clerks_of_the_authority_confirm(cast, run_of):
    run = run_of(good_row(1))

    with pytest.raises(NotPermitted):
        imports.confirm(run=run, mode="all_or_none", by=cast.jiangsu_approver)
    with pytest.raises(NotFound):
        imports.confirm(run=run, mode="all_or_none", by=cast.ningbo_clerk)
    assert not Submission.objects.exists()


# --- a writing that ended early ---------------------------------------------------------------------


def half_written(run, by, monkeypatch, end):
    """The import of 60 rows of which one chunk was written before its job ended with ``end``."""
    from cultivation.actions import import_run as module

    def fail(name):
        if name == "import.write.between_chunks":
            raise IllegalStep("示例：中途失败")

    run = imports.confirm(run=run, mode="all_or_none", by=by)
    with monkeypatch.context() as patched:
        patched.setattr(module, "failpoint", fail)
        jobs.run(run.write_job_id)
    Job.objects.filter(pk=run.write_job_id).update(status=end, error="示例：中途失败")
    run.refresh_from_db()
    return run


@pytest.mark.parametrize("end", ["failed", "dead", "cancelled"])
def test_a_writing_that_ended_early_is_resumed_and_writes_each_row_once(
    cast, run_of, monkeypatch, signed_in, end
):
    rows = [good_row(serial) for serial in range(1, 61)]
    run = half_written(run_of(*rows), cast.jiangsu_clerk, monkeypatch, end)
    first = run.write_job_id
    assert (run.status, Submission.objects.count()) == ("writing", 50)
    client, address = signed_in(cast.jiangsu_clerk), f"/authorities/320000/imports/{run.pk}/"
    page = client.get(address).content.decode()
    assert "示例：中途失败" in page
    assert "已写入 50 行" in page
    assert f"{address}resume/" in page

    assert client.post(f"{address}resume/").status_code == 302
    run.refresh_from_db()
    assert run.write_job_id != first
    assert client.post(f"{address}resume/").status_code == 409
    jobs.run(run.write_job_id)
    jobs.run(first)
    run.refresh_from_db()

    assert (run.status, run.write_job.status, run.write_job.done) == ("done", "done", 60)
    assert Submission.objects.count() == 60
    assert Submission.objects.values("import_row").distinct().count() == 60


def test_a_platform_entered_by_hand_meanwhile_does_not_keep_the_import_open(cast, run_of, monkeypatch):
    run = half_written(run_of(*(good_row(n) for n in range(1, 61))), cast.jiangsu_clerk, monkeypatch, "dead")
    left = run.rows.filter(written_at=None).first()
    submissions.create_draft(authority=cast.jiangsu, payload=left.clean, by=cast.jiangsu_clerk)

    run = imports.resume(run=run, by=cast.jiangsu_clerk)
    jobs.run(run.write_job_id)
    run.refresh_from_db()

    assert (run.status, run.counts) == ("done", {"new": 59, "duplicate": 1})
    assert Submission.objects.filter(import_run=run).count() == 59


def test_only_the_clerk_of_the_authority_resumes(cast, run_of, monkeypatch):
    run = half_written(run_of(good_row(1)), cast.jiangsu_clerk, monkeypatch, "failed")
    with pytest.raises(NotFound):
        imports.resume(run=run, by=cast.ningbo_clerk)
    with pytest.raises(NotPermitted):
        imports.resume(run=run, by=cast.jiangsu_approver)


def test_a_confirmed_writing_is_not_stopped_halfway(cast, run_of, signed_in):
    run = imports.confirm(run=run_of(good_row(1)), mode="all_or_none", by=cast.jiangsu_clerk)
    client = signed_in(cast.jiangsu_clerk)

    answer = client.post(f"/jobs/{run.write_job_id}/cancel/")

    assert answer.status_code == 409
    assert "不能中途停止" in answer.content.decode()
    assert (
        f"/jobs/{run.write_job_id}/cancel/" not in client.get(f"/jobs/{run.write_job_id}/").content.decode()
    )
    jobs.run(run.write_job_id)
    assert Submission.objects.count() == 1
