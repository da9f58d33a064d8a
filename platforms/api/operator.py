"""Operators, as far as the public record knows them: who runs which platforms."""

from __future__ import annotations

from typing import Any, ClassVar

import orjson
from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import QuerySet
from django.db.models.fields.json import KeyTextTransform, KeyTransform
from django.http import Http404, HttpResponse
from rest_framework.request import Request

from platforms.api import parameters, shapes
from platforms.api.endpoint import PublicEndpoint, api_url, tagged_answer
from platforms.api.listing import Listing, Row
from platforms.choices import PlatformStatus
from platforms.filters import OperatorFilters
from platforms.models import PublicPlatform
from platforms.walks import Key


def public_operators() -> QuerySet:
    """Active platforms with the names of their operator, still one row per platform."""
    operator = KeyTransform("operator", "card")
    return PublicPlatform.objects.filter(status=PlatformStatus.ACTIVE).annotate(
        operator_name=KeyTextTransform("name_zh", operator),
        operator_name_en=KeyTextTransform("name_en", operator),
    )


def grouped(platforms: QuerySet) -> QuerySet:
    return (
        platforms.filter(operator_name__isnull=False)
        .values("operator_uscc", "operator_name", "operator_name_en")
        .annotate(platform_codes=ArrayAgg("code", order_by="code"))
    )


def as_item(row: Row) -> dict[str, Any]:
    uscc, name, name_en, codes = row
    return {
        "url": api_url(f"operators/{uscc}/") if uscc else api_url("operators/"),
        "html_url": None,
        "display": name,
        "uscc": uscc or None,
        "name_zh": name,
        "name_en": name_en or "",
        "platforms": [{"code": code, "url": api_url(f"platforms/{code}/")} for code in codes],
    }


class Operators(Listing):
    """建设单位 of active public platforms, with the platforms each runs."""

    noun = "operators"
    filters = OperatorFilters
    columns = ("operator_uscc", "operator_name", "operator_name_en", "platform_codes")
    orders: ClassVar = {
        "name": (Key("operator_name"), Key("operator_uscc")),
        "uscc": (Key("operator_uscc"), Key("operator_name")),
    }
    csv_columns = ("uscc", "name_zh", "name_en", "platforms", "url")
    item_schema = shapes.OPERATOR

    def rows(self) -> QuerySet:
        return public_operators()

    def narrowed(self, found: QuerySet) -> QuerySet:
        # The rank belongs to platforms and would split their operators into several groups.
        ranked = "rank" in found.query.annotations
        return grouped(public_operators().filter(pk__in=found.values("pk")) if ranked else found)

    def represent(self, row: Row) -> bytes:
        return orjson.dumps(as_item(row))


class OperatorDetail(PublicEndpoint):
    """One operator by its unified social credit code."""

    item_schema = shapes.OPERATOR

    def get(self, request: Request, uscc: str) -> HttpResponse:
        parameters.check(request.query_params, ())
        rows = grouped(public_operators().filter(operator_uscc=uscc.upper()))
        row = next(iter(rows.order_by("operator_name").values_list(*Operators.columns)[:1]), None)
        if row is None:
            raise Http404
        return tagged_answer(request, as_item(row))
