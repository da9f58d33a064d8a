"""批量导入, the step that writes: a confirmed import becomes submissions, which go to the approver like any other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from cultivation.actions.submission_city import tell_cities
from cultivation.actions.submission_import import import_rows, under_way, withdraw_import
from cultivation.audiences import tell
from cultivation.choices import SubmissionStatus
from cultivation.models import Submission
from platforms import jobs
from platforms.access import Permission, Role, require
from platforms.actions.import_run import counts_of, refuse_changed, stopped
from platforms.actions.verb import lock, verb
from platforms.choices import ImportMode, ImportStatus, RowOutcome
from platforms.errors import Conflict, IllegalStep
from platforms.failpoints import failpoint
from platforms.imports.rows import stored_key
from platforms.jobs import Work, handler
from platforms.models import ImportRow, ImportRun, Job, User
from platforms.notifications import notify, people_with_role
from platforms.transitions import IMPORT_RUN
from platforms.words import gettext_lazy as _

WRITE = "import.write"
#: The first transaction is small, so that progress is seen at once; each following one is twice as large, up to the second number.
CHUNK, LARGEST_CHUNK = 50, 2000
WRITABLE = (RowOutcome.NEW, RowOutcome.CHANGED)
IN_THE_WAY = (RowOutcome.ERROR, RowOutcome.DUPLICATE)


@verb("import_run.confirm")
def confirm(
    *, run: ImportRun, mode: str, by: User, version: int | None = None, declared: bool = False
) -> ImportRun:
    """Queue the writing of the rows that are new or changed. Confirming twice writes once.

    ``all_or_none`` needs every row to be free of problems; ``valid_rows`` leaves the others in the import. ``declared``: the
    person declares that nothing in the rows is a state secret; it goes with every submission.
    """
    run = lock(run)
    IMPORT_RUN.check(run, "confirm", by=by)
    require(by, Permission.SUBMISSION_PREPARE, Submission(authority=run.authority))
    refuse_changed(run, version)
    left_out = sum(run.counts.get(outcome, 0) for outcome in IN_THE_WAY)
    if mode == ImportMode.ALL and left_out:
        raise IllegalStep(
            _("还有 %(n)s 行不能写入，不能全部写入。请先修正，或选择只写入无误的行。") % {"n": left_out}
        )
    waiting = writable(run)
    if not waiting.exists():
        raise IllegalStep(_("没有可以写入的行。"))
    _refuse_overtaken(run, waiting)
    job = jobs.enqueue(
        WRITE,
        params={"run": run.pk, "declared": declared},
        by=by,
        authority=run.authority,
        total=waiting.count(),
        unique_key=f"{WRITE}:{run.pk}",
    )
    return IMPORT_RUN.move(run, "confirm", by=by, mode=ImportMode(mode), write_job=job)


@verb("import_run.resume")
def resume(*, run: ImportRun, by: User) -> ImportRun:
    """Queue the writing again after its job ended early. Rows that are submissions already are not written again.

    A row whose platform meanwhile got a submission by hand is left out as a duplicate, or the import could never end.
    """
    run = lock(run)
    IMPORT_RUN.check(run, "resume", by=by)
    require(by, Permission.SUBMISSION_PREPARE, Submission(authority=run.authority))
    if not stopped(run):
        raise IllegalStep(_("导入 %(run)s 正在写入，不用重新开始。") % {"run": run})
    _leave_out_overtaken(run)
    attempt = Job.objects.filter(kind=WRITE, params__run=run.pk).count() + 1
    declared = bool(run.write_job and run.write_job.params.get("declared"))
    job = jobs.enqueue(
        WRITE,
        params={"run": run.pk, "declared": declared},
        by=by,
        authority=run.authority,
        total=writable(run).count(),
        unique_key=f"{WRITE}:{run.pk}:{attempt}",
    )
    return IMPORT_RUN.move(run, "resume", by=by, write_job=job)


@verb("import_run.give_up")
def give_up(*, run: ImportRun, by: User) -> ImportRun:
    """End a writing that stopped by itself. What became a submission stays, the other rows stay in the import."""
    run = lock(run)
    IMPORT_RUN.check(run, "give_up", by=by)
    if not stopped(run):
        raise IllegalStep(_("导入 %(run)s 正在写入，不能停止。") % {"run": run})
    return IMPORT_RUN.move(run, "give_up", by=by)


@verb("import_run.undo")
def undo(*, run: ImportRun, by: User) -> tuple[ImportRun, int, int]:
    """Withdraw the submissions of an import that the approver has not passed on. Returns the run, how many were withdrawn and
    how many had gone on already; when all have, there is nothing to undo."""
    run = IMPORT_RUN.move(lock(run), "undo", by=by)
    reason = str(_("撤销导入 %(run)s") % {"run": run})
    withdrawn = withdraw_import(run=run, by=by, reason=reason)
    gone_on = Submission.objects.filter(import_run=run).exclude(status=SubmissionStatus.WITHDRAWN).count()
    if not withdrawn and gone_on:
        raise IllegalStep(_("导入 %(run)s 的申报都已上报，不能撤销。") % {"run": run})
    return run, withdrawn, gone_on


def _leave_out_overtaken(run: ImportRun) -> None:
    waiting = writable(run).filter(written_at__isnull=True)
    taken = [row.pk for row, _number in _overtaken(run, waiting)]
    if taken:
        run.rows.filter(pk__in=taken).update(outcome=RowOutcome.DUPLICATE)
        run.counts = counts_of(run)
        run.save(update_fields=["counts"])


def writable(run: ImportRun) -> QuerySet[ImportRow]:
    return run.rows.filter(outcome__in=WRITABLE).order_by("pk")


def _refuse_overtaken(run: ImportRun, waiting: QuerySet[ImportRow]) -> None:
    """Since the check somebody may have begun a submission for one of these platforms by hand."""
    for row, number in _overtaken(run, waiting):
        raise Conflict(
            _(
                "第 %(row)s 行的平台在校验之后已有申报 %(number)s。请取消本次导入，重新上传文件。尚未写入任何数据。"
            )
            % {"row": row.number, "number": number}
        )


def _overtaken(run: ImportRun, waiting: QuerySet[ImportRow]) -> Iterator[tuple[ImportRow, str]]:
    """Rows for whose platform there is an open submission, with its number."""
    taken = {
        key if isinstance(key, str) else stored_key(key): number
        for key, number in under_way(run.authority).items()
    }
    if not taken:
        return
    for row in waiting.select_related("platform").only("number", "key", "platform__code"):
        number = taken.get(row.platform.code if row.platform else "") or taken.get(row.key)
        if number:
            yield row, number


@handler(WRITE, begun_again=_("导入由推荐单位在导入页面“继续写入”。"))
def write(work: Work) -> dict[str, Any]:
    """Make submissions of the confirmed rows, some to a transaction; the cursor commits with them.

    A worker that is killed loses at most the open transaction, and another goes on after the last one committed.
    """
    run = ImportRun.objects.select_related("authority", "confirmed_by").get(pk=work.params["run"])
    if run.status != ImportStatus.WRITING:
        return {"written": work.cursor.get("done", 0)}
    cursor = {"after": 0, "done": 0, **work.cursor}
    work.step(str(_("写入")), total=writable(run).count(), done=cursor["done"])
    size = CHUNK
    while rows := list(writable(run).filter(pk__gt=cursor["after"]).values_list("pk", flat=True)[:size]):
        cursor = _write_chunk(run, rows, work, cursor)
        size = min(2 * size, LARGEST_CHUNK)
    _finish(run, cursor["done"])
    return {"written": cursor["done"]}


def _write_chunk(run: ImportRun, rows: list[int], work: Work, cursor: dict[str, int]) -> dict[str, int]:
    """One transaction. The person is read again each time: rights may end while the job runs."""
    with transaction.atomic():
        declared = bool(work.params.get("declared"))
        import_rows(run=run, rows=rows, by=work.by(), declared=declared)
        moved = {"after": rows[-1], "done": cursor["done"] + len(rows)}
        failpoint("import.write.before_commit")
        work.advance(done=moved["done"], cursor=moved)
    failpoint("import.write.between_chunks")
    return moved


def _finish(run: ImportRun, written: int) -> None:
    """Close the import and tell the author once, and the approvers once for all rows together."""
    with transaction.atomic():
        run = lock(run)
        if run.status != ImportStatus.WRITING:
            return
        IMPORT_RUN.move(run, "finish")
        address = f"/authorities/{run.authority_id}/imports/{run.pk}/"
        waiting = tell_cities(run)
        words = (
            _("导入 %(run)s 已写入 %(n)s 份申报，等待地市初审")
            if waiting
            else _("导入 %(run)s 已写入 %(n)s 份申报，等待本单位审核")
        )
        text = words % {"run": run, "n": written}
        tell(IMPORT_RUN.find("finish"), run, text=text, url=address)
        if waiting == written:
            return
        notify(
            people_with_role(Role.AUTHORITY_APPROVER, authority=run.authority),
            kind="import_run.written",
            text=_("有 %(n)s 项申报等待审核（导入 %(run)s）") % {"run": run, "n": written - waiting},
            url=f"/authorities/{run.authority_id}/submissions/?state=prepared",
            key=f"import_run:{run.pk}:written",
        )
