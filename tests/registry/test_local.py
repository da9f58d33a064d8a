"""The local PostgreSQL and Valkey: one per checkout, found again, recovered after anything."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import psycopg
import pytest

from registry import local
from registry.local import place as places
from registry.local import postgres, process
from registry.local.place import Place
from registry.local.postgres import Postgres
from registry.local.valkey import Valkey


@pytest.fixture(scope="module")
def folder():
    """Not tmp_path: pytest closes that to other users, and the servers of root run as another user."""
    made = Path(tempfile.mkdtemp(prefix="registry-test-"))
    made.chmod(0o711)
    yield made
    for var in made.iterdir():
        shutil.rmtree(Place(var).sockets, ignore_errors=True)
    shutil.rmtree(made)


@pytest.fixture(scope="module")
def running(folder):
    """One instance for the tests that ill-treat it; each leaves it running."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("REGISTRY_VAR", str(folder / "one"))
        local.up(durable=False)
        run("CREATE TABLE kept (n int)")
        run("INSERT INTO kept SELECT generate_series(1, 1000)")
        yield local.here()
        local.down()


@pytest.fixture(autouse=True)
def _here(request, monkeypatch, folder):
    if "running" in request.fixturenames:
        monkeypatch.setenv("REGISTRY_VAR", str(folder / "one"))


def run(sql):
    with psycopg.connect(local.database_url(), autocommit=True) as connection:
        cursor = connection.execute(sql)
        return cursor.fetchall() if cursor.description else []


def kept():
    return run("SELECT count(*) FROM kept")[0][0]


def pids():
    return [state.pid for state in local.status()]


def test_asking_for_addresses_starts_and_creates_nothing(monkeypatch, folder):
    monkeypatch.setenv("REGISTRY_VAR", str(folder / "untouched"))
    assert local.database_url().startswith("postgresql://registry@/registry?host=")
    assert local.broker_url(2).endswith("/valkey.sock?virtual_host=2")
    assert local.cache_url().startswith("unix:///")
    assert [(state.pid, state.answers) for state in local.status()] == [(None, False), (None, False)]
    local.down()
    assert not (folder / "untouched").exists()


def test_a_socket_path_fits_however_deep_the_checkout_lies():
    deep = Place(Path("/" + "/".join(["很深的文件夹"] * 30)))
    for name in (".s.PGSQL.5432.lock", "valkey.sock"):
        assert len(os.fsencode(deep.sockets / name)) < 107


def test_both_answer_and_know_chinese(running):
    assert [state.answers for state in local.status()] == [True, True]
    assert run("SELECT lower('ÄÖ'), '中试' ~ '^[[:alpha:]]+$', current_setting('TimeZone')") == [
        ("äö", True, "UTC")
    ]


def test_up_again_and_from_three_sides_at_once_finds_the_same_servers(running):
    before = pids()
    starters = [threading.Thread(target=local.up, kwargs={"durable": False}) for _ in range(3)]
    for starter in starters:
        starter.start()
    for starter in starters:
        starter.join()
    assert pids() == before


def test_servers_are_stopped_when_nobody_is_left(running, monkeypatch):
    for name in ("DATABASE_URL", "REDIS_URL"):
        monkeypatch.delenv(name, raising=False)
    with psycopg.connect(local.database_url()):
        local.down_where_unused()
        assert all(pids())
    local.down_where_unused()
    assert pids() == [None, None]
    local.up(durable=False)
    assert kept() == 1000


def test_a_killed_postgres_comes_back_with_every_row(running):
    before = pids()
    os.kill(before[0], signal.SIGKILL)
    local.up(durable=False)
    assert kept() == 1000
    assert pids()[0] != before[0]
    assert pids()[1] == before[1]


def test_a_killed_valkey_comes_back(running):
    before = pids()
    os.kill(before[1], signal.SIGKILL)
    local.up(durable=False)
    assert local.status()[1].answers
    assert pids()[0] == before[0]


def test_servers_whose_sockets_were_swept_out_of_the_temp_folder_are_replaced(running):
    before = pids()
    shutil.rmtree(running.sockets)
    assert [state.answers for state in local.status()] == [False, False]
    local.up(durable=False)
    assert kept() == 1000
    assert not any(process.alive(pid) for pid in before)


def test_a_stranger_with_the_recorded_number_is_not_taken_for_the_server(running):
    local.down()
    for record in (running.home / "postgres/postmaster.pid", running.home / "valkey/server.pid"):
        record.write_text(f"{os.getpid()}\n")
    assert pids() == [None, None]
    local.down()  # must not stop the stranger: it runs these tests
    local.up(durable=False)
    assert kept() == 1000


def test_down_stops_both_and_up_finds_the_data_again(running):
    before = pids()
    local.down()
    assert pids() == [None, None]
    assert not any(process.alive(pid) for pid in before)
    local.up(durable=False)
    assert kept() == 1000


def test_a_database_lost_in_an_interrupted_first_start_is_made_again(running):
    with psycopg.connect(
        local.database_url().replace("/registry?", "/postgres?"), autocommit=True
    ) as connection:
        connection.execute("ALTER DATABASE registry RENAME TO aside")
        try:
            local.up(durable=False)
            assert run("SELECT to_regclass('kept')") == [(None,)]
        finally:
            connection.execute("DROP DATABASE registry")
            connection.execute("ALTER DATABASE aside RENAME TO registry")


def test_two_checkouts_share_nothing(running, monkeypatch, folder):
    first = pids()
    monkeypatch.setenv("REGISTRY_VAR", str(folder / "two"))
    local.up(valkey=False, durable=False)
    try:
        assert run("SELECT to_regclass('kept')") == [(None,)]
        assert pids()[0] not in first
        assert local.here().sockets != running.sockets
    finally:
        local.down()
    assert process.alive(first[0])


def test_only_the_servers_that_are_used_are_started(running, monkeypatch, folder):
    monkeypatch.setenv("REGISTRY_VAR", str(folder / "three"))
    monkeypatch.setenv("DATABASE_URL", "postgresql://elsewhere/registry")
    monkeypatch.delenv("REDIS_URL", raising=False)
    local.up_where_used()
    try:
        assert [bool(pid) for pid in pids()] == [False, True]
    finally:
        local.down()


def test_durable_unless_it_is_for_tests(monkeypatch, folder):
    monkeypatch.setenv("REGISTRY_VAR", str(folder / "durable"))
    local.up(valkey=False)
    try:
        assert [run(f"SHOW {name}")[0][0] for name in postgres.FORGETFUL] == ["on", "on"]
    finally:
        local.down()


def test_a_checkout_in_a_closed_folder_gets_its_data_where_the_servers_user_can_reach_it(monkeypatch, folder):
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    monkeypatch.setattr(places, "ROOTS_SHELF", folder / "shelf")
    monkeypatch.setenv("REGISTRY_VAR", str(closed / "checkout" / "var"))
    home = local.here().home
    as_root = os.geteuid() == 0
    assert home.is_relative_to(folder / "shelf" if as_root else closed)
    local.up(valkey=False, durable=False)
    try:
        assert run("SELECT 1") == [(1,)]
        closed.chmod(0o711)  # opened later: the data must not seem to vanish
        assert local.here().home == home
    finally:
        local.down()


def test_programs_that_the_servers_user_cannot_read_are_copied_once(monkeypatch, folder):
    monkeypatch.setattr(places, "ROOTS_SHELF", folder / "shelf2")
    package = folder / "private" / "package"
    package.mkdir(parents=True)
    (package / "program").write_text("#!/bin/sh\n. $(dirname $0)/../package.libs/lib\n")
    (package.parent / "package.libs").mkdir()
    (package.parent / "package.libs" / "lib").write_text("exit 0\n")
    for path in (*package.parent.rglob("*"), package.parent):
        path.chmod(0o700)
    place = Place(folder / "four")
    copy = place.adopt(package.parent, package, package.parent / "package.libs")
    assert place.runs(copy / "package" / "program")
    assert place.runs(package / "program") is (os.geteuid() != 0)
    assert place.adopt(package.parent, package, package.parent / "package.libs") == copy


def test_a_socket_folder_that_someone_else_laid_out_is_refused(monkeypatch, folder):
    monkeypatch.setenv("REGISTRY_VAR", str(folder / "five"))
    trap = local.here().sockets
    trap.symlink_to(folder)
    try:
        with pytest.raises(local.LocalServiceError, match="belongs to someone else"):
            local.up(durable=False)
    finally:
        trap.unlink()


def test_without_programs_the_sentence_says_what_to_do(monkeypatch, folder):
    monkeypatch.setattr(postgres, "WHEELS", ())
    monkeypatch.setattr(postgres, "SYSTEM", folder / "no-system")
    with pytest.raises(local.LocalServiceError, match="make setup.*EMBEDDED_PG_BIN.*DATABASE_URL"):
        postgres.find_programs(Place(folder / "six"), None)


def test_data_of_another_version_is_not_handed_to_these_programs(folder):
    with pytest.raises(local.LocalServiceError, match=r"The data needs PostgreSQL 9; found only .*\(18\)"):
        postgres.find_programs(Place(folder / "six"), "9")


def test_a_zombie_does_not_count_as_alive():
    child = subprocess.Popen([sys.executable, "-c", ""])
    assert process.wait(lambda: not process.alive(child.pid), 60)  # ended, and not yet collected by us
    child.wait()
    assert not process.alive(process.NO_PROCESS)


def test_the_secret_key_is_made_once_and_for_its_owner_only(monkeypatch, folder):
    monkeypatch.setenv("REGISTRY_VAR", str(folder / "seven"))
    key = local.secret_key()
    assert len(key) >= 50
    assert local.secret_key() == key
    assert (folder / "seven" / "secret_key").stat().st_mode & 0o777 == 0o600


def test_the_servers_are_named_as_the_command_shows_them(running):
    assert [server(running).name for server in (Postgres, Valkey)] == [state.name for state in local.status()]
