"""Every route of the resolver, with what it declares about its access. New routes appear here by themselves."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.resolvers import LocalePrefixPattern

#: Third-party pages that carry no declaration of ours: module of the view → why that is right.
THIRD_PARTY = {
    "allauth.account": "signing in and out, one's own password; allauth's own tests cover who may",
    "allauth.mfa": "one's own second factor; needs a session and re-authentication",
}
#: Operation addresses: answered to the load balancer, no data.
OPERATION = {"healthz", "readyz", "metrics"}


@dataclass(frozen=True)
class Route:
    """One address pattern. ``segments`` alternate fixed text and ``(converter, name)`` pairs, in order."""

    name: str
    pattern: str
    kind: str  # page, api, admin, operation, third_party
    access: Any
    parameters: tuple[tuple[str, str, str], ...]  # (segment before, name, converter)
    view: Any
    access_by_method: Any = None  # where one declaration does not hold for all methods

    def __str__(self) -> str:
        return f"{self.name or '-'} /{self.pattern}"

    def access_to(self, method: str) -> Any:
        """What a method needs: ``public``, ``signed_in`` or permissions of which one is enough."""
        return (self.access_by_method or {}).get(method, self.access)

    @property
    def methods(self) -> tuple[str, ...]:
        cls = getattr(self.view, "cls", None) or getattr(self.view, "view_class", None)
        if cls is None:
            return ("GET", "POST")  # what a page does not answer says so itself (405), see ``answered``
        actions = getattr(self.view, "actions", None)
        known = actions or {method: None for method in cls.http_method_names if hasattr(cls, method)}
        return tuple(sorted({method.upper() for method in known} - {"HEAD", "OPTIONS"}))


@functools.cache
def routes() -> tuple[Route, ...]:
    return tuple(_walk(get_resolver(), "", ""))


def ours() -> list[Route]:
    """Pages and API of this project: everything that must carry a declaration."""
    return [route for route in routes() if route.kind in ("page", "api")]


def _walk(resolver: URLResolver, prefix: str, namespace: str) -> Iterator[Route]:
    for entry in resolver.url_patterns:
        part = "" if isinstance(entry.pattern, LocalePrefixPattern) else str(entry.pattern)
        if isinstance(entry, URLResolver):
            inner = f"{namespace}{entry.namespace}:" if entry.namespace else namespace
            yield from _walk(entry, prefix + part, inner)
        else:
            yield _route(entry, prefix + part, namespace)


def _route(entry: URLPattern, pattern: str, namespace: str) -> Route:
    view = entry.callback
    name = f"{namespace}{entry.name or ''}"
    return Route(name, pattern, _kind(view, name), access_of(view), tuple(_parameters(pattern)), view,
                 getattr(view, "access_by_method", None))  # fmt: skip


def _kind(view: Any, name: str) -> str:
    if name.startswith("admin:"):
        return "admin"
    if name in OPERATION:
        return "operation"
    if any((getattr(view, "__module__", "") or "").startswith(module) for module in THIRD_PARTY):
        return "third_party"
    return "api" if name.startswith("api:") else "page"


def access_of(view: Any) -> Any:
    """What the view declares: ``public``, ``signed_in``, a tuple of permissions, or ``None``."""
    for holder in (view, getattr(view, "cls", None), getattr(view, "view_class", None)):
        access = getattr(holder, "access", None)
        if access is not None:
            return access
    return None


def answered(view: Any) -> set[str] | None:
    """The methods a page says it answers (``require_POST`` and the like), or ``None`` when it answers all."""
    while view is not None:
        names = getattr(getattr(view, "__code__", None), "co_freevars", ())
        for name, cell in zip(names, getattr(view, "__closure__", None) or (), strict=False):
            if name == "request_method_list":
                return set(cell.cell_contents)
        view = getattr(view, "__wrapped__", None)
    return None


def _parameters(pattern: str) -> Iterator[tuple[str, str, str]]:
    before = ""
    for step in pattern.split("/"):
        rest, found = step, False
        while "<" in rest:
            _head, _, rest = rest.partition("<")
            inside, _, rest = rest.partition(">")
            converter, _, name = inside.rpartition(":")
            yield before, name, converter
            found = True
        if not found and step:
            before = step


def admin_models() -> list[type]:
    return [model for model, _admin in admin.site._registry.items()]
