"""How many requests a minute: by address for the public, by key or person for the signed in; each answer says what is left.

Searches are counted apart, so that one who searches much can still read. A key may have a limit of its own.

The counters live in the cache. A cache that is away lifts the limit instead of closing the API.
"""

from __future__ import annotations

import structlog
from django.conf import settings
from rest_framework.throttling import SimpleRateThrottle

from platforms.models import ApiClient

log = structlog.get_logger(__name__)


class Rate(SimpleRateThrottle):
    """One counter per caller, which begins with the first request and is forgotten after the period.

    A counter is raised by the cache in one step, so requests that arrive together are all counted. ``scope`` is ``anon`` or
    ``user`` of ``DEFAULT_THROTTLE_RATES``; ``search_anon`` and ``search_user`` there are for searches, as many as of other
    requests when left out.
    """

    scope = "anon"

    def __init__(self) -> None:
        pass  # the rate depends on the caller, which is known only with the request

    def allow_request(self, request, view) -> bool:
        signed_in = bool(request.user and request.user.is_authenticated)
        self.scope = "user" if signed_in else "anon"
        client = request.auth if isinstance(request.auth, ApiClient) else None
        policy = "search" if request.GET.get("q") else "default"
        self.num_requests, self.duration = self._limit(policy, client)
        if self.num_requests is None:
            return True
        caller = f"key:{client.pk}" if client else request.user.pk if signed_in else self.get_ident(request)
        try:
            count, self.left = self._count(f"api:{policy}:{self.scope}:{caller}")
        except Exception:
            log.warning("api.throttle_unavailable", exc_info=True)
            return True
        limit = self.num_requests
        request.rate_limit = (limit, limit - count, self.duration, self.left, policy)
        return count <= self.num_requests

    def _limit(self, policy: str, client: ApiClient | None) -> tuple[int | None, int | None]:
        if client is not None and client.rate is not None:
            return client.rate, 60
        rates: dict[str, str] = settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"]  # type: ignore[assignment]
        rate = rates[self.scope]
        if policy == "search" and rate is not None:
            rate = rates.get(f"search_{self.scope}") or rate
        return self.parse_rate(rate)

    def wait(self) -> float:
        """Seconds after which the counter has certainly been forgotten."""
        return float(self.left)

    def _count(self, key: str) -> tuple[int, int]:
        """The counter, raised by one, and the seconds until it is forgotten: three commands in one message."""
        period = self.duration or 0
        redis = getattr(self.cache, "_cache", None)
        if redis is None:  # a cache that is no server of its own, as a test may set it
            first = self.cache.add(key, 1, self.duration)
            return (1 if first else self.cache.incr(key)), period
        pool = redis._get_connection_pool(write=True)
        connection = pool.get_connection()
        try:
            name = self.cache.make_key(key)
            connection.send_packed_command(
                connection.pack_commands(
                    [("SET", name, 0, "EX", self.duration, "NX"), ("INCR", name), ("PTTL", name)]
                )
            )
            connection.read_response()
            count, left = int(connection.read_response()), int(connection.read_response())
            return count, min(max(1, -(-left // 1000)), period)
        except BaseException:
            connection.disconnect()  # an answer that was not read would be taken for that of the next question
            raise
        finally:
            pool.release(connection)
