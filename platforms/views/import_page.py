"""What the page of one import shows: progress, refusal, outcome, cells to correct, changes, buttons."""

from __future__ import annotations

from typing import Any

from django.db import connection
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from platforms import record
from platforms.actions.import_run import stopped
from platforms.choices import ImportStatus, JobStatus, RowOutcome
from platforms.forms.import_run import TWIN, cell_name
from platforms.imports import layout
from platforms.imports.fixing import Edits
from platforms.imports.mapping import Assigned
from platforms.imports.problems import KINDS
from platforms.imports.template import text_of
from platforms.models import ImportRow, ImportRun, Job
from platforms.views.import_columns import columns_read
from platforms.views.pages import page_of

RUNNING = (ImportStatus.RECEIVED, ImportStatus.CHECKING, ImportStatus.WRITING)
WRITTEN = (ImportStatus.DONE, ImportStatus.STOPPED, ImportStatus.UNDONE)
BROKEN = (JobStatus.FAILED, JobStatus.DEAD, JobStatus.CANCELLED)
CHANGES_SHOWN = 50
TONES = {
    RowOutcome.NEW: "b5",
    RowOutcome.CHANGED: "b3",
    RowOutcome.SAME: "b1",
    RowOutcome.DUPLICATE: "bk",
    RowOutcome.ERROR: "bn",
}


def address(run: ImportRun) -> str:
    return reverse("import-run", args=[run.authority_id, run.pk])


def running(run: ImportRun) -> bool:
    job = job_of(run)
    return run.status in RUNNING and job is not None and not job.finished


def job_of(run: ImportRun) -> Job | None:
    return run.write_job if run.status in (ImportStatus.WRITING, *WRITTEN) else run.check_job


def page_context(
    request: HttpRequest, run: ImportRun, typed: Edits | None = None, assigned: Assigned | None = None
) -> dict[str, Any]:
    """The whole page; ``typed`` are cells that a conflict kept from being saved, ``assigned`` columns that were refused."""
    context: dict[str, Any] = {
        "authority": run.authority,
        "run": run,
        "steps": _steps(run),
        "crumbs": [
            {"label": _("批量导入"), "url": reverse("imports", args=[run.authority_id])},
            {"label": str(run)},
        ],
    }
    if run.status in RUNNING:
        return context | {"job": _progress(run)}
    if run.status in (ImportStatus.CHECKED, *WRITTEN):
        context |= {"parts": _parts(run), "notes": _notes(run), "total": sum(run.counts.values())}
    if run.status in (ImportStatus.CHECKED, ImportStatus.REFUSED, *WRITTEN):
        context |= {"mapping": columns_read(run, assigned or {}), "assignable": run.status not in WRITTEN}
    if run.status in WRITTEN:
        context["written"] = run.rows.filter(written_at__isnull=False).count()
        context["may_undo"] = bool(context["written"]) and run.status != ImportStatus.UNDONE
    if run.status == ImportStatus.CHECKED:
        context |= _to_decide(request, run, typed or {})
    return context


def _steps(run: ImportRun) -> list[dict[str, str]]:
    labels = [_("下载模板"), _("上传"), _("安全检查和校验"), _("核对结果"), _("写入"), _("完成")]
    at = {
        ImportStatus.RECEIVED: 2,
        ImportStatus.CHECKING: 2,
        ImportStatus.REFUSED: 2,
        ImportStatus.CHECKED: 3,
        ImportStatus.CANCELLED: 3,
        ImportStatus.WRITING: 4,
        ImportStatus.STOPPED: 4,
        ImportStatus.DONE: 6,
        ImportStatus.UNDONE: 6,
    }[ImportStatus(run.status)]
    return [
        {"label": label, "state": "done" if index < at else "current" if index == at else ""}
        for index, label in enumerate(labels)
    ]


def _progress(run: ImportRun) -> dict[str, Any]:
    job = job_of(run)
    writing = run.status == ImportStatus.WRITING
    broken = job is not None and job.status in BROKEN
    title = _("写入没有完成") if broken else _("正在写入")
    if not writing:
        title = _("检查没有完成") if broken else _("正在检查")
    return {
        "steps": _steps(run),
        "title": title,
        "number": str(run),
        "state": "failed" if broken else "running" if job and job.status == JobStatus.RUNNING else "waiting",
        "done": job.done if job else 0,
        "total": job.total if job else 0,
        "unit": _("行"),
        "started_by": str(run.created_by),
        "started_at": job.started_at if job else None,
        "recovered": _("服务曾中断，已从第 %(n)s 行继续。") % {"n": job.done + 1}
        if job and job.restarts
        else "",
        "reason": _reason(job) if job and broken else "",
        "saved": _saved(run) if writing else _("没有写入任何数据。"),
        "retry_url": reverse("import-resume", args=[run.authority_id, run.pk]) if stopped(run) else "",
        "retry_label": _("继续写入"),
        "cancel_url": _way_out(run, writing),
        "cancel_label": _("不再写入其余的行") if writing else _("取消"),
    }


def _way_out(run: ImportRun, writing: bool) -> str:
    """A check may be cancelled at any time, a writing only be ended once it has stopped by itself."""
    if not writing:
        return reverse("import-cancel", args=[run.authority_id, run.pk])
    return reverse("import-give-up", args=[run.authority_id, run.pk]) if stopped(run) else ""


def _reason(job: Job) -> str:
    """Why the job ended early; whoever stops a job leaves no sentence of their own."""
    return job.error or f"{JobStatus(job.status).label}。"


def _saved(run: ImportRun) -> str:
    """What the writing has left behind so far, counted in the rows themselves."""
    written = run.rows.filter(written_at__isnull=False).count()
    left = run.rows.filter(written_at__isnull=True, outcome__in=(RowOutcome.NEW, RowOutcome.CHANGED)).count()
    return _("已写入 %(written)s 行，全部保留；还有 %(left)s 行没有写入，仍在本次导入中。") % {
        "written": written,
        "left": left,
    }


def _parts(run: ImportRun) -> list[dict[str, Any]]:
    return [
        {"label": outcome.label, "count": run.counts[outcome], "tone": TONES[outcome]}
        for outcome in RowOutcome
        if run.counts.get(outcome)
    ]


def _notes(run: ImportRun) -> list[str]:
    """What a person should know about how the file was read."""
    notes = []
    for fact in run.columns:
        sheet = {"sheet": fact["sheet"]}
        if not fact["used"]:
            notes.append(_("工作表“%(sheet)s”不是模板中的表，没有读取。") % sheet)
            continue
        if fact["encoding"]:
            notes.append(
                _("文本编码按 %(encoding)s 读取，请核对文字是否正确。") % {"encoding": fact["encoding"]}
            )
        if fact["hidden"]:
            notes.append(_("工作表“%(sheet)s”是隐藏的，也已读取。") % sheet)
        if fact["hidden_rows"]:
            notes.append(
                _("工作表“%(sheet)s”有 %(n)s 个隐藏行，也已读取。") % {**sheet, "n": fact["hidden_rows"]}
            )
        if fact["merged"]:
            notes.append(
                _("工作表“%(sheet)s”有 %(n)s 处合并单元格，只有左上角的值有效。")
                % {**sheet, "n": fact["merged"]}
            )
        if fact["unknown"]:
            names = "、".join(f"{letter} {text}" for letter, text in fact["unknown"])
            notes.append(
                _("工作表“%(sheet)s”有不认识的列，没有读取：%(names)s。") % {**sheet, "names": names}
            )
    return notes


def _to_decide(request: HttpRequest, run: ImportRun, typed: Edits) -> dict[str, Any]:
    kinds = _kinds(run)
    kind = request.GET.get("kind", "")
    kind = kind if kind in kinds else ""
    wrong = run.rows.exclude(problems=[]).order_by("sheet", "number", "pk")
    if kind:
        wrong = wrong.filter(problems__contains=[{"kind": kind}])
    rows, pager = page_of(request, wrong.defer("clean", "differences"))
    left_out = sum(run.counts.get(outcome, 0) for outcome in (RowOutcome.ERROR, RowOutcome.DUPLICATE))
    return {
        "kind": kind,
        "tabs": _tabs(kinds, kind, address(run)),
        "cells": [cell for row in rows for cell in _cells(row, kind, typed.get(row.pk, {}))],
        "pager": pager,
        "left_out": left_out,
        "ready": run.counts.get(RowOutcome.NEW, 0) + run.counts.get(RowOutcome.CHANGED, 0),
        "changes": _changes(run) if run.counts.get(RowOutcome.CHANGED) else [],
        "changes_shown": CHANGES_SHOWN,
    }


def _kinds(run: ImportRun) -> dict[str, int]:
    """How many problems there are of each kind."""
    table = ImportRow._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT problem->>'kind', count(*) FROM {table}, jsonb_array_elements(problems) AS problem "  # noqa: S608
            "WHERE run_id = %s GROUP BY 1",
            [run.pk],
        )
        found = dict(cursor.fetchall())
    return {kind: found[kind] for kind in KINDS if kind in found}


def _tabs(kinds: dict[str, int], current: str, page: str) -> list[dict[str, Any]]:
    every = {"url": page, "label": _("全部"), "count": sum(kinds.values()), "current": not current}
    return [
        every,
        *(
            {
                "url": f"{page}?kind={kind}",
                "label": KINDS[kind][0],
                "count": count,
                "current": kind == current,
            }
            for kind, count in kinds.items()
        ),
    ]


def _cells(row: ImportRow, kind: str, typed: dict[str, str]) -> list[dict[str, Any]]:
    """The problems of one row as lines of the table; a cell with two problems gets one input."""
    cells: dict[str, dict[str, Any]] = {}
    for problem in row.problems:
        if kind and problem["kind"] != kind:
            continue
        pointer = problem["pointer"]
        if pointer in cells:
            cells[pointer]["message"] += problem["message"]
            continue
        twins = row.raw.get("twins", ()) if problem["code"] == "look_alike" else ()
        cells[pointer] = problem | {
            "twins": [{"code": code, "name": name} for code, name in twins],
            "twin_name": f"{TWIN}{row.pk}",
            "name": cell_name(row.pk, pointer),
            "value": typed.get(pointer, problem["value"]),
            "platform": _name(row),
            "main": problem["sheet"] == row.sheet and not row.raw.get("link"),
            "code_column": problem["kind"] == "code",
        }
    return list(cells.values())


def _name(row: ImportRow) -> str:
    link = row.raw.get("link") or {}
    return str(link.get(layout.LINK_NAME) or row.raw["payload"]["platform"].get("name_zh") or "")


def _changes(run: ImportRun) -> list[dict[str, Any]]:
    """Before and after of the first changed rows."""
    lookups = record.Lookups.load()
    rows = run.rows.filter(outcome=RowOutcome.CHANGED).defer("raw", "problems").order_by("number")
    return [
        {
            "name": row.clean["platform"].get("name_zh", ""),
            "number": row.number,
            "changes": [line for change in row.differences for line in _lines(change, lookups)],
        }
        for row in rows[:CHANGES_SHOWN]
    ]


def _lines(change: dict[str, Any], lookups: record.Lookups) -> list[dict[str, str]]:
    """One changed field, or each changed field of one list entry."""
    aggregate, _slash, rest = change["field"].partition("/")
    if aggregate in record.SINGLES:
        item = record.field(change["field"])
        return [_line(item, change["before"], change["after"], lookups)]
    before, after = change["before"] or {}, change["after"] or {}
    place = _("%(sheet)s第 %(n)s 项") % {"sheet": layout.SHEETS[aggregate], "n": int(rest) + 1}
    return [
        _line(item, before.get(item.key), after.get(item.key), lookups) | {"note": place}
        for item in record.fields_of(aggregate)
        if before.get(item.key) != after.get(item.key)
    ]


def _line(item: record.Field, before: Any, after: Any, lookups: record.Lookups) -> dict[str, str]:
    return {
        "label": item.label,
        "before": text_of(item, before, lookups),
        "after": text_of(item, after, lookups),
    }
