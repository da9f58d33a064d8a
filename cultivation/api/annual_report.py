"""年度信息 over the API: a clerk's program writes the figures of a year, an approver's sends them on."""

from __future__ import annotations

from typing import Any, ClassVar

import orjson
from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils.translation import gettext as _
from rest_framework.request import Request

from cultivation.actions import annual_report as verbs
from cultivation.filters import ReportFilters
from cultivation.models import AnnualReport
from platforms.access import Permission
from platforms.api import shapes
from platforms.api.endpoint import Access, Endpoint, api_url, page_url
from platforms.api.idempotency import idempotent
from platforms.api.listing import Row
from platforms.api.problems import Refused
from platforms.api.rehearsal import rehearsable
from platforms.api.workspace import (
    OwnListing,
    answer,
    body_of,
    expected_version,
    object_of,
    own_record,
    text_of,
    texts_of,
    version_tag,
    wrong,
)
from platforms.errors import Conflict
from platforms.models import Platform
from platforms.walks import Key

CARD = {
    "id": shapes.INTEGER,
    "platform": shapes.STRING,
    "name_zh": shapes.STRING,
    "authority": shapes.STRING,
    "year": shapes.INTEGER,
    "figures": {"type": "object"},
    "prepared_at": shapes.MOMENT,
    "submitted_at": shapes.maybe(shapes.MOMENT),
}
DETAIL = shapes.titled(
    "Report", shapes.record(**CARD, explanations={"type": "object"}, return_reason=shapes.STRING)
)
WRITTEN = {"figures": {"type": "object"}, "explanations": {"type": "object"}}
YEARS = range(2000, 2101)


class Reports(OwnListing):
    """Annual reports of the platforms within reach, by platform and year. POST writes the one of a platform and year."""

    noun = "reports"
    access: ClassVar[dict[str, Access]] = {
        "GET": (Permission.PLATFORM_VIEW,),
        "POST": (Permission.SUBMISSION_PREPARE,),
    }
    permission = Permission.PLATFORM_VIEW
    model = AnnualReport
    filters = ReportFilters
    columns = (
        "id", "platform__code", "platform__name_zh", "platform__authority_id", "year", "figures", "prepared_at",
        "submitted_at",
    )  # fmt: skip
    orders: ClassVar = {"platform": (Key("platform__code"), Key("year"))}
    csv_columns = tuple(CARD)
    item_schema = shapes.record(**CARD)
    takes_key = True
    bodies: ClassVar = {"POST": shapes.thing(platform=shapes.STRING, year=shapes.INTEGER, **WRITTEN)}
    answers: ClassVar = {"POST": (201, DETAIL)}

    def represent(self, row: Row) -> bytes:
        return orjson.dumps(_card(row))

    @rehearsable
    @idempotent
    def post(self, request: Request) -> HttpResponse:
        """Write a report that does not exist yet. A figure far from last year's needs a word in ``explanations``."""
        body = body_of(
            request, ("platform", "year", "figures", "explanations"), required=("platform", "year", "figures")
        )
        code = text_of(body, "platform")
        platform = own_record(request, Platform.objects.all(), Permission.PLATFORM_VIEW, code=code)
        year = body["year"]
        if not isinstance(year, int) or year not in YEARS:
            raise wrong("year", "not_a_year", _("年度应写成 2025。"))
        report = verbs.save(platform=platform, year=year, seen=None, by=request.user, **_figures(body))
        return _detail(report, status=201)


def _figures(body: dict[str, Any]) -> dict[str, Any]:
    return {"figures": object_of(body, "figures"), "explanations": texts_of(body, "explanations")}


def _card(row: Row) -> dict[str, Any]:
    values = dict(zip(CARD, row, strict=True))
    page = f"/authorities/{values['authority']}/reports/{values['year']}/{values['platform']}/"
    return {
        "url": api_url(f"reports/{values['id']}/"),
        "html_url": page_url(page),
        "display": f"{values['name_zh']} {values['year']}",
        **values,
    }


def _detail(report: AnnualReport, *, status: int = 200) -> HttpResponse:
    platform = report.platform
    card = _card(
        (report.pk, platform.code, platform.name_zh, platform.authority_id, report.year, report.figures,
         report.prepared_at, report.submitted_at)
    )  # fmt: skip
    body = {**card, "explanations": report.explanations, "return_reason": report.return_reason}
    location = card["url"] if status == 201 else ""
    return answer(body, status=status, etag=version_tag(report, f"report-{report.pk}"), location=location)


def _visible() -> QuerySet[AnnualReport]:
    return AnnualReport.objects.select_related("platform")


class ReportDetail(Endpoint):
    """One annual report. PATCH writes its figures anew until it is submitted."""

    access: ClassVar[dict[str, Access]] = {
        "GET": (Permission.PLATFORM_VIEW,),
        "PATCH": (Permission.SUBMISSION_PREPARE,),
    }
    item_schema = DETAIL
    bodies: ClassVar = {"PATCH": shapes.thing(**WRITTEN)}

    def get(self, request: Request, pk: int) -> HttpResponse:
        return _detail(own_record(request, _visible(), Permission.PLATFORM_VIEW, pk=pk))

    @rehearsable
    def patch(self, request: Request, pk: int) -> HttpResponse:
        """All figures of the year: what is left out is empty afterwards."""
        report = own_record(request, _visible(), Permission.PLATFORM_VIEW, pk=pk)
        version = expected_version(request, report, f"report-{pk}")
        body = body_of(request, ("figures", "explanations"), required=("figures",))
        try:
            saved = verbs.save(
                platform=report.platform, year=report.year, seen=version, by=request.user, **_figures(body)
            )
        except Conflict as error:
            raise Refused(str(error), status=412, code="stale") from error
        return _detail(saved)


class ReportSubmit(Endpoint):
    """Approve a report that somebody else has written."""

    takes_key = True
    access: ClassVar[dict[str, Access]] = {"POST": (Permission.SUBMISSION_APPROVE,)}
    bodies: ClassVar = {"POST": shapes.thing()}
    answers: ClassVar = {"POST": (200, DETAIL)}

    @rehearsable
    @idempotent
    def post(self, request: Request, pk: int) -> HttpResponse:
        """The figures become public record."""
        report = own_record(request, _visible(), Permission.PLATFORM_VIEW, pk=pk)
        body_of(request, ())
        return _detail(verbs.submit(report=report, by=request.user))


class ReportSendBack(Endpoint):
    """Give a report back to the clerks."""

    takes_key = True
    access: ClassVar[dict[str, Access]] = {"POST": (Permission.SUBMISSION_APPROVE,)}
    bodies: ClassVar = {"POST": shapes.thing(reason=shapes.STRING)}
    answers: ClassVar = {"POST": (200, DETAIL)}

    @rehearsable
    @idempotent
    def post(self, request: Request, pk: int) -> HttpResponse:
        """The ``reason`` is told to the clerks."""
        report = own_record(request, _visible(), Permission.PLATFORM_VIEW, pk=pk)
        reason = text_of(body_of(request, ("reason",)), "reason")
        return _detail(verbs.send_back(report=report, reason=reason, by=request.user))
