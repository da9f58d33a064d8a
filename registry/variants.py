"""Two more ways to read the same pages: in traditional characters (``/zh-hant/…``) and in elder mode (``/e/…``).

Both are the page itself, made for its plain address and then changed on the way out, so no page needs to know of them and no
setting has to be kept: the address says it all, and so do caches. Templates may ask ``request.variant``.
"""

from __future__ import annotations

import re
from functools import cache

import opencc
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

TRADITIONAL, ELDER = "zh-hant", "e"
VARIANTS = (TRADITIONAL, ELDER)
#: Addresses that have no such variant: other languages, files, programs, workspaces.
_ELSEWHERE = re.compile(
    r"/(?:en|zh-hant|e|static|api|admin|desk|accounts|authorities|ministry|reviews|jobs|messages)(?:/|$)|//|/[^?#]*\.(?:csv|json|xlsx|pdf|ics|atom|xml|txt|svg|png)"
)
_ELSEWHERE_OF_ELDER = re.compile(_ELSEWHERE.pattern.replace("/(?:en|", "/(?:en/)?(?:", 1))
_TAG = re.compile(r"(<[^>]*>)")
_LINK = re.compile(r'((?:href|action|formaction)=")(/[^"]*)(")')
_SHOWN = re.compile(r'((?:alt|title|aria-label|placeholder|data-label|content)=")([^"]*)(")')
#: What a person typed, and what is no text for reading.
_AS_IT_IS = ("script", "style", "textarea")


class Variants:
    """Strips the prefix on the way in; rewrites links, and for traditional characters the texts, on the way out."""

    def __init__(self, get_response) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        first, _slash, rest = request.path_info.removeprefix("/").partition("/")
        request.variant = first if first in VARIANTS and _slash else ""  # type: ignore[attr-defined]
        if not request.variant:  # type: ignore[attr-defined]
            return self.get_response(request)
        request.path_info = request.path = f"/{rest}"
        response = self.get_response(request)
        return changed(response, first)


def changed(response: HttpResponseBase, variant: str) -> HttpResponseBase:
    """The answer in its variant. Files and streams stay as they are."""
    location = response.headers.get("Location", "")
    if location.startswith("/"):
        response["Location"] = prefixed(location, variant)
    if isinstance(response, HttpResponse) and response.headers.get("Content-Type", "").startswith(
        "text/html"
    ):
        text = response.content.decode(response.charset)
        response.content = rewritten(text, variant).encode(response.charset)
        if variant == TRADITIONAL:
            response["Content-Language"] = "zh-Hant"
        if response.headers.get("Content-Length"):
            response["Content-Length"] = str(len(response.content))
    return response


def rewritten(html: str, variant: str) -> str:
    parts, quiet = _TAG.split(html), ""
    for number, part in enumerate(parts):
        if part.startswith("<") and part.endswith(">"):
            quiet = _quiet_after(part, quiet)
            parts[number] = _tag(part, variant)
        elif variant == TRADITIONAL and not quiet and not part.isascii():
            parts[number] = traditional(part)
    return "".join(parts)


def _quiet_after(tag: str, quiet: str) -> str:
    name = tag[1:].split(None, 1)[0].rstrip(">/").lower() if len(tag) > 2 else ""
    if quiet:
        return "" if name == f"/{quiet}" or tag.lower().startswith(f"</{quiet}") else quiet
    return name if name in _AS_IT_IS else ""


def _tag(tag: str, variant: str) -> str:
    if "hreflang=" not in tag and not tag.startswith("<link"):  # the switch of languages leads where it says
        tag = _LINK.sub(lambda found: found[1] + prefixed(found[2], variant) + found[3], tag)
    if variant == TRADITIONAL and not tag.isascii():
        tag = _SHOWN.sub(lambda found: found[1] + traditional(found[2]) + found[3], tag)
    return tag


def prefixed(address: str, variant: str) -> str:
    elsewhere = _ELSEWHERE_OF_ELDER if variant == ELDER else _ELSEWHERE
    return address if elsewhere.match(address) else f"/{variant}{address}"


def traditional(text: str) -> str:
    """By phrase where the table knows one: 发展 → 發展, 头发 → 頭髮."""
    return _converter().convert(text)


@cache
def _converter() -> opencc.OpenCC:
    return opencc.OpenCC("s2tw")
