"""Shared caches for public pages: the head of the change feed is the key, so a page is built once per publication."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponseNotModified
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.http import parse_etags, quote_etag
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from platforms.publish import head
from platforms.standing import mark
from platforms.views.access import View, public

#: For shared caches, which ask for the head first (deploy/nginx.conf); a browser asks again each time and mostly gets 304.
MAX_AGE = 60


def by_head(view: Callable[..., HttpResponseBase] | None = None, *, hourly: bool = False) -> Any:
    """A public GET page whose bytes depend only on the public record, the address, the language and this version of the program.

    A reader who has the current page gets 304 for one statement. ``hourly`` is for pages that also say how long something
    is still open, or show quoted facts that are kept outside the change feed: their tag changes every hour as well.
    """

    def decorate(view: Callable[..., Any]) -> View:
        @require_safe
        @functools.wraps(view)
        def cached(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            etag = entity_tag(request, hourly=hourly)
            known = parse_etags(request.headers.get("If-None-Match", ""))
            if etag in known or f"W/{etag}" in known:
                return _shared(HttpResponseNotModified(), etag)
            response = view(request, *args, **kwargs)
            return _shared(response, etag) if response.status_code == 200 else response

        return public(cached)

    return decorate(view) if view else decorate


def entity_tag(request: HttpRequest, *, hourly: bool = False) -> str:
    """The strong entity tag of a public page; one statement."""
    parts = [
        head(),
        request.get_full_path(),
        get_language(),
        build(),
        settings.BASE_URL,
        settings.OFFICIAL,
        mark(),
    ]
    if hourly:
        parts.append(timezone.now().strftime("%Y%m%d%H"))
    text = "\x1f".join(map(str, parts))
    return quote_etag(hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32])


def _shared(response: HttpResponseBase, etag: str) -> HttpResponseBase:
    response["ETag"] = etag
    response.headers.setdefault("Cache-Control", f"public, max-age=0, s-maxage={MAX_AGE}")
    return response


@cache
def build() -> str:
    """Which templates and words the pages are made of, so that a new version of the program is not answered with 304."""
    root = Path(settings.BASE_DIR)
    made_of: list[Path] = [
        *(root / "templates").rglob("*.html"),
        *(root / "registry" / "locale").rglob("*.mo"),
    ]
    made_of += [
        *root.glob("*/views/*.py"),
        *root.glob("*/templatetags/*.py"),
        *root.glob("registry/pages/*.py"),
    ]
    found = sorted(
        (str(path.relative_to(root)), path.stat().st_size, path.stat().st_mtime_ns) for path in made_of
    )
    return hashlib.sha256(repr(found).encode()).hexdigest()[:12]
