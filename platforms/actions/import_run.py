"""批量导入: receive a file, keep what was found in it, correct cells, give up. Confirming is ``cultivation``'s."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterable
from typing import Any

import orjson
from django.conf import settings
from django.core.files.base import File
from django.db import connection
from django.db.models import Count
from django.utils import timezone

from platforms import jobs
from platforms.access import Permission, require
from platforms.actions.verb import expect_version, lock, verb
from platforms.choices import ImportStatus, RowOutcome
from platforms.errors import Conflict, IllegalStep, Invalid, Problem
from platforms.models import Authority, DuplicateDecision, ImportRow, ImportRun, User
from platforms.notifications import notify
from platforms.transitions import IMPORT_RUN
from platforms.words import gettext_lazy as _

#: (key of the row, platform, whether they are the same)
Decision = tuple[str, int, bool]
CHECK = "import.check"
EXTENSIONS = (".xlsx", ".csv")
UNFINISHED = (ImportStatus.RECEIVED, ImportStatus.CHECKING, ImportStatus.CHECKED, ImportStatus.WRITING)
NOTHING_CAME_OF_IT = (ImportStatus.REFUSED, ImportStatus.CANCELLED, ImportStatus.UNDONE)


@verb("import_run.upload")
def upload(*, authority: Authority, file: File, name: str, by: User) -> tuple[ImportRun, ImportRun | None]:
    """Keep the file and queue its check. Returns the run and the earlier run of the same file, if there was one.

    A file that is still being worked on is not taken twice: its run is returned instead of a new one.
    """
    run = ImportRun(authority=authority, file_name=_display_name(name), size=file.size or 0, created_by=by)
    require(by, Permission.IMPORT_RUN, run)
    if run.size > settings.IMPORT_MAX_BYTES:
        raise Invalid([Problem("file", "too_large", str(too_large(run.size)))])
    lock(authority)  # two uploads of one file at the same moment take turns
    run.sha256 = _digest(file)
    earlier = (
        ImportRun.objects.filter(authority=authority, sha256=run.sha256)
        .exclude(status__in=NOTHING_CAME_OF_IT)
        .order_by("-id")
        .first()
    )
    if earlier is not None and earlier.status in UNFINISHED:
        return earlier, earlier
    extension = next((end for end in EXTENSIONS if name.lower().endswith(end)), ".xlsx")
    run.stored_as.save(f"{uuid.uuid4().hex}{extension}", file, save=False)
    run.save()
    run.check_job = jobs.enqueue(
        CHECK, params={"run": run.pk}, by=by, authority=authority, unique_key=f"{CHECK}:{run.pk}"
    )
    run.save(update_fields=["check_job"])
    return run, earlier


def too_large(size: int) -> Any:
    return _("文件 %(size)s MiB，最多 %(most)s MiB。请分成几个文件。") % {
        "size": f"{size / 1024 / 1024:.1f}",
        "most": settings.IMPORT_MAX_BYTES // 1024 // 1024,
    }


def _display_name(name: str) -> str:
    """The name a person gave the file, only ever shown: no path, no characters that nobody can see."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(character for character in last if character.isprintable())[-200:].strip() or "—"


def _digest(file: File) -> str:
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    file.seek(0)
    return digest.hexdigest()


@verb("import_run.start_check")
def start_check(*, run: ImportRun, by: User | None = None) -> ImportRun:
    """The worker has begun; a second worker after a crash finds it begun already, and begins anew."""
    run = lock(run)
    if run.status == ImportStatus.RECEIVED:
        IMPORT_RUN.move(run, "start_check", by=by)
    forget_rows(run)
    return run


@verb("import_run.refuse")
def refuse(
    *, run: ImportRun, reason: str, by: User | None = None, columns: list[dict[str, Any]] | None = None
) -> ImportRun:
    """The file as a whole cannot be imported; nothing of it is kept but the file itself, and how its columns were read if that
    is what was wrong: then a person can say what they are."""
    run = IMPORT_RUN.move(
        lock(run),
        "refuse",
        by=by,
        reason=reason,
        refusal=reason,
        columns=columns or [],
        version=run.version + 1,
    )
    _tell_author(run, _("导入 %(run)s 的文件不能导入：%(reason)s") % {"run": run, "reason": reason})
    return run


@verb("import_run.assign_columns")
def assign_columns(
    *, run: ImportRun, assigned: dict[str, dict[str, str]], version: int, by: User
) -> ImportRun:
    """Read the file again with columns as a person says. Cells corrected in the browser are read anew too."""
    run = lock(run)
    IMPORT_RUN.check(run, "assign_columns", by=by)
    expect_version(run, version)
    if run.status == ImportStatus.REFUSED and not run.columns:
        raise IllegalStep(_("这个文件不能读取，不能指定各列。请重新上传。"))
    job = jobs.enqueue(
        CHECK,
        params={"run": run.pk},
        by=by,
        authority=run.authority,
        unique_key=f"{CHECK}:{run.pk}:{version}",
    )
    return IMPORT_RUN.move(
        run,
        "assign_columns",
        by=by,
        assigned={**run.assigned, **assigned},
        check_job=job,
        refusal="",
        counts={},
        version=version + 1,
    )


@verb("import_run.keep_rows")
def keep_rows(*, run: ImportRun, rows: Iterable[ImportRow], by: User | None = None) -> None:
    """Store some of the rows with their outcome. COPY: with a few kilobytes of JSON per row, inserting takes five times as long."""
    IMPORT_RUN.check(run, "finish_check", by=by)
    fields = [field for field in ImportRow._meta.concrete_fields if not field.primary_key]
    columns = ", ".join(f'"{field.column}"' for field in fields)
    names = [field.attname for field in fields]
    with (
        connection.cursor() as cursor,
        cursor.copy(f'COPY "{ImportRow._meta.db_table}" ({columns}) FROM STDIN') as copy,
    ):
        for row in rows:
            values = (getattr(row, name) for name in names)
            copy.write_row(
                [
                    orjson.dumps(value).decode() if isinstance(value, dict | list) else value
                    for value in values
                ]
            )


def forget_rows(run: ImportRun) -> None:
    """Delete the rows without reading them first: they may be tens of thousands. A row that became a submission stays put."""
    with connection.cursor() as cursor:
        cursor.execute(f'DELETE FROM "{ImportRow._meta.db_table}" WHERE run_id = %s', [run.pk])  # noqa: S608


@verb("import_run.finish_check")
def finish_check(
    *, run: ImportRun, columns: list[dict[str, Any]], template_version: str, by: User | None = None
) -> ImportRun:
    """Every row is kept: from now on a person may look at them."""
    run = lock(run)
    counts = counts_of(run)
    IMPORT_RUN.move(
        run,
        "finish_check",
        by=by,
        columns=columns,
        counts=counts,
        template_version=template_version[:20],
        version=run.version + 1,
    )
    _tell_author(run, _("导入 %(run)s 已校验 %(n)s 行，请核对") % {"run": run, "n": sum(counts.values())})
    return run


def _tell_author(run: ImportRun, text: Any) -> None:
    """The check may take a while; the page promises that one may leave it."""
    notify(
        [run.created_by],
        kind="import_run.checked",
        text=text,
        url=f"/authorities/{run.authority_id}/imports/{run.pk}/",
        key=f"import_run:{run.pk}:checked",
    )


@verb("import_run.revise")
def revise(
    *,
    run: ImportRun,
    rows: Iterable[ImportRow],
    adopted: Iterable[int],
    version: int,
    by: User,
    decisions: Iterable[Decision] = (),
) -> ImportRun:
    """Store re-checked rows; ``adopted`` are list rows that now belong to one of them. ``decisions`` are remembered, so that
    the next file with this row is not asked about again; a later decision on the same pair replaces the earlier one.

    ``version`` is the one the corrections were made against: somebody else's newer ones are never overwritten.
    """
    run = lock(run)
    require(by, Permission.IMPORT_RUN, run)
    if run.status != ImportStatus.CHECKED:
        raise IllegalStep(_("这次导入现在是“%(state)s”，不能再修改。") % {"state": run.get_status_display()})
    expect_version(run, version)
    ImportRow.objects.bulk_update(
        rows, ["key", "raw", "clean", "problems", "outcome", "differences", "platform"], batch_size=200
    )
    run.rows.filter(pk__in=adopted).delete()
    now = timezone.now()
    DuplicateDecision.objects.bulk_create(
        [
            DuplicateDecision(
                authority=run.authority,
                key=key,
                platform_id=platform,
                same=same,
                decided_at=now,
                decided_by=by,
            )
            for key, platform, same in decisions
        ],
        update_conflicts=True,
        unique_fields=["authority", "key", "platform"],
        update_fields=["same", "decided_at", "decided_by"],
    )
    run.counts = counts_of(run)
    run.version += 1
    run.save(update_fields=["counts", "version"])
    return run


def counts_of(run: ImportRun) -> dict[str, int]:
    """Rows by outcome, in the order of the outcomes."""
    found = dict(run.rows.order_by().values_list("outcome").annotate(n=Count("pk")))
    return {str(outcome): found[outcome] for outcome in RowOutcome if found.get(outcome)}


@verb("import_run.cancel")
def cancel(*, run: ImportRun, by: User) -> ImportRun:
    """Give the import up before anything is written. Its rows go, its file and its outcome stay on record."""
    run = IMPORT_RUN.move(lock(run), "cancel", by=by)
    if run.check_job is not None:
        jobs.cancel(run.check_job)
    forget_rows(run)
    return run


def stopped(run: ImportRun) -> bool:
    """Whether the writing of this import ended before it was complete: failed, given up or cancelled."""
    job = run.write_job
    return run.status == ImportStatus.WRITING and (job is None or job.finished)


def refuse_changed(run: ImportRun, version: int | None) -> None:
    """Somebody corrected cells after this person looked: what would be written is no longer what was seen."""
    if version is not None and run.version != version:
        raise Conflict(_("导入内容在您查看之后有修改，请核对后再确认。尚未写入任何数据。"))
