"""Databases of three sizes to measure against. Made once on the local server, kept, and used until the public tables change."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import time
from urllib.parse import quote

from django.db import connection
from django.db.utils import ProgrammingError

from tests.database import ROOT, address_of

#: Platforms wanted → scale of the demonstration set, which has 2,686 platforms, tombstones included, at 1.
SCALES = {2_400: 0.894, 24_000: 8.94, 240_000: 89.4}


def database(size: int) -> str:
    """The address of a database with about ``size`` platforms; makes it if there is none."""
    shape = hashlib.sha256((ROOT / "platforms" / "models" / "public.py").read_bytes()).hexdigest()[:10]
    name = f"bench_{size}_{shape}"
    address = address_of(name)
    with connection._nodb_cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
        if cursor.fetchone():
            return address
        building = f"{name}_building"
        cursor.execute(f"DROP DATABASE IF EXISTS {building} WITH (FORCE)")
        cursor.execute(f"CREATE DATABASE {building}")
    began = time.monotonic()
    # The limits are for people waiting for a page; making a quarter of a million platforms takes longer between two statements.
    patient = quote("-c statement_timeout=0 -c idle_in_transaction_session_timeout=0 -c timezone=UTC")
    environment = {**os.environ, "DATABASE_URL": f"{address_of(building)}&options={patient}"}
    for command in (
        ("migrate",),
        ("load_reference",),
        ("load_public_facts",),
        ("seed_demo", "--scale", str(SCALES[size])),
    ):
        subprocess.run(
            [sys.executable, "manage.py", *command, "--verbosity", "0"],
            cwd=ROOT,
            env=environment,
            check=True,
            stdout=sys.stderr,
        )
    with connection._nodb_cursor() as cursor:
        try:
            cursor.execute(f"ALTER DATABASE {building} RENAME TO {name}")
        except ProgrammingError:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [building]
            )
            cursor.execute(f"ALTER DATABASE {building} RENAME TO {name}")
    subprocess.run(
        [
            sys.executable,
            "-c",
            "import psycopg, sys; psycopg.connect(sys.argv[1], autocommit=True).execute('VACUUM ANALYZE')",
            address,
        ],
        check=True,
    )
    print(f"{size}: made in {time.monotonic() - began:.0f} s", file=sys.stderr)
    return address
