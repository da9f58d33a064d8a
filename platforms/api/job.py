"""Jobs: how far a piece of work has come, for those who may see it."""

from __future__ import annotations

from typing import Any, ClassVar

import orjson
from django.http import HttpResponse
from rest_framework.request import Request

from platforms.access import Permission
from platforms.api import shapes
from platforms.api.endpoint import Access, Endpoint, api_url, page_url
from platforms.api.listing import Row
from platforms.api.workspace import OwnListing, answer, own_record
from platforms.choices import JobStatus
from platforms.filters import JobFilters
from platforms.models import Job
from platforms.walks import Key

CARD = {
    "id": shapes.INTEGER,
    "kind": shapes.STRING,
    "status": shapes.words(JobStatus),
    "step": shapes.STRING,
    "done": shapes.INTEGER,
    "total": shapes.INTEGER,
    "error": shapes.STRING,
    "created_at": shapes.MOMENT,
    "finished_at": shapes.maybe(shapes.MOMENT),
}
COLUMNS = tuple(CARD)


class Jobs(OwnListing):
    """Jobs within reach, the newest first."""

    noun = "jobs"
    access: ClassVar[dict[str, Access]] = {"GET": (Permission.JOB_VIEW,)}
    permission = Permission.JOB_VIEW
    model = Job
    filters = JobFilters
    columns = COLUMNS
    orders: ClassVar = {"id": (Key("id", descending=True),)}
    csv_columns = COLUMNS
    item_schema = shapes.record(**CARD)

    def represent(self, row: Row) -> bytes:
        return orjson.dumps(_card(row))


def _card(row: Row) -> dict[str, Any]:
    values = dict(zip(COLUMNS, row, strict=True))
    return {
        "url": api_url(f"jobs/{values['id']}/"),
        "html_url": page_url(f"/jobs/{values['id']}/"),
        "display": f"J-{values['id']}",
        **values,
    }


class JobDetail(Endpoint):
    """One job."""

    access: ClassVar[dict[str, Access]] = {"GET": (Permission.JOB_VIEW,)}
    item_schema = shapes.record(**CARD)

    def get(self, request: Request, pk: int) -> HttpResponse:
        job = own_record(request, Job.objects.all(), Permission.JOB_VIEW, pk=pk)
        return answer(_card(tuple(getattr(job, name) for name in COLUMNS)))
