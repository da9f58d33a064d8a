"""A notice, a list and its correction published by a process that is killed before every single statement it sends: ``make kills``.

``test_publication_kill`` stops at named places; here there is no place left at which the power could fail. Not part of
``make test``: several hundred publishers start and die.
"""

from __future__ import annotations

import itertools
import os
import signal
from collections.abc import Callable

import pytest
from django.conf import settings as live_settings
from django.db import connection

from cultivation.actions import correction as corrections
from cultivation.actions import decision as decisions
from cultivation.actions import notice as notices
from cultivation.models import Release
from platforms import jobs
from platforms.choices import JobStatus
from platforms.models import Job, PublicList
from registry.verification import differences
from tests.cultivation import noticing
from tests.faults.test_publication_kill import another_process, not_in_transaction, seen_at, until

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _readers_ask_as_often_as_they_like(monkeypatch):
    monkeypatch.setitem(live_settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"], "anon", None)
    noticing.set_clock(monkeypatch, noticing.MONDAY)


def killed_before(number: int, act: Callable[[], object]) -> bool:
    """Do it in another process that dies before its statement of this number; ``False`` when it came to its end."""

    def work() -> None:
        sent = itertools.count(1)

        def send(execute, sql, params, many, context):
            if next(sent) == number:
                os.kill(os.getpid(), signal.SIGKILL)
            return execute(sql, params, many, context)

        with connection.execute_wrapper(send):
            act()

    process = another_process(work)
    process.join()
    assert process.exitcode in (0, -signal.SIGKILL), process.exitcode
    until(not_in_transaction, "the killed transaction to end")
    return process.exitcode != 0


def kill_before_every_statement(
    pages: list[str], act: Callable[[], object], again: Callable[[], object] = lambda: None
) -> tuple[int, int]:
    """Readers see the old state after every kill until the one transaction is through, and the new one from then on.

    Returns how many kills there were and how many of them came after that, when only the worker's own book was open.
    """
    old, new, late = seen_at(pages), None, 0
    for number in itertools.count(1):
        killed = killed_before(number, act)
        seen = seen_at(pages)
        if new is None and seen != old:
            new = seen
        assert seen == (old if new is None else new), f"after statement {number}"
        if not killed:
            break
        late += new is not None
        again()
    assert new is not None, "the act has shown nothing"
    assert list(differences()) == []
    return number - 1, late


def pages_of(batch: str, *more: str) -> list[str]:
    return [
        "/platforms/?tier=key", "/statistics/", "/batches/", f"/batches/{batch}/", "/api/v1/platforms/?tier=key",
        "/api/v1/lists/", "/api/v1/designations/", f"/api/v1/batches/{batch}/", "/api/v1/changes/", "/feed.atom", *more,
    ]  # fmt: skip


def test_a_notice(cast):
    batch = noticing.shortlisted(cast)
    notice = notices.prepare(batch=batch, title="示例·初步名单公示", by=cast.ministry_clerk)
    kills, _late = kill_before_every_statement(
        pages_of(batch.code, f"/notices/{notice.code}/", "/api/v1/notices/"),
        lambda: notices.publish(notice=notice, by=cast.ministry_approver),
    )
    print(f"notice: {kills} kills")
    assert kills > 50


def test_a_list_and_its_correction(cast, monkeypatch):
    decision = noticing.frozen(cast, monkeypatch)
    decisions.approve(decision=decision, entries_typed=3, by=cast.ministry_approver)
    job, batch, code = Job.objects.get().pk, decision.batch, decision.release.code
    lists = [
        f"/lists/{code}/1.0/",
        f"/lists/{code}/1.0.csv",
        f"/api/v1/lists/{code}/",
        f"/notices/{batch.notices.get().code}/",
    ]
    kills, late = kill_before_every_statement(
        pages_of(batch.code, *lists),
        lambda: jobs.run(job),
        # beat sweeps the lease of the dead; here it has just ended. A job is given three attempts, this one more.
        lambda: Job.objects.filter(pk=job).exclude(status=JobStatus.DONE).update(
            lease_until=None, attempts=0, status=JobStatus.QUEUED
        ),
    )  # fmt: skip
    print(f"list: {kills} kills, {late} of them after the transaction")
    assert kills > 100
    assert Release.objects.filter(kind="final").count() == 1

    row = corrections.current(batch).entries.order_by("row").first()
    change = corrections.Change(platform_code=row.platform_code, name_zh="示例·更正后的名称")
    corrections.draft(batch=batch, change=change, reason="示例：打印错误", by=cast.ministry_clerk)
    kills, _late = kill_before_every_statement(
        pages_of(batch.code, f"/lists/{code}/1.1/", f"/lists/{code}/1.1.csv", *lists),
        lambda: corrections.approve(batch=batch, entries_typed=3, by=cast.ministry_approver),
    )
    print(f"correction: {kills} kills")
    assert kills > 20
    assert PublicList.objects.filter(kind="correction").count() == 1
