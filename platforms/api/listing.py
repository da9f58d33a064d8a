"""Lists of the public record: filters, order, pages or cursor, counts per facet, and the whole set as a file.

A list takes two statements: one for the head of the change feed and the count, one for the rows as stored JSON. A caller who
already has the current answer costs the first one only.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Any, ClassVar

import orjson
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Count, F, Func, Model, QuerySet, TextField, Value, Window
from django.db.models.functions import Cast
from django.http import StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_filters import FilterSet
from rest_framework.request import Request

from platforms import exports
from platforms.api import pagination, parameters
from platforms.api.endpoint import PublicEndpoint, entity_tag, json_answer, mark, tagged_answer, unchanged
from platforms.api.pagination import Key
from platforms.api.parameters import Parameter
from platforms.api.problems import Refused, bad_parameter
from platforms.filters import synonyms
from platforms.publish import head

Row = tuple[Any, ...]
#: From a row of ``columns`` to the bytes of one JSON object.
Represent = Callable[[Row], bytes]

PAGING = (
    Parameter("page", _("页码，从 1 开始"), kind="integer", default=1),
    Parameter("page_size", _("每页条数，最多 200"), kind="integer", default=pagination.PAGE_SIZE),
    Parameter("cursor", _("游标；给空值从头开始，之后用 next 中的游标。不能与 page 同用")),
)
EXPORTS = ("csv", "jsonl")


class Listing(PublicEndpoint):
    """One list. Subclasses say what is read and how it looks; everything else is the same for all of them."""

    noun: ClassVar[str]
    filters: ClassVar[type[FilterSet]]
    #: Columns read, the first being the unique one; ``represent`` makes JSON of them.
    columns: ClassVar[tuple[str, ...]] = ("code",)
    #: Orders by name; the first is the default. Each ends with a unique key.
    orders: ClassVar[dict[str, tuple[Key, ...]]] = {"code": (Key("code"),)}
    csv_columns: ClassVar[tuple[str, ...]] = ()
    #: Facet name → column; array columns count a row under each of their values.
    facets: ClassVar[dict[str, str]] = {}
    item_schema: ClassVar[dict[str, Any]] = {"type": "object"}
    #: Whether every change of these rows moves the head of the change feed; otherwise answers are tagged by content.
    published: ClassVar[bool] = True

    def rows(self) -> QuerySet:
        raise NotImplementedError

    def represent(self, row: Row) -> bytes:
        raise NotImplementedError

    @classmethod
    def parameters(cls) -> list[Parameter]:
        orders = tuple(name for order in cls.orders for name in (order, f"-{order}"))
        found = [
            *parameters.of_filters(cls.filters),
            *PAGING,
            Parameter("ordering", _("排序，前加减号为倒序"), choices=orders),
            Parameter("format", _("整个筛选结果导出为文件"), choices=("json", *EXPORTS)),
        ]
        if cls.facets:
            found.append(Parameter("facets", _("逗号分隔的分面；各分面计数不受自身筛选影响")))
        return found

    def get(self, request: Request, **kwargs: Any) -> HttpResponseBase:
        params = request.query_params
        parameters.check(params, known_parameters(type(self)))  # type: ignore[arg-type]
        window = pagination.read_window(params)
        chosen = self._format(params.get("format", ""))
        found = self.found
        if chosen:
            return self.export(found, chosen)
        newest, count = head_and_count(None if window.cursor is not None else found)
        etag = entity_tag(newest, request.get_full_path(), *self.depends_on())
        known = unchanged(request, etag) if self.published else None
        if known is not None:
            return known
        body, links = self.walk(found, window) if count is None else self.page(found, window, count)
        if "facets" in params:
            body["facets"] = self.count_facets(params["facets"])
        if not self.published:
            return tagged_answer(request, body, links=pagination.link_header(links))
        return json_answer(body, etag=etag, links=pagination.link_header(links))

    @cached_property
    def found(self) -> QuerySet:
        filters = parameters.filters_for(self.filters, self.request.query_params, self.rows())
        return self.narrowed(parameters.filtered(filters))

    def narrowed(self, found: QuerySet) -> QuerySet:
        """What becomes of the rows after filtering; a list of groups groups them here."""
        return found

    def depends_on(self) -> tuple[Any, ...]:
        """What an answer depends on beside the public record: the synonyms a search knows."""
        if not self.request.query_params.get("q"):
            return ()
        return (hash_of(synonyms()),)

    # --- order and pages ------------------------------------------------------------------------------------------

    @cached_property
    def order(self) -> tuple[Key, ...]:
        """The order asked for; a search without one puts hits in the name first."""
        name = self.request.query_params.get("ordering", "")
        ranked = "rank" in self.found.query.annotations
        if not name:
            default = next(iter(self.orders.values()))
            return (Key("rank", descending=True), *default) if ranked else default
        keys = self.orders.get(name.removeprefix("-"))
        if keys is None:
            sentence = _("可用的排序：%(known)s。") % {"known": "、".join(self.orders)}
            raise Refused(errors=[bad_parameter("ordering", "unknown_order", sentence)], code="bad_parameter")
        return reversed_order(keys) if name.startswith("-") else keys

    def ordered(self, found: QuerySet, names: tuple[str, ...] = ()) -> QuerySet:
        return found.order_by(*(key.order for key in self.order)).values_list(*(names or self.columns))

    def page(self, found: QuerySet, window: pagination.Window, count: int) -> tuple[dict[str, Any], dict]:
        pagination.check_page(window, count)
        end = window.start + window.size
        rows = (
            self.ordered(found)[: window.size] if window.page == 1 else self._deep(found, window.start, end)
        )
        links = pagination.page_links(window, count, self.address, self.request.query_params)
        return {"count": count, **links, "results": self.fragments(rows)}, links

    def _deep(self, found: QuerySet, start: int, end: int) -> QuerySet:
        """Rows from the middle: their keys first, because the database would make the JSON of all rows before them."""
        if found.query.group_by:
            return self.ordered(found)[start:end]
        keys = found.order_by(*(key.order for key in self.order)).values("pk")[start:end]
        return self.ordered(found.filter(pk__in=keys))

    def walk(self, found: QuerySet, window: pagination.Window) -> tuple[dict[str, Any], dict]:
        keys = [key.column for key in self.order]
        names = tuple(dict.fromkeys([*self.columns, *keys]))
        walk = pagination.Walk(self.order, self._about())
        rows = list(self.ordered(walk.after(found, window.cursor or ""), names)[: window.size + 1])
        following = None
        if len(rows) > window.size:
            rows = rows[: window.size]
            cursor = walk.cursor(tuple(rows[-1][names.index(key)] for key in keys))
            following = pagination.with_parameter(self.address, self.request.query_params, "cursor", cursor)
        links = {"next": following, "previous": None}
        return {"count": None, **links, "results": self.fragments(rows)}, links

    @property
    def address(self) -> str:
        return f"{settings.BASE_URL}{self.request.path}"

    def _about(self) -> str:
        """Everything but the place in the list; a cursor is only good for the same question."""
        kept = [
            item
            for item in sorted(self.request.query_params.lists())
            if item[0] not in ("cursor", "page_size")
        ]
        return hash_of([self.request.path, kept])

    def fragments(self, rows: Any) -> list[orjson.Fragment]:
        width = len(self.columns)
        return [orjson.Fragment(self.represent(row[:width])) for row in rows]

    # --- facets ---------------------------------------------------------------------------------------------------

    def count_facets(self, asked: str) -> dict[str, dict[str, int]]:
        """Counts per value of each facet, under all filters but its own; one statement for all of them."""
        names = [name for name in dict.fromkeys(asked.split(",")) if name]
        unknown = [name for name in names if name not in self.facets]
        if unknown or not names:
            sentence = _("可用的分面：%(known)s。") % {"known": "、".join(self.facets)}
            raise Refused(errors=[bad_parameter("facets", "unknown_facet", sentence)], code="bad_parameter")
        counted: dict[str, dict[str, int]] = {name: {} for name in names}
        first, *others = [self._facet(name) for name in names]
        for name, value, n in first.union(*others, all=True) if others else first:
            if value not in (None, ""):
                counted[name][str(value).lower() if isinstance(value, bool) else str(value)] = n
        return counted

    def _facet(self, name: str) -> QuerySet:
        data = self.request.query_params.copy()
        data.pop(name, None)
        found = parameters.filters_for(self.filters, data, self.rows()).qs.order_by()
        return (
            found.annotate(
                facet=Value(name, TextField()), facet_value=facet_value(found.model, self.facets[name])
            )
            .values("facet", "facet_value")
            .annotate(n=Count("pk"))
            .values_list("facet", "facet_value", "n")
        )

    # --- files ----------------------------------------------------------------------------------------------------

    def _format(self, name: str) -> str:
        if name in ("", "json"):
            return ""
        if name not in EXPORTS or (name == "csv" and not self.csv_columns):
            sentence = _("可用的格式：%(known)s。") % {"known": "json、" + "、".join(EXPORTS)}
            raise Refused(errors=[bad_parameter("format", "unknown_format", sentence)], code="bad_parameter")
        if set(pagination.PARAMETERS) & set(self.request.query_params):
            paged = _("导出总是整个筛选结果，不能与分页参数同用。")
            raise Refused(errors=[bad_parameter("format", "not_paged", paged)], code="bad_parameter")
        return name

    def export(self, found: QuerySet, chosen: str) -> StreamingHttpResponse:
        """The filtered set as a file. The total comes with the first row, from the same snapshot as all the others."""
        newest = head()
        numbered = found.annotate(in_all=Window(Count("*")))  # a job has a total of its own
        rows = self.ordered(numbered, (*self.columns, "in_all")).iterator(chunk_size=500)
        first = next(rows, None)
        total = first[-1] if first else 0
        items = (self.represent(row[:-1]) for row in _with_first(first, rows))
        if chosen == "jsonl":
            lines, media_type = exports.json_lines(items, head=newest), "application/jsonl"
        else:
            decoded = (orjson.loads(item) for item in items)
            lines, media_type = exports.csv_lines(self.csv_columns, decoded), "text/csv; charset=utf-8"
        response = StreamingHttpResponse(lines, content_type=media_type)
        day = timezone.localdate().strftime("%Y%m%d")
        prefix = "" if settings.OFFICIAL else "demonstration-"
        response["Content-Disposition"] = f'attachment; filename="{prefix}{self.noun}-{day}.{chosen}"'
        response["X-Total-Count"] = str(total)
        mark(response)
        return response


def _with_first(first: Row | None, rest: Iterator[Row]) -> Iterator[Row]:
    if first is not None:
        yield first
        yield from rest


@functools.cache
def known_parameters(listing: type[Listing]) -> tuple[Parameter, ...]:
    return tuple(listing.parameters())


def hash_of(value: Any) -> str:
    return hashlib.sha256(orjson.dumps(value, option=orjson.OPT_SORT_KEYS)).hexdigest()[:24]


def facet_value(model: type[Model], column: str):
    """The value to count under: each element of an array, the text of everything else."""
    if isinstance(model._meta.get_field(column), ArrayField):
        unnest = Func(F(column), function="unnest", output_field=TextField())
        unnest.set_returning = True
        return unnest
    return Cast(column, TextField())


def reversed_order(keys: tuple[Key, ...]) -> tuple[Key, ...]:
    """The same order the other way round; the tie-breaker at its end keeps its direction."""
    *named, last = keys
    turned = [Key(key.column, not key.descending) for key in named or [last]]
    return (*turned, last) if named else tuple(turned)


def head_and_count(found: QuerySet | None) -> tuple[int, int | None]:
    """The newest change and how many rows there are, in one statement; only the former without a queryset."""
    if found is None:
        return head(), None
    try:
        counted = found.order_by()
        # Groups are counted as they are, rows by their key alone.
        counted = counted if counted.query.group_by else counted.values("pk")
        sql, values = counted.query.sql_with_params()
    except EmptyResultSet:
        return head(), 0
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT (SELECT COALESCE(MAX(number), 0) FROM public_change), (SELECT COUNT(*) FROM ({sql}) AS found)",  # noqa: S608
            values,
        )
        newest, count = cursor.fetchone()
    return newest, count


def stored(column: str) -> Cast:
    """A JSON column as its text, so that nothing is parsed that is only passed on."""
    return Cast(column, TextField())
