"""Reading the directory: a question from the query string, and its answer from the public record.

One page costs two statements: one counts everything (the exact total, every facet without its own filter, and what each
filter costs), the other reads the cards of the page. The filters themselves are ``platforms.filters``, shared with the API.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import orjson
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import (
    BooleanField,
    Case,
    Count,
    F,
    IntegerField,
    QuerySet,
    TextField,
    Value,
    When,
)
from django.db.models.functions import Cast
from django.http import QueryDict
from django.utils.translation import gettext as _
from django_filters import FilterSet

from platforms import search
from platforms.choices import DirectionStatus
from platforms.codes import parse_code
from platforms.errors import Invalid, Problem
from platforms.filters import TAGS, matching
from platforms.models import Area, Authority, Direction, Region
from platforms.places import AFTER, BEFORE, NUMBERED, PARAMETERS, Part, Place, read_part, read_place
from platforms.shelves import Shelf
from platforms.walks import Key, Walk

PAGE_SIZE = 25
MOST_PAGES = 10_000
NUMBER = re.compile(r"[1-9][0-9]{0,5}")
#: Parameters that change neither what is found nor its order.
NOT_ASKED = (*PARAMETERS, "view", "more", "code")


@dataclass(frozen=True)
class Counts:
    """``facets``: values with counts under all filters but the facet's own. ``without``: the total if that filter were dropped."""

    total: int
    facets: dict[str, dict[str, int]]
    without: dict[str, int]


@dataclass(frozen=True)
class Question:
    """What was asked, checked. ``chosen``: the values of each facet in use."""

    shelf: Shelf
    params: QueryDict
    #: By number, or behind or before a row; the number is then what the reader is told.
    place: Place
    order: str
    filters: FilterSet = field(repr=False)

    @property
    def page(self) -> int:
        return self.place.page

    @property
    def words(self) -> search.Query:
        return self.filters.form.cleaned_data.get("q") or search.Query(())

    @property
    def text(self) -> str:
        return self.params.get("q", "").strip()

    @cached_property
    def chosen(self) -> dict[str, list[str]]:
        values = self.filters.form.cleaned_data
        chosen: dict[str, list[str]] = {}
        for facet in self.shelf.facets:
            value = values.get(facet.name)
            if isinstance(value, bool):
                chosen[facet.name] = [str(value).lower()]
            elif value:
                chosen[facet.name] = list(value)
        return chosen

    @cached_property
    def others(self) -> dict[str, str]:
        """Filters in use that have no facet, such as ``updated_since``; not the words."""
        facets = {facet.name for facet in self.shelf.facets}
        return {
            name: str(self.params[name])
            for name in self.filters.filters
            if name not in facets and name != "q" and self.params.get(name)
        }

    def found(self) -> QuerySet:
        """Every record that satisfies the question, in its order."""
        if self.order == "relevance":
            order = self.shelf.orders[self.shelf.default]
            return self.filters.qs.annotate(place=self._place()).order_by("place", *order)
        return self.filters.qs.order_by(*self.shelf.orders[self.order])

    def _place(self) -> Case:
        """0 when the name alone answers the words, then operator, then services and equipment, then all together.

        As lookups in the index rather than as conditions on the row, whose words would have to be unpacked for every hit.
        """
        table, key = self.shelf.words
        whens = [
            When(
                pk__in=table._default_manager.filter(matching(self.words, "tokens", tag)).values(key),
                then=Value(n),
            )
            for n, tag in enumerate(TAGS)
        ]
        return Case(*whens, default=Value(len(TAGS)), output_field=IntegerField())

    @contextmanager
    def reading(self) -> Iterator[None]:
        """For the statements of one page: in a search, make the planner use the index of the words.

        It takes testing a row's words for cheap, because it does not see that they are stored apart and packed; for a common
        word it would then read them all (measured on 2,730 platforms: 379 ms instead of 3).
        """
        if not self.words:
            yield
            return
        with transaction.atomic(savepoint=False):
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT set_config('enable_seqscan', 'off', true), set_config('enable_indexscan', 'off', true)"
                )
            yield

    def page_of(self, column: str, total: int) -> Part:
        """The stored JSON of the page's records, as text from the database: the standard reader takes four times as long."""
        found = self.found().annotate(text=Cast(column, TextField()))
        if self.place.deep:
            place, size = self.place, PAGE_SIZE
            if not place.page:  # the end: what is left over when the pages before it are full
                size = total % PAGE_SIZE or PAGE_SIZE
                place = replace(place, page=-(-total // PAGE_SIZE))
            part = read_part(found, self.walk, place, size, ("text",))
            return replace(part, rows=[orjson.loads(text) for (text,) in part.rows])
        start = (self.page - 1) * PAGE_SIZE
        names = [key.column for key in self.walk.keys] if self.page >= NUMBERED else []
        rows = list(found.values_list("text", *names)[start : start + PAGE_SIZE])
        after = self.walk.cursor((self.page + 1, *rows[-1][1:])) if names and rows else ""
        return Part([orjson.loads(row[0]) for row in rows], after=after)

    @cached_property
    def walk(self) -> Walk:
        """The order as keys. A place in it is good for the same filters and order only."""
        return walk_of(self.shelf, self.params, self.order)

    # --- counting -------------------------------------------------------------------------------------------------

    def counts(self) -> Counts:
        """Everything a page counts, in one statement over one pass of the hits."""
        sql, values = self._counting()
        with connection.cursor() as cursor:
            cursor.execute(sql, values)
            rows = cursor.fetchall()
        facets: dict[str, dict[str, int]] = {facet.name: {} for facet in self.shelf.facets}
        without: dict[str, int] = {}
        total = 0
        for kind, value, count in rows:
            if kind == "total":
                total = count
            elif kind == "without":
                without[value] = count
            elif value not in (None, ""):
                facets[kind][value] = count
        return Counts(total, facets, without)

    def _counting(self) -> tuple[str, list[Any]]:
        facets = self.shelf.facets
        marks = {
            f"in_{name}": Case(When(facet.condition(self.chosen[name]), then=Value(True)), default=Value(False),
                               output_field=BooleanField())
            for facet in facets if (name := facet.name) in self.chosen
        }  # fmt: skip
        columns = list(dict.fromkeys(facet.columns[0] for facet in facets))
        hits, values = (
            self._base().annotate(**marks).values_list(*columns, *marks).order_by().query.sql_with_params()
        )
        names = ", ".join([*columns, *marks])
        parts = [f"SELECT 'total', NULL, COUNT(*) FROM hits{_where(marks)}"]  # noqa: S608
        for facet in facets:
            others = [mark for mark in marks if mark != f"in_{facet.name}"]
            source = f"hits, UNNEST({facet.columns[0]}) AS each(value)" if facet.array else "hits"
            value = "value" if facet.array else facet.columns[0]
            if facet.truth:
                value = f"{value}::text"
            where = _where([*others, facet.columns[0]] if facet.truth else others)
            parts.append(f"SELECT '{facet.name}', {value}, COUNT(*) FROM {source}{where} GROUP BY 2")  # noqa: S608
            if facet.name in self.chosen:
                parts.append(f"SELECT 'without', '{facet.name}', COUNT(*) FROM hits{_where(others)}")  # noqa: S608
        # Names of columns and facets are constants of this file; every value asked for is bound.
        return f"WITH hits({names}) AS MATERIALIZED ({hits}) " + " UNION ALL ".join(parts), list(values)

    def _base(self) -> QuerySet:
        """The rows that all facets are counted in: everything asked for but the facets."""
        facets = {facet.name for facet in self.shelf.facets}
        rows = self.shelf.model._default_manager.all()
        for name, value in self.filters.form.cleaned_data.items():
            if name not in facets:
                rows = self.filters.filters[name].filter(rows, value)
        return rows

    def without_words(self) -> list[tuple[str | None, int]]:
        """How many there would be with one word less (its text), and without any word (``None``); only those with hits."""
        rows = self.shelf.model._default_manager.all()
        for name, value in self.filters.form.cleaned_data.items():
            if name != "q":
                rows = self.filters.filters[name].filter(rows, value)
        words = self.words.words
        ways: list[str | None] = [word.text for word in words] if len(words) > 1 else []
        conditions = [
            matching(search.Query((*words[:index], *words[index + 1 :])), self.shelf.tokens)
            for index in range(len(ways))
        ]
        counts = rows.aggregate(
            whole=Count("pk"),
            **{f"way{index}": Count("pk", filter=way) for index, way in enumerate(conditions)},
        )
        found = [(text, counts[f"way{index}"]) for index, text in enumerate(ways)]
        return [(text, count) for text, count in [*found, (None, counts["whole"])] if count]


def _where(marks: Any) -> str:
    return " WHERE " + " AND ".join(marks) if marks else ""


def ask(shelf: Shelf, params: QueryDict) -> Question:
    """Read a query string strictly. Raises ``Invalid`` naming the first parameter that cannot be answered.

    Empty parameters, as forms send them, are nothing; parameters of other programs (``utm_source``) are left alone.
    """
    given = params.copy()
    for name in list(given):
        kept = [value for value in given.getlist(name) if value.strip()]
        given.setlist(name, kept) if kept else given.pop(name)
    code = parse_code(given.get("q", ""))
    if code:
        given["q"] = code  # however it was typed, it is one code and not several words
    filters = shelf.filters(given, queryset=shelf.model._default_manager.all())
    if not filters.is_valid():
        name, problems = next(iter(filters.errors.as_data().items()))
        problem = problems[0]
        _refuse(name, problem.messages[0], str(filters.form.fields[name].label or name))
    order = _order(shelf, given, filters)
    return Question(shelf, given, _place(shelf, given, order), order, filters)


def _order(shelf: Shelf, given: QueryDict, filters: FilterSet) -> str:
    words = filters.form.cleaned_data.get("q")
    known = [*(["relevance"] if words else []), *shelf.orders]
    order = given.get("sort", known[0])
    if order == "relevance" and not words:
        return shelf.default  # the words were taken away from a link that sorted by them
    if order not in known:
        _refuse("sort", _("可用的排序：%(known)s。") % {"known": "、".join(known)})
    return order


def walk_of(shelf: Shelf, params: QueryDict, order: str) -> Walk:
    names = ("place", *shelf.orders[shelf.default]) if order == "relevance" else shelf.orders[order]
    asked = [pair for pair in sorted(params.lists()) if pair[0] not in NOT_ASKED]
    about = hashlib.sha256(orjson.dumps([shelf.default, order, asked])).hexdigest()[:16]
    return Walk(tuple(Key(name.removeprefix("-"), name.startswith("-")) for name in names), about)


def _place(shelf: Shelf, given: QueryDict, order: str) -> Place:
    try:
        place = read_place(given, walk_of(shelf, given, order))
    except ValidationError as problem:
        name = next(name for name in (AFTER, BEFORE) if given.get(name))
        _refuse(name, problem.messages[0])
    return place or Place(_page(given))


def _page(given: QueryDict) -> int:
    text = given.get("page", "1")
    if not NUMBER.fullmatch(text) or int(text) > MOST_PAGES:
        _refuse("page", _("页码应是从 1 开始的整数。"))
    return int(text)


def check_page(question: Question, total: int) -> int:
    """The number of pages. Raises ``Invalid`` when the page asked for lies behind the last one."""
    pages = max(1, -(-total // PAGE_SIZE))
    if question.place.deep:
        return pages
    if question.page > pages:
        _refuse("page", _("没有第 %(page)s 页，共 %(pages)s 页。") % {"page": question.page, "pages": pages})
    return pages


def _refuse(name: str, message: str, label: str = "") -> None:
    shown = f"{name}（{label}）" if label and label != name else name
    sentence = _("参数 %(name)s 不能使用：%(message)s") % {"name": shown, "message": message}
    raise Invalid([Problem(name, "bad_parameter", sentence)])


def cards(question: Question) -> Iterator[dict[str, Any]]:
    """The stored cards of everything found, read in portions, for downloads."""
    yield from question.found().values_list("card", flat=True).iterator(chunk_size=500)


def names(*kinds: str) -> dict[str, dict[str, dict[str, str]]]:
    """Kind (``region``, ``authority``, ``area``, ``direction``) → code → both names, in the order of the codes; one statement.

    Provisional directions are left out: their names are not official, so they are no filter.
    """
    sources: dict[str, QuerySet] = {
        "region": Region.objects.all(),
        "authority": Authority.objects.all(),
        "area": Area.objects.all(),
        "direction": Direction.objects.exclude(status=DirectionStatus.PROVISIONAL),
    }
    parts = [
        sources[kind].order_by().values_list(Value(kind), F("code"), F("name_zh"), F("name_en"))
        for kind in kinds
    ]
    found: dict[str, dict[str, dict[str, str]]] = {kind: {} for kind in kinds}
    for kind, code, name_zh, name_en in parts[0].union(*parts[1:], all=True) if parts[1:] else parts[0]:
        found[kind][code] = {"code": code, "name_zh": name_zh, "name_en": name_en}
    return {kind: dict(sorted(known.items())) for kind, known in found.items()}
