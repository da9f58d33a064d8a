"""Pages that span both apps: health and the component gallery."""

import hashlib

from django.core.cache import cache
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from platforms.publish import head
from platforms.standing import mark, standing
from platforms.tasks import BEAT_KEY
from platforms.views.access import public
from platforms.views.caching import build
from registry.styleguide import gallery


def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers; nothing else is asked."""
    return JsonResponse({"status": "ok"})


def readyz(request: HttpRequest) -> HttpResponse:
    """Whether this process can do its work: database, migrations, cache and the clock, each by name."""
    parts = readiness()
    # A silent clock and a mirror that is not current stop no page, so they are reported without failing the check.
    ready = all(parts[name] == "ok" for name in ("database", "migrations", "cache"))
    return JsonResponse(
        {"status": "ok" if ready else "unavailable", "parts": parts}, status=200 if ready else 503
    )


def readiness() -> dict[str, str]:
    """What ``/readyz`` and the page of the system say: ``ok``, or what is wrong, of each part."""
    parts = {"database": _database(), "migrations": _migrations(), "cache": _cache(), "beat": _beat()}
    mirror = standing()
    return parts if mirror is None else {**parts, "mirror": "ok" if mirror.current else mirror.verdict}


@public
@require_safe
def headz(request: HttpRequest) -> HttpResponse:
    """What a shared cache keys public pages by: the newest publication, this version of the program and, on a mirror, what it is to
    its source; good for one second."""
    mirror = hashlib.sha256(mark().encode()).hexdigest()[:12] if mark() else ""
    return HttpResponse(
        headers={"X-Head": f"{head()}.{build()}{mirror}", "Cache-Control": "public, max-age=1"}
    )


@public
@require_safe
def styleguide(request: HttpRequest) -> HttpResponse:
    """Every component in every state, with sample data."""
    return render(request, "public/styleguide.html", gallery())


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        return "ok"
    except Exception as error:
        return type(error).__name__


def _migrations() -> str:
    try:
        executor = MigrationExecutor(connection)
        return "pending" if executor.migration_plan(executor.loader.graph.leaf_nodes()) else "ok"
    except Exception as error:
        return type(error).__name__


def _cache() -> str:
    try:
        cache.set("ready", 1, 10)
        return "ok" if cache.get("ready") == 1 else "lost"
    except Exception as error:
        return type(error).__name__


def _beat() -> str:
    try:
        return "ok" if cache.get(BEAT_KEY) else "silent"
    except Exception as error:
        return type(error).__name__
