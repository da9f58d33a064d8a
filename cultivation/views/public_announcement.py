"""Public announcements: what is on now, the history, one announcement, the feed. They read the public record only."""

from __future__ import annotations

import datetime
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import gettext as _

from cultivation import clock
from platforms.models import PublicAnnouncement
from platforms.templatetags.registry_ui import page_url, plain_name
from platforms.views.caching import by_head
from platforms.views.pages import page_of

PAGE_SIZE = 25
FEED_ENTRIES = 50
ON_HOME = 3


def state_of(card: dict[str, Any], at: datetime.datetime) -> str:
    """``current``, ``past`` or ``withdrawn``, asked of a stored card."""
    if card["withdrawn_at"]:
        return "withdrawn"
    until = card["shown_until"]
    return "past" if until and datetime.datetime.fromisoformat(until) <= at else "current"


def current(at: datetime.datetime) -> QuerySet[PublicAnnouncement]:
    """The newest that are on at this moment, for the home page."""
    rows = PublicAnnouncement.objects.filter(withdrawn=False).exclude(shown_until__lte=at)
    return rows.order_by("-released_at", "code")[:ON_HOME]


@by_head(hourly=True)
def announcements(request: HttpRequest) -> HttpResponse:
    """Newest first, the current ones and the history in one list."""
    found = PublicAnnouncement.objects.order_by("-released_at", "code").values_list("card", flat=True)
    page, pager = page_of(request, found, PAGE_SIZE)
    now = clock.now()
    rows = [card | {"state": state_of(card, now)} for card in page]
    return render(request, "public/announcement/list.html", {"rows": rows, "pager": pager})


@by_head(hourly=True)
def announcement(request: HttpRequest, code: str) -> HttpResponse:
    document = PublicAnnouncement.objects.filter(code=code).values_list("document", flat=True).first()
    if document is None:
        raise Http404
    shown = document | {"state": state_of(document, clock.now())}
    return render(request, "public/announcement/detail.html", {"announcement": shown})


@by_head
def feed(request: HttpRequest) -> HttpResponse:
    """Atom, newest first; a withdrawn one says so and why."""
    atom = Atom1Feed(
        title=_("制造业中试平台名录：公告"),
        link=settings.BASE_URL + page_url("/announcements/"),
        description="",
        feed_url=settings.BASE_URL + request.get_full_path(),
        language=request.LANGUAGE_CODE,
        subtitle=None if settings.OFFICIAL else _("演示站点"),
    )
    newest = PublicAnnouncement.objects.order_by("-released_at", "code")
    for code, document, published_at in newest.values_list("code", "document", "published_at")[:FEED_ENTRIES]:
        title = plain_name(document, "title")
        withdrawn = bool(document["withdrawn_at"])
        atom.add_item(
            title=_("已撤回：%(title)s") % {"title": title} if withdrawn else title,
            link=settings.BASE_URL + page_url(f"/announcements/{code}/"),
            description=document["withdrawal_reason"] if withdrawn else plain_name(document, "body"),
            unique_id=f"{settings.BASE_URL}/announcements/{code}/",
            pubdate=datetime.datetime.fromisoformat(document["released_at"]),
            updateddate=published_at,
        )
    return HttpResponse(atom.writeString("utf-8"), content_type="application/atom+xml; charset=utf-8")
