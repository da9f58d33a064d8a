"""公共服务资源: services on offer and instruments open for sharing."""

from __future__ import annotations

from typing import Any, ClassVar

import orjson
from django.db.models import OuterRef, QuerySet, Subquery, TextField, Value
from django.http import Http404, HttpResponse
from rest_framework.request import Request

from platforms.api import expanding, parameters, shapes
from platforms.api.endpoint import PublicEndpoint, api_url, page_url, tagged_answer
from platforms.api.listing import Listing, Row, stored
from platforms.choices import ResourceKind
from platforms.models import PublicPlatform, PublicResource
from platforms.resource_filters import ResourceFilters
from platforms.walks import Key

ADDRESS = {ResourceKind.SERVICE: "services", ResourceKind.EQUIPMENT: "equipment"}


def as_item(code: str, kind: str, title: str, document: str, card: str | None) -> dict[str, Any]:
    """A stored resource with absolute addresses, of itself and of its platform, which ``card`` tells more of."""
    item = orjson.loads(document)
    platform = item.get("platform") or {}
    if card:
        platform = {**platform, **orjson.loads(card), "display": platform.get("name_zh")}
    page = page_url(f"/platforms/{platform.get('code')}/")
    item["platform"] = {**platform, "url": api_url(f"platforms/{platform.get('code')}/"), "html_url": page}
    own = {"url": api_url(f"{ADDRESS[ResourceKind(kind)]}/{code}/"), "html_url": page, "display": title}
    return {**own, **item}


COLUMNS = ("code", "kind", "title_zh", "stored", "card")
#: The platform as a list of platforms shows it, not only by name.
EXPANSIONS: expanding.Shapes = {"platform": shapes.PLATFORM_OF_RESOURCE_EXPANDED}


def of_kind(kind: str, expanded: tuple[str, ...]) -> QuerySet:
    card: Any = Value(None, output_field=TextField())
    if expanded:
        card = Subquery(PublicPlatform.objects.filter(code=OuterRef("platform_code")).values("card_text")[:1])
    return PublicResource.objects.filter(kind=kind).annotate(stored=stored("document"), card=card)


class Resources(Listing):
    """Published services or instruments of active platforms, by title."""

    kind: ClassVar[str]
    filters = ResourceFilters
    columns = COLUMNS
    expansions: ClassVar = EXPANSIONS
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
        return of_kind(self.kind, self.expanded)

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
    expansions: ClassVar = EXPANSIONS
    parameters_known = (expanding.parameter(EXPANSIONS),)

    def get(self, request: Request, code: str) -> HttpResponse:
        parameters.check(request.query_params, self.parameters_known)
        asked = expanding.read(request.query_params, self.expansions)
        row = of_kind(self.kind, asked).filter(code=code).values_list(*COLUMNS).first()
        if row is None:
            raise Http404
        return tagged_answer(request, as_item(*row))


class ServiceDetail(ResourceDetail):
    kind = ResourceKind.SERVICE
    item_schema = shapes.SERVICE


class InstrumentDetail(ResourceDetail):
    kind = ResourceKind.EQUIPMENT
    item_schema = shapes.INSTRUMENT
