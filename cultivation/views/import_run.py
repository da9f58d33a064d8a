"""Confirming an import: from here on it is submissions."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from cultivation.actions import import_run as actions
from cultivation.views.submission_list import UNDECLARED
from platforms.access import Permission
from platforms.choices import ImportMode, ImportStatus
from platforms.errors import Conflict
from platforms.models import ImportRun
from platforms.views.access import needs, visible
from platforms.views.choosing import number_or
from platforms.views.import_page import address, page_context
from platforms.views.rail import bench


@needs(Permission.IMPORT_RUN)
@require_POST
def import_confirm(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """Write all rows, or only those without problems (``mode``). What changed meanwhile is shown first (409)."""
    run = _run(request, code, pk)
    mode = request.POST.get("mode", "")
    mode = mode if mode in ImportMode.values else ImportMode.ALL
    version = request.POST.get("version", "")
    if run.status == ImportStatus.CHECKED and not request.POST.get("declared"):
        context = page_context(request, run) | bench(request, code) | {"undeclared": [UNDECLARED]}
        return render(request, "workspace/import/run.html", context, status=400)
    try:
        run = actions.confirm(
            run=run, mode=mode, version=number_or(version) or 0, declared=True, by=request.user
        )
    except Conflict as conflict:
        run.refresh_from_db()
        context = page_context(request, run) | bench(request, code) | {"conflict": conflict.sentence}
        return render(request, "workspace/import/run.html", context, status=409)
    messages.success(request, _("已确认，正在写入。可以离开本页。"))
    return redirect(f"{address(run)}?watch=1")


@needs(Permission.IMPORT_RUN)
@require_POST
def import_resume(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """Go on with a writing that ended early."""
    run = actions.resume(run=_run(request, code, pk), by=request.user)
    messages.success(request, _("继续写入。已写入的行不会重复写入。"))
    return redirect(f"{address(run)}?watch=1")


@needs(Permission.IMPORT_RUN)
@require_POST
def import_give_up(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """End a writing that cannot be completed."""
    run = actions.give_up(run=_run(request, code, pk), by=request.user)
    messages.success(request, _("已停止。已写入的行保留，其余的行不再写入。"))
    return redirect(address(run))


@needs(Permission.IMPORT_RUN)
@require_POST
def import_undo(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """Take back what was written and has not been passed on."""
    run, withdrawn, gone_on = actions.undo(run=_run(request, code, pk), by=request.user)
    left = _("已上报的 %(n)s 份不受影响。") % {"n": gone_on} if gone_on else ""
    messages.success(request, _("已撤回 %(n)s 份申报。") % {"n": withdrawn} + left)
    return redirect(address(run))


def _run(request: HttpRequest, code: str, pk: int) -> ImportRun:
    runs = ImportRun.objects.select_related("authority", "created_by", "check_job", "write_job")
    return visible(request, runs, Permission.IMPORT_RUN, authority=code, pk=pk)
