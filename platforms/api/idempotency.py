"""``Idempotency-Key``: a POST that is sent again, because its answer was lost, has one effect and one answer.

The row is written before the work begins and its unique constraint is the lock. A request that failed leaves no row, so it
may be tried again; a refusal is an answer like any other and is remembered.
"""

from __future__ import annotations

import datetime
import functools
import hashlib
import re
from collections.abc import Callable
from typing import Any

import orjson
from django.db import IntegrityError, transaction
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response

from platforms.api.problems import MEDIA_TYPE, Refused
from platforms.models import IdempotencyKey

HEADER = "Idempotency-Key"
REMEMBERED = datetime.timedelta(hours=24)
#: A request that was cut off leaves its row without an answer; after this it is taken for lost.
LOST_AFTER = datetime.timedelta(minutes=2)
SPELLING = re.compile(r"[\x21-\x7e]{1,120}")
KEPT_HEADERS = ("Location", "ETag", "Link")

Handler = Callable[..., Any]


def idempotent(handler: Handler) -> Handler:
    """Decorates ``post`` of an ``Endpoint``. Without the header the request runs as usual."""

    @functools.wraps(handler)
    def post(view: Any, request: Request, *args: Any, **kwargs: Any) -> Any:
        key = request.headers.get(HEADER)
        if key is None:
            return handler(view, request, *args, **kwargs)
        if not SPELLING.fullmatch(key):
            raise Refused(
                _("Idempotency-Key 应为 1 至 120 个可见的 ASCII 字符。"), code="bad_idempotency_key"
            )
        mine, earlier = _claim(_principal(request), key, _fingerprint(request))
        if earlier is not None:
            return earlier
        return _remember(mine, view, request, functools.partial(handler, view, request, *args, **kwargs))

    return post


def _principal(request: Request) -> str:
    return f"client:{request.auth.pk}" if request.auth is not None else f"user:{request.user.pk}"


def _fingerprint(request: Request) -> str:
    """Method, address and content. Files count with their bytes."""
    digest = hashlib.sha256(f"{request.method}\n{request.path}\n".encode())
    data: Any = request.data
    plain = {name: data.getlist(name) if hasattr(data, "getlist") else data[name] for name in data}
    for name in list(request.FILES):
        plain.pop(name, None)
        for file in request.FILES.getlist(name):
            digest.update(f"{name}\n{file.name}\n".encode())
            for chunk in file.chunks():
                digest.update(chunk)
            file.seek(0)
    digest.update(orjson.dumps(plain, option=orjson.OPT_SORT_KEYS))
    return digest.hexdigest()


def _claim(principal: str, key: str, fingerprint: str) -> tuple[IdempotencyKey | None, HttpResponse | None]:
    """The row to fill in, or the answer that an earlier request with this key has had."""
    now = timezone.now()
    forgotten = IdempotencyKey.objects.filter(principal=principal, key=key)
    forgotten.filter(created_at__lt=now - REMEMBERED).delete()
    forgotten.filter(status__isnull=True, created_at__lt=now - LOST_AFTER).delete()
    try:
        with transaction.atomic():
            return IdempotencyKey.objects.create(principal=principal, key=key, fingerprint=fingerprint), None
    except IntegrityError:
        known = IdempotencyKey.objects.filter(principal=principal, key=key).first()
    if known is not None and known.fingerprint != fingerprint:
        raise Refused(_("这个 Idempotency-Key 已用于另一个请求。"), status=422, code="idempotency_key_reused")
    if known is None or known.status is None:
        raise Refused(_("同一个请求正在处理，请稍后再试。"), status=409, code="request_in_progress")
    answer = HttpResponse(bytes(known.body or b""), status=known.status, headers=known.headers)
    answer["Idempotency-Replayed"] = "true"
    return None, answer


def _remember(mine: IdempotencyKey | None, view: Any, request: Request, run: Callable[[], Any]) -> Any:
    try:
        response = run()
    except Exception as error:
        response = view.get_exception_handler()(error, view.get_exception_handler_context())
        if response is None:
            _forget(mine)
            raise
    if response.status_code >= 500 or mine is None:
        _forget(mine)
        return response
    body, media_type = _content(response)
    headers = {"Content-Type": media_type}
    headers |= {name: response[name] for name in KEPT_HEADERS if name in response}
    IdempotencyKey.objects.filter(pk=mine.pk).update(status=response.status_code, body=body, headers=headers)
    return response


def _content(response: Any) -> tuple[bytes, str]:
    if isinstance(response, Response):
        problem = response.status_code >= 400
        return orjson.dumps(response.data, default=str), MEDIA_TYPE if problem else "application/json"
    return response.content, response["Content-Type"]


def _forget(mine: IdempotencyKey | None) -> None:
    if mine is not None:
        IdempotencyKey.objects.filter(pk=mine.pk).delete()
