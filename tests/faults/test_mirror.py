"""A mirror equals its source record by record, catches up, and is never anything its source was not, whatever is lost when."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest
from django.db import connection

from tests.database import ROOT, address_of, migrated_template

pytestmark = pytest.mark.django_db(transaction=False)
TABLES = (
    "public_platform",
    "public_batch",
    "public_notice",
    "public_list",
    "public_resource",
    "public_change",
)

MAKE = """
from platforms.models import Platform
from platforms.publish import publish
platforms = list(Platform.objects.filter(status="active").order_by("code")[:{n}])
for turn, platform in enumerate(platforms):
    platform.name_en = f"Renamed {word} {{turn}}"
    platform.save()
    publish(platform)
"""


BEGIN = """
from django.core.management import call_command
from tests.api import public_platform
for _ in range(25):
    public_platform()
call_command("cut_release", "directory")
call_command("cut_release", "resources")
"""


class Place:
    """An installation of its own: database, folder of editions, and a server when it is up."""

    def __init__(self, name: str, folder: Path) -> None:
        self.database = f"mirror_{name}_{os.getpid()}"
        self.folder, self.process, self.port = folder, None, 0
        template = migrated_template()
        with connection._nodb_cursor() as cursor:
            cursor.execute(f"DROP DATABASE IF EXISTS {self.database} WITH (FORCE)")
            cursor.execute(f"CREATE DATABASE {self.database} TEMPLATE {template}")

    @property
    def environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "DATABASE_URL": address_of(self.database),
            "REGISTRY_EDITIONS": str(self.folder),
            "REGISTRY_API_RATE_ANONYMOUS": "1000000/min",
            "REGISTRY_BASE_URL": "http://source.example",
            "DJANGO_SETTINGS_MODULE": "registry.settings",
        }

    def run(self, *words: str, check: bool = True) -> subprocess.CompletedProcess:
        return subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=ROOT,
            env=self.environment,
            check=check,
            capture_output=True,
            text=True,
        )

    def start(self) -> None:
        # Another port each time: somebody else may have got the old one, or a dying worker may still hold it.
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "registry.wsgi:application", "--bind", f"127.0.0.1:{self.port}", "--threads",
             "2", "--log-level", "critical", "--no-control-socket"],
            cwd=ROOT, env={**self.environment, "REGISTRY_ALLOWED_HOSTS": "127.0.0.1,localhost"}, start_new_session=True,
        )  # fmt: skip
        until = time.monotonic() + 180
        while time.monotonic() < until:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
                return
            time.sleep(0.1)
        raise RuntimeError("the server does not answer")

    def kill(self) -> None:
        if self.process:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None

    def drop(self) -> None:
        self.kill()
        with connection._nodb_cursor() as cursor:
            cursor.execute(f"DROP DATABASE IF EXISTS {self.database} WITH (FORCE)")

    def rows(self, sql: str) -> list[tuple]:
        with psycopg.connect(address_of(self.database), autocommit=True) as database:
            return database.execute(sql).fetchall()

    def everything(self) -> dict[str, list[tuple]]:
        """Every public row as text, without the keys that only this database knows."""
        found = {
            table: self.rows(f"SELECT (to_jsonb(t) - 'id')::text FROM {table} t ORDER BY 1")
            for table in TABLES
        }
        found["words"] = self.rows(
            "SELECT p.code, s.tokens FROM public_search s JOIN public_platform p ON p.id = s.platform_id ORDER BY 1"
        )
        return found


@pytest.fixture
def places(db, tmp_path):
    source, mirror = Place("source", tmp_path / "source"), Place("mirror", tmp_path / "mirror")
    yield source, mirror
    source.drop()
    mirror.drop()


def pull(mirror: Place, source: Place, *, check: bool = True) -> subprocess.CompletedProcess:
    return mirror.run("mirror", f"http://127.0.0.1:{source.port}", check=check)


def change(source: Place, n: int, word: str) -> None:
    source.run("shell", "-v", "0", "-c", MAKE.format(n=n, word=word))


def test_a_mirror_from_nothing_equals_its_source_and_survives_its_loss_at_any_moment(places):
    source, mirror = places
    source.run("shell", "-v", "0", "-c", BEGIN)
    source.start()

    pull(mirror, source)
    assert mirror.everything() == source.everything()
    assert len(mirror.rows("SELECT 1 FROM public_platform")) > 20
    editions = "SELECT kind, version, manifest_sha256, entries_root, manifest::text FROM cultivation_edition ORDER BY 1, 2"
    assert mirror.rows(editions) == source.rows(editions)

    change(source, 20, "hour")  # an hour of changes, and another edition
    source.run("cut_release", "directory")
    pull(mirror, source)
    assert mirror.everything() == source.everything()

    chance = random.Random(7)
    for turn in range(2):
        change(source, 8, f"turn {turn}")
        running = subprocess.Popen(
            [sys.executable, "manage.py", "mirror", f"http://127.0.0.1:{source.port}"],
            cwd=ROOT, env=mirror.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        time.sleep(0.5 + chance.random() * 3)
        source.kill()
        running.wait(180)
        count, newest = mirror.rows("SELECT count(*), max(number) FROM public_change")[0]
        assert count == newest  # what it has, it has without a gap
        assert (
            mirror.rows(
                "SELECT 1 FROM public_platform WHERE last_change > (SELECT max(number) FROM public_change)"
            )
            == []
        )
        source.start()
    pull(mirror, source)
    assert mirror.everything() == source.everything()

    # The mirror answers as the source does, with nobody behind it.
    there = {
        path: get(source, path)
        for path in ("platforms/?page_size=200", "services/", "changes/", "releases/keys/", "checkpoint/")
    }
    source.kill()
    mirror.start()
    assert {path: get(mirror, path) for path in there} == there


def get(place: Place, path: str) -> bytes:
    from urllib.request import urlopen

    with urlopen(f"http://127.0.0.1:{place.port}/api/v1/{path}", timeout=120) as answer:
        return answer.read()
