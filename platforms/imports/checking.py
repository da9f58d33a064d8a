"""The job between upload and confirmation: read, map, judge, keep. Nothing is written to any record."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from platforms.actions import import_run as actions
from platforms.choices import ImportStatus
from platforms.failpoints import failpoint
from platforms.imports import rows
from platforms.imports.mapping import HeadingsRefused, map_headings
from platforms.imports.reading import FileRefused, read
from platforms.jobs import Work, handler
from platforms.models import ImportRow, ImportRun

AT_ONCE = 500


@handler(actions.CHECK)
def check(work: Work) -> dict[str, Any]:
    """Check one uploaded file. Result: the number of rows by outcome, or why the file was refused."""
    run = ImportRun.objects.select_related("authority").get(pk=work.params["run"])
    if run.status not in (ImportStatus.RECEIVED, ImportStatus.CHECKING):
        return {}
    work.step(_("读取"))
    run = actions.start_check(run=run)
    with override("zh-hans"):
        try:
            return _check(run, work)
        except FileRefused as refusal:
            actions.refuse(run=run, reason=str(refusal))
            return {"refused": str(refusal)}
        except HeadingsRefused as refusal:
            actions.refuse(run=run, reason=str(refusal), columns=refusal.facts)
            return {"refused": str(refusal)}


def _check(run: ImportRun, work: Work) -> dict[str, Any]:
    reading = read(Path(run.stored_as.path), beat=work.beat)
    failpoint("import.check.read")
    mapping = map_headings(reading, run.assigned)
    drafts = rows.Drafts(mapping)
    if not drafts:
        raise HeadingsRefused(_("列名下面没有数据。"))
    work.step(_("校验"), total=len(drafts))
    context = rows.Context.load(run.authority, mapping.facts)
    seen: dict[Any, int] = {}
    coming, done = iter(drafts), 0
    while part := list(islice(coming, AT_ONCE)):
        rows.judge(part, context, seen)
        done += len(part)
        with transaction.atomic():  # a worker that has lost its lease keeps nothing
            work.step(_("校验"), total=len(drafts), done=done)
            actions.keep_rows(run=run, rows=(stored(draft, run) for draft in part))
        failpoint("import.check.between_chunks")
    run = actions.finish_check(run=run, columns=mapping.facts, template_version=mapping.template_version)
    return {"counts": run.counts}


def stored(draft: rows.Draft, run: ImportRun) -> ImportRow:
    """A judged draft as the row that is kept."""
    return ImportRow(
        run=run,
        sheet=draft.sheet[:60],
        number=draft.number,
        key=rows.stored_key(draft.key),
        raw=draft.raw,
        clean=draft.clean,
        problems=draft.problems,
        outcome=draft.outcome,
        differences=draft.differences,
        platform_id=draft.platform_id,
    )
