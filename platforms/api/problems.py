"""RFC 9457 problem documents: one shape for every refusal of the API, with the status repeated and all failures named."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import quote

import orjson
from django.core.exceptions import PermissionDenied
from django.db import DataError, InterfaceError, OperationalError
from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _
from rest_framework import exceptions

from platforms import history, slips
from platforms.errors import DomainError, Invalid

MEDIA_TYPE = "application/problem+json"
TYPE_BASE = "/problems/"

TITLES = {
    400: "Bad request",
    401: "Not authenticated",
    403: "Not permitted",
    404: "Not found",
    405: "Method not allowed",
    406: "Not acceptable",
    409: "Conflict",
    412: "Precondition failed",
    413: "Too large",
    415: "Unsupported media type",
    422: "Unprocessable",
    428: "Precondition required",
    429: "Too many requests",
    500: "Internal error",
    503: "Unavailable",
}


class Refused(exceptions.APIException):
    """A request that is refused on purpose. ``errors`` items name a ``pointer`` into the body or a ``parameter``."""

    default_code = "bad_request"

    def __init__(
        self,
        detail: str = "",
        *,
        status: int = 400,
        code: str = "bad_request",
        errors: list[dict[str, str]] | None = None,
        etag: str = "",
        changes: list[dict[str, Any]] | None = None,
    ) -> None:
        """``etag`` is that of the record as it is now, ``changes`` what has become of it since the caller read it."""
        self.errors, self.etag, self.changes = errors or [], etag, changes
        self.status_code = status
        self.problem_code = code
        super().__init__(detail or (self.errors[0]["detail"] if self.errors else ""), code)


def listed(words: Iterable[Any]) -> str:
    """Words one after another, with the comma of the language the sentence is in."""
    return _("、").join(map(str, words))


def bad_parameter(name: str, code: str, detail: Any) -> dict[str, str]:
    """One entry of ``errors`` for a query parameter."""
    return {"parameter": name, "code": code, "detail": f"{name}: {detail}"}


#: What scripts of other sites may read beside the few headers a browser always shows them.
EXPOSED = (
    "ETag, Link, X-Total-Count, Content-Disposition, Retry-After, RateLimit, RateLimit-Policy, Registry-Mark,"
    " Registry-Mirror, X-Request-ID"
)


def for_any_site(response: HttpResponse) -> None:
    """Public reads, and what they are refused with, may be read by scripts of any site."""
    response["Access-Control-Allow-Origin"] = "*"
    response["Access-Control-Expose-Headers"] = EXPOSED


def document(
    *, status: int, code: str, detail: str, instance: str, errors: list[dict] | None = None
) -> dict[str, Any]:
    """A problem as a dict. ``errors`` items carry ``pointer`` (JSON pointer) or ``parameter``, ``code`` and ``detail``."""
    name = code or TITLES.get(status, "error").lower().replace(" ", "_")
    problem: dict[str, Any] = {
        "type": TYPE_BASE + name.replace("_", "-"),
        "title": TITLES.get(status, "Error"),
        "status": status,
        "detail": detail,
        "instance": quote(instance, safe="/:@!$&'()*+,;=-._~"),
        "code": name,
        "trace_id": history.request_id.get(),
    }
    if errors:
        problem["errors"] = errors
    if status == 404 and (meant := slips.meant(instance)):
        problem["suggestions"] = meant
    return problem


def response(
    *, status: int, code: str, detail: str, instance: str, errors: list[dict] | None = None
) -> HttpResponse:
    """A problem for callers outside DRF (middleware, ``handler404``)."""
    body = orjson.dumps(document(status=status, code=code, detail=detail, instance=instance, errors=errors))
    return HttpResponse(body, status=status, content_type=MEDIA_TYPE)


def handle(error: Exception, context: dict[str, Any]):
    """DRF's ``EXCEPTION_HANDLER``: every exception a view may raise on purpose becomes a problem document."""
    # Late: the views load the renderers, which load this module; an error page may be the first to ask for it.
    from rest_framework.views import exception_handler

    instance = context["request"].path
    if isinstance(error, DomainError):
        return _drf_response(
            document(
                status=error.status,
                code=error.code,
                detail=str(error),
                instance=instance,
                errors=_domain_errors(error),
            )
        )
    if isinstance(error, Refused):
        return _refusal(error, instance)
    if isinstance(error, OperationalError | InterfaceError):
        sentence = _("系统暂时繁忙，请稍后再试。您刚才的操作没有保存。")
        answer = _drf_response(document(status=503, code="unavailable", detail=sentence, instance=instance))
        answer["Retry-After"] = "5"
        return answer
    if isinstance(error, DataError | UnicodeEncodeError):
        sentence = _("提交的内容含有不能保存的字符。")
        return _drf_response(document(status=400, code="unreadable", detail=sentence, instance=instance))
    if isinstance(error, Http404):
        error = exceptions.NotFound(_("没有找到这条记录。"))
    elif isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied()
    answer = exception_handler(error, context)
    if answer is None:
        return None
    errors = list(_walk(error.detail)) if isinstance(error, exceptions.ValidationError) else []
    detail = errors[0]["detail"] if errors else str(getattr(error, "detail", error))
    code = "invalid" if errors else str(getattr(error, "default_code", "error"))
    answer.data = document(
        status=answer.status_code, code=code, detail=detail, instance=instance, errors=errors
    )
    answer.content_type = MEDIA_TYPE
    return answer


def _refusal(error: Refused, instance: str):
    problem = document(
        status=error.status_code,
        code=error.problem_code,
        detail=str(error.detail),
        instance=instance,
        errors=error.errors,
    )
    if error.changes is not None:
        problem["changes"] = error.changes
    answer = _drf_response(problem)
    if error.etag:
        answer["ETag"] = error.etag
    return answer


def _drf_response(problem: dict[str, Any]):
    from rest_framework.response import Response

    return Response(problem, status=problem["status"], content_type=MEDIA_TYPE)


def _domain_errors(error: DomainError) -> list[dict[str, str]]:
    if not isinstance(error, Invalid):
        return []
    return [
        {"pointer": f"#/{problem.pointer}", "code": problem.code, "detail": problem.message}
        for problem in error.problems
    ]


def _walk(detail: Any, pointer: str = "#") -> Iterator[dict[str, str]]:
    if isinstance(detail, dict):
        for key, value in detail.items():
            yield from _walk(value, pointer if key == "non_field_errors" else f"{pointer}/{key}")
    elif isinstance(detail, list):
        for index, item in enumerate(detail):
            yield from _walk(item, f"{pointer}/{index}" if isinstance(item, dict | list) else pointer)
    else:
        yield {"pointer": pointer, "code": getattr(detail, "code", "invalid"), "detail": str(detail)}
