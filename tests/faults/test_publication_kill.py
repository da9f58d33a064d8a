"""The process that publishes a list is killed at each of its steps, while people read: the old list or the new one, never a mixture."""

from __future__ import annotations

import inspect
import multiprocessing
import os
import re
import signal
import time
from collections.abc import Callable, Iterable
from functools import partial

import pytest
from django.conf import settings as live_settings
from django.db import connection, connections
from django.test import Client

from cultivation.actions import decision as decisions
from cultivation.models import Designation, Release
from platforms import jobs
from platforms import publish as door
from platforms.choices import JobStatus
from platforms.models import Change, Job
from registry.verification import differences
from tests.cultivation import noticing

pytestmark = pytest.mark.django_db(transaction=True)

#: Every step of the publication at which the power may fail, in order.
STEPS = (
    "decision.after_move",
    "decision.after_applications",
    "decision.after_designations",
    "decision.after_release",
    "publish.before_change",
    "decision.after_platforms",
    "decision.before_commit",
)
PATIENCE = 60


@pytest.fixture
def approved(cast, monkeypatch):
    """A list that the last approver has just approved; its job waits. The readers may ask as often as they like."""
    monkeypatch.setitem(live_settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"], "anon", None)
    noticing.set_clock(monkeypatch, noticing.MONDAY)
    decision = noticing.frozen(cast, monkeypatch)
    decisions.approve(decision=decision, entries_typed=3, by=cast.ministry_approver)
    return decision


def readers_see(decision) -> dict[str, bytes]:
    """Everything in which anybody could tell the new list from the old one."""
    batch, release = decision.batch.code, decision.release
    pages = (
        "/platforms/?tier=key", "/platforms/", "/statistics/", "/batches/", f"/batches/{batch}/",
        f"/notices/{decision.batch.notices.get().code}/", f"/lists/{release.code}/{release.version}/",
        f"/lists/{release.code}/{release.version}.csv", "/api/v1/platforms/?tier=key", "/api/v1/lists/",
        f"/api/v1/lists/{release.code}/", "/api/v1/designations/", f"/api/v1/batches/{batch}/", "/api/v1/changes/",
        "/feed.atom",
    )  # fmt: skip
    return seen_at(pages)


def seen_at(pages: Iterable[str]) -> dict[str, bytes]:
    """Address → what anybody reads there."""
    client = Client(raise_request_exception=False)
    seen = {}
    for page in pages:
        answer = client.get(page)
        assert answer.status_code in (200, 404), (page, answer.status_code)
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content
        seen[page] = b"404" if answer.status_code == 404 else _steady(body)
    return seen


def _steady(body: bytes) -> bytes:
    from tests.security.test_non_interference import CHANGING_BODY

    return CHANGING_BODY.sub(b"", body)


def publisher(job: int, failpoint: str) -> multiprocessing.Process:
    """Another process that takes the job and stops, with everything it has done, at the failpoint."""

    def act() -> None:
        live_settings.FAILPOINTS = [f"{failpoint}=sleep:{PATIENCE}"]
        jobs.run(job)

    return another_process(act)


def another_process(act: Callable[[], object]) -> multiprocessing.Process:
    """``act`` in a process with a connection of its own."""
    connections.close_all()

    def work() -> None:
        # A browser's event loop in the parent hides an older connection from close_all(); here, without the loop, it
        # is found again. On a shared socket the server would never see the killed process go.
        inherited, connection.connection = connection.connection, None  # noqa: F841 (kept: the parent's to close)
        act()
        os._exit(0)

    process = multiprocessing.get_context("fork").Process(target=work, daemon=True)
    process.start()
    return process


def until(condition: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, f"waited in vain for {what}"
        time.sleep(0.02)


def stands_still(process: multiprocessing.Process) -> bool:
    """The publisher sleeps inside its transaction."""
    assert process.is_alive()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE state = 'idle in transaction' AND pid <> pg_backend_pid()"
            " AND datname = current_database() AND state_change < clock_timestamp() - interval '0.3 seconds'"
        )
        return cursor.fetchone()[0] == 1


def test_no_step_of_the_publication_is_left_out():
    """Every named place of the act and of the door to the public record is in the list above."""
    named = re.compile(r'failpoint\("([\w.]+)"\)')
    sources = (inspect.getsource(module) for module in (decisions, door))
    assert set(named.findall("".join(sources))) == set(STEPS)


def test_killed_at_every_step_readers_see_the_old_list_and_the_retry_completes(approved):
    job = Job.objects.get()
    old = readers_see(approved)
    for step in STEPS:
        process = publisher(job.pk, step)
        until(partial(stands_still, process), step)
        assert readers_see(approved) == old, f"while it stands at {step}"
        os.kill(process.pid, signal.SIGKILL)
        process.join()
        until(not_in_transaction, "the killed transaction to end")
        assert readers_see(approved) == old, f"after it was killed at {step}"
        assert not Designation.objects.exists()
        # Beat sweeps the lease of the dead; here it has just ended. A job is given three attempts, this one more.
        Job.objects.filter(pk=job.pk).update(lease_until=None, attempts=0, status=JobStatus.QUEUED)
    assert jobs.run(job.pk)
    new = readers_see(approved)
    assert [page for page in new if new[page] == old[page]] == [], "every page tells of the new list"
    assert list(differences()) == []
    published_once(approved)


def not_in_transaction() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE xact_start IS NOT NULL AND pid <> pg_backend_pid()"
            " AND datname = current_database()"
        )
        return cursor.fetchone()[0] == 0


def published_once(decision) -> None:
    """Publishing again, in every way there is, adds nothing."""
    before = (Change.objects.count(), Designation.objects.count(), Release.objects.count())
    decisions.bring_into_force(decision=decision)
    Job.objects.update(status=JobStatus.QUEUED, lease_until=None, attempts=0)
    jobs.run(Job.objects.get().pk)
    assert (Change.objects.count(), Designation.objects.count(), Release.objects.count()) == before
    assert Release.objects.filter(kind="final").count() == 1
