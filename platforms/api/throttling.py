"""How many requests a minute: by address for the public, by person for the signed in; each answer says what is left.

The counters live in the cache. A cache that is away lifts the limit instead of closing the API.
"""

from __future__ import annotations

import structlog
from django.conf import settings
from rest_framework.throttling import SimpleRateThrottle

log = structlog.get_logger(__name__)


class Rate(SimpleRateThrottle):
    """One bucket per caller. ``scope`` is ``anon`` or ``user`` of ``DEFAULT_THROTTLE_RATES``, chosen per request."""

    scope = "anon"

    def __init__(self) -> None:
        pass  # the rate depends on the caller, which is known only with the request

    def allow_request(self, request, view) -> bool:
        signed_in = bool(request.user and request.user.is_authenticated)
        self.scope = "user" if signed_in else "anon"
        rate = settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"][self.scope]
        self.num_requests, self.duration = self.parse_rate(rate)
        if self.num_requests is None:
            return True
        self.key = f"api:{self.scope}:{request.user.pk if signed_in else self.get_ident(request)}"
        self.now = self.timer()
        try:
            allowed = self._count()
        except Exception:
            log.warning("api.throttle_unavailable", exc_info=True)
            return True
        request.rate_limit = (self.num_requests, self.num_requests - len(self.history), self.duration)
        return allowed

    def _count(self) -> bool:
        self.history = [at for at in self.cache.get(self.key, []) if at > self.now - self.duration]
        if len(self.history) >= self.num_requests:
            return False
        self.history.insert(0, self.now)
        self.cache.set(self.key, self.history, self.duration)
        return True
