"""Which address is kept under which file name, and which stays with the living site."""

from __future__ import annotations

import html
import posixpath
import re
from collections.abc import Callable
from urllib.parse import parse_qsl, quote, unquote, urljoin, urlsplit

#: Where people work or ask, the elder mode of the same pages, and what is made anew from what is kept anyway: the sheet and the proof
#: of one platform, one line of a collection that is kept whole. A copy leads to the living site instead.
ELSEWHERE = re.compile(
    r"/(?:(?:en|zh-hant)/)?(?:accounts|admin|desk|ministry|authorities|reviews|jobs|messages|styleguide|watch|enquiry|letters|compare)(?:/|$)"
    r"|/e/|/(?:healthz|readyz|headz|metrics)$|/api/v1/docs/|.*/suggest\.json$"
    r"|/(?:(?:en|zh-hant)/)?platforms/[^/]+/(?:sheet\.pdf$|(?:proof|report)/)|/api/v1/(?:services|equipment|operators)/[^/]+/"
)
PAGE = re.compile(r"[1-9][0-9]{0,5}")
_TAG = re.compile(r"<(a|link|img|script|form|use|source|button)\b[^>]*>", re.IGNORECASE)
_LINK = re.compile(r'\b(href|src|action|formaction)="([^"]*)"')
_CSS = re.compile(r"""url\(\s*['"]?([^'")]+)['"]?\s*\)""")
_KEPT_AS_IT_IS = re.compile(r"[a-z][a-z0-9+.-]*:|//", re.IGNORECASE)


def file_of(address: str) -> str | None:
    """The file of an address without host, or ``None`` when it is not for a copy.

    Of questions to a list only the number of the page makes a file; what else can be asked is without end.
    """
    parts = urlsplit(address)
    path = unquote(parts.path)
    if not path.startswith("/") or ELSEWHERE.match(path) or re.search(r"[\x00-\x1f\\]|/\.\./|//", path):
        return None
    asked = parse_qsl(parts.query, keep_blank_values=True)
    number = ""
    if asked:
        if [name for name, _value in asked] != ["page"] or not PAGE.fullmatch(asked[0][1]):
            return None
        number = asked[0][1] if asked[0][1] != "1" else ""
    if path.endswith("/"):
        if path.startswith("/api/"):
            return None if number else f"{path[1:]}index.json"
        return f"{path[1:]}page-{number}.html" if number else f"{path[1:]}index.html"
    return None if number else path[1:]


def links_of(text: str, address: str) -> list[str]:
    """Addresses of this site that a page leads to or is made of; not where its forms go."""
    found = []
    for tag in _TAG.finditer(text):
        for name, value in _LINK.findall(tag[0]):
            target = html.unescape(value)
            if name in ("href", "src") and target and not _KEPT_AS_IT_IS.match(target) and target[0] != "#":
                found.append(urljoin(address, target).partition("#")[0])
    return found


def links_of_css(text: str, address: str) -> list[str]:
    return [
        urljoin(address, target).partition("#")[0]
        for target in _CSS.findall(text)
        if not _KEPT_AS_IT_IS.match(target)
    ]


def rewritten(text: str, address: str, file: str, kept: Callable[[str], str | None], live: str) -> str:
    """The page with links that work from ``file``: to other files by relative names, to all else on the living site.

    Links that need the network say so (``data-online``, drawn as an arrow). Forms ask the living site: a file answers no questions.
    """

    def link(match: re.Match[str]) -> str:
        name, target = match[1], html.unescape(match[2])
        if _KEPT_AS_IT_IS.match(target) or target.startswith("#"):
            return match[0]
        whole = urljoin(address, target)
        plain, _hash, fragment = whole.partition("#")
        there = kept(plain) if name in ("href", "src") else None
        if there is None:
            return f'{name}="{html.escape(live + whole)}"'
        relative = quote(posixpath.relpath(there, posixpath.dirname(file) or "."))
        return f'{name}="{html.escape(relative + (f"#{fragment}" if fragment else ""))}"'

    def tag(match: re.Match[str]) -> str:
        whole = _LINK.sub(link, match[0])
        if match[1].lower() == "a" and f' href="{html.escape(live)}/' in whole:
            whole = f"{whole[:-1]} data-online>"
        if match[1].lower() == "form" and " action=" not in whole:
            whole = f'{whole[:-1]} action="{html.escape(live + address)}">'
        return whole

    return _TAG.sub(tag, text)
