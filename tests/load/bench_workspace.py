"""The ministry's table with 2,400 applications: how long until it is painted, and how long a bulk move takes.

Beside each figure a plain way of doing the same in the same run: the rows as Django's own list view with a plain table would
show them, and the move as a loop of ``save()``. Run with a database of its own: ``python -m tests.load.bench_workspace``;
prints one JSON object. On a shared machine read the ratios.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import django

APPLICATIONS = int(os.environ.get("BENCH_APPLICATIONS", "2400"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "15"))
PAGE = 50
PLAIN = """<!doctype html><title>plain</title><table>{% for one in page %}<tr><td>{{ one.platform.name_zh }}<td>
{{ one.platform.operator.name_zh }}<td>{{ one.authority.name_zh }}<td>{{ one.rank }}<td>{{ one.platform.area.name_zh }}<td>
{{ one.get_status_display }}<td>{{ one.recommended_at }}</tr>{% endfor %}</table><p>{{ page.paginator.count }}</p>"""


def main() -> dict:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "registry.settings")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # Playwright keeps an event loop in this thread
    from registry import local

    local.up_where_used()
    django.setup()
    from django.db import connection

    own = connection.settings_dict["NAME"]
    connection.creation.create_test_db(verbosity=0, autoclobber=True)
    try:
        return _measure()
    finally:
        with connection.cursor() as cursor:  # a thread of the server may still hold its connection
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        connection.creation.destroy_test_db(own, verbosity=0)


def _measure() -> dict:
    from django.test import Client

    from tests.browser.people import BACKEND

    batch, clerk = _batch()
    client = Client(headers={"host": "localhost"})
    client.force_login(clerk, backend=BACKEND)
    base = f"/ministry/batches/{batch.code}/"
    pages = {
        "plain list view, 50 rows": lambda turn: _plain(batch, turn),
        "workspace, first page": lambda turn: _get(client, base),
        "workspace, a later page": lambda turn: _get(client, f"{base}?page={turn % 40 + 2}"),
        "workspace, filtered": lambda turn: _get(client, f"{base}?stage=checking&check=pass&sort=name"),
        "workspace, search": lambda turn: _get(client, f"{base}?q=平台{turn % 90 + 10}"),
    }
    taken = {name: _time(act) for name, act in pages.items()}
    plain = taken["plain list view, 50 rows"]
    return {
        "benchmark": "workspace",
        "applications": APPLICATIONS,
        "server_ms": taken,
        "times_plain": {name: round(value / plain, 1) for name, value in taken.items()},
        "bytes": len(client.get(base).content),
        "browser": _painted(clerk, base),
        "bulk": _bulk(batch, clerk, client, base),
    }


def _batch() -> tuple[Any, Any]:
    """A batch in its formal check, every application of it waiting, with the result of one criterion each."""
    from django.utils import timezone

    from cultivation.models import Application, BatchStage, CheckResult
    from platforms.access import Role
    from platforms.codes import format_code
    from platforms.models import Operator, Platform
    from tests import factories
    from tests.cultivation.batches import AREA_MET

    clerk = factories.person(Role.MINISTRY_CLERK)
    approver = factories.person(Role.MINISTRY_APPROVER)
    batch = factories.BatchFactory(
        status="assessing",
        created_by=clerk,
        opened_at=timezone.now(),
        opened_by=approver,
        criteria=[AREA_MET],
    )
    BatchStage.objects.create(batch=batch, position=1, kind="formal_check", status="active")
    area, now = factories.AreaFactory(), timezone.now()
    offices = [
        factories.AuthorityFactory(code=f"{900000 + n}", name_zh=f"示例单位{n}", position=n)
        for n in range(37)
    ]
    people = [factories.person(Role.AUTHORITY_CLERK, authority=office) for office in offices]
    units = Operator.objects.bulk_create(
        factories.OperatorFactory.build(uscc=factories.uscc(n + 1)) for n in range(APPLICATIONS)
    )
    platforms = Platform.objects.bulk_create(
        factories.PlatformFactory.build(
            code=format_code("32", n + 1), operator=units[n], authority=offices[n % 37], region=offices[0].region, area=area
        )
        for n in range(APPLICATIONS)
    )  # fmt: skip
    applications = Application.objects.bulk_create(
        Application(
            batch=batch, platform=platform, authority=platform.authority, rank=n // 37 + 1, status="recommended",
            proposed_by=people[n % 37], recommended_at=now, recommended_by=approver, record={"platform": {}},
        )
        for n, platform in enumerate(platforms)
    )  # fmt: skip
    CheckResult.objects.bulk_create(
        CheckResult(application=one, criterion="floor", position=1, state="pass", sentence_zh="示例")
        for one in applications
    )
    return batch, clerk


def _plain(batch: Any, turn: int) -> None:
    from django.core.paginator import Paginator
    from django.template import engines

    from cultivation.models import Application

    rows = Application.objects.filter(batch=batch).select_related(
        "platform__operator", "platform__area", "authority"
    )
    page = Paginator(rows.order_by("pk"), PAGE).page(turn % 40 + 1)
    engines["django"].from_string(PLAIN).render({"page": page})


def _get(client: Any, address: str) -> None:
    response = client.get(address)
    if response.status_code != 200:
        raise RuntimeError(f"{address} answered {response.status_code}")


def _time(act: Callable[[int], None]) -> float:
    """Median milliseconds of one call, after two that warm up."""
    taken = []
    for turn in range(ROUNDS + 2):
        start = time.perf_counter()
        act(turn)
        taken.append((time.perf_counter() - start) * 1000)
    return round(statistics.median(taken[2:]), 1)


def _painted(clerk: Any, base: str) -> dict[str, float] | str:
    """From asking for the page to its first painted content in Chromium, medians of five; the plain page in the same way."""
    from django.conf import settings
    from django.db import connection
    from django.test.testcases import LiveServerThread, _StaticFilesHandler

    from tests.browser.conftest import chromium, playwright
    from tests.browser.people import Person

    path = chromium()
    if path is None:
        return "no Chromium"
    settings.ALLOWED_HOSTS = ["*"]
    server = LiveServerThread("localhost", _StaticFilesHandler, connections_override={})
    server.daemon = True
    server.start()
    server.is_ready.wait()
    try:
        with playwright.sync_playwright() as driver:
            running = driver.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
            person = Person(running, f"http://localhost:{server.port}", clerk)
            shown = [_paint(person, address) for address in (base, "/ministry/batches/")]
            running.close()
    finally:
        server.terminate()
        server.join()
        connection.close()
    return {"first paint of the table, ms": shown[0], "first paint of a short page, ms": shown[1]}


def _paint(person: Any, address: str) -> float:
    script = "(performance.getEntriesByName('first-contentful-paint')[0] || {}).startTime || 0"
    taken = []
    for _turn in range(6):
        person.open(address)
        while not (painted := person.page.evaluate(script)):
            time.sleep(0.01)
        taken.append(painted)
    return round(statistics.median(taken[1:]), 1)


def _bulk(batch: Any, clerk: Any, client: Any, base: str) -> dict[str, Any]:
    """Every application that waits is moved: as the pages do it, and as a loop of ``save()`` would."""
    from cultivation.models import Application

    mine = Application.objects.filter(batch=batch)
    total = mine.count()

    def looped() -> None:
        from django.db import transaction

        with transaction.atomic():
            for one in mine.filter(status="recommended").defer("record"):
                one.status, one.version = "in_review", one.version + 1
                one.save(update_fields=["status", "version"])

    plain = _once(looped)
    mine.update(status="recommended")
    start = time.perf_counter()
    preview = client.post(f"{base}move/?stage=checking", {"verb": "pass_check", "all": "1"})
    seen = time.perf_counter()
    ids = preview.content.decode().partition('name="ids" value="')[2].partition('"')[0]
    answer = client.post(f"{base}move/", {"verb": "pass_check", "ids": ids, "confirmed": "1"})
    done = time.perf_counter()
    moved = mine.filter(status="in_review").count()
    if answer.status_code != 302 or moved != total:
        raise RuntimeError(f"moved {moved} of {total}: {answer.status_code}")
    return {
        "rows": total,
        "preview_ms": round((seen - start) * 1000),
        "move_ms": round((done - seen) * 1000),
        "plain_loop_ms": round(plain),
        "times_plain": round((done - seen) * 1000 / plain, 2),
    }


def _once(act: Callable[[], None]) -> float:
    start = time.perf_counter()
    act()
    return (time.perf_counter() - start) * 1000


if __name__ == "__main__":
    json.dump(main(), sys.stdout, ensure_ascii=False)
    print()
