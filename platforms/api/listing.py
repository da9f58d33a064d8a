"""Lists of the public record: filters, order, pages or cursor, counts per facet, and the whole set as a file.

A list is one trip to the database: the head of the change feed, the count and the rows as stored JSON. A caller who says what it
already knows is asked about the head first, and if that has not moved, that is all.
"""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache, cached_property
from operator import itemgetter
from typing import Any, ClassVar

import orjson
from django.conf import settings
from django.core.exceptions import EmptyResultSet
from django.db.models import Func, JSONField, Model, QuerySet, TextField
from django.db.models.functions import Cast
from django.http.response import HttpResponseBase
from django.utils.translation import gettext_lazy as _
from django_filters import FilterSet
from rest_framework.request import Request

from platforms.api import choosing, dating, expanding, files, pagination, parameters
from platforms.api.counting import ROW, Counting, counts_of
from platforms.api.endpoint import PublicEndpoint, entity_tag, json_answer, tagged_answer, unchanged
from platforms.api.parameters import Parameter
from platforms.api.problems import Refused, bad_parameter, listed
from platforms.api.trip import BY_WORDS, HEAD, Rows, Statement, statement, trip
from platforms.filter_suffixes import with_suffixes
from platforms.filters import synonyms
from platforms.walks import Key

Row = tuple[Any, ...]
#: From a row of ``columns`` to the bytes of one JSON object.
Represent = Callable[[Row], bytes]

PAGING = (
    Parameter("page", _("页码，从 1 开始"), kind="integer", default=1),
    Parameter("page_size", _("每页条数，最多 200"), kind="integer", default=pagination.PAGE_SIZE),
    Parameter("cursor", _("游标；给空值从头开始，之后用 next 中的游标。不能与 page 同用")),
)
#: From this row on the count is asked for first, so that a page far behind the end costs nothing.
FAR = 2_000
#: How many questions are kept as statements, and how long a query string may be to be worth keeping.
KEPT, KEPT_LENGTH = 2_000, 400


@dataclass(frozen=True)
class Question:
    """A list as asked for, checked and turned into statements. ``rows`` has one statement per branch of a walk by cursor."""

    window: pagination.Window
    format: str
    searched: bool
    order: tuple[Key, ...] = ()
    facets: tuple[str, ...] = ()
    #: Places of the columns that hold JSON, which the database hands out as text.
    as_json: tuple[int, ...] = ()
    total: Statement | None = None
    rows: tuple[Statement, ...] = ()
    #: Of a search: counts and rows in one statement, because all hits are read for either.
    whole: Statement | None = None
    #: The words a search knows beside those asked for; an answer depends on them.
    synonyms: str = ""
    #: The day at whose end the list is asked for.
    day: datetime.date | None = None


class Listing(Counting, PublicEndpoint):
    """One list. Subclasses say what is read and how it looks; everything else is the same for all of them."""

    noun: ClassVar[str]
    filters: ClassVar[type[FilterSet]]
    #: Columns read, the first being the unique one; ``represent`` makes JSON of them.
    columns: ClassVar[tuple[str, ...]] = ("code",)
    #: Orders by name; the first is the default. Each ends with a unique key.
    orders: ClassVar[dict[str, tuple[Key, ...]]] = {"code": (Key("code"),)}
    csv_columns: ClassVar[tuple[str, ...]] = ()
    item_schema: ClassVar[dict[str, Any]] = {"type": "object"}
    #: What can be answered with each record on demand, and its shape.
    expansions: ClassVar[expanding.Shapes] = {}
    #: Whether every change of these rows moves the head of the change feed; otherwise answers are tagged by content.
    published: ClassVar[bool] = True
    #: Whether the list can be asked for as it stood on a day in the past.
    dated: ClassVar[bool] = False
    _questions: ClassVar[dict[Any, Question]] = {}

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if "filters" in cls.__dict__:
            cls.filters = with_suffixes(cls.__dict__["filters"])

    def rows(self) -> QuerySet:
        """What is filtered, counted and put in order."""
        raise NotImplementedError

    def shown_rows(self) -> QuerySet:
        """What the columns of an answer are read from, by the same key."""
        return self.rows()

    def represent(self, row: Row) -> bytes:
        raise NotImplementedError

    def completed(self, line: bytes) -> bytes:
        """A line the database has put together, as it is answered."""
        return line

    @classmethod
    def parameters(cls) -> list[Parameter]:
        orders = tuple(name for order in cls.orders for name in (order, f"-{order}"))
        found = [
            *parameters.of_filters(cls.filters),
            *PAGING,
            Parameter("ordering", _("排序，前加减号为倒序"), choices=orders),
            *choosing.PARAMETERS,
            Parameter("format", _("整个筛选结果导出为文件"), choices=("json", *files.kinds(cls.csv_columns))),
        ]
        if cls.expansions:
            found.append(expanding.parameter(cls.expansions))
        if cls.dated:
            found.append(dating.PARAMETER)
        if cls.facets:
            found.append(Parameter("facets", _("逗号分隔的分面；各分面计数不受自身筛选影响")))
        return found

    def get(self, request: Request, **kwargs: Any) -> HttpResponseBase:
        question = self._question()
        number = dating.number_on(question.day)
        if question.format:
            return files.answer(self, self.found, question.format, number)
        if self.published and "If-None-Match" in request.headers:
            known = unchanged(request, self._tag(question, number or trip([HEAD])[0][0][0]))
            if known is not None:
                return known
        newest, total, rows = self._read(question, number)
        if total is None:
            body, links = self.walk(rows, question)
        else:
            body, links = self.page(rows, question.window, total[None])
        if total is not None and question.facets:
            body["facets"] = {name: total[name] for name in question.facets}
        if question.day:
            body["as_of"] = question.day
        header = pagination.link_header(links)
        if not self.published:
            return tagged_answer(request, body, links=header)
        return json_answer(body, etag=self._tag(question, newest), links=header)

    def _tag(self, question: Question, newest: int) -> str:
        return entity_tag(newest, self.request.get_full_path(), *self.depends_on(question))

    def depends_on(self, question: Question) -> tuple[Any, ...]:
        """What an answer depends on beside the public record: the synonyms a search knows."""
        return (question.synonyms,) if question.synonyms else ()

    # --- the question ---------------------------------------------------------------------------------------------

    def _question(self) -> Question:
        """From the query string alone, so what has been asked before need not be taken apart again."""
        written = str(self.request._request.META.get("QUERY_STRING", ""))
        if not self.published or self.kwargs or len(written) > KEPT_LENGTH:
            return self._asked()
        key = (type(self), written, synonyms_hash() if "q=" in written else "", settings.BASE_URL)
        known = self._questions.get(key)
        if known is None:
            known = self._asked()
            if len(self._questions) >= KEPT:
                self._questions.clear()
            self._questions[key] = known
        return known

    def _asked(self) -> Question:
        params = self.request.query_params
        parameters.check(params, known_parameters(type(self)))  # type: ignore[arg-type]
        try:
            return self._understood()
        except Refused as refused:
            raise self._with_all_faults(refused) from None

    def _with_all_faults(self, first: Refused) -> Refused:
        """One look at a question finds one fault; who asked wrongly is told of all at once."""
        params, errors = self.request.query_params, list(first.errors)
        looks: tuple[Callable[[], Any], ...] = (
            lambda: pagination.read_window(params),
            lambda: dating.read_day(params) if self.dated else None,
            lambda: files.chosen(params, self.csv_columns),
            lambda: self.fields,
            lambda: self.found,
            lambda: self._order_named(params.get("ordering", "")),
            lambda: self.facets_asked(params["facets"]) if "facets" in params else (),
        )
        for look in looks:
            try:
                look()
            except Refused as other:
                errors += [error for error in other.errors if error not in errors]
        return Refused(status=first.status_code, code=first.problem_code, errors=errors) if errors else first

    def _understood(self) -> Question:
        params = self.request.query_params
        window = pagination.read_window(params)
        day = dating.read_day(params) if self.dated else None
        question = Question(window, files.chosen(params, self.csv_columns), bool(params.get("q")), day=day)
        self.fields  # noqa: B018  (refuses unknown ones before anything is asked of the database)
        if question.searched:
            question = replace(question, synonyms=synonyms_hash())
        found = self.found
        question = replace(question, order=self.order, as_json=json_places(found.model, self.columns))
        if question.format:
            return question
        names = self.facets_asked(params["facets"]) if "facets" in params else ()
        try:
            if window.cursor is not None:
                return replace(question, rows=self._branches(found, window))
            if question.searched and not found.query.group_by:
                return replace(question, facets=names, whole=self.whole(found, window, names))
            rows = statement(self._paged(found, window))
        except EmptyResultSet:
            return replace(question, facets=names)
        return replace(question, facets=names, total=self.counting(found, names), rows=(rows,))

    @cached_property
    def found(self) -> QuerySet:
        filters = parameters.filters_for(self.filters, self.request.query_params, self.rows())
        return self.narrowed(parameters.filtered(filters))

    def narrowed(self, found: QuerySet) -> QuerySet:
        """What becomes of the rows after filtering; a list of groups groups them here."""
        return found

    def _read(
        self, question: Question, number: int | None
    ) -> tuple[int, dict[str | None, Any] | None, list[Row]]:
        """The head, the counts by facet (the total under ``None``; nothing at all by cursor), and the rows."""
        # The hint for searches stands behind the head: for that the database is to go its own way.
        hint = [BY_WORDS] if question.searched else []
        if question.whole:
            newest, _none, answered = dating.head_and([*hint, question.whole], number)
            found = counts_of([row[:3] for row in answered if row[0] != ROW], question.facets)
            pagination.check_page(question.window, found[None])
            rows = sorted((row for row in answered if row[0] == ROW), key=itemgetter(2))
            return newest[0][0], found, with_json([row[3:] for row in rows], question.as_json)
        total = [question.total] if question.total else []
        together = not total or question.window.start < FAR
        newest, *answers = dating.head_and([*hint, *total, *(question.rows if together else ())], number)
        answers = answers[len(hint) :]
        counts: dict[str | None, Any] | None = None
        if question.window.cursor is None:
            counts = counts_of(answers[0] if total else [], question.facets)
            pagination.check_page(question.window, counts[None])
        if not together:
            answers += dating.head_and([*hint, *question.rows], number)[1 + len(hint) :]
        rows = [row for part in answers[len(total) :] for row in part]
        return newest[0][0], counts, with_json(rows, question.as_json)

    # --- order and pages ------------------------------------------------------------------------------------------

    @cached_property
    def order(self) -> tuple[Key, ...]:
        """The order asked for; a search without one puts hits in the name first."""
        name = self.request.query_params.get("ordering", "")
        ranked = "rank" in self.found.query.annotations
        if not name:
            default = next(iter(self.orders.values()))
            return (Key("rank", descending=True), *default) if ranked else default
        keys = self._order_named(name)
        return reversed_order(keys) if name.startswith("-") else keys

    def _order_named(self, name: str) -> tuple[Key, ...]:
        keys = self.orders.get(name.removeprefix("-")) if name else ()
        if keys is None:
            sentence = _("可用的排序：%(known)s。") % {"known": listed(self.orders)}
            raise Refused(errors=[bad_parameter("ordering", "unknown_order", sentence)], code="bad_parameter")
        return keys

    def ordered(self, found: QuerySet, names: tuple[str, ...] = ()) -> QuerySet:
        return found.order_by(*(key.order for key in self.order)).values_list(*(names or self.columns))

    def _paged(self, found: QuerySet, window: pagination.Window) -> QuerySet:
        end = window.start + window.size
        if window.page == 1 or found.query.group_by:
            return self.ordered(found)[window.start : end]
        # Rows from the middle: their keys first, because the database would make the JSON of all rows before them.
        keys = found.order_by(*(key.order for key in self.order)).values("pk")[window.start : end]
        return self.ordered(found.filter(pk__in=keys))

    def page(self, rows: Rows, window: pagination.Window, count: int) -> tuple[dict[str, Any], dict]:
        links = pagination.page_links(window, count, self.address, self.request.query_params)
        return {"count": count, **links, "results": self.fragments(rows)}, links

    def _walked(self, order: tuple[Key, ...]) -> tuple[str, ...]:
        return tuple(dict.fromkeys([*self.columns, *(key.column for key in order)]))

    def _branches(self, found: QuerySet, window: pagination.Window) -> tuple[Statement, ...]:
        walk = pagination.Walk(self.order, self._about())
        return tuple(
            statement(self.ordered(branch, self._walked(self.order))[: window.size + 1])
            for branch in walk.branches(found, window.cursor or "")
        )

    def walk(self, rows: Rows, question: Question) -> tuple[dict[str, Any], dict]:
        window, following = question.window, None
        names = self._walked(question.order)
        if len(rows) > window.size:
            rows = rows[: window.size]
            walk = pagination.Walk(question.order, self._about())
            cursor = walk.cursor(tuple(rows[-1][names.index(key.column)] for key in question.order))
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

    def fragments(self, rows: Rows) -> list[orjson.Fragment]:
        width, fields = len(self.columns), self.fields
        if not fields:
            return [orjson.Fragment(self.represent(row[:width])) for row in rows]
        return [orjson.Fragment(fields.rewritten(self.represent(row[:width]))) for row in rows]

    @cached_property
    def fields(self) -> choosing.Choice:
        """Which fields of each row are asked for."""
        known = {name: self.expansions[name] for name in self.expanded}
        return choosing.chosen(self.request.query_params, expanding.described(self.item_schema, known))

    @cached_property
    def expanded(self) -> tuple[str, ...]:
        """What is to be answered with each record."""
        return expanding.read(self.request.query_params, self.expansions)


def json_places(model: type[Model], names: tuple[str, ...]) -> tuple[int, ...]:
    """Which columns hold JSON, that the database hands out as text."""
    stored_as_json = {item.attname for item in model._meta.concrete_fields if isinstance(item, JSONField)}
    return tuple(place for place, name in enumerate(names) if name in stored_as_json)


def with_json(rows: Rows, places: tuple[int, ...]) -> Rows:
    if not places:
        return rows
    return [
        tuple(
            orjson.loads(value) if place in places and value is not None else value
            for place, value in enumerate(row)
        )
        for row in rows
    ]


@cache
def known_parameters(listing: type[Listing]) -> tuple[Parameter, ...]:
    return tuple(listing.parameters())


def hash_of(value: Any) -> str:
    return hashlib.sha256(orjson.dumps(value, option=orjson.OPT_SORT_KEYS)).hexdigest()[:24]


_hashed: tuple[Any, str] = (None, "")


def synonyms_hash() -> str:
    """Of the synonyms a search knows now; the same object has the same hash."""
    global _hashed
    known = synonyms()
    if _hashed[0] is not known:
        _hashed = (known, hash_of(known))
    return _hashed[1]


def reversed_order(keys: tuple[Key, ...]) -> tuple[Key, ...]:
    """The same order the other way round; the tie-breaker at its end keeps its direction."""
    *named, last = keys
    turned = [Key(key.column, not key.descending) for key in named or [last]]
    return (*turned, last) if named else tuple(turned)


def stored(column: str) -> Cast:
    """A JSON column as its text, so that nothing is parsed that is only passed on."""
    return Cast(column, TextField())


class Spelled(Func):
    """A text as JSON spells it."""

    template = "to_json(%(expressions)s)::text"
    output_field = TextField()
