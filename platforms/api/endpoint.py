"""What every address of the API has in common: declared access, limits, and the headers of public answers."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any, ClassVar

import orjson
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers
from django.utils.http import http_date, parse_etags, quote_etag
from django.utils.translation import gettext_lazy as _
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from platforms.access import reach, require
from platforms.api import problems
from platforms.api.authentication import ApiKeyAuthentication
from platforms.api.rendering import JSON, OneFormat
from platforms.api.throttling import Rate
from platforms.models import User
from platforms.passwords import is_too_old
from platforms.views.access import PUBLIC, SIGNED_IN

#: Part of every entity tag: to be raised when the shape of answers changes while the data does not.
SHAPE = 1
MAX_AGE = 60

Access = str | tuple[str, ...]


class Needs(BasePermission):
    """Reads ``access`` of the view: method → ``PUBLIC``, ``SIGNED_IN`` or permissions of which one is enough.

    A method that is not declared is refused, so a forgotten declaration closes an address instead of opening it.
    """

    def has_permission(self, request: Request, view: Any) -> bool:
        method = "GET" if request.method == "HEAD" else str(request.method)
        declared = view.access.get(method)
        if declared is None:
            # No such method: the dispatcher answers 405.
            return method.lower() not in view.http_method_names or not hasattr(view, method.lower())
        if declared == PUBLIC:
            return True
        user = request.user
        if not user or not user.is_authenticated:
            return False
        _second_factor(request)
        if declared != SIGNED_IN and not any(reach(user).may(permission) for permission in declared):
            require(user, declared[0])
        return True


def _second_factor(request: Request) -> None:
    """A session stands for a person at a browser, who needs the second factor and a fresh password here as on the pages."""
    if settings.REQUIRE_MFA and request.auth is None and not is_mfa_enabled(request.user):
        raise PermissionDenied(_("请先在网页上启用两步验证。"))
    if request.auth is None and isinstance(request.user, User) and is_too_old(request.user):
        raise PermissionDenied(_("密码已到更换期限，请先在网页上设置新密码。"))


class Endpoint(APIView):
    """An address. Subclasses declare ``access`` for each method they answer."""

    access: ClassVar[dict[str, Access]] = {}
    authentication_classes: Sequence[type[BaseAuthentication]] = (ApiKeyAuthentication, SessionAuthentication)
    permission_classes = (Needs,)
    throttle_classes = (Rate,)
    renderer_classes = (JSON,)
    content_negotiation_class = OneFormat
    metadata_class = None
    #: Whether what is answered in success holds sentences; refusals always do.
    worded: ClassVar[bool] = False
    http_method_names = ("get", "head", "post", "patch")

    @classmethod
    def as_view(cls, **initkwargs: Any) -> Any:
        declared = cls.needs(initkwargs)
        view = super().as_view(**initkwargs, access=declared)
        # The same attribute as on pages, so that one test reads the access of every route.
        view.access = _union(declared)  # type: ignore[attr-defined]
        view.access_by_method = declared  # type: ignore[attr-defined]
        view.straight = set(declared.values()) == {PUBLIC}  # type: ignore[attr-defined]
        return view

    @classmethod
    def needs(cls, initkwargs: dict[str, Any]) -> dict[str, Access]:
        """What each method needs; views that serve several routes answer by their ``initkwargs``."""
        return cls.access

    def finalize_response(self, request, response, *args, **kwargs):
        response = super().finalize_response(request, response, *args, **kwargs)
        limit = getattr(request, "rate_limit", None)
        if limit is not None:
            most, left, window, reset, policy = limit
            response["RateLimit-Policy"] = f'"{policy}";q={most};w={window}'
            response["RateLimit"] = f'"{policy}";r={max(left, 0)};t={reset}'
        if self.access.get("GET") == PUBLIC:
            _for_everyone(request, response)
        else:
            response["Cache-Control"] = "private, no-store"
        if self.worded or response.status_code >= 400:
            patch_vary_headers(response, ("Accept-Language",))
        mark(response)
        return response


def _union(access: dict[str, Access]) -> Access:
    """What is needed to reach a route at all: public or signed in if any method is, otherwise all permissions named."""
    declared = list(access.values())
    for word in (PUBLIC, SIGNED_IN):
        if word in declared:
            return word
    return tuple(dict.fromkeys(permission for permissions in declared for permission in permissions))


class PublicEndpoint(Endpoint):
    """Reads of the public record. Sessions are not looked at, so answers carry no cookie and can be shared by caches."""

    access: ClassVar[dict[str, Access]] = {"GET": PUBLIC}
    authentication_classes: Sequence[type[BaseAuthentication]] = (ApiKeyAuthentication,)

    def dispatch(self, request, *args, **kwargs):
        """What nobody's name stands behind has nobody to recognise: only the limit is left of the framework's rounds."""
        reading = request.method in ("GET", "HEAD") and self.access.get("GET") == PUBLIC
        if not reading or "Authorization" in request.headers:
            return super().dispatch(request, *args, **kwargs)
        self.args, self.kwargs, self.headers = args, kwargs, self.default_response_headers
        self.request = asked = Request(request, authenticators=())
        asked.accepted_renderer, asked.accepted_media_type = _RENDERER, _RENDERER.media_type
        try:
            asked.user, asked.auth = _NOBODY, None
            self.check_throttles(asked)
            response = self.get(asked, *args, **kwargs)  # type: ignore[attr-defined]
        except Exception as error:
            response = self.handle_exception(error)
        self.response = self.finalize_response(asked, response, *args, **kwargs)
        return self.response


_RENDERER = JSON()
_NOBODY = AnonymousUser()


def _for_everyone(request: Request, response: HttpResponse) -> None:
    """Public reads may be kept by caches and read by scripts of any site; nothing else may."""
    if request.method not in ("GET", "HEAD"):
        return
    problems.for_any_site(response)
    if response.status_code < 400 and "Cache-Control" not in response:
        anonymous = getattr(request, "auth", None) is None
        response["Cache-Control"] = f"{'public' if anonymous else 'private'}, max-age={MAX_AGE}"


def mark(response: HttpResponseBase) -> None:
    """Everything an installation that is not the official one answers says so."""
    if not settings.OFFICIAL:
        response["Registry-Mark"] = "demonstration"


def entity_tag(*parts: Any) -> str:
    """A strong entity tag of everything an answer depends on."""
    text = "\x1f".join(map(str, (SHAPE, settings.BASE_URL, settings.OFFICIAL, *parts)))
    return quote_etag(hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32])


def unchanged(request: Request, etag: str) -> HttpResponse | None:
    """304 when the caller already has this version."""
    known = parse_etags(request.headers.get("If-None-Match", ""))
    if etag not in known and f"W/{etag}" not in known and known != ["*"]:
        return None
    response = HttpResponse(status=304)
    response["ETag"] = etag
    return response


def json_answer(
    body: Any, *, etag: str = "", modified=None, links: str = "", media_type: str = JSON.media_type
) -> HttpResponse:
    """A JSON answer; ``body`` may hold ``orjson.Fragment`` pieces of stored JSON, or be JSON already."""
    written = body if isinstance(body, bytes) else orjson.dumps(body, default=str)
    response = HttpResponse(written, content_type=media_type)
    if etag:
        response["ETag"] = etag
    if modified is not None:
        response["Last-Modified"] = http_date(modified.timestamp())
    if links:
        response["Link"] = links
    return response


def tagged_answer(
    request: Request, body: Any, *, links: str = "", media_type: str = JSON.media_type
) -> HttpResponse:
    """For what has no stored version: the tag is taken from the answer itself."""
    response = json_answer(body, links=links, media_type=media_type)
    etag = entity_tag(hashlib.sha256(response.content).hexdigest())
    response["ETag"] = etag
    return unchanged(request, etag) or response


def api_url(path: str) -> str:
    return f"{settings.BASE_URL}/api/v1/{path}"


def page_url(path: str) -> str:
    return f"{settings.BASE_URL}{path}"
