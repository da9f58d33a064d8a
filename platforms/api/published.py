"""Records that were published with a document and a card of their own: batches, notices, lists."""

from __future__ import annotations

import re
from typing import Any, ClassVar

import orjson
from django.conf import settings
from django.db.models import Model, QuerySet
from django.http import Http404, HttpResponse
from rest_framework.request import Request

from platforms.api import parameters
from platforms.api.endpoint import PublicEndpoint, api_url, entity_tag, json_answer, page_url, unchanged
from platforms.api.listing import Listing, Row, stored


def absolute(value: Any) -> Any:
    """The same document with every address of ours written out in full."""
    if isinstance(value, dict):
        return {key: _address(key, item) or absolute(item) for key, item in value.items()}
    if isinstance(value, list):
        return [absolute(item) for item in value]
    return value


def _address(key: str, value: Any) -> str:
    ours = isinstance(value, str) and value.startswith("/") and (key == "url" or key.endswith("_url"))
    return settings.BASE_URL + value if ours else ""


#: An address of ours in a stored document as the database writes it. Inside a text the quotation marks are escaped.
OURS = re.compile(r'("(?:[a-z_]*_)?url": ")/')


def absolute_text(document: str) -> str:
    """``absolute`` for a document that is only passed on, without taking it apart."""
    return OURS.sub(rf"\g<1>{settings.BASE_URL}/", document)


def as_item(place: str, code: str, document: dict[str, Any]) -> dict[str, Any]:
    """``place`` is the collection; it is called the same in the API and on the pages."""
    own = {
        "url": api_url(f"{place}/{code}/"),
        "html_url": page_url(f"/{place}/{code}/"),
        "display": document.get("title_zh") or code,
    }
    return {**own, **{key: value for key, value in absolute(document).items() if key != "url"}}


class Published(Listing):
    """A list of published records; ``model`` is their table, ``place`` their collection."""

    model: ClassVar[type[Model]]
    place: ClassVar[str]
    columns = ("code", "stored")

    def rows(self) -> QuerySet:
        return self.model._default_manager.annotate(stored=stored("card"))

    def represent(self, row: Row) -> bytes:
        return orjson.dumps(as_item(self.place, row[0], orjson.loads(row[1])))


class PublishedDetail(PublicEndpoint):
    """One published record by its code."""

    model: ClassVar[type[Model]]
    place: ClassVar[str]

    def get(self, request: Request, **key: str) -> HttpResponse:
        parameters.check(request.query_params, ())
        row = (
            self.chosen(**key)
            .annotate(stored=stored("document"))
            .values_list("code", "etag", "published_at", "stored")
            .first()
        )
        if row is None:
            raise Http404
        code, etag, published_at, document = row
        tag = entity_tag(etag, code)
        known = unchanged(request, tag)
        if known is not None:
            return known
        body = as_item(self.place, code, orjson.loads(document))
        return json_answer(body, etag=tag, modified=published_at)

    def chosen(self, **key: str) -> QuerySet:
        return self.model._default_manager.filter(**key)
