"""Handing a file in to be judged: genuine, superseded, changed where, or none of ours; and nothing of it is kept."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from cultivation import authenticity
from cultivation.models import Edition
from cultivation.releases import files
from platforms.models import PublicPlatform
from tests.api import V1
from tests.cultivation import noticing
from tests.cultivation.test_edition_cut import two
from tests.security.fingerprint import rows

pytestmark = pytest.mark.django_db
__all__ = ["two"]


def judged(client, data: bytes, name: str = "file") -> dict:
    answer = client.post("/verify/file/", {"file": SimpleUploadedFile(name, data)})
    assert answer.status_code == 200, answer.content.decode()[:500]
    assert "no-store" in answer["Cache-Control"]
    return answer.context["proof"]


def file_of(edition: Edition, name: str) -> bytes:
    return (files.folder_of(edition) / name).read_bytes()


@pytest.mark.parametrize(
    "name", ["entries.csv", "entries.jsonl", "entries.xlsx", "entries.pdf", "manifest.json"]
)
def test_a_file_of_an_edition_is_known_whatever_it_is_called(two, client, name):
    old, new = two
    assert judged(client, file_of(new, name))["outcome"] == "current"
    told = judged(client, file_of(old, name))
    assert (told["outcome"], told["version"]) == ("superseded", old.version)
    assert told["newer_url"] == f"/api/v1/releases/directory/{new.version}/"


def test_of_a_changed_table_the_first_line_that_differs_is_named(two, client):
    data = file_of(two[1], "entries.csv").split(b"\n")
    code = next(cell for cell in data[4].decode().split(",") if cell.startswith("ZS-"))
    data[4] = data[4].replace("示例".encode(), "真实".encode())
    told = judged(client, b"\n".join(data))
    assert told["outcome"] == "changed"
    assert f"第 5 行（{code}）" in told["text"]


def test_what_is_none_of_ours_is_said_to_be_so(two, client):
    for data in (
        b"",
        b"\x00" * 1000,
        b"{}",
        b"[]",
        "编号,名称\n".encode(),
        b"%PDF-1.7",
        b'{"code": 1, "version": [], "entries": 0}',
    ):
        assert judged(client, data)["outcome"] == "unknown"


def test_a_proof_is_checked_as_everyone_checks_it(two, client):
    code = json.loads(file_of(two[1], "entries.jsonl").splitlines()[2])["code"]
    proof = client.get(f"{V1}releases/directory/{two[1].version}/proofs/{code}/").content
    assert judged(client, proof)["outcome"] == "current"
    assert judged(client, proof.replace("示例".encode(), "真实".encode()))["outcome"] == "changed"
    forged = json.loads(proof) | {"checkpoint": "x/directory\n1\nAA==\nversion v9.9-2026-01-01\n\n\n"}
    assert judged(client, json.dumps(forged).encode())["outcome"] == "changed"


def test_a_list_is_known_by_what_it_says_or_by_its_name(cast, client, monkeypatch):
    noticing.set_clock(monkeypatch, noticing.MONDAY)
    notice = noticing.on_notice(cast)
    release = notice.release
    address = f"/lists/{release.code}/{release.version}"
    for kind in ("csv", "json", "xlsx", "pdf"):
        download = client.get(f"{address}.{kind}")
        name = download["Content-Disposition"].partition('"')[2].rstrip('"')
        assert judged(client, download.content, name)["outcome"] == "current"
        assert (
            judged(client, download.content[:-9] + b"\n" + download.content[-8:], name)["outcome"]
            == "changed"
        )
        if kind in ("csv", "json"):
            assert judged(client, download.content, "renamed.bin")["outcome"] == "current"


def test_nothing_is_kept_and_too_much_is_refused(two, client, settings, monkeypatch, tmp_path):
    settings.STORED_FILES = tmp_path / "stored"
    before = rows()
    judged(client, file_of(two[0], "entries.csv"))
    assert (rows(), list(Path(tmp_path).glob("stored/**/*"))) == (before, [])
    monkeypatch.setattr("cultivation.forms.authenticity.MOST_BYTES", 10)
    answer = client.post("/verify/file/", {"file": SimpleUploadedFile("x", b"x" * 11)})
    assert (answer.status_code, "文件超过" in answer.content.decode()) == (400, True)
    assert client.post("/verify/file/", {}).status_code == 400


def test_a_platform_page_leads_to_its_proof(two, client):
    code = json.loads(file_of(two[1], "entries.jsonl").splitlines()[0])["code"]
    assert f"/platforms/{code}/proof/" in client.get(f"/platforms/{code}/").content.decode()
    shown = client.get(f"/platforms/{code}/proof/")
    assert two[1].entries_root in shown.content.decode()
    download = f"{V1}releases/directory/{two[1].version}/proofs/{code}/"
    assert download in shown.content.decode()
    assert client.get(download).status_code == 200


def test_a_platform_that_no_edition_has_says_so(client, settings, tmp_path):
    from tests.api import public_platform

    settings.EDITIONS = tmp_path
    code = public_platform().code
    assert "还没有名录发布版" in client.get(f"/platforms/{code}/proof/").content.decode()
    assert PublicPlatform.objects.count() == 1
    assert authenticity.newest_proof(code) is None
