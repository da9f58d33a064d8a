"""发布版: cutting an edition of the public record. The number is given at once, the files are made by a job that can be resumed."""

from __future__ import annotations

from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from cultivation.actions import checkpoint
from cultivation.choices import EditionKind, EditionStatus
from cultivation.models import Edition
from cultivation.releases import entries, files, notes
from platforms import jobs
from platforms.access import Permission, require
from platforms.actions.verb import verb
from platforms.errors import Conflict, Invalid, Problem
from platforms.jobs import Work, handler
from platforms.models import Job, User
from platforms.publish import head
from platforms.turns import Turn, wait_for
from platforms.words import gettext_lazy as _

CUT = "edition.cut"
MAJOR = 1  # raised when the shape of entries changes


@verb("edition.cut")
def cut(*, kind: str, by: User | None, note: str = "") -> Edition:
    """Begin the next edition of ``kind``, or go on with one that was left unfinished; one at a time. ``by`` is ``None`` for the command line."""
    if by is not None:
        require(by, Permission.EDITION_CUT)
    if kind not in EditionKind.values:
        raise Invalid([Problem("kind", "unknown_choice", str(_("不是允许的取值。")))])
    if notes.of_a_mirror():
        raise Conflict(_("这是镜像，发布版由来源签署，这里不制作。"))
    wait_for(Turn.EDITION)
    latest = Edition.objects.filter(kind=kind).order_by("-number").first()
    if latest is not None and latest.status == EditionStatus.CUTTING:
        return _taken_up_again(latest, by)
    now, number = timezone.now(), (latest.number if latest else 0) + 1
    edition = Edition.objects.create(
        kind=kind,
        number=number,
        version=f"v{MAJOR}.{number}-{timezone.localdate(now).isoformat()}",
        previous=latest,
        note_zh=note[:400],
        issued_at=timezone.localtime(now).replace(microsecond=0),
        created_by=by,
    )
    _start(edition, by)
    return edition


def _taken_up_again(edition: Edition, by: User | None) -> Edition:
    """The files of an edition whose job was stopped or gave up are made after all; else no edition could ever follow."""
    job = job_of(edition)
    if job is not None and not job.finished:
        raise Conflict(_("上一期还在制作中。"))
    _start(edition, by)
    return edition


def job_of(edition: Edition) -> Job | None:
    """The newest job that makes this edition."""
    return Job.objects.filter(kind=CUT, params__edition=edition.pk).order_by("-pk").first()


def _start(edition: Edition, by: User | None) -> None:
    jobs.enqueue(CUT, params={"edition": edition.pk}, by=by)


@handler(CUT, begun_again=_("发布版由部审批人再次“制作发布版”，从中断处继续。"))
def make(work: Work) -> dict[str, Any]:
    """Snapshot, files, name, statement: each step leaves something that the next start finds done."""
    edition = Edition.objects.select_related("previous").get(pk=work.params["edition"])
    edition.issued_at = timezone.localtime(edition.issued_at)
    if edition.status == EditionStatus.PUBLISHED:
        return {"version": edition.version}
    if not edition.head:
        work.step("entries")
        files.discard(edition)
        newest, count = _snapshot(edition)
        with transaction.atomic():
            Edition.objects.filter(pk=edition.pk).update(head=newest, entry_count=count)
            work.advance(done=0, cursor={"step": "entries"})
    edition.refresh_from_db(fields=["head"])
    work.step("files")
    checkpoint.seal()  # over a feed that tells another history than before no edition is cut
    if not files.folder_of(edition).exists():
        facts = files.write_all(edition)
        files.finish(edition)
    else:
        facts = files.write_facts(edition)
    with transaction.atomic():
        Edition.objects.filter(pk=edition.pk, status=EditionStatus.CUTTING).update(
            status=EditionStatus.PUBLISHED, published_at=timezone.now(), **facts
        )
    edition.refresh_from_db()
    files.state_latest(edition, timezone.localtime())
    return {"version": edition.version, "entries": edition.entry_count}


def _snapshot(edition: Edition) -> tuple[int, int]:
    """The head and the entries as of one moment."""
    with transaction.atomic():
        if not connection.savepoint_ids:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        newest = head()
        return newest, files.copy_entries(edition, entries.of(edition.kind))


def state_latest() -> int:
    """Say again which editions are the newest; returns how many. A mirror hands on what its source says of that."""
    stated = 0
    if notes.of_a_mirror():
        return stated
    for kind in EditionKind.values:
        newest = Edition.objects.published().filter(kind=kind).order_by("-number").first()
        if newest is not None:
            files.state_latest(newest, timezone.localtime())
            stated += 1
    return stated
