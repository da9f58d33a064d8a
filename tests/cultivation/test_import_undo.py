"""Taking an import back, and ending one that cannot be completed."""

import pytest

from cultivation.actions import import_run as imports
from cultivation.actions import submission as submissions
from cultivation.models import Submission
from platforms.errors import IllegalStep, NotFound, NotPermitted
from platforms.models import Platform
from tests.cultivation.test_api_submissions import Caller
from tests.cultivation.test_import_confirm import (  # noqa: F401
    _files,
    confirmed,
    half_written,
    run_of,
)
from tests.spreadsheets import good_row


def test_an_undone_import_leaves_no_open_submission_and_may_be_sent_again(cast, run_of):  # noqa: F811
    rows = [good_row(serial) for serial in range(1, 4)]
    run = confirmed(run_of(*rows), cast.jiangsu_clerk)

    run, withdrawn, gone_on = imports.undo(run=run, by=cast.jiangsu_clerk)

    assert (run.status, withdrawn, gone_on) == ("undone", 3, 0)
    assert set(Submission.objects.values_list("status", "version")) == {("withdrawn", 3)}
    events = Submission.objects.first().events.order_by("pgh_id")
    assert [(event.status, event.pgh_context["verb"]) for event in events] == [
        ("draft", "submission.import_rows"),
        ("prepared", "submission.import_rows"),
        ("withdrawn", "submission.withdraw_import"),
    ]
    assert not Platform.objects.exists()
    again = run_of(*rows)
    assert again != run
    assert again.counts == {"new": 3}


def test_what_was_passed_on_is_not_taken_back(cast, run_of, signed_in):  # noqa: F811
    run = confirmed(run_of(good_row(1), good_row(2)), cast.jiangsu_clerk)
    first, second = Submission.objects.order_by("pk")
    submissions.submit(submission=first, by=cast.jiangsu_approver)

    client = signed_in(cast.jiangsu_clerk)
    said = client.post(f"/authorities/320000/imports/{run.pk}/undo/", follow=True).content.decode()

    assert "已撤回 1 份申报。已上报的 1 份不受影响。" in said
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.status, second.status) == ("submitted", "withdrawn")


def test_an_import_that_was_passed_on_as_a_whole_cannot_be_undone(cast, run_of):  # noqa: F811
    run = confirmed(run_of(good_row(1)), cast.jiangsu_clerk)
    submissions.submit(submission=Submission.objects.get(), by=cast.jiangsu_approver)

    with pytest.raises(IllegalStep, match="都已上报"):
        imports.undo(run=run, by=cast.jiangsu_clerk)

    run.refresh_from_db()
    assert run.status == "done"


def test_only_the_clerk_of_the_authority_undoes_and_gives_up(cast, run_of):  # noqa: F811
    run = confirmed(run_of(good_row(1)), cast.jiangsu_clerk)

    for person, refusal in ((cast.ningbo_clerk, NotFound), (cast.jiangsu_approver, NotPermitted)):
        with pytest.raises(refusal):
            imports.undo(run=run, by=person)
        with pytest.raises(refusal):
            imports.give_up(run=run, by=person)
    assert Submission.objects.get().status == "prepared"


def test_a_writing_that_cannot_be_completed_is_ended_and_keeps_what_was_written(
    cast,
    run_of,  # noqa: F811
    monkeypatch,
    signed_in,
):
    run = half_written(run_of(*(good_row(n) for n in range(1, 61))), cast.jiangsu_clerk, monkeypatch, "dead")
    client, address = signed_in(cast.jiangsu_clerk), f"/authorities/320000/imports/{run.pk}/"
    assert f"{address}give-up/" in client.get(address).content.decode()

    assert client.post(f"{address}give-up/").status_code == 302

    run.refresh_from_db()
    page = client.get(address).content.decode()
    assert run.status == "stopped"
    assert "写入已停止：50 行已成为申报" in page
    assert f"{address}undo/" in page
    assert Submission.objects.count() == 50


def test_a_writing_that_goes_on_is_not_given_up(cast, run_of):  # noqa: F811
    run = imports.confirm(run=run_of(good_row(1)), mode="all_or_none", by=cast.jiangsu_clerk)

    with pytest.raises(IllegalStep, match="正在写入"):
        imports.give_up(run=run, by=cast.jiangsu_clerk)


def test_programs_resume_give_up_and_undo(cast, run_of, monkeypatch):  # noqa: F811
    run = half_written(
        run_of(*(good_row(n) for n in range(1, 61))), cast.jiangsu_clerk, monkeypatch, "failed"
    )
    caller = Caller(cast.jiangsu_clerk)

    assert Caller(cast.ningbo_clerk).post(f"imports/{run.pk}/resume/").status_code == 404
    resumed = caller.post(f"imports/{run.pk}/resume/")
    assert (resumed.status_code, resumed.json()["status"]) == (202, "writing")
    assert caller.post(f"imports/{run.pk}/give-up/").status_code == 409
    run.refresh_from_db()
    run.write_job.status, run.write_job.error = "dead", "示例"
    run.write_job.save()
    assert caller.post(f"imports/{run.pk}/give-up/").json()["status"] == "stopped"
    assert caller.post(f"imports/{run.pk}/undo/").json()["status"] == "undone"
    assert set(Submission.objects.values_list("status", flat=True)) == {"withdrawn"}
