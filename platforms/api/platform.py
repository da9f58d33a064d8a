"""Platforms: the list, one record, its tombstone or its successor, and its history."""

from __future__ import annotations

import datetime
from functools import cache
from typing import Any, ClassVar

import orjson
from django.db.models import Func, QuerySet, TextField
from django.http import Http404, HttpResponse, HttpResponsePermanentRedirect
from rest_framework.request import Request

from platforms import linked_data, past
from platforms.api import dating, parameters, shapes
from platforms.api.change import CHANGE_COLUMNS, as_item
from platforms.api.endpoint import PublicEndpoint, api_url, entity_tag, json_answer, page_url, unchanged
from platforms.api.listing import Listing, Row, Spelled
from platforms.api.published import absolute_text
from platforms.api.rendering import JSON
from platforms.api.trip import Statement, statement, trip
from platforms.choices import PlatformStatus
from platforms.filters import NoFilters, PlatformFilters
from platforms.models import Change, PublicPlatform, SearchTokens
from platforms.models.public import FOUND_BY, WithoutUrl
from platforms.walks import Key


class Line(Func):
    """A platform of a list as one JSON object, put together where its card is stored: addresses first, then the card.

    ``more`` names what is added from the document.
    """

    output_field = TextField()

    def __init__(self, *more: str) -> None:
        self.more = more
        super().__init__("code", Spelled("name_zh"), "card_text", *(["document"] if more else []))

    def as_sql(self, compiler, connection, *args, **extra):
        parts = [compiler.compile(item)[0] for item in self.source_expressions]
        code, name, card = parts[:3]
        own = f"%s || {code} || %s || {code} || %s || {name} || ',' || substr({card}, 2)"
        if self.more:
            # Names from the list of what can be expanded; nothing of it is anybody's text.
            added = "".join(
                f""" || ',"{key}":' || COALESCE(({parts[3]} -> '{key}')::text, '[]')""" for key in self.more
            )
            own = f"left({own}, -1){added} || '}}'"
        return own, [
            f'{{"url":"{api_url("platforms/")}',
            f'/","html_url":"{page_url("/platforms/")}',
            '/","display":',
        ]


class Platforms(Listing):
    """Platforms of the public record. By default active ones, the higher tier first, then by name."""

    noun = "platforms"
    filters = PlatformFilters
    columns = ("line",)
    orders: ClassVar = {
        "tier": (Key("tier_rank", descending=True), Key("name_sort"), Key("code")),
        "name": (Key("name_sort"), Key("code")),
        "code": (Key("code"),),
        "updated": (Key("updated_on"), Key("code")),
    }
    facets: ClassVar = {
        "tier": "tier",
        "region": "region_code",
        "authority": "authority_code",
        "area": "area_code",
        "direction": "direction_code",
        "service_type": "service_types",
        "scale": "scale_classes",
        "open_to": "open_to",
        "recognition": "recognition_levels",
        "construction_mode": "construction_mode",
        "build_status": "build_status",
        "gap_filling": "gap_filling",
        "status": "status",
    }
    csv_columns = (
        "code", "name_zh", "name_en", "status", "tier", "tier_since", "operator.name_zh", "operator.name_en",
        "operator.uscc", "authority.code", "authority.name_zh", "region.code", "region.name_zh", "city.code",
        "city.name_zh", "area.code", "area.name_zh", "direction.code", "direction.name_zh", "service_types",
        "scales", "open_to", "phone", "updated_on", "demo", "url", "html_url",
    )  # fmt: skip
    item_schema = shapes.PLATFORM_CARD
    dated = True
    expansions: ClassVar = {
        **{name: shapes.lists()[name] for name in ("equipment", "lines", "services")},
        "designations": shapes.many(shapes.DESIGNATION_OF_PLATFORM),
    }
    beside: ClassVar = {"as_of": shapes.DATE}

    def rows(self) -> QuerySet:
        return SearchTokens.objects.all() if self._found_by_words() else self.shown_rows()

    def shown_rows(self) -> QuerySet:
        return PublicPlatform.objects.annotate(line=Line(*self.expanded))

    def _found_by_words(self) -> bool:
        """Whether a page of a search asks for nothing that is not kept beside the words."""
        params = self.request.query_params
        if not params.get("q") or "cursor" in params or params.get("format", "json") != "json":
            return False
        columns = {self.facets.get(name, "") for name in params.get("facets", "tier").split(",")}
        columns |= {key.column for key in self.orders.get(params.get("ordering", "tier").strip("-"), ())}
        for name in params:
            item = self.filters.base_filters.get(name)
            if item is not None and name != "q":
                columns |= set(getattr(item, "fields", (item.field_name,)))
        return columns <= set(FOUND_BY)

    def represent(self, row: Row) -> bytes:
        return self.completed(row[0].encode())

    def completed(self, line: bytes) -> bytes:
        """A line with what was taken out of the document as the document itself is answered: with whole addresses."""
        return absolute_text(line.decode()).encode() if self.expanded else line


@cache
def _detail() -> str:
    rows = PublicPlatform.objects.filter(code="?").annotate(stored=WithoutUrl("document"))
    return statement(rows.values_list("name_zh", "status", "etag", "published_at", "stored"))[0]


def _one(code: str) -> Statement:
    """The stored record of a code; only the code differs from one question to the next."""
    return _detail(), (code,)


class PlatformDetail(PublicEndpoint):
    """One platform. Withdrawn: a tombstone (200). Merged: 301 to the surviving record."""

    item_schema = shapes.PLATFORM
    parameters_known = (dating.PARAMETER,)
    media_type = JSON.media_type
    ending: ClassVar[str] = "/"

    def get(self, request: Request, code: str) -> HttpResponse:
        parameters.check(request.query_params, self.parameters_known)
        day = dating.read_day(request.query_params)
        number = dating.number_on(day)
        asked = _one(code)
        rows = trip([past.as_of(asked, number) if number else asked])[0]
        if not rows:
            raise Http404
        name, status, etag, published_at, document = rows[0]
        if status == PlatformStatus.MERGED:
            successor = orjson.loads(document).get("successor")
            if successor:
                return self._moved(successor, day)
        tag = entity_tag(etag, *self.depends_on(day))
        known = unchanged(request, tag)
        if known is not None:
            return known
        body = self.body(code, name, document)
        return json_answer(
            body, etag=tag, modified=published_at, links=self.links(code), media_type=self.media_type
        )

    def depends_on(self, day: datetime.date | None) -> tuple[Any, ...]:
        return (day,) if day else ()

    def body(self, code: str, name: str, document: str) -> bytes:
        own = {
            "url": api_url(f"platforms/{code}/"),
            "html_url": page_url(f"/platforms/{code}/"),
            "display": name,
        }
        return orjson.dumps(own)[:-1] + b"," + absolute_text(document).encode()[1:]

    def links(self, code: str) -> str:
        history, other = api_url(f"platforms/{code}/history/"), api_url(f"platforms/{code}.jsonld")
        return (
            f'<{history}>; rel="version-history", <{other}>; rel="alternate"; type="{linked_data.MEDIA_TYPE}"'
        )

    def _moved(self, successor: str, day: datetime.date | None) -> HttpResponse:
        address = api_url(f"platforms/{successor}{self.ending}") + (f"?as_of={day}" if day else "")
        response = HttpResponsePermanentRedirect(address, content_type=JSON.media_type)
        response.content = orjson.dumps({"url": address})
        response["Link"] = f'<{address}>; rel="successor-version"'
        return response


class PlatformLinked(PlatformDetail):
    """The same platform as linked data (JSON-LD, schema.org). Merged: 301 to the surviving record's."""

    item_schema = shapes.LINKED
    media_type = linked_data.MEDIA_TYPE
    ending = ".jsonld"

    def depends_on(self, day: datetime.date | None) -> tuple[Any, ...]:
        return (self.ending, *super().depends_on(day))

    def body(self, code: str, name: str, document: str) -> bytes:
        return orjson.dumps(linked_data.of_platform({**orjson.loads(document), "url": f"/platforms/{code}/"}))

    def links(self, code: str) -> str:
        return f'<{api_url(f"platforms/{code}/")}>; rel="alternate"; type="{JSON.media_type}"'


class PlatformHistory(Listing):
    """What has changed in the public record of one platform, the oldest first."""

    noun = "platform-history"
    filters = NoFilters
    columns = CHANGE_COLUMNS
    orders: ClassVar = {"number": (Key("number"),)}
    item_schema = shapes.CHANGE

    def rows(self) -> QuerySet:
        code = self.kwargs["code"]
        if not PublicPlatform.objects.filter(code=code).exists():
            raise Http404
        return Change.objects.filter(noun="platform", code=code)

    def represent(self, row: Row) -> bytes:
        return orjson.dumps(as_item(row))
