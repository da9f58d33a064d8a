"""Keys of API clients: ``Authorization: Api-Key <prefix>.<secret>``.

A client acts as its owner, limited to the scopes of its key: ``platforms.access.reach`` reads ``user.api_client``.
"""

from __future__ import annotations

import datetime
import hmac
import ipaddress
import re

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from platforms.actions.api_client import digest
from platforms.models import ApiClient, User

KEYWORD = "Api-Key"
WRITTEN_KEY = re.compile(r"([A-Za-z0-9]{4,12})\.([A-Za-z0-9_-]{20,100})")
#: ``last_used_at`` is for people who tidy up keys; a write on every request would cost more than it tells.
USED_EVERY = datetime.timedelta(minutes=1)


class ApiKeyAuthentication(BaseAuthentication):
    """Named first in the settings, so that a request without credentials is answered 401 and not 403."""

    def authenticate(self, request: Request) -> tuple[User, ApiClient] | None:
        keyword, _space, written = request.headers.get("Authorization", "").partition(" ")
        if keyword.lower() != KEYWORD.lower():
            return None
        client = find_client(written.strip())
        if client is None:
            raise AuthenticationFailed(_("接口密钥无效、已停用或已过期。"))
        if not _from_its_networks(client, request):
            raise AuthenticationFailed(_("这个接口密钥不允许从您的网络地址使用。"))
        _note_use(client)
        user = client.owner
        user.api_client = client
        return user, client

    def authenticate_header(self, request: Request) -> str:
        return KEYWORD


def find_client(written: str) -> ApiClient | None:
    """The usable client of a key as written in the header, or ``None`` whatever is wrong with it."""
    match = WRITTEN_KEY.fullmatch(written)
    if match is None:
        return None
    prefix, secret = match.groups()
    client = ApiClient.objects.usable().select_related("owner").filter(prefix=prefix).first()
    # An unknown prefix is compared too, so that the time of an answer says nothing about prefixes.
    expected = client.key_sha256 if client else "0" * 64
    return client if hmac.compare_digest(expected, digest(secret)) else None


def _from_its_networks(client: ApiClient, request: Request) -> bool:
    if not client.networks:
        return True
    try:
        caller = ipaddress.ip_address(str(BaseThrottle().get_ident(request)))
    except ValueError:
        return False
    mapped = getattr(caller, "ipv4_mapped", None)
    return any((mapped or caller) in ipaddress.ip_network(network) for network in client.networks)


def _note_use(client: ApiClient) -> None:
    now = timezone.now()
    if client.last_used_at is not None and now - client.last_used_at < USED_EVERY:
        return
    unnoted = Q(last_used_at__isnull=True) | Q(last_used_at__lt=now - USED_EVERY)
    ApiClient.objects.filter(unnoted, pk=client.pk).update(last_used_at=now)
