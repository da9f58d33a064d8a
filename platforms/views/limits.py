"""How often one address may send a form that needs no account.

Counters live in the cache and begin with the first form. A cache that is away lifts the limit instead of closing the form.
"""

from __future__ import annotations

import hashlib

import structlog
from django.core.cache import cache
from django.http import HttpRequest
from django.utils.translation import gettext as _
from rest_framework.throttling import BaseThrottle

from platforms.errors import TooOften

log = structlog.get_logger(__name__)


def limit(request: HttpRequest, what: str, *, most: int, seconds: int) -> None:
    """Count one sending of ``what``. Raises ``TooOften`` past ``most`` within ``seconds`` from one address."""
    address = BaseThrottle().get_ident(request)  # type: ignore[arg-type]  # reads only META
    key = f"form:{what}:{hashlib.sha256(str(address).encode()).hexdigest()[:32]}"
    try:
        count = 1 if cache.add(key, 1, seconds) else cache.incr(key)
    except ValueError:  # forgotten between the two
        count = 1
    except Exception:
        log.warning("form.limit_unavailable", exc_info=True)
        return
    if count > most:
        raise TooOften(
            _("这个网络地址提交得太频繁，请 %(minutes)s 分钟后再试。未保存任何内容。")
            % {"minutes": -(-seconds // 60)}
        )
