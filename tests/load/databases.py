"""Databases for benchmarks: migrated, filled with the demonstration set at a scale, dropped afterwards.

``BENCH_KEEP=1`` leaves them for the next run, which is what one wants while working on a benchmark; their name holds the digest
of the migrations, so that an old one is never taken for a current one.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from tests.database import ROOT, address_of, migrated_template, migration_digest

FILLED = (["load_reference"], ["load_public_facts"])


@contextmanager
def filled(scale: float) -> Iterator[str]:
    """The ``DATABASE_URL`` of a database with the demonstration set of that scale."""
    from django.db import connection

    name = f"bench_{str(scale).replace('.', '_')}_{migration_digest()}"
    with connection._nodb_cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
        known = cursor.fetchone() is not None
    if not known:
        _fill(name, scale)
    try:
        yield address_of(name)
    finally:
        if not os.environ.get("BENCH_KEEP"):
            with connection._nodb_cursor() as cursor:
                cursor.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def _fill(name: str, scale: float) -> None:
    from django.db import connection

    building = f"{name}_building"
    template = migrated_template()
    with connection._nodb_cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {building} WITH (FORCE)")
        cursor.execute(f"CREATE DATABASE {building} TEMPLATE {template} STRATEGY FILE_COPY")
    environment = {**os.environ, "DATABASE_URL": address_of(building)}
    for command in (*FILLED, ["seed_demo", "--scale", str(scale)]):
        print(f"bench: {' '.join(command)}", file=sys.stderr, flush=True)
        subprocess.run(
            [sys.executable, "manage.py", *command], cwd=ROOT, env=environment, check=True, stdout=sys.stderr
        )
    with connection._nodb_cursor() as cursor:
        cursor.execute(f"ALTER DATABASE {building} RENAME TO {name}")
