"""Reference data: regions, recommending authorities, areas and directions."""

from __future__ import annotations

from typing import Any, ClassVar

import orjson
from django.db.models import Model, QuerySet
from django.http import Http404, HttpResponse
from rest_framework.request import Request

from platforms import filters
from platforms.api import parameters, shapes
from platforms.api.endpoint import PublicEndpoint, api_url, tagged_answer
from platforms.api.listing import Listing, Row
from platforms.models import Area, Authority, Direction, Region
from platforms.walks import Key


class Reference(Listing):
    """A table that is not published but public by nature; its entity tags come from the answers themselves."""

    model: ClassVar[type[Model]]
    #: Names of ``columns`` in the API.
    names: ClassVar[tuple[str, ...]]
    #: Column that a person would read.
    shown: ClassVar[str] = "name_zh"
    published: ClassVar[bool] = False

    def rows(self) -> QuerySet:
        return self.model._default_manager.all()

    @classmethod
    def item(cls, row: Row) -> dict[str, Any]:
        values = dict(zip(cls.names, row, strict=True))
        own = {"url": api_url(f"{cls.noun}/{row[0]}/"), "html_url": None, "display": values[cls.shown]}
        return {**own, **values}

    def represent(self, row: Row) -> bytes:
        return orjson.dumps(self.item(row))


class Regions(Reference):
    """行政区划: province-level units and prefecture-level cities by GB/T 2260 code."""

    noun = "regions"
    model = Region
    filters = filters.RegionFilters
    columns = ("code", "name_zh", "name_en", "short_zh", "kind", "parent_id")
    names = ("code", "name_zh", "name_en", "short_zh", "kind", "parent")
    csv_columns = names
    item_schema = shapes.REGION


class Authorities(Reference):
    """推荐单位: who submits and recommends."""

    noun = "authorities"
    model = Authority
    filters = filters.AuthorityFilters
    columns = ("code", "name_zh", "name_en", "kind", "region_id", "city_id", "position")
    names = ("code", "name_zh", "name_en", "kind", "region", "city", "position")
    orders: ClassVar = {"position": (Key("position"), Key("code")), "code": (Key("code"),)}
    csv_columns = names
    item_schema = shapes.AUTHORITY


class Areas(Reference):
    """领域, by edition."""

    noun = "areas"
    model = Area
    filters = filters.AreaFilters
    columns = ("code", "name_zh", "name_en", "edition_id", "position", "edition__current")
    names = ("code", "name_zh", "name_en", "edition", "position", "current")
    csv_columns = names
    item_schema = shapes.AREA


class Directions(Reference):
    """方向 within the areas. Provisional ones are left out unless ``status=provisional`` asks for them."""

    noun = "directions"
    model = Direction
    filters = filters.DirectionFilters
    columns = ("code", "name_zh", "name_en", "area_id", "position", "status", "gap_filling")
    names = ("code", "name_zh", "name_en", "area", "position", "status", "gap_filling")
    csv_columns = names
    item_schema = shapes.DIRECTION


class ReferenceDetail(PublicEndpoint):
    """One row of a reference list; ``listing`` says which."""

    listing: ClassVar[type[Reference]]

    def get(self, request: Request, code: str) -> HttpResponse:
        parameters.check(request.query_params, ())
        listing = self.listing
        key = listing.columns[0]
        row = listing.model._default_manager.filter(**{key: code}).values_list(*listing.columns).first()
        if row is None:
            raise Http404
        return tagged_answer(request, listing.item(row))


class RegionDetail(ReferenceDetail):
    listing = Regions
    item_schema = shapes.REGION


class AuthorityDetail(ReferenceDetail):
    listing = Authorities
    item_schema = shapes.AUTHORITY


class AreaDetail(ReferenceDetail):
    listing = Areas
    item_schema = shapes.AREA


class DirectionDetail(ReferenceDetail):
    listing = Directions
    item_schema = shapes.DIRECTION
