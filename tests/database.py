"""Every run gets its own copy of a migrated template database: the fixture ``django_db_setup`` of ``tests/conftest.py``.

Applying the migrations takes seconds, copying the result takes a fraction of one. The template is named after the migration
files, so a changed migration makes a new one, and two workers build it once. Tests that commit leave the copy as they found it.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import pytest
from django.db import connection, transaction
from django.test import TransactionTestCase

ROOT = Path(__file__).resolve().parent.parent
#: A busy machine is not a failing query: what would keep a person waiting is no measure here. The last word counts.
PATIENT = " -c statement_timeout=120s -c lock_timeout=60s -c idle_in_transaction_session_timeout=120s"
#: What the migrations fill and no test writes to.
FILLED_ONCE = {"django_content_type", "auth_permission"}


@pytest.fixture(scope="session")
def django_db_setup(request, django_test_environment, django_db_blocker) -> Iterator[None]:
    worker = os.environ.get("PYTEST_XDIST_WORKER", "solo")
    name = f"test_{worker}_{os.getpid()}"
    options = connection.settings_dict["OPTIONS"]
    options["options"] = options.get("options", "") + PATIENT
    with django_db_blocker.unblock():
        template = migrated_template()
        with connection._nodb_cursor() as cursor:
            cursor.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
        connection.close()
        original = connection.settings_dict["NAME"]
        connection.settings_dict["NAME"] = name
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda test: delete_what_was_written())
        yield
    with django_db_blocker.unblock():
        connection.close()
        connection.settings_dict["NAME"] = original
        with connection._nodb_cursor() as cursor:
            cursor.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def delete_what_was_written() -> None:
    """Empty the tables that have rows. Django's way, TRUNCATE, makes new files for every table and index there is."""
    with connection.cursor() as cursor:
        names = set(connection.introspection.django_table_names(only_existing=True)) - FILLED_ONCE
        tables = sorted(map(connection.ops.quote_name, names))
        cursor.execute(
            " UNION ALL ".join(f"SELECT '{table}' WHERE EXISTS (SELECT FROM {table})" for table in tables)
        )
        written = [row[0] for row in cursor.fetchall()]
        with transaction.atomic():
            # Nothing is recorded, refused or checked: history is append-only, and references go with their targets.
            cursor.execute("SET LOCAL session_replication_role = replica")
            for table in written:
                cursor.execute(f"DELETE FROM {table}")


def migrated_template() -> str:
    """The name of an up-to-date template database; built by whoever comes first."""
    template = f"template_{migration_digest()}"
    with _only_one(template), connection._nodb_cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [template])
        if cursor.fetchone() is None:
            # Built under another name first: an interrupted build must not be taken for a finished one.
            building = f"{template}_building"
            cursor.execute(f"DROP DATABASE IF EXISTS {building} WITH (FORCE)")
            cursor.execute(f"CREATE DATABASE {building}")
            _migrate(building)
            cursor.execute(f"ALTER DATABASE {building} RENAME TO {template}")
    return template


def migration_digest() -> str:
    """Twelve hex digits that change whenever a migration of ours or an installed package changes."""
    digest = hashlib.sha256()
    for path in sorted([*ROOT.glob("*/migrations/*.py"), ROOT / "requirements.lock"]):
        digest.update(path.name.encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def _migrate(database: str) -> None:
    environment = {**os.environ, "DATABASE_URL": address_of(database)}
    subprocess.run(
        [sys.executable, "manage.py", "migrate", "--verbosity", "0"], cwd=ROOT, env=environment, check=True
    )


def address_of(database: str) -> str:
    """The ``DATABASE_URL`` of another database on the server the tests use."""
    config = connection.settings_dict
    return f"postgresql://{quote(config['USER'])}:{quote(config['PASSWORD'])}@/{database}?" + "&".join(
        f"{key}={quote(str(value))}"
        for key, value in (("host", config["HOST"]), ("port", config["PORT"]))
        if value
    )


@contextmanager
def _only_one(name: str) -> Iterator[None]:
    """One process at a time on this machine builds a template of that name."""
    from registry import local

    folder = local.directory()
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / f"{name}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
