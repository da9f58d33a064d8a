"""What happens around every request: its arrival time and id, unreadable input, refusals by the domain, private pages."""

from __future__ import annotations

import re
import uuid
from dataclasses import asdict
from typing import Any

import structlog
from csp.constants import HEADER as POLICY
from csp.middleware import CSPMiddleware
from csp.utils import build_policy
from django.conf import settings
from django.db import DataError, InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.locale import LocaleMiddleware
from django.template.response import SimpleTemplateResponse
from django.urls import Resolver404, resolve
from django.utils import timezone, translation
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from redis.exceptions import ConnectionError as CacheAway
from redis.exceptions import TimeoutError as CacheSilent

from platforms import history
from platforms.errors import DomainError
from registry.error_pages import error_page

REQUEST_ID = re.compile(r"^[A-Za-z0-9-]{8,64}$")


def language_of(request: HttpRequest) -> str:
    """Pages: what the address says. The API has one address for everybody, so its sentences follow ``Accept-Language``."""
    if request.path_info.startswith("/api/"):
        return translation.get_language_from_request(request)
    return translation.get_language_from_path(request.path_info) or settings.LANGUAGE_CODE


class RequestStart:
    """Before anything else: when the request arrived (deadlines are judged by this), the id that joins its traces, its language."""

    def __init__(self, get_response) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.arrived_at = timezone.now()  # type: ignore[attr-defined]
        given = request.headers.get("X-Request-ID", "")
        request_id = given if REQUEST_ID.match(given) else uuid.uuid4().hex[:12]
        token = history.request_id.set(request_id)
        structlog.contextvars.bind_contextvars(request_id=request_id)
        language = language_of(request)
        try:
            # Put back afterwards: the thread serves other people next, and a refusal before the address is read needs one too.
            with translation.override(language):
                response = self.get_response(request)
        finally:
            history.request_id.reset(token)
            structlog.contextvars.unbind_contextvars("request_id")
        response["X-Request-ID"] = request_id
        return response


class BadInput:
    """Refuse what no address of ours can contain, and answer for a database that is away, before either becomes a 500."""

    def __init__(self, get_response) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        query = request.META.get("QUERY_STRING", "")
        if "\x00" in request.path_info or "%00" in query or "\x00" in query:
            return error_page(request, 400, reason=_("地址中有不能使用的字符（空字符）。"), code="nul")
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if isinstance(error, OperationalError | InterfaceError | CacheAway | CacheSilent):
            reason = _("系统暂时繁忙，请稍后再试。您刚才的操作没有保存。")
            return error_page(request, 503, reason=reason, code="unavailable", retry_after=5)
        if isinstance(error, DataError | UnicodeEncodeError):
            return error_page(request, 400, reason=_("提交的内容含有不能保存的字符。"), code="unreadable")
        return None


class DomainErrors:
    """A refusal by a verb becomes a page with its sentence and the right status."""

    def __init__(self, get_response) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, DomainError) or request.path_info.startswith("/api/"):
            return None
        return error_page(request, error.status, reason=str(error), code=error.code)


class PublicReads:
    """Reads of the public API need neither session nor form token nor messages: from here they go straight to their address.

    What stands before this in ``MIDDLEWARE`` is done for them as for everything else; what stands behind it is for pages and for
    people who are signed in.
    """

    def __init__(self, get_response) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.method in ("GET", "HEAD") and request.path_info.startswith("/api/v1/"):
            try:
                match = resolve(request.path_info)
            except Resolver404:
                return self.get_response(request)
            if getattr(match.func, "straight", False):
                request.resolver_match = match
                response = match.func(request, *match.args, **match.kwargs)
                if isinstance(response, SimpleTemplateResponse):
                    response = response.render()  # a refusal of the API is one
                response.headers.setdefault(
                    "Content-Language", translation.get_language() or settings.LANGUAGE_CODE
                )
                if callable(getattr(response, "render", None)):
                    response = response.render()
                if not response.streaming:
                    response.headers.setdefault("Content-Length", str(len(response.content)))
                return response
        return self.get_response(request)


class ContentSecurityPolicy(CSPMiddleware):
    """The library writes the policy anew for every answer, a tenth of the time of a short one.

    Ours is the same for all but those whose view has changed it, and has no nonce.
    """

    _written: tuple[Any, str] = (None, "")

    def process_request(self, request: HttpRequest) -> None:
        return None

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if settings.DEBUG or any(name.startswith("_csp_") for name in vars(response)):
            return super().process_response(request, response)
        rules = settings.CONTENT_SECURITY_POLICY
        if self._written[0] is not rules:
            self._written = (rules, build_policy(**asdict(self.get_policy_parts(request, response))))
        response.headers.setdefault(POLICY, self._written[1])
        return response


class LanguageOfAddress(LocaleMiddleware):
    """The address alone says the language of a page, so shared caches need not keep a copy per ``Accept-Language``."""

    def process_request(self, request: HttpRequest) -> None:
        translation.activate(language_of(request))
        request.LANGUAGE_CODE = translation.get_language()

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        response.headers.setdefault("Content-Language", translation.get_language() or settings.LANGUAGE_CODE)
        return response


class PrivatePages:
    """What was made for a signed-in person is never kept by a shared cache or shown again by the back button."""

    def __init__(self, get_response) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if getattr(request, "session", None) is not None and request.session.accessed:
            patch_cache_control(response, private=True, no_store=True)
        return response
