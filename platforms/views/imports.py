"""批量导入: upload, follow the check, correct cells, download, give up. Confirming is in ``cultivation.views.import_run``."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from platforms.access import Permission, require
from platforms.actions import import_run as actions
from platforms.choices import ImportStatus
from platforms.errors import Conflict, Invalid
from platforms.forms.import_run import UploadForm, assigned_from, choices_from, edits_from
from platforms.imports.assigning import assign
from platforms.imports.fixing import fix_cells
from platforms.imports.template import MEDIA_TYPE, write_annotated, write_rows, write_template
from platforms.models import Authority, ImportRun, Platform
from platforms.record import payload_of
from platforms.views.access import needs, visible
from platforms.views.import_page import address, page_context, running
from platforms.views.pages import page_of
from platforms.views.rail import bench


def authority_of(request: HttpRequest, code: str) -> Authority:
    """The authority in the address, if this person imports for it; to anybody else it does not exist."""
    authority = get_object_or_404(Authority, code=code)
    require(request.user, Permission.IMPORT_RUN, ImportRun(authority=authority))
    return authority


def run_of(request: HttpRequest, code: str, pk: int) -> ImportRun:
    runs = ImportRun.objects.select_related("authority", "created_by", "check_job", "write_job")
    return visible(request, runs, Permission.IMPORT_RUN, authority=code, pk=pk)


@needs(Permission.IMPORT_RUN)
@require_http_methods(["GET", "POST"])
def import_list(request: HttpRequest, code: str) -> HttpResponse:
    """Earlier imports and the upload form."""
    authority = authority_of(request, code)
    form = (
        UploadForm(request.POST or None, request.FILES or None) if request.method == "POST" else UploadForm()
    )
    if request.method == "POST" and form.is_valid():
        return _received(request, authority, form)
    rows, pager = page_of(request, authority.imports.select_related("created_by"))
    for run in rows:
        run.row_total = sum(run.counts.values())
    context = {"authority": authority, "form": form, "runs": rows, "pager": pager, **bench(request, code)}
    return render(request, "workspace/import/list.html", context, status=400 if form.is_bound else 200)


def _received(request: HttpRequest, authority: Authority, form: UploadForm) -> HttpResponse:
    file = form.cleaned_data["file"]
    run, earlier = actions.upload(authority=authority, file=file, name=file.name, by=request.user)
    if earlier is not None:
        sentence = (
            _("这个文件与 %(run)s 的内容相同，已打开那次导入。")
            if run == earlier
            else _("这个文件与已办结的 %(run)s 内容相同。")
        )
        messages.info(request, sentence % {"run": earlier})
    return redirect(address(run))


@needs(Permission.IMPORT_RUN)
@require_GET
def import_template(request: HttpRequest, code: str) -> HttpResponse:
    """The template, empty or (``?rows=mine``) filled with the authority's platforms as they are now."""
    authority = authority_of(request, code)
    if request.GET.get("rows") != "mine":
        return _spreadsheet(write_template(), _("中试平台登记表.xlsx"))
    platforms = Platform.objects.active().filter(authority=authority).with_everything()
    entries = [(platform.code, payload_of(platform)) for platform in platforms]
    return _spreadsheet(write_rows(entries), _("中试平台登记表-现有平台.xlsx"))


@needs(Permission.IMPORT_RUN)
@require_GET
def import_run(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """Where the import stands. While a job runs the address carries ``watch``, so that its end leads to a new page."""
    run = run_of(request, code, pk)
    if running(run) != ("watch" in request.GET):
        return redirect(f"{address(run)}?watch=1" if running(run) else address(run))
    # The check runs after the upload was answered; this is the answer to a file that cannot be imported.
    status = 400 if run.status == ImportStatus.REFUSED else 200
    context = page_context(request, run) | bench(request, code)
    return render(request, "workspace/import/run.html", context, status=status)


@needs(Permission.IMPORT_RUN)
@require_http_methods(["GET", "POST"])
def import_fix(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """Correct cells. If somebody else corrected first, the page comes back with what was typed still in the fields."""
    run = run_of(request, code, pk)
    if request.method == "GET":  # a link followed on the page that answered a conflict
        return redirect(f"{address(run)}?{request.GET.urlencode()}")
    edits = edits_from(request.POST)
    try:
        run, changed = fix_cells(
            run=run,
            edits=edits,
            choices=choices_from(request.POST),
            version=_version(request),
            by=request.user,  # type: ignore[arg-type]
        )
    except Conflict as conflict:
        run.refresh_from_db()
        context = page_context(request, run, typed=edits) | bench(request, code)
        return render(
            request, "workspace/import/run.html", context | {"conflict": conflict.sentence}, status=409
        )
    left = sum(run.counts.get(outcome, 0) for outcome in ("error", "duplicate"))
    messages.success(
        request,
        _("改了 %(n)s 处，还有 %(left)s 行需要修正。") % {"n": changed, "left": left}
        if left
        else _("改了 %(n)s 处，所有行都可以写入。") % {"n": changed},
    )
    query = request.GET.urlencode()
    return redirect(f"{address(run)}?{query}" if query and left else address(run))


@needs(Permission.IMPORT_RUN)
@require_http_methods(["GET", "POST"])
def import_columns(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """Say what the columns are and have the file read again. What was chosen stays chosen when it cannot be accepted."""
    run = run_of(request, code, pk)
    if request.method == "GET":
        return redirect(address(run))
    assigned = assigned_from(run, request.POST)
    try:
        assign(run=run, assigned=assigned, version=_version(request), by=request.user)  # type: ignore[arg-type]
    except (Invalid, Conflict) as refusal:
        run.refresh_from_db()
        problems = [problem.message for problem in getattr(refusal, "problems", ())] or [refusal.sentence]
        context = page_context(request, run, assigned=assigned) | bench(request, code)
        return render(
            request, "workspace/import/run.html", context | {"unassigned": problems}, status=refusal.status
        )
    messages.success(request, _("正在按您指定的列重新读取。"))
    return redirect(address(run))


@needs(Permission.IMPORT_RUN)
@require_POST
def import_cancel(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    run = actions.cancel(run=run_of(request, code, pk), by=request.user)
    messages.success(request, _("已取消导入 %(run)s，没有写入任何数据。") % {"run": run})
    return redirect("imports", code)


@needs(Permission.IMPORT_RUN)
@require_GET
def import_annotated(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """All rows as they stand now, with a last column that says what is wrong."""
    run = run_of(request, code, pk)
    content = write_annotated(list(run.rows.defer("clean", "differences")))
    return _spreadsheet(content, _("%(run)s-批注.xlsx") % {"run": run})


def _version(request: HttpRequest) -> int:
    given = request.POST.get("version", "")
    return int(given) if given.isascii() and given.isdigit() and len(given) < 10 else 0


def _spreadsheet(content: bytes, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=MEDIA_TYPE)
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name)
    return response
