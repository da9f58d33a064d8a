"""The plain server's answers, each made by one statement that puts the JSON together from the working tables.

What one reaches who stores no documents and lets no framework touch the rows: the limit of an answer made when it is asked for.
Fields are those of the plain serializers, so both baselines say the same.
"""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, OuterRef, QuerySet, TextField
from django.db.models.functions import Cast, JSONObject
from django.http import QueryDict
from rest_framework.serializers import ListSerializer, ManyRelatedField, Serializer

from tests.load.plain.api import PlatformDetailSerializer, Platforms, PlatformSerializer

Sent = tuple[str, list[Any]]
PAGE = 50


def statements(address: str) -> list[Sent]:
    """What answers an address of the plain server: count and rows of a list, or one record with its children."""
    path, _mark, query = address.partition("?")
    *_start, code, _end = path.split("/")
    if code != "platforms":
        return [_sent(_written(Platforms.queryset.filter(code=code), PlatformDetailSerializer()))]
    asked = QueryDict(query)
    start = (int(asked.get("page", "1")) - 1) * PAGE
    given = {name: asked[name] for name in Platforms.filterset_fields if name in asked}
    found = Platforms.queryset.filter(**given)
    sql, values = found.order_by().values("pk").query.sql_with_params()
    counting = (f"SELECT count(*) FROM ({sql}) AS found", [str(value) for value in values])
    # The keys of the page first: JSON would be made of all rows before them as well.
    shown = found.filter(pk__in=found.select_related(None).values("pk")[start : start + PAGE])
    return [counting, _sent(_written(shown, PlatformSerializer()))]


def _written(found: QuerySet, serializer: Serializer) -> QuerySet:
    written = Cast(JSONObject(**_fields(serializer)), TextField())
    return found.select_related(None).prefetch_related(None).values_list(written)


def _fields(serializer: Serializer, before: str = "") -> dict[str, Any]:
    made: dict[str, Any] = {}
    for name, field in serializer.fields.items():
        if isinstance(field, ListSerializer):
            made[name] = _children(field.child.Meta.model, JSONObject(**_fields(field.child)))
        elif isinstance(field, ManyRelatedField):
            related = serializer.Meta.model._meta.get_field(name).related_model
            made[name] = _children(related, F(field.child_relation.slug_field))
        elif isinstance(field, Serializer):
            made[name] = JSONObject(**_fields(field, f"{name}__"))
        else:
            made[name] = F(f"{before}{name}")
    return made


def _children(model: Any, written: Any) -> ArraySubquery:
    return ArraySubquery(model.objects.filter(platform=OuterRef("pk")).values_list(written))


def _sent(found: QuerySet) -> Sent:
    sql, values = found.query.sql_with_params()
    return sql, [list(value) if isinstance(value, tuple) else value for value in values]
