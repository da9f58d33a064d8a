"""Service resources: one entry per service or shared instrument, not per platform."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext as _

from platforms.directory import ask, check_page, names
from platforms.errors import Invalid
from platforms.places import Part
from platforms.quantities import KEPT
from platforms.shelves import RESOURCES
from platforms.views import listing
from platforms.views.caching import by_head
from platforms.views.mistyped import Mistyped, mistyped

#: Filters that are typed, so that a slip is corrected where it was made.
TYPED = ("q", "parameter", "confirmed_since")


@by_head
def services(request: HttpRequest) -> HttpResponse:
    """Find a service, not a firm."""
    try:
        question = ask(RESOURCES, request.GET)
    except Invalid as refused:
        return _to_correct(request, mistyped(RESOURCES, request.GET, TYPED, refused))
    with question.reading():
        counts = question.counts()
        pages = check_page(question, counts.total)
        part = question.page_of("document", counts.total) if counts.total else Part([])
        context = listing.context(question, counts, pages, names("region", "area"), part)
    asked = question.filters.form.cleaned_data.get("parameter")
    context |= {
        **_panel(context, question.params),
        "chips": [*context["chips"], *_chips(asked)],
        "results": part.rows,
        **listing.files_of("/services/", question),
        # The API has services and instruments apart; a quantity is asked of instruments.
        "api_url": listing.address(f"/api/v1/{'equipment' if asked else 'services'}/", question.params),
    }
    return render(request, "public/service/list.html", context)


def _panel(context: dict[str, Any], typed: QueryDict) -> dict[str, Any]:
    """The inputs of the filter panel that are typed into, as they were filled in."""
    return {
        "carried": [pair for pair in context["carried"] if pair[0] != "confirmed_since"],
        "parameter": {
            "units": KEPT,
            **{name: typed.get(f"parameter_{name}", "") for name in ("unit", "min", "max")},
        },
        "confirmed_since": typed.get("confirmed_since", ""),
        "extra_filters": "public/service/parameters.html",
    }


def _to_correct(request: HttpRequest, found: Mistyped) -> HttpResponse:
    context = found.context(names("region", "area"))
    context |= _panel(context, found.typed)
    return render(request, "public/service/list.html", context, status=Invalid.status)


def _chips(asked: tuple[str, Any, Any] | None) -> list[dict[str, str]]:
    """Taking the unit away takes the whole range away."""
    if not asked:
        return []
    unit, least, most = asked
    ends = {
        (True, True): f"{least}–{most}",
        (True, False): f"≥ {least}",
        (False, True): f"≤ {most}",
        (False, False): "",
    }[least is not None, most is not None]
    return [
        {
            "name": "parameter_unit",
            "value": unit,
            "label": _("参数 %(range)s") % {"range": f"{ends} {unit}".strip()},
        }
    ]
