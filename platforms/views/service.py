"""Service resources: one entry per service or shared instrument, not per platform."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from platforms.directory import RESOURCES, ask, check_page, names
from platforms.views import listing
from platforms.views.caching import by_head


@by_head
def services(request: HttpRequest) -> HttpResponse:
    """P5: find a service, not a firm."""
    question = ask(RESOURCES, request.GET)
    with question.reading():
        counts = question.counts()
        pages = check_page(question, counts.total)
        results = [document for (document,) in question.page_of("document")] if counts.total else []
        context = listing.context(question, counts, pages, names("region", "area"))
    context |= {
        "results": results,
        "api_url": listing.address("/api/v1/services/", question.params),
    }
    return render(request, "public/service/list.html", context)
