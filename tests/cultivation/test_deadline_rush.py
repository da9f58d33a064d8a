"""The last minute before the deadline: 37 authorities press the button at once, on a real server over real sockets.

What has reached the server before the instant counts, however long it then waits for its turn; what reaches it at the instant
or later does not. The instant is Beijing's, whatever the clock of the machine or of the database is set to.
"""

from __future__ import annotations

import datetime
import json
import os
import re
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import httpx
import pytest
from bs4 import BeautifulSoup
from django.conf import settings as live_settings
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from cultivation.choices import ApplicationStatus
from cultivation.models import Application, Batch
from platforms.access import Role
from platforms.codes import format_code
from tests import factories
from tests.browser.people import BACKEND
from tests.cultivation import batches
from tests.database import ROOT, address_of

pytestmark = pytest.mark.django_db(transaction=True)

AUTHORITIES = 37
EACH = 3  # one for every wave
BEIJING = ZoneInfo("Asia/Shanghai")
ARRIVED = re.compile(r"系统收到您的请求是 (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6})")


@dataclass
class Office:
    """An authority's approver with a session, and the applications that wait for the button."""

    code: str
    cookies: dict[str, str]
    applications: list[int]

    def recommend(self, root: str, batch: str, turn: int) -> tuple[int, str]:
        """Press the button for one application; status and what the page says."""
        with httpx.Client(base_url=root, cookies=self.cookies, timeout=60, trust_env=False) as browser:
            answer = browser.post(
                f"/authorities/{self.code}/batches/{batch}/recommend/",
                data={"one": self.applications[turn], "csrfmiddlewaretoken": self.cookies["csrftoken"]},
            )
        return answer.status_code, BeautifulSoup(answer.text, "html.parser").get_text(" ")


@pytest.fixture
def offices(cast, settings) -> tuple[Batch, list[Office]]:
    settings.ALLOWED_HOSTS = ["*"]
    batch = batches.open_batch(cast)
    return batch, [_office(batch, number) for number in range(AUTHORITIES)]


def _office(batch: Batch, number: int) -> Office:
    authority = factories.AuthorityFactory(code=f"{900000 + number}", name_zh=f"示例单位{number}")
    clerk = factories.person(Role.AUTHORITY_CLERK, authority=authority)
    approver = factories.person(Role.AUTHORITY_APPROVER, authority=authority)
    applications = [
        factories.ApplicationFactory(
            batch=batch,
            platform=factories.PlatformFactory(
                authority=authority, tier="reserve", code=format_code("32", 40000 + number * EACH + place)
            ),
            proposed_by=clerk,
            rank=place + 1,
        )
        for place in range(EACH)
    ]
    client = Client()
    client.force_login(approver, backend=BACKEND)
    session = client.cookies[live_settings.SESSION_COOKIE_NAME].value
    cookies = {live_settings.SESSION_COOKIE_NAME: session, "csrftoken": "a" * 32}
    return Office(authority.code, cookies, [each.pk for each in applications])


def together(acts) -> list:
    """Every act in a thread of its own, begun at one moment; their results in order."""
    start, results = threading.Barrier(len(acts)), [None] * len(acts)

    def run(place: int) -> None:
        start.wait()
        results[place] = acts[place]()

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def waiting() -> int:
    """How many requests stand before a locked row."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_stat_clear_snapshot()"
        )  # in one transaction the view does not change by itself
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        )
        return cursor.fetchone()[0]


def recommended() -> set[int]:
    return set(Application.objects.filter(status=ApplicationStatus.RECOMMENDED).values_list("pk", flat=True))


@pytest.fixture
def server_in(monkeypatch):
    """``server_in(zone)`` puts the machine and every new session of the database into a time zone."""
    name = connection.ops.quote_name(connection.settings_dict["NAME"])

    def move(zone: str) -> None:
        monkeypatch.setenv("TZ", zone)
        time.tzset()
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER DATABASE {name} SET timezone TO %s", [zone])

    before = os.environ["TZ"]
    yield move
    move(before)
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER DATABASE {name} RESET timezone")


def test_37_authorities_at_the_last_moment(offices, live_server, server_in):
    batch, all_of_them = offices

    # The server stands in another part of the world for every wave: it is the same instant everywhere.
    server_in("America/Los_Angeles")
    assert datetime.datetime.now().astimezone().utcoffset() != datetime.timedelta(hours=8)
    # The first wave stands at the door, all of it, when the instant passes; only then do their turns come.
    answers: list = []
    wave = threading.Thread(
        target=lambda: answers.extend(together(_acts(all_of_them, live_server, batch, 0)))
    )
    with transaction.atomic():
        Batch.objects.select_for_update().get(pk=batch.pk)
        wave.start()
        patience = time.monotonic() + 180
        while waiting() < AUTHORITIES:
            assert time.monotonic() < patience, f"only {waiting()} of {AUTHORITIES} at the door"
            time.sleep(0.05)
        instant = timezone.now()
        Batch.objects.filter(pk=batch.pk).update(recommend_until=instant)
    wave.join()
    assert [status for status, _said in answers] == [302] * AUTHORITIES
    assert recommended() == {office.applications[0] for office in all_of_them}

    server_in("Pacific/Kiritimati")
    # The second comes after it: nobody gets in, and each is told both times to the microsecond.
    late = together(_acts(all_of_them, live_server, batch, 1))
    assert [status for status, _said in late] == [409] * AUTHORITIES
    assert all("截止" in said and _arrival(said) >= instant for _status, said in late)

    server_in("UTC")
    # The third comes while the instant passes: whoever is refused came after it, whoever came in was sent before it.
    instant = timezone.now() + datetime.timedelta(seconds=1.2)
    Batch.objects.filter(pk=batch.pk).update(recommend_until=instant)
    outcomes = together([_timed(act, n) for n, act in enumerate(_acts(all_of_them, live_server, batch, 2))])
    inside = {
        office.applications[2]
        for office, (sent, status, said) in zip(all_of_them, outcomes, strict=True)
        if _judged(sent, status, said, instant)
    }
    assert 0 < len(inside) < AUTHORITIES, "the instant should fall into the wave"
    assert recommended() == {office.applications[0] for office in all_of_them} | inside


def _acts(all_of_them: list[Office], live_server, batch: Batch, turn: int) -> list:
    return [lambda o=office: o.recommend(live_server.url, batch.code, turn) for office in all_of_them]


def _timed(act, place: int):
    """The same act a little later for each place, spread over two seconds."""

    def later():
        time.sleep(place * 2 / AUTHORITIES)
        return (timezone.now(), *act())

    return later


def _arrival(said: str) -> datetime.datetime:
    written = ARRIVED.search(said)
    assert written, said
    return datetime.datetime.fromisoformat(written[1]).replace(tzinfo=BEIJING)


def _judged(sent: datetime.datetime, status: int, said: str, instant: datetime.datetime) -> bool:
    """Whether it was accepted; what was sent after the instant cannot be, what arrived before it must be."""
    if status == 302:
        assert sent < instant
        return True
    assert status == 409 and _arrival(said) >= instant
    return False


JUDGE = """
import datetime, json
import django
django.setup()
from django.utils import timezone
from cultivation.actions.window import require_window, written
from cultivation.forms.batch import BatchForm, ExtendForm
from cultivation.calendar import end_of_day
from cultivation.models import Batch
from platforms.errors import IllegalStep

batch = Batch.objects.get()
def judged(arrival):
    try:
        require_window(batch, arrival)
    except IllegalStep as error:
        return str(error)
    return ""
typed = ExtendForm({"until": "2099-06-01T00:00", "reason": "x"})
assert typed.is_valid(), typed.errors
tick = datetime.timedelta(microseconds=1)
print(json.dumps({
    "stored": batch.recommend_until.astimezone(datetime.timezone.utc).isoformat(),
    "shown": written(batch.recommend_until),
    "drawn": str(BatchForm(instance=batch)["recommend_until"]).split('value="')[1].split('"')[0],
    "typed": typed.cleaned_data["until"].astimezone(datetime.timezone.utc).isoformat(),
    "before": judged(batch.recommend_until - tick),
    "at": judged(batch.recommend_until),
    "end of day": end_of_day(datetime.date(2099, 6, 1)).astimezone(datetime.timezone.utc).isoformat(),
}, default=str, ensure_ascii=False))
"""


@pytest.mark.parametrize("zone", ["America/Los_Angeles", "Pacific/Kiritimati"])
def test_the_deadline_is_beijings_under_any_clock_of_the_server(cast, zone):
    """The machine's and the database session's time zones are set to the ends of the earth; midnight of June stays midnight."""
    batches.open_batch(cast, recommend_until=datetime.datetime(2099, 6, 1, tzinfo=BEIJING))
    name = connection.settings_dict["NAME"]
    environment = os.environ | {
        "TZ": zone, "PGTZ": zone, "DATABASE_URL": address_of(name), "DJANGO_SETTINGS_MODULE": "registry.settings",
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", JUDGE], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.strip().splitlines()[-1])
    at = told.pop("at")
    assert told == {
        "stored": "2099-05-31T16:00:00+00:00",
        "shown": "2099-05-31 24:00",
        "drawn": "2099-06-01T00:00",
        "typed": "2099-05-31T16:00:00+00:00",
        "before": "",
        "end of day": "2099-06-01T16:00:00+00:00",
    }
    assert "2099-05-31 24:00（北京时间）截止，系统收到您的请求是 2099-06-01 00:00:00.000000" in at
