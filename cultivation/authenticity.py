"""Is this file one of ours, and the newest? Judged from its bytes alone; nothing of it is kept.

Files of editions are known by their digests. A table that was changed is laid beside the tables of recent editions, and the first
line that differs is named. A proof of one entry is checked as everyone else checks it. Files of official lists are made anew from
the public record and compared; which list it is says the file itself or its name.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import Any

import orjson

from cultivation.choices import EditionKind
from cultivation.exports import WRITERS, list_file
from cultivation.models import Edition
from cultivation.releases import files, notes, verify_release
from platforms.models import PublicList

MOST_BYTES = 32 * 1024 * 1024
#: Editions a changed table is laid beside, the newest first.
COMPARED = 6
LIST_NAME = re.compile(r"(?P<code>.+)-(?P<version>\d+\.\d+)(?:-demo)?\.(?P<kind>csv|xlsx|json|pdf)")
TRAILER = re.compile(rb"(?:^|\n)# \d+,([^,\r\n]+),(\d+\.\d+),sha256:[0-9a-f]{64}\s*\Z")


@dataclass(frozen=True)
class Finding:
    """``outcome`` is one of ``components/verify.html``. ``what`` is the edition or list; ``line`` and ``code`` say where it differs."""

    outcome: str
    sha256: str
    kind: str = ""
    what: dict[str, Any] | None = None
    newer: dict[str, Any] | None = None
    line: int = 0
    code: str = ""


def judge(data: bytes, name: str) -> Finding:
    digest = hashlib.sha256(data).hexdigest()
    return (
        _file_of_edition(data, digest)
        or _proof(data, digest)
        or _file_of_list(data, name, digest)
        or _changed_table(data, digest)
        or Finding("unknown", digest)
    )


def _editions():
    return Edition.objects.published().order_by("-number")


def _file_of_edition(data: bytes, digest: str) -> Finding | None:
    """Known by SHA-256, and by SM3 besides. A file that did not change from one edition to the next is of the newest of them."""
    for edition in _editions().iterator(chunk_size=20):
        for file, said in edition.manifest.get("files", {}).items():
            if said["sha256"] == digest and said["sm3"] == verify_release.sm3(data):
                return _of(edition, file, digest)
        if edition.manifest_sha256 == digest:
            return _of(edition, files.MANIFEST, digest)
    return None


def newest_proof(code: str) -> tuple[dict[str, Any], dict[str, Any] | None] | None:
    """The newest edition of the directory and the proof of a platform's entry in it, if it has one; ``None`` without editions."""
    edition = _editions().filter(kind=EditionKind.DIRECTORY).first()
    if edition is None or not (files.folder_of(edition) / files.CHECKPOINT).is_file():
        return None
    proof = files.proof_of(edition, code)
    told = {"root": edition.entries_root, "count": edition.entry_count}
    return {**_words(edition), **told}, proof


def _of(edition: Edition, file: str, digest: str, **where: Any) -> Finding:
    newest = _editions().filter(kind=edition.kind).first() or edition
    newer = _words(newest) if newest.number > edition.number else None
    outcome = "changed" if where else "superseded" if newer else "current"
    return Finding(outcome, digest, "edition", {**_words(edition), "file": file}, newer, **where)


def _words(edition: Edition) -> dict[str, Any]:
    return {
        "kind": edition.kind,
        "version": edition.version,
        "issued_at": edition.issued_at,
        "url": f"/api/v1/releases/{edition.kind}/{edition.version}/",
    }


def _proof(data: bytes, digest: str) -> Finding | None:
    """A proof as ``/releases/…/proofs/…`` gives it."""
    try:
        proof = orjson.loads(data)
        told = {name: proof[name] for name in ("code", "index", "entry", "path", "checkpoint")}
        version = verify_release.value(str(told["checkpoint"]).split("\n"), "version")
    except (orjson.JSONDecodeError, KeyError, TypeError, verify_release.Wrong):
        return None
    verdict = verify_release.verify(proof=told, keys=notes.known_keys())
    edition = _editions().filter(version=version).first()
    if verdict["verdict"] == "valid" and edition is not None:
        return _of(edition, "proof.json", digest)
    code = str(told["code"])[:40]
    if edition is None:
        return Finding("changed", digest, "proof", code=code)
    return _of(edition, "proof.json", digest, code=code)


def _file_of_list(data: bytes, name: str, digest: str) -> Finding | None:
    found = _list_named(data, name)
    if found is None:
        return None
    row, kind = found
    if list_file(row.document, kind).sha256 != digest:
        return Finding("changed", digest, "list", row.card)
    newest = None
    if not row.latest:
        newest = PublicList.objects.filter(list_code=row.list_code, latest=True).first()
    return Finding(
        "superseded" if newest else "current", digest, "list", row.card, newest.card if newest else None
    )


def _list_named(data: bytes, name: str) -> tuple[PublicList, str] | None:
    """Which version of which list a file says it is, and as which kind of file."""
    said = TRAILER.search(data[-400:])
    if said is not None:
        code, version, kind = said[1].decode("utf-8", "replace"), said[2].decode(), "csv"
    elif data[:1] == b"{" and (document := _document(data)):
        code, version, kind = str(document["code"]), str(document["version"]), "json"
    elif match := LIST_NAME.fullmatch(name):
        code, version, kind = match["code"], match["version"], match["kind"]
    else:
        return None
    row = PublicList.objects.filter(list_code=code[:60], list_version=version[:10]).first()
    return (row, kind) if row is not None and kind in WRITERS else None


def _document(data: bytes) -> dict[str, Any] | None:
    try:
        found = orjson.loads(data)
    except orjson.JSONDecodeError:
        return None
    return found if isinstance(found, dict) and {"code", "version", "entries"} <= found.keys() else None


def _changed_table(data: bytes, digest: str) -> Finding | None:
    """The table of a recent edition that it has most lines of, and the first line that differs."""
    lines = [hashlib.sha256(line).hexdigest()[:16] for line in data.split(b"\n")]
    have, best = set(lines), None
    for edition in _editions()[:COMPARED]:
        place = files.folder_of(edition) / files.LINES
        if not place.is_file():
            continue
        for file, said in orjson.loads(place.read_bytes()).items():
            alike = len(have & set(said["hashes"][:-1]))
            if alike * 2 > len(said["hashes"]) and (best is None or alike > best[0]):
                best = (alike, edition, file, said)
    if best is None:
        return None
    _alike, edition, file, said = best
    first = next(
        (n for n, (old, new) in enumerate(zip(said["hashes"], lines, strict=False)) if old != new),
        min(len(said["hashes"]), len(lines)),
    )
    code = said["codes"][first] if first < len(said["codes"]) else ""
    return _of(edition, file, digest, line=first + 1, code=code)
