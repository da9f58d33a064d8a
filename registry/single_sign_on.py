"""Signing in at an OpenID Connect issuer of one's own organisation (off unless ``REGISTRY_OIDC_ISSUER`` names one).

Nobody becomes a person here that way: an account comes by invitation, and its holder connects it, signed in, with the identity at the
issuer. From then on the issuer takes the place of the password, and of nothing else: the second factor, the age of the password, and
whether the account is still in use are looked at as ever. Of what the issuer tells only ``iss`` and ``sub`` are kept.

allauth brings the flow (state, PKCE, exchange of the code). What it leaves out is done here: the nonce, and that the signature of the
identity token is checked however it came.
"""

from __future__ import annotations

from typing import Any

import jwt
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.internal import jwtkit
from allauth.socialaccount.models import SocialLogin, SocialToken
from allauth.socialaccount.providers.base import AuthProcess
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.crypto import constant_time_compare, get_random_string
from requests import RequestException

ISSUER = "oidc"  # the one provider there is, in addresses and in the database
#: Signatures by a key of the issuer's own. Not the ones that share a secret, and not none.
ALGORITHMS = frozenset({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA"})
CLAIMS = ("iss", "sub", "aud", "exp", "iat", "nonce")
FAULTS = (OAuth2Error, RequestException, KeyError, TypeError, ValueError, jwt.PyJWTError)


class OneIssuer(OpenIDConnectOAuth2Adapter):
    """The way to the issuer and back. ``nonce`` is the one this browser was sent with."""

    nonce = ""

    def __init__(self, request: HttpRequest, provider_id: str = ISSUER) -> None:
        super().__init__(request, provider_id)

    @property
    def openid_config(self) -> dict[str, Any]:
        config = super().openid_config
        if config["issuer"] != settings.OIDC["issuer"]:
            raise OAuth2Error(f"the issuer calls itself {config['issuer']}")
        return config

    def get_callback_url(self, request: HttpRequest, app) -> str:
        return request.build_absolute_uri(reverse("single-sign-on-callback"))

    def complete_login(self, request: HttpRequest, app, token: SocialToken, **kwargs: Any) -> SocialLogin:
        try:
            claims = self._claims(app, kwargs["response"]["id_token"])
        except FAULTS as fault:
            raise OAuth2Error(f"the identity token: {fault}") from fault
        return self.get_provider().sociallogin_from_response(request, {"id_token": claims})

    def _claims(self, app, raw: str) -> dict[str, str]:
        """Who it is, after everything OpenID Connect Core 3.1.3.7 asks has been looked at."""
        if jwt.get_unverified_header(raw)["alg"] not in ALGORITHMS:
            raise OAuth2Error("signed in a way that is not taken")
        config = self.openid_config
        told = jwtkit.verify_and_decode(
            credential=raw,
            keys_url=config["jwks_uri"],
            issuer=config["issuer"],
            audience=app.client_id,
            lookup_kid=jwtkit.lookup_kid_jwk,
        )
        missing = [name for name in CLAIMS if not told.get(name)]
        if missing:
            raise OAuth2Error(f"without {', '.join(missing)}")
        if isinstance(told["aud"], list) and len(told["aud"]) > 1 and told.get("azp") != app.client_id:
            raise OAuth2Error("meant for another program")
        if not self.nonce or not constant_time_compare(str(told["nonce"]), self.nonce):
            raise OAuth2Error("of another sign-in")
        return {"iss": told["iss"], "sub": str(told["sub"])}


class Callback(OAuth2CallbackView):
    """Where the issuer sends the browser back to."""

    adapter: OneIssuer

    def _get_state(self, request: HttpRequest, provider):
        state, response = super()._get_state(request, provider)
        self.adapter.nonce = ((state or {}).get("data") or {}).get("nonce", "")
        return state, response


class NobodyNew(DefaultSocialAccountAdapter):
    """Who is not connected does not come in, and is told so on a page of ours."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        if sociallogin.state.get("process") == AuthProcess.CONNECT or sociallogin.is_existing:
            return
        raise ImmediateHttpResponse(refused(request, "unknown", 403))

    def on_authentication_error(self, request: HttpRequest, provider, error=None, **kwargs: Any) -> None:
        raise ImmediateHttpResponse(refused(request, "cancelled" if error == "cancelled" else "failed", 400))

    def get_connect_redirect_url(self, request: HttpRequest, socialaccount) -> str:
        return reverse("single-sign-on")


def provider_of(request: HttpRequest) -> OpenIDConnectProvider:
    provider = OneIssuer(request).get_provider()
    provider.oauth2_adapter_class = OneIssuer
    return provider


def send_away(request: HttpRequest, process: str, following: str) -> HttpResponse:
    """To the issuer; a page that says so when it does not answer."""
    nonce = get_random_string(43)
    try:
        return provider_of(request).redirect(
            request,
            process,
            next_url=following,
            data={"nonce": nonce},
            auth_params={"nonce": nonce},
            scope=["openid"],
        )
    except FAULTS:
        return refused(request, "silent", 503)


def take_back(request: HttpRequest) -> HttpResponse:
    try:
        return Callback.adapter_view(OneIssuer(request))(request)
    except FAULTS:
        return refused(request, "silent", 503)


def refused(request: HttpRequest, why: str, status: int) -> HttpResponse:
    """``why`` is one of ``unknown``, ``cancelled``, ``failed`` and ``silent``."""
    return render(request, "account/single_sign_on_refused.html", {"why": why}, status=status)
