"""公共服务资源: services on offer and instruments open for sharing."""

from __future__ import annotations

from typing import Any, ClassVar

import orjson
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from rest_framework.request import Request

from platforms.api import parameters, shapes
from platforms.api.endpoint import PublicEndpoint, api_url, page_url, tagged_answer
from platforms.api.listing import Listing, Row, stored
from platforms.choices import ResourceKind
from platforms.filters import ResourceFilters
from platforms.models import PublicResource
from platforms.walks import Key

ADDRESS = {ResourceKind.SERVICE: "services", ResourceKind.EQUIPMENT: "equipment"}


def as_item(code: str, kind: str, title: str, document: str) -> dict[str, Any]:
    """A stored resource with absolute addresses, of itself and of its platform."""
    item = orjson.loads(document)
    platform = item.get("platform") or {}
    page = page_url(f"/platforms/{platform.get('code')}/")
    item["platform"] = {**platform, "url": api_url(f"platforms/{platform.get('code')}/"), "html_url": page}
    own = {"url": api_url(f"{ADDRESS[ResourceKind(kind)]}/{code}/"), "html_url": page, "display": title}
    return {**own, **item}


class Resources(Listing):
    """Published services or instruments of active platforms, by title."""

    kind: ClassVar[str]
    filters = ResourceFilters
    columns = ("code", "kind", "title_zh", "stored")
    orders: ClassVar = {
        "title": (Key("title_sort"), Key("code")),
        "platform": (Key("platform_code"), Key("code")),
        "code": (Key("code"),),
    }
    facets: ClassVar = {
        "service_type": "service_type",
        "price_mode": "price_mode",
        "open_to": "open_to",
        "region": "region_code",
        "area": "area_code",
        "tier": "tier",
    }

    def rows(self) -> QuerySet:
        return PublicResource.objects.filter(kind=self.kind).annotate(stored=stored("document"))

    def represent(self, row: Row) -> bytes:
        return orjson.dumps(as_item(*row))


class Services(Resources):
    """服务事项 in the public service resource list."""

    noun = "services"
    kind = ResourceKind.SERVICE
    item_schema = shapes.SERVICE
    csv_columns = (
        "code", "title_zh", "title_en", "service_type", "description_zh", "price_mode", "price_note",
        "lead_time_days", "available_from", "open_to", "platform.code", "platform.name_zh",
        "platform.region.name_zh", "platform.phone", "area.name_zh", "url", "html_url",
    )  # fmt: skip


class Instruments(Resources):
    """Equipment that platforms open for sharing."""

    noun = "equipment"
    kind = ResourceKind.EQUIPMENT
    item_schema = shapes.INSTRUMENT
    csv_columns = (
        "code", "name_zh", "model", "maker", "specification", "quantity", "commissioned_year",
        "annual_hours_available", "annual_hours_used", "platform.code", "platform.name_zh",
        "platform.region.name_zh", "platform.phone", "area.name_zh", "url", "html_url",
    )  # fmt: skip


class ResourceDetail(PublicEndpoint):
    """One service or instrument."""

    kind: ClassVar[str]

    def get(self, request: Request, code: str) -> HttpResponse:
        parameters.check(request.query_params, ())
        row = (
            PublicResource.objects.filter(kind=self.kind, code=code)
            .annotate(stored=stored("document"))
            .values_list("code", "kind", "title_zh", "stored")
            .first()
        )
        if row is None:
            raise Http404
        return tagged_answer(request, as_item(*row))


class ServiceDetail(ResourceDetail):
    kind = ResourceKind.SERVICE
    item_schema = shapes.SERVICE


class InstrumentDetail(ResourceDetail):
    kind = ResourceKind.EQUIPMENT
    item_schema = shapes.INSTRUMENT
