"""Calling an address that somebody else has written down, without letting it reach into this network.

The name is resolved here, every answer has to be a public address, and the connection is made to the very address that was
looked at: a name that answers differently the second time gains nothing. Redirects are not followed. Time and size are capped.
"""

from __future__ import annotations

import http.client
import ipaddress
import re
import socket
import ssl
import threading
import time
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings

from platforms.choices import PushFailure

PORTS = (443, 8443)
LONGEST_URL = 300
CONNECT_SECONDS = 3.0
TOTAL_SECONDS = 10.0

NUMERIC = re.compile(r"[0-9]+|0x[0-9a-f]*", re.IGNORECASE)
#: IPv6 ranges that carry an IPv4 address inside, and by it perhaps one of this network.
TUNNELS = tuple(map(ipaddress.ip_network, ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32")))


class Refused(Exception):
    """The address is not one that may be called. ``reason`` is a value of ``PushFailure``."""

    def __init__(self, reason: str = PushFailure.REFUSED_ADDRESS) -> None:
        self.reason = reason
        super().__init__(reason)


@dataclass(frozen=True)
class Target:
    """An address taken apart."""

    secure: bool
    host: str
    port: int
    path: str


@dataclass(frozen=True)
class Answer:
    """How a call went. ``failure`` is empty when the receiver has answered 2xx."""

    failure: str
    status: int | None
    milliseconds: int


def parse(url: str) -> Target:
    """What may be written down at all: HTTPS, a name, a port for it, no names and passwords. Asks nobody."""
    if len(url) > LONGEST_URL or not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        raise Refused
    try:
        parts = urlsplit(url)
        port, host = parts.port, (parts.hostname or "").rstrip(".")
    except ValueError as error:
        raise Refused from error
    schemes = ("https", "http") if settings.WEBHOOK_LOOPBACK else ("https",)
    if parts.scheme not in schemes or not host or "@" in parts.netloc or parts.fragment:
        raise Refused
    port = port or (443 if parts.scheme == "https" else 80)
    if port not in PORTS and not settings.WEBHOOK_LOOPBACK:
        raise Refused
    literal = _literal(host)
    if literal is not None and not allowed(literal):
        raise Refused
    if literal is None and NUMERIC.fullmatch(host.rpartition(".")[2]):
        raise Refused  # 2130706433, 0x7f.1: other spellings of an IPv4 address
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme == "https", host, port, path)


def allowed(address: str) -> bool:
    """Whether an IP address lies on the open internet."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped is not None:
            return allowed(str(ip.ipv4_mapped))
        if any(ip in network for network in TUNNELS):
            return False
    if settings.WEBHOOK_LOOPBACK and ip.is_loopback:
        return True
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_unspecified)


def resolve(target: Target) -> str:
    """The address to connect to. One forbidden answer among several spoils the name."""
    try:
        found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Refused(PushFailure.NO_ADDRESS) from error
    addresses = [str(entry[4][0]) for entry in found]
    if not addresses or not all(map(allowed, addresses)):
        raise Refused
    return addresses[0]


def post(url: str, body: bytes, headers: dict[str, str]) -> Answer:
    """Send ``body`` and look at the status. Never raises for what the other side does."""
    began = time.monotonic()
    try:
        target = parse(url)
        failure, status = _exchange(target, resolve(target), body, headers)
    except Refused as refused:
        failure, status = refused.reason, None
    return Answer(failure, status, round((time.monotonic() - began) * 1000))


def _exchange(target: Target, address: str, body: bytes, headers: dict[str, str]) -> tuple[str, int | None]:
    connection = _Pinned(target, address)
    # Each read has its own time limit, so a receiver that sends a byte now and then would hold the worker for ever.
    watchdog = threading.Timer(TOTAL_SECONDS, connection.cut)
    watchdog.daemon = True
    try:
        watchdog.start()
        connection.request("POST", target.path, body=body, headers=headers)
        status = connection.getresponse().status
    except ssl.SSLError:
        return (PushFailure.TIMEOUT if connection.was_cut else PushFailure.TLS), None
    except TimeoutError:
        return PushFailure.TIMEOUT, None
    except (OSError, http.client.HTTPException, ValueError):
        return (PushFailure.TIMEOUT if connection.was_cut else PushFailure.CONNECTION), None
    finally:
        watchdog.cancel()
        connection.close()
    if 200 <= status < 300:
        return "", status
    return (PushFailure.REDIRECT if 300 <= status < 400 else PushFailure.STATUS), status


class _Pinned(http.client.HTTPConnection):
    """A connection to one IP address that speaks to, and asks for the certificate of, the name."""

    was_cut = False

    def __init__(self, target: Target, address: str) -> None:
        super().__init__(target.host, target.port, timeout=CONNECT_SECONDS)
        self._target, self._address = target, address

    def connect(self) -> None:
        self.sock = socket.create_connection((self._address, self._target.port), timeout=CONNECT_SECONDS)
        if self._target.secure:
            context = ssl.create_default_context()
            self.sock = context.wrap_socket(self.sock, server_hostname=self._target.host)
        self.sock.settimeout(TOTAL_SECONDS)

    def cut(self) -> None:
        self.was_cut = True
        if self.sock is not None:
            try:
                self.sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                return


def _literal(host: str) -> str | None:
    try:
        return str(ipaddress.ip_address(host.partition("%")[0]))
    except ValueError:
        return None
