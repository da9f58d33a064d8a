"""Two places that one source has told different histories, each a server of its own, and a mirror that asks both."""

from __future__ import annotations

import json
import subprocess
import sys

import psycopg
import pytest
from django.db import connection
from psycopg.rows import dict_row

from cultivation.releases import changelog, merkle, notes, verify_release
from tests.database import ROOT, address_of
from tests.faults.test_mirror import Place

pytestmark = pytest.mark.django_db(transaction=False)
BEGIN = """
from tests.api import public_platform
for _ in range(3):
    public_platform()
from cultivation.actions.checkpoint import seal
seal()
"""


@pytest.fixture
def places(db, tmp_path, settings):
    settings.BASE_URL = "http://source.example"  # as the places have it: it is the name of the keys
    made = [Place(name, tmp_path / name) for name in ("honest", "mirror")]
    yield made
    for place in made:
        place.drop()


def told_otherwise(source: Place, folder) -> Place:
    """The same source with another past, sealed with the same key: what only its operator can do."""
    other = Place("otherwise", folder)
    with connection._nodb_cursor() as cursor:
        cursor.execute(f"DROP DATABASE {other.database} WITH (FORCE)")
        cursor.execute(f"CREATE DATABASE {other.database} TEMPLATE {source.database}")
    with psycopg.connect(address_of(other.database), row_factory=dict_row) as database:
        database.execute("SET session_replication_role = replica")
        database.execute("UPDATE public_change SET title_zh = %s WHERE number = 2", ["示例·另一种说法"])
        changes = database.execute("SELECT * FROM public_change ORDER BY number").fetchall()
        root = merkle.root([merkle.leaf(changelog.leaf_of(change)) for change in changes])
        text = changelog.text_of(len(changes), root, changes[-1]["at"])
        note = notes.signed(text, notes.key(notes.CLOCK))
        database.execute("UPDATE cultivation_checkpoint SET root = %s, note = %s", [root.hex(), note])
    return other


def test_a_mirror_finds_out_that_others_are_told_another_history(places):
    honest, mirror = places
    honest.run("shell", "-v", "0", "-c", BEGIN)
    places.append(other := told_otherwise(honest, honest.folder))
    for place in (honest, other):
        place.start()
    source, peer = (f"http://127.0.0.1:{place.port}" for place in (honest, other))

    ran = mirror.run(
        "mirror", source, "--peer", "http://127.0.0.1:1", "--peer", source, "--peer", peer, check=False
    )

    assert (ran.returncode, f"not trusted: split: {peer}: two signed" in ran.stderr) == (1, True), ran.stderr
    assert "peer http://127.0.0.1:1: lost: " in ran.stdout
    assert f"peer {source}: valid: " in ran.stdout
    assert mirror.everything() == honest.everything()  # what it has stays

    (kept,) = mirror.folder.glob("split-*.json")
    signed = {
        row[0] for place in (honest, other) for row in place.rows("SELECT note FROM cultivation_checkpoint")
    }
    shown = json.loads(kept.read_bytes())
    assert {shown["older"], shown["proof"]["checkpoint"]} == signed
    assert len(signed) == 2
    # Anybody can check it with the one file and the public keys.
    alone = [
        sys.executable,
        verify_release.__file__,
        "--split",
        kept,
        "--keys",
        mirror.folder / "upstream-keys.json",
    ]
    told = subprocess.run(alone, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (told.returncode, json.loads(told.stdout)["verdict"]) == (1, "split")
