"""How a page declares who may open it. A page without a declaration fails the access matrix test."""

from __future__ import annotations

import datetime
import functools
from collections.abc import Callable
from typing import Any, TypeVar

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _

from platforms.access import reach, require
from platforms.models import Authority, User
from platforms.passwords import is_too_old

View = Callable[..., HttpResponseBase]
M = TypeVar("M", bound=Model)
PUBLIC = "public"
SIGNED_IN = "signed_in"
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")


class SignedInRequest(HttpRequest):
    """What a view behind ``needs`` is given; for type checkers. ``arrived_at`` is set by the first middleware."""

    user: User
    arrived_at: datetime.datetime


def public(view: View) -> View:
    """Anyone may open this page; it reads the public record only."""
    view.access = PUBLIC  # type: ignore[attr-defined]
    return view


def needs(*permissions: str, to_write: tuple[str, ...] = ()) -> Callable[[View], View]:
    """The page is for people who hold one of the permissions somewhere; which records they see is ``visible``'s answer.

    Without ``permissions`` any signed-in person may open it. Others are sent to sign in, or told who may (403). A page that
    shows something to readers and takes forms from others names the latter's permissions in ``to_write``.
    """

    def decorate(view: View) -> View:
        @functools.wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            if lacks_second_factor(request):
                return redirect("mfa_activate_totp")
            if is_too_old(request.user):
                messages.warning(request, _("密码已到更换期限，请先设置新密码。"))
                return redirect("account_change_password")
            mine = reach(request.user)
            asked = permissions if request.method in SAFE_METHODS else to_write or permissions
            if asked and not any(mine.may(permission) for permission in asked):
                require(request.user, asked[0])
            return view(request, *args, **kwargs)

        guarded.access = permissions or SIGNED_IN  # type: ignore[attr-defined]
        if to_write:
            # The same attribute as in the API, so that one test reads both.
            guarded.access_by_method = {"GET": permissions, "POST": to_write}  # type: ignore[attr-defined]
        return guarded

    return decorate


def visible(request: HttpRequest, queryset: QuerySet[M], permission: str, **lookup: Any) -> M:
    """The one record of ``queryset`` that matches and that the person may see; otherwise it does not exist (404)."""
    return get_object_or_404(reach(request.user).rows(queryset, permission), **lookup)


def office(request: HttpRequest, code: str, permission: str) -> Authority:
    """The authority of the address; one the person does not act for does not exist."""
    own = reach(request.user).authority_codes(permission)
    if own is not None and code not in own:
        raise Http404
    return get_object_or_404(Authority, code=code)


def lacks_second_factor(request: HttpRequest) -> bool:
    """Whether this signed-in person must set up a second factor before doing anything else."""
    from allauth.mfa.utils import is_mfa_enabled

    return settings.REQUIRE_MFA and not is_mfa_enabled(request.user)
