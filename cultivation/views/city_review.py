"""地市初审: what a city's reviewer has before them, and how the office sees its cities."""

from __future__ import annotations

from typing import Any

from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from cultivation.choices import SubmissionStatus
from cultivation.models import Submission
from cultivation.views.submission_list import drawn
from platforms.access import Permission, Role, reach
from platforms.models import Authority, Membership
from platforms.views.access import SignedInRequest, needs
from platforms.views.pages import page_of

P = Permission


@require_safe
@needs(P.SUBMISSION_CITY_REVIEW)
def waiting(request: SignedInRequest) -> HttpResponse:
    """The submissions of one's own city by state: what waits first, then what has become of the others."""
    rows = reach(request.user).rows(Submission.objects.all(), P.SUBMISSION_CITY_REVIEW)
    counts = dict(rows.order_by().values_list("status").annotate(n=Count("pk")))
    state = request.GET.get("state", SubmissionStatus.CITY_REVIEW)
    listed = rows.in_state(state) if state in SubmissionStatus.values else rows
    found, pager = page_of(request, listed.for_list().select_related("city").order_by("city_due_at", "-id"))
    tabs = [
        {"url": "?state=all", "label": _("全部"), "count": sum(counts.values()), "current": state == "all"}
    ]
    tabs += [
        {"url": f"?state={value}", "label": label, "count": counts.get(value, 0), "current": state == value}
        for value, label in SubmissionStatus.choices
        if counts.get(value) or value == state
    ]
    context = {
        "cities": _own_cities(request),
        "rows": drawn(list(found)),
        "pager": pager,
        "tabs": tabs,
    }
    return render(request, "workspace/submission/city_list.html", context)


def _own_cities(request: SignedInRequest) -> list[Membership]:
    held = request.user.memberships.in_force().filter(role=Role.CITY_REVIEWER)
    return list(held.select_related("city", "authority").order_by("city"))


def city_desks(authority: Authority) -> list[dict[str, Any]]:
    """The cities with somebody to check or something to be checked: ``{"city", "people", "waiting"}``."""
    waiting = dict(
        Submission.objects.in_state(SubmissionStatus.CITY_REVIEW)
        .filter(authority=authority)
        .order_by()
        .values_list("city")
        .annotate(n=Count("pk"))
    )
    held = Membership.objects.in_force().filter(
        authority=authority, role=Role.CITY_REVIEWER, user__is_active=True
    )
    people: dict[str, list[str]] = {}
    for row in held.select_related("user").order_by("user__username"):
        people.setdefault(str(row.city_id), []).append(str(row.user))
    cities = authority.cities().filter(pk__in=[*people, *filter(None, waiting)])
    return [
        {"city": city, "people": people.get(city.pk, []), "waiting": waiting.get(city.pk, 0)}
        for city in cities
    ]
