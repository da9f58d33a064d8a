"""What programs look for: the change feed as Atom, the map of the site, and the two files about manners."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator
from urllib.parse import urljoin
from xml.sax.saxutils import escape

from django.conf import settings
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils import timezone
from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import gettext as _

from platforms.choices import PlatformStatus
from platforms.directory import ask
from platforms.errors import Invalid, Problem
from platforms.models import Change, PublicAnnouncement, PublicBatch, PublicList, PublicNotice, PublicPlatform
from platforms.shelves import PLATFORMS
from platforms.templatetags.registry_ui import page_url, plain_name
from platforms.templatetags.registry_words import label
from platforms.views.caching import by_head
from registry.pages.home import address_of

ENTRIES = 50
NUMBER = re.compile(r"[0-9]{1,15}")
FIXED = (
    "/", "/platforms/", "/services/", "/batches/", "/announcements/", "/statistics/", "/policies/", "/standards/", "/verify/", "/about/", "/glossary/",
    "/accessibility/",
)  # fmt: skip
#: The format allows no more addresses in one file.
MOST_ADDRESSES = 50_000


def absolute(path: str) -> str:
    return urljoin(settings.BASE_URL + "/", path.lstrip("/"))


class Feed(Atom1Feed):
    """With the way to what is older."""

    def add_root_elements(self, handler) -> None:
        super().add_root_elements(handler)
        if self.feed["older"]:
            handler.addQuickElement("link", "", {"rel": "next", "href": self.feed["older"]})


@by_head
def feed(request: HttpRequest) -> HttpResponse:
    """The newest public changes; with the filters of the directory, those of the platforms found.

    Twin of ``/api/v1/changes/``: ``rel="next"`` leads, ``before`` a number, back to the first change (RFC 5005).
    """
    changes = Change.objects.order_by("-number")
    asked = request.GET.copy()
    before = "".join(asked.pop("before", [])[-1:])
    if before:
        if not NUMBER.fullmatch(before):
            raise Invalid([Problem("before", "not_a_number", _("应为不小于 0 的整数。"))])
        changes = changes.filter(number__lt=int(before))
    if any(value for values in asked.lists() for value in values[1]):
        found = ask(PLATFORMS, asked).found().order_by().values("code")
        changes = changes.filter(noun="platform", code__in=found)
    shown = list(changes[: ENTRIES + 1])
    older = ""
    if len(shown) > ENTRIES:
        asked["before"] = str(shown[ENTRIES - 1].number)
        older = f"{settings.BASE_URL}{request.path}?{asked.urlencode()}"
    atom = Feed(
        title=_("制造业中试平台名录：更新"),
        link=absolute(page_url("/")),
        description="",
        feed_url=settings.BASE_URL + request.get_full_path(),
        language=request.LANGUAGE_CODE,
        subtitle=None if settings.OFFICIAL else _("演示站点"),
        older=older,
    )
    for change in shown[:ENTRIES]:
        atom.add_item(
            title=f"{label(change.kind, 'ChangeKind')} · {plain_name(change, 'title')}",
            link=absolute(page_url(address_of(change.noun, change.code))),
            description=change.decision,
            unique_id=f"{settings.BASE_URL}/api/v1/changes/{change.number}/",
            pubdate=change.at,
            updateddate=change.at,
        )
    return HttpResponse(atom.writeString("utf-8"), content_type="application/atom+xml; charset=utf-8")


@by_head
def sitemap(request: HttpRequest) -> StreamingHttpResponse:
    """Every public page in both languages."""
    return StreamingHttpResponse(_sitemap(), content_type="application/xml; charset=utf-8")


def _sitemap() -> Iterator[str]:
    yield '<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
    left = MOST_ADDRESSES // 2
    for path, day in addresses():
        if not left:
            break
        left -= 1
        changed = f"<lastmod>{day.isoformat()}</lastmod>" if day else ""
        for prefix in ("", "/en"):
            yield f"<url><loc>{escape(settings.BASE_URL + prefix + path)}</loc>{changed}</url>\n"
    yield "</urlset>\n"


def addresses() -> Iterator[tuple[str, datetime.date | None]]:
    for path in FIXED:
        yield path, None
    for noun, model in (
        ("batch", PublicBatch),
        ("notice", PublicNotice),
        ("list", PublicList),
        ("announcement", PublicAnnouncement),
    ):
        for code, at in model._default_manager.order_by("code").values_list("code", "published_at"):
            yield address_of(noun, code), timezone.localdate(at)
    active = PublicPlatform.objects.filter(status=PlatformStatus.ACTIVE).order_by("code")
    for code, day in active.values_list("code", "updated_on").iterator(chunk_size=2000):
        yield address_of("platform", code), day


@by_head
def robots(request: HttpRequest) -> HttpResponse:
    """Sample data must not end up in search engines, so only the official installation is indexed."""
    private = ("/desk/", "/ministry/", "/authorities/", "/reviews/", "/jobs/", "/accounts/", "/admin/")
    closed = [f"Disallow: {prefix}{path}" for path in private for prefix in ("", "/en")]
    lines = closed if settings.OFFICIAL else ["Disallow: /"]
    text = "\n".join(["User-agent: *", *lines, "", f"Sitemap: {absolute('/sitemap.xml')}", ""])
    return HttpResponse(text, content_type="text/plain; charset=utf-8")


@by_head(hourly=True)
def security(request: HttpRequest) -> HttpResponse:
    """RFC 9116. Without a contact of its own the installation points to its page about itself."""
    contact = settings.SITE["contact"]
    address = f"mailto:{contact}" if "@" in contact and " " not in contact else absolute("/about/")
    expires = timezone.now().replace(minute=0, second=0, microsecond=0) + datetime.timedelta(days=180)
    text = "\n".join(
        [
            f"Contact: {address}",
            f"Expires: {expires.isoformat()}",
            "Preferred-Languages: zh, en",
            f"Canonical: {absolute('/.well-known/security.txt')}",
            "",
        ]
    )
    return HttpResponse(text, content_type="text/plain; charset=utf-8")
