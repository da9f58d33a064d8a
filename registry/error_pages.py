"""Error pages: what happened, what was saved, where to go.

They need neither the database nor a session; if even the template fails, a plain page of a few lines answers.
"""

from __future__ import annotations

from typing import Any

import structlog
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import requires_csrf_token

from platforms import history

log = structlog.get_logger(__name__)

NOTHING_SAVED = _("这次没有保存任何内容，以前保存的不受影响。")

# status → (title, what to do)
ERRORS: dict[int, tuple[Any, Any]] = {
    400: (_("这个请求看不懂"), _("地址或表单里有不合规则的内容。请返回上一页重新操作。")),
    403: (_("您不能办理这件事"), _("您的账户没有这项权限。如果应当有，请联系本单位的管理员。")),
    404: (_("没有找到这一页"), _("地址可能打错了，或者内容已经撤下。")),
    409: (_("别人先改了"), _("您打开这一页之后，记录已经变动。请看最新内容后再决定。")),
    413: (_("文件太大"), _("上传的内容超过了允许的大小。请拆分或压缩后再传。")),
    429: (_("请求太频繁"), _("请稍等片刻再试。批量取用数据请使用开放接口或下载文件。")),
    500: (_("出了故障"), _("这是我们的问题，已经记录。请过一会儿再试。")),
    503: (_("系统正在维护"), _("暂时不能使用，请稍后再来。")),
}
#: Refusals that share a status with another kind: code → (title, what to do)
ERRORS_BY_CODE: dict[str, tuple[Any, Any]] = {
    "mirror": (_("这里只供阅读"), _("请到来源网站办理。")),
    "illegal_step": (_("现在不能这样办理"), _("请先满足上面所说的条件，再继续办理。")),
}


def problem(request: HttpRequest, status: int, sentence: str, *, code: str = "") -> HttpResponse:
    """The same refusal for a program (RFC 9457)."""
    from platforms.api import problems

    response = problems.response(status=status, code=code, detail=sentence, instance=request.path_info)
    response["Vary"] = "Accept-Language"
    if request.method in ("GET", "HEAD"):
        problems.for_any_site(response)
    return response


def error_page(
    request: HttpRequest,
    status: int,
    *,
    reason: str = "",
    code: str = "",
    saved: Any = "",
    until: str = "",
    template: str = "",
    retry_after: int | None = None,
    **context: Any,
) -> HttpResponse:
    """A designed answer for ``status``.

    ``reason`` is the sentence of the verb or check that refused, ``saved`` says what was and was not kept, ``until`` when
    to come back; ``retry_after`` (seconds) becomes the header.
    """
    if request.path_info.startswith("/api/"):
        return problem(request, status, str(reason or ERRORS[status][1]), code=code)
    title, text = ERRORS_BY_CODE.get(code) or ERRORS.get(status, ERRORS[400])
    error = {"status": status, "title": title, "text": text, "reason": reason, "saved": saved, "until": until,
             "id": history.request_id.get(), "back": came_from(request)}  # fmt: skip
    try:
        response = render(
            request,
            template or f"errors/{status if status in ERRORS else 400}.html",
            {"error": error, **context},
            status=status,
        )
    except Exception:
        log.exception("error_page.not_drawn", status=status)
        response = HttpResponse(
            "<!doctype html><html lang=zh-Hans><meta charset=utf-8><title>制造业中试平台名录</title>"
            f"<h1>{title}</h1><p>{text}</p><p>{error['id']}</p><p><a href=/>首页 · Home</a></p>",
            status=status,
        )
    if retry_after is not None:
        response["Retry-After"] = str(retry_after)
    response["Cache-Control"] = "no-store"
    return response


def came_from(request: HttpRequest) -> str:
    """The page of ours with the button that was pressed; the address of the button itself often has nothing to show."""
    if request.method != "POST":
        return request.get_full_path()
    before = request.headers.get("Referer", "")
    return before if url_has_allowed_host_and_scheme(before, {request.get_host()}) else ""


@requires_csrf_token
def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return error_page(request, 400, saved=NOTHING_SAVED if request.method == "POST" else "")


@requires_csrf_token
def permission_denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return error_page(request, 403, reason=str(exception or ""))


@requires_csrf_token
def page_not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    # Read here only: the pages of this module must appear where nothing else can be loaded.
    from registry.near_misses import near_misses

    return error_page(request, 404, suggestions=near_misses(request.path_info))


@requires_csrf_token
def server_error(request: HttpRequest) -> HttpResponse:
    return error_page(request, 500, saved=NOTHING_SAVED if request.method == "POST" else "")


@requires_csrf_token
def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form was open too long, came from another site, or the browser refuses cookies."""
    return error_page(
        request,
        403,
        reason=str(_("这个表单已经过期，或浏览器不接受 Cookie。")),
        saved=NOTHING_SAVED,
        template="errors/csrf.html",
    )
