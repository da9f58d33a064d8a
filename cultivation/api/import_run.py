"""批量导入 over the API: send a file, ask how it went, confirm. The file is checked and written by the same jobs as on the pages."""

from __future__ import annotations

from typing import Any, ClassVar

import orjson
from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils.translation import gettext as _
from rest_framework.request import Request

from cultivation.actions import import_run as writing
from platforms.access import Permission
from platforms.actions import import_run as verbs
from platforms.api import pagination, parameters, shapes
from platforms.api.endpoint import Access, Endpoint, api_url, page_url
from platforms.api.idempotency import idempotent
from platforms.api.listing import PAGING, Row
from platforms.api.rehearsal import rehearsable
from platforms.api.uploading import OneFile, one_file
from platforms.api.workspace import (
    OwnListing,
    answer,
    body_of,
    expected_version,
    object_of,
    own_record,
    text_of,
    version_tag,
    wrong,
)
from platforms.choices import ImportMode, ImportStatus
from platforms.filters import ImportFilters
from platforms.imports.assigning import assign, options_of
from platforms.models import Authority, ImportRun
from platforms.walks import Key

CARD = {
    "id": shapes.INTEGER,
    "authority": shapes.STRING,
    "file_name": shapes.STRING,
    "sha256": shapes.STRING,
    "status": shapes.words(ImportStatus),
    "mode": shapes.STRING,
    "counts": {"type": "object"},
    "version": shapes.INTEGER,
    "created_at": shapes.MOMENT,
}
COLUMNS = ("id", "authority_id", "file_name", "sha256", "status", "mode", "counts", "version", "created_at")
ROW = shapes.thing(
    sheet=shapes.STRING,
    number=shapes.INTEGER,
    outcome=shapes.STRING,
    problems=shapes.many({"type": "object"}),
    differences=shapes.many({"type": "object"}),
)
SHEET = shapes.titled(
    "SheetAsRead",
    shapes.thing(
        sheet=shapes.STRING,
        columns={"type": "object", "additionalProperties": shapes.STRING},
        unknown={"type": "object", "additionalProperties": shapes.STRING},
        fields=shapes.many(shapes.STRING),
    ),
)
DETAIL = shapes.titled(
    "Import",
    shapes.record(
        **CARD,
        refusal=shapes.STRING,
        job=shapes.maybe(shapes.ADDRESS),
        read_as=shapes.many(SHEET),
        rows={"type": "object"},
    ),
)


class Imports(OwnListing):
    """Imports within reach, the newest first. POST takes a workbook or CSV file (fields ``file`` and ``authority``)."""

    noun = "imports"
    access: ClassVar[dict[str, Access]] = {
        "GET": (Permission.IMPORT_RUN,),
        "POST": (Permission.IMPORT_RUN,),
    }
    parser_classes = (OneFile,)
    permission = Permission.IMPORT_RUN
    model = ImportRun
    filters = ImportFilters
    columns = COLUMNS
    orders: ClassVar = {"id": (Key("id", descending=True),)}
    csv_columns = tuple(CARD)
    item_schema = shapes.record(**CARD)
    takes_key = True
    bodies: ClassVar = {
        "POST": shapes.thing(authority=shapes.STRING, file={"type": "string", "format": "binary"})
    }
    answers: ClassVar = {"POST": (202, DETAIL)}

    def represent(self, row: Row) -> bytes:
        return orjson.dumps(_card(row))

    @idempotent
    def post(self, request: Request) -> HttpResponse:
        """Take a file; it is checked in the background. Ask the address in ``Location`` how far it is."""
        body = body_of(request, ("authority", "file"), required=("authority",))
        file = one_file(request)
        code = str(body["authority"])
        authority = Authority.objects.filter(code=code).first() if code.isascii() and code.isalnum() else None
        if authority is None:
            raise wrong("authority", "unknown_reference", _("没有这个推荐单位。"))
        run, _earlier = verbs.upload(authority=authority, file=file, name=file.name or "", by=request.user)
        return _detail(request, run, status=202)


def _card(row: Row) -> dict[str, Any]:
    values = dict(zip(CARD, row, strict=True))
    return {
        "url": api_url(f"imports/{values['id']}/"),
        "html_url": page_url(f"/authorities/{values['authority']}/imports/{values['id']}/"),
        "display": values["file_name"],
        **values,
    }


def _detail(request: Request, run: ImportRun, *, status: int = 200) -> HttpResponse:
    card = _card(tuple(getattr(run, name) for name in COLUMNS))
    job = run.write_job_id or run.check_job_id
    body = {
        **card,
        "refusal": run.refusal,
        "job": api_url(f"jobs/{job}/") if job else None,
        "read_as": [_sheet(fact) for fact in run.columns if fact["used"]],
        "rows": _rows(request, run, card["url"]) if request.method == "GET" else None,
    }
    location = card["url"] if status != 200 else ""
    return answer(body, status=status, etag=version_tag(run, f"import-{run.pk}"), location=location)


def _sheet(fact: dict[str, Any]) -> dict[str, Any]:
    """How the columns of one sheet were read, the headings nobody knows, and the fields a column may be."""
    return {
        "sheet": fact["sheet"],
        "columns": fact["columns"],
        "unknown": dict(fact["unknown"]),
        "fields": [column.pointer for column in options_of(fact)],
    }


def _rows(request: Request, run: ImportRun, address: str) -> dict[str, Any]:
    """The rows of the file in its order, as an envelope of their own."""
    window = pagination.read_window(request.query_params)
    rows = run.rows.order_by("number", "pk")
    count = rows.count()
    pagination.check_page(window, count)
    names = ("sheet", "number", "outcome", "problems", "differences")
    links = pagination.page_links(window, count, address, request.query_params)
    return {
        "count": count,
        **links,
        "results": list(rows.values(*names)[window.start : window.start + window.size]),
    }


def _visible() -> QuerySet[ImportRun]:
    return ImportRun.objects.all()


class ImportDetail(Endpoint):
    """One import with what was found in each row."""

    access: ClassVar[dict[str, Access]] = {"GET": (Permission.IMPORT_RUN,)}
    item_schema = DETAIL
    parameters_known = PAGING[:2]

    def get(self, request: Request, pk: int) -> HttpResponse:
        parameters.check(request.query_params, self.parameters_known)
        return _detail(request, own_record(request, _visible(), Permission.IMPORT_RUN, pk=pk))


class ImportConfirm(Endpoint):
    """Write the rows of a checked import as submissions."""

    access: ClassVar[dict[str, Access]] = {"POST": (Permission.IMPORT_RUN,)}
    takes_key = True
    bodies: ClassVar = {"POST": shapes.thing(mode=shapes.words(ImportMode))}
    answers: ClassVar = {"POST": (202, DETAIL)}

    @rehearsable
    @idempotent
    def post(self, request: Request, pk: int) -> HttpResponse:
        """``mode`` says whether rows that cannot be written stop the others. ``If-Match`` guards against later corrections."""
        run = own_record(request, _visible(), Permission.IMPORT_RUN, pk=pk)
        mode = text_of(body_of(request, ("mode",), required=("mode",)), "mode")
        if mode not in ImportMode.values:
            raise wrong("mode", "unknown_choice", _("不是允许的取值。"))
        version = expected_version(request, run, f"import-{pk}", required=False)
        return _detail(
            request, writing.confirm(run=run, mode=mode, by=request.user, version=version), status=202
        )


class ImportColumns(Endpoint):
    """Say what the columns of a file are, and have it read again."""

    access: ClassVar[dict[str, Access]] = {"POST": (Permission.IMPORT_RUN,)}
    takes_key = True
    bodies: ClassVar = {
        "POST": shapes.thing(
            columns={
                "type": "object",
                "additionalProperties": {"type": "object", "additionalProperties": shapes.STRING},
            }
        )
    }
    answers: ClassVar = {"POST": (202, DETAIL)}

    @rehearsable
    @idempotent
    def post(self, request: Request, pk: int) -> HttpResponse:
        """``columns``: sheet → letter → field as in ``read_as`` of the import, empty to leave a column out. Needs ``If-Match``."""
        run = own_record(request, _visible(), Permission.IMPORT_RUN, pk=pk)
        columns = object_of(body_of(request, ("columns",), required=("columns",)), "columns")
        if not all(isinstance(said, dict) and _all_text(said) for said in columns.values()):
            raise wrong("columns", "not_an_object", _("此处应为一组字段。"))
        version = expected_version(request, run, f"import-{pk}")
        return _detail(
            request,
            assign(run=run, assigned=columns, version=version or 0, by=request.user),  # type: ignore[arg-type]
            status=202,
        )


def _all_text(said: dict[str, Any]) -> bool:
    return all(isinstance(pointer, str) for pointer in said.values())


class ImportMove(Endpoint):
    """One step of an import that needs nothing but to be asked for."""

    access: ClassVar[dict[str, Access]] = {"POST": (Permission.IMPORT_RUN,)}
    takes_key = True
    bodies: ClassVar = {"POST": shapes.thing()}
    answers: ClassVar = {"POST": (200, DETAIL)}

    def move(self, run: ImportRun, by: Any) -> ImportRun:
        raise NotImplementedError

    @rehearsable
    @idempotent
    def post(self, request: Request, pk: int) -> HttpResponse:
        body_of(request, ())
        run = own_record(request, _visible(), Permission.IMPORT_RUN, pk=pk)
        return _detail(request, self.move(run, request.user), status=self.answers["POST"][0])


class ImportCancel(ImportMove):
    """Give an import up before anything is written."""

    def move(self, run: ImportRun, by: Any) -> ImportRun:
        return verbs.cancel(run=run, by=by)


class ImportResume(ImportMove):
    """Go on with a writing that ended early. Rows that are submissions already are not written again."""

    answers: ClassVar = {"POST": (202, DETAIL)}

    def move(self, run: ImportRun, by: Any) -> ImportRun:
        return writing.resume(run=run, by=by)


class ImportGiveUp(ImportMove):
    """End a writing that stopped by itself: what was written stays, the other rows are not written."""

    def move(self, run: ImportRun, by: Any) -> ImportRun:
        return writing.give_up(run=run, by=by)


class ImportUndo(ImportMove):
    """Withdraw the submissions of an import that the approver has not passed on."""

    def move(self, run: ImportRun, by: Any) -> ImportRun:
        return writing.undo(run=run, by=by)[0]
