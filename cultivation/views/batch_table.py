"""The table of a batch's applications: what the address asks for, the funnel, the filters and the lines."""

from __future__ import annotations

from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, Q, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cultivation import score_room
from cultivation.actions.bulk import MINISTRY
from cultivation.choices import ApplicationStatus as A
from cultivation.choices import CheckState
from cultivation.models import Application, Batch
from cultivation.models.application import ApplicationQuerySet
from cultivation.transitions import APPLICATION
from cultivation.views import batch_layout as layout
from platforms.access import reach
from platforms.models import Area, Authority, SavedView
from platforms.templatetags.registry_ui import plain_name

#: Columns of the funnel: key, label and the states counted in it.
FUNNEL: tuple[tuple[str, Any, tuple[str, ...]], ...] = (
    ("all", gettext_lazy("推荐"), tuple(state for state in A.values if state != A.PROPOSED)),
    ("checking", gettext_lazy("形式审查"), (A.RECOMMENDED, A.SUPPLEMENT)),
    ("review", gettext_lazy("专家评审"), (A.IN_REVIEW, A.RESERVE_LIST)),
    ("shortlist", gettext_lazy("初步名单"), (A.SHORTLISTED, A.ON_NOTICE)),
    ("listed", gettext_lazy("已入选"), (A.LISTED,)),
    (
        "out",
        gettext_lazy("未入选"),
        (A.FAILED_CHECK, A.NOT_SHORTLISTED, A.REMOVED, A.NOT_LISTED, A.WITHDRAWN),
    ),
)
#: The drawing of each state (``components/state.html``).
DRAWING = {
    A.PROPOSED: "draft",
    A.RECOMMENDED: "recommended",
    A.SUPPLEMENT: "returned",
    A.IN_REVIEW: "review",
    A.FAILED_CHECK: "failed",
    A.SHORTLISTED: "in_progress",
    A.RESERVE_LIST: "pending",
    A.NOT_SHORTLISTED: "not_selected",
    A.ON_NOTICE: "notice",
    A.REMOVED: "not_selected",
    A.LISTED: "selected",
    A.NOT_LISTED: "not_selected",
    A.WITHDRAWN: "withdrawn",
}
CHECK_DRAWING = {
    CheckState.PASS: "passed",
    CheckState.FAIL: "failed",
    CheckState.MANUAL: "manual",
    CheckState.MISSING: "needs_correction",
}
SORTS = {
    "authority": ("authority__position", "authority_id", "rank", "pk"),
    "name": ("platform__name_zh", "pk"),
    "-recommended": ("-recommended_at", "pk"),
}


#: Views that everybody has, as the part of the address after the question mark.
USUAL = (
    ("check=fail", gettext_lazy("形式审查未过")),
    ("check=manual", gettext_lazy("待人工判断")),
    ("state=supplement", gettext_lazy("待补充材料")),
    ("scores=apart", gettext_lazy("分数分歧大")),
    ("state=reserve_list", gettext_lazy("备选")),
)
#: Under this name a person's own views of the table are kept; they serve every batch.
VIEWS = "ministry-batch"


class BatchTable:
    """Applications of one batch that have been recommended, as filtered by the query. Unknown values filter nothing."""

    page_size = 50

    def __init__(self, batch: Batch, query: QueryDict) -> None:
        self.batch = batch
        self.query = query.copy()
        for name in ("page", "peek"):
            self.query.pop(name, None)
        self.search = query.get("q", "").replace("\x00", "").strip()[:60]
        self.stage = self._known(query.get("stage", "all"), [key for key, _label, _s in FUNNEL]) or "all"
        self.state = self._known(query.get("state", ""), A.values)
        self.check = self._known(query.get("check", ""), CheckState.values)
        self.scores = self._known(query.get("scores", ""), ["apart"])
        self.authority = query.get("authority", "").replace("\x00", "")[:6]
        self.area = query.get("area", "").replace("\x00", "")[:12]
        self.sort = self._known(query.get("sort", ""), list(SORTS)) or "authority"
        self.group = self._known(query.get("group", ""), list(layout.GROUPINGS))
        self.columns = layout.columns_of(query)

    @staticmethod
    def _known(value: str, allowed: list[str]) -> str:
        return value if value in allowed else ""

    @cached_property
    def everything(self) -> ApplicationQuerySet:
        return Application.objects.filter(batch=self.batch, recommended_at__isnull=False)

    def rows(self) -> QuerySet:
        """What the table shows, in its order: groups one after the other, inside them as sorted."""
        order = layout.GROUPINGS[self.group].order if self.group else ()
        return (
            self.filtered()
            .select_related("platform__area", "platform__operator", "authority")
            .defer("record")
            .order_by(*order, *SORTS[self.sort])
        )

    @cached_property
    def _apart(self) -> set[int]:
        return score_room.disagreeing(self.batch)

    def filtered(self) -> QuerySet:
        states = next(states for key, _label, states in FUNNEL if key == self.stage)
        rows = self.everything.filter(status__in=states)
        if self.state:
            rows = rows.filter(status=self.state)
        if self.scores:
            rows = rows.filter(pk__in=self._apart)
        if self.authority:
            rows = rows.filter(authority=self.authority)
        if self.area:
            rows = rows.filter(platform__area=self.area)
        if self.search:
            rows = rows.filter(
                Q(platform__name_zh__icontains=self.search)
                | Q(platform__code__iexact=self.search)
                | Q(platform__operator__name_zh__icontains=self.search)
            )
        rows = rows.with_check_state()
        if self.check:
            rows = rows.filter(check_state=self.check)
        return rows

    def lines(self, page) -> list[dict[str, Any]]:
        """The rows of one page with their drawings; the first of each group carries its head."""
        lines: list[dict[str, Any]] = [
            {
                "application": each,
                "cells": [(name, self._text(name, each)) for name in self.columns],
                "drawing": DRAWING[each.status],
                "check": CHECK_DRAWING.get(each.check_state, ""),
                "check_word": CheckState(each.check_state).label if each.check_state else "",
            }
            for each in page
        ]
        if self.group:
            grouping = layout.GROUPINGS[self.group]
            layout.with_heads(lines, layout.groups_of(self.filtered(), grouping), grouping)
        return lines

    @staticmethod
    def _text(name: str, one: Application) -> str:
        text = layout.COLUMNS[name].text
        return text(one) if text else ""

    @property
    def heads(self) -> list[dict[str, Any]]:
        """The columns as the table draws them."""
        found = []
        for name in self.columns:
            column = layout.COLUMNS[name]
            direction = "descending" if column.sort.startswith("-") else "ascending"
            state = direction if column.sort and column.sort == self.sort else "none"
            found.append({"label": column.label, "num": column.num, "sort": column.sort, "sorted": state})
        return found

    @property
    def places(self) -> list[dict[str, Any]]:
        return layout.places(self.columns)

    @property
    def groupings(self) -> list[dict[str, Any]]:
        """The choices of grouping for the toolbar."""
        return [
            {"value": key, "label": each.label, "selected": key == self.group}
            for key, each in layout.GROUPINGS.items()
        ]

    @property
    def matrix(self) -> dict[str, Any]:
        """Areas against authorities for the stage that is looked at."""
        states = next(states for key, _label, states in FUNNEL if key == self.stage)
        return layout.matrix(self.everything.filter(status__in=states))

    @property
    def kept(self) -> list[tuple[str, str]]:
        """What a filter must not forget: the columns, the stage of the funnel, and what has no field."""
        return [
            (name, str(self.query[name]))
            for name in ("cols", "stage", "sort", "scores")
            if self.query.get(name)
        ]

    @cached_property
    def funnel(self) -> list[dict[str, Any]]:
        counts = dict(self.everything.values_list("status").annotate(n=Count("pk")).order_by())
        return [
            {
                "label": label,
                "count": sum(counts.get(state, 0) for state in states),
                "url": "?" + self._laid_out({"stage": key} if key != "all" else {}),
                "current": key == self.stage,
            }
            for key, label, states in FUNNEL
        ]

    def _laid_out(self, filters: dict[str, str]) -> str:
        """An address with these filters and the layout of now."""
        laid = {name: self.query[name] for name in ("group", "cols") if self.query.get(name)}
        return urlencode(filters | laid)

    @property
    def total(self) -> int:
        return self.funnel[0]["count"]

    @cached_property
    def filters(self) -> list[dict[str, Any]]:
        """The choices of the toolbar, those in use selected."""
        authorities = Authority.objects.filter(pk__in=self.everything.values("authority"))
        areas = Area.objects.filter(pk__in=self.everything.values("platform__area"))
        return [
            _select(
                "authority", _("推荐单位"), [(a.code, plain_name(a)) for a in authorities], self.authority
            ),
            _select("area", _("领域"), [(a.code, plain_name(a)) for a in areas], self.area),
            _select("state", _("状态"), [c for c in A.choices if c[0] != A.PROPOSED], self.state),
            _select("check", _("形式审查"), CheckState.choices, self.check),
        ]

    def tabs(self, user, path: str) -> list[dict[str, Any]]:
        """Ways of looking at the table: the usual ones, then this person's own, each an address to share."""
        usual = [("", _("全部")), *((query, str(label)) for query, label in USUAL)]
        own = SavedView.objects.filter(user=user, page=VIEWS)
        here = self.query.urlencode()
        found: list[dict[str, Any]] = [
            {"url": f"{path}?{query}", "label": label, "query": query, "pk": None} for query, label in usual
        ]
        found += [
            {"url": f"{path}?{view.query}", "label": view.name, "query": view.query, "pk": view.pk}
            for view in own
        ]
        return [each | {"current": each["query"] == here} for each in found]

    @property
    def chips(self) -> list[dict[str, str]]:
        """Filters in use, each of which can be taken off."""
        found = [
            {"name": each["name"], "value": each["value"], "label": option["label"]}
            for each in self.filters
            for option in each["options"]
            if option["selected"]
        ]
        if self.search:
            found.append({"name": "q", "value": self.search, "label": f"“{self.search}”"})
        if self.scores:
            found.append({"name": "scores", "value": self.scores, "label": _("分数分歧大")})
        if self.stage != "all":
            label = next(label for key, label, _states in FUNNEL if key == self.stage)
            found.append({"name": "stage", "value": self.stage, "label": str(label)})
        return found

    def bulk_verbs(self, user) -> list:
        """The moves for many that this person may make in this batch."""
        mine = reach(user)
        return [
            each for each in APPLICATION.transitions if each.verb in MINISTRY and mine.may(each.permission)
        ]


def _select(name: str, label: str, choices, chosen: str) -> dict[str, Any]:
    options = [
        {"value": value, "label": str(text), "selected": value == chosen and bool(chosen)}
        for value, text in choices
    ]
    return {"name": name, "label": label, "value": chosen, "options": options}
