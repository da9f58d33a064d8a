"""Signing in at the issuer, coming back from it, and connecting the own account with the identity there."""

from __future__ import annotations

from allauth.account.decorators import reauthentication_required
from allauth.socialaccount.internal.flows.connect import disconnect
from allauth.socialaccount.models import SocialAccount
from allauth.socialaccount.providers.base import AuthProcess
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from platforms.access import Permission
from platforms.views.access import SignedInRequest, needs, public
from registry import single_sign_on


def _configured() -> None:
    if not settings.OIDC:
        raise Http404


@require_POST
@public
@never_cache
def begin(request: HttpRequest) -> HttpResponse:
    """Away to the issuer, by a form, so that no link signs anyone in."""
    _configured()
    following = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(
        following, {request.get_host()}, require_https=request.is_secure()
    ):
        following = settings.LOGIN_REDIRECT_URL
    return single_sign_on.send_away(request, AuthProcess.LOGIN, following)


@require_GET
@public
@never_cache
@sensitive_variables()
def callback(request: HttpRequest) -> HttpResponse:
    _configured()
    return single_sign_on.take_back(request)


@needs(Permission.DESK_VIEW)
@require_http_methods(["GET", "HEAD", "POST"])
@reauthentication_required
def connection(request: SignedInRequest) -> HttpResponse:
    """Whether the own account is connected; connects and disconnects it. The password is asked again first."""
    _configured()
    connected = SocialAccount.objects.filter(user=request.user).first()
    if request.method == "POST":
        if connected is None:
            return single_sign_on.send_away(request, AuthProcess.CONNECT, reverse("single-sign-on"))
        disconnect(request, connected)
        return redirect("single-sign-on")
    return render(request, "account/single_sign_on.html", {"connected": connected})
