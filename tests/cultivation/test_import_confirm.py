"""Confirming an import: each row becomes one submission, ready for the approver, exactly once."""

import pytest

from cultivation.actions import import_run as imports
from cultivation.actions import submission as submissions
from cultivation.models import Submission
from platforms import jobs
from platforms.errors import Conflict, IllegalStep, NotFound, NotPermitted
from platforms.imports.fixing import fix_cells
from platforms.imports.template import write_rows
from platforms.models import Notification, Platform
from platforms.record import payload_of
from tests.factories import AreaFactory, PlatformFactory, valid_payload
from tests.spreadsheets import checked, good_row, table, workbook


@pytest.fixture(autouse=True)
def _files_in_a_folder_of_their_own(settings, tmp_path):
    settings.STORAGES = settings.STORAGES | {
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": tmp_path, "base_url": None},
        }
    }


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
