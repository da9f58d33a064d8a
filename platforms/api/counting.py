"""How many rows a list has, by facet too, and the page of a search together with its counts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db.models import BigIntegerField, Func, Model, QuerySet
from django.utils.translation import gettext_lazy as _
from django_filters import FilterSet

from platforms.api import pagination, parameters
from platforms.api.problems import Refused, bad_parameter, listed
from platforms.api.trip import Rows, Statement, statement
from platforms.filters import AnyOf
from platforms.walks import Key

#: In the place of a facet's name: what follows is a row of the page.
ROW = "row"


class OnPage(Func):
    """The keys of the page that ``whole`` has chosen."""

    template = "ARRAY(SELECT UNNEST(keys) FROM page)"
    output_field = BigIntegerField()


class PlaceOnPage(Func):
    template = "array_position((SELECT keys FROM page), %(expressions)s)"
    output_field = BigIntegerField()


class Counting:
    """Mixed into a list. Each facet ignores its own filter."""

    columns: ClassVar[tuple[str, ...]]
    filters: ClassVar[type[FilterSet]]
    #: Facet name → column; array columns count a row under each of their values.
    facets: ClassVar[dict[str, str]] = {}

    if TYPE_CHECKING:
        request: Any

        @property
        def order(self) -> tuple[Key, ...]: ...
        def rows(self) -> QuerySet: ...
        def shown_rows(self) -> QuerySet: ...

    def facets_asked(self, asked: str) -> tuple[str, ...]:
        names = tuple(name for name in dict.fromkeys(asked.split(",")) if name)
        if not names or any(name not in self.facets for name in names):
            sentence = _("可用的分面：%(known)s。") % {"known": listed(self.facets)}
            raise Refused(errors=[bad_parameter("facets", "unknown_facet", sentence)], code="bad_parameter")
        return names

    def counting(self, found: QuerySet, names: tuple[str, ...]) -> Statement:
        """Rows of (facet, value, count); the total has neither facet nor value. Each facet ignores its own filter."""
        # Groups are counted as they are, rows by their key alone.
        counted = found.order_by()
        if not names:
            sql, values = statement(counted if counted.query.group_by else counted.values("pk"))
            return f"SELECT NULL, NULL, COUNT(*) FROM ({sql}) AS found", values  # noqa: S608
        sql, values = statement(counted.values_list("pk", *self._counted_among_hits(names)))
        hits = ", ".join(["key", *self._counted_among_hits(names)])
        parts, more = self._counts_of_hits(found.model, names)
        # Names of facets and columns are constants of the program; every value asked for is bound.
        return f"WITH hits({hits}) AS MATERIALIZED ({sql}) " + " UNION ALL ".join(parts), [*values, *more]

    def _counted_among_hits(self, names: tuple[str, ...]) -> list[str]:
        """The columns of the facets that are not filtered themselves."""
        return [self.facets[name] for name in names if name not in self.request.query_params]

    def _counts_of_hits(
        self, model: type[Model], names: tuple[str, ...], nothing: str = ""
    ) -> tuple[list[str], list[Any]]:
        """The parts that count ``hits``, with their values; ``nothing`` fills up columns that counts do not have."""
        parts = [f"SELECT NULL, NULL, COUNT(*){nothing} FROM hits"]  # noqa: S608
        every: list[Any] = []
        for name in names:
            if name not in self.request.query_params:
                value = _facet_value(model, self.facets[name], self.facets[name])
                parts.append(f"SELECT '{name}', {value}, COUNT(*){nothing} FROM hits GROUP BY 2")  # noqa: S608
                continue
            data = self.request.query_params.copy()
            data.pop(name, None)
            others = parameters.filters_for(self.filters, data, self.rows()).qs.order_by()
            column = self.facets[name]
            own, more = statement(others.values_list(column))
            counted = f"SELECT '{name}', {_facet_value(model, column, 'value')}, COUNT(*){nothing}"
            parts.append(f"{counted} FROM ({own}) AS each(value) GROUP BY 2")
            every += more
        return parts, every

    def whole(self, found: QuerySet, window: pagination.Window, names: tuple[str, ...]) -> Statement:
        """A page of a search with its counts: all hits once, narrow; of the page the keys first, then what is shown of them."""
        facets = self._counted_among_hits(names)
        sql, values = statement(
            found.order_by().values_list("pk", *(key.column for key in self.order), *facets)
        )
        places = [f"place_{number}" for number in range(len(self.order))]
        order = ", ".join(
            f"{place} {'DESC' if key.descending else 'ASC'}"
            for place, key in zip(places, self.order, strict=True)
        )
        shown = self.shown_rows().filter(AnyOf("pk", OnPage())).order_by().annotate(place=PlaceOnPage("pk"))
        rows, more = statement(shown.values_list("place", *self.columns))
        parts, others = self._counts_of_hits(found.model, names, ", NULL" * len(self.columns))
        chosen = f"SELECT key FROM hits ORDER BY {order} LIMIT {window.size} OFFSET {window.start}"  # noqa: S608
        hits = f"WITH hits({', '.join(['key', *places, *facets])}) AS MATERIALIZED ({sql})"
        page = f"page(keys) AS MATERIALIZED (SELECT ARRAY({chosen}))"
        lines = f"SELECT '{ROW}' AS facet, NULL::text AS value, shown.* FROM ({rows}) AS shown"  # noqa: S608
        return f"{hits}, {page} " + " UNION ALL ".join([lines, *parts]), [*values, *more, *others]


def _facet_value(model: type[Model], column: str, name: str) -> str:
    """SQL of the value to count under: each element of an array, the text of everything else."""
    if isinstance(model._meta.get_field(column), ArrayField):
        return f"UNNEST({name})::text"
    return f"{name}::text"


def counts_of(rows: Rows, facets: tuple[str, ...]) -> dict[str | None, Any]:
    counts: dict[str | None, Any] = {None: 0, **{name: {} for name in facets}}
    for name, value, count in rows:
        if name is None:
            counts[None] = count
        elif value not in (None, ""):
            counts[name][value] = count
    return counts
