"""The files of an edition. Written into a folder of their own under another name, which becomes theirs when all is there."""

from __future__ import annotations

import base64
import datetime
import hashlib
import os
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import orjson
from django.conf import settings

from cultivation.choices import EditionKind
from cultivation.models import Edition
from cultivation.releases import changelog, entries, merkle, notes, papers
from platforms import exports
from platforms.failpoints import failpoint
from platforms.publish import canonical

ENTRIES, MANIFEST, CHECKPOINT, LINES = "entries.jsonl", "manifest.json", "checkpoint.note", "lines.json"
VERIFIER = Path(__file__).with_name("verify_release.py")
#: How long a statement of which edition is the newest holds.
HOLDS = datetime.timedelta(days=7)


def folder_of(edition: Edition) -> Path:
    return settings.EDITIONS / edition.kind / edition.version


def unfinished(edition: Edition) -> Path:
    return settings.EDITIONS / edition.kind / f".{edition.version}"


def copy_entries(edition: Edition, rows: Iterable[entries.Entry]) -> int:
    """First step: the snapshot. A file that is there is complete, because it got its name last."""
    folder = unfinished(edition)
    folder.mkdir(parents=True, exist_ok=True)
    count = 0
    partial = folder / f".{ENTRIES}"
    with partial.open("wb") as file:
        for entry in rows:
            file.write(canonical(entry) + b"\n")
            count += 1
    _put(partial, folder / ENTRIES)
    return count


def write_all(edition: Edition) -> dict[str, Any]:
    """Everything else, from the snapshot alone: done again after an interruption, it gives the same bytes."""
    folder = unfinished(edition)
    lines = (folder / ENTRIES).read_bytes().splitlines()
    parsed = [orjson.loads(line) for line in lines]
    columns = entries.COLUMNS[EditionKind(edition.kind)]
    write(folder, "entries.csv", b"".join(exports.csv_lines(columns, parsed)))
    write(folder, "entries.xlsx", b"".join(exports.xlsx_lines(columns, parsed, created=edition.issued_at)))
    root = merkle.root([merkle.leaf(line) for line in lines])
    for name, paper in papers.volumes(edition, parsed, root.hex()):
        write(folder, name, paper)
    write(folder, "schema.json", canonical(entries.schema(edition.kind, edition.version)))
    write(folder, "changes.json", canonical(_difference(edition, parsed)))
    write(folder, VERIFIER.name, VERIFIER.read_bytes())
    codes = [entry["code"] for entry in parsed]
    write(folder, LINES, canonical({name: _hashes(folder / name, codes, first) for name, first in ((ENTRIES, 0), ("entries.csv", 1))}))  # fmt: skip
    failpoint("edition.before_manifest")
    manifest = _manifest(edition, folder, parsed, root)
    raw = canonical(manifest)
    write(folder, MANIFEST, raw)
    digest = hashlib.sha256(raw).hexdigest()
    write(
        folder,
        CHECKPOINT,
        notes.signed(
            _checkpoint(edition, len(lines), root, digest, manifest["log"]), notes.key(notes.RELEASE)
        ).encode(),
    )
    return {
        "manifest": manifest,
        "manifest_sha256": digest,
        "entries_root": root.hex(),
        "entry_count": len(lines),
    }


def write_facts(edition: Edition) -> dict[str, Any]:
    """The same facts, of an edition whose files got their name before its row was told."""
    folder = folder_of(edition)
    raw = (folder / MANIFEST).read_bytes()
    manifest = orjson.loads(raw)
    entry = manifest["entries"]
    return {
        "manifest": manifest,
        "manifest_sha256": hashlib.sha256(raw).hexdigest(),
        "entries_root": entry["root"],
        "entry_count": entry["count"],
    }


def finish(edition: Edition) -> None:
    """Give the folder its name. Doing it again does nothing."""
    if not folder_of(edition).exists():
        os.rename(unfinished(edition), folder_of(edition))


def discard(edition: Edition) -> None:
    shutil.rmtree(unfinished(edition), ignore_errors=True)


def state_latest(edition: Edition, at: datetime.datetime) -> None:
    """The registry's statement that this is the newest edition of its kind, good for ``HOLDS``."""
    text = (
        f"{notes.origin()}/{edition.kind}/latest\n"
        f"number {edition.number}\nversion {edition.version}\nmanifest sha256:{edition.manifest_sha256}\n"
        f"issued {at.isoformat(timespec='seconds')}\nexpires {(at + HOLDS).isoformat(timespec='seconds')}\n"
    )
    folder = settings.EDITIONS / edition.kind
    write(folder, "latest.note", notes.signed(text, notes.key(notes.CLOCK)).encode())


def proof_of(edition: Edition, code: str) -> dict[str, Any] | None:
    """What proves to anyone with the public key that an entry is in the edition; ``None`` when it is not."""
    folder = folder_of(edition)
    lines = (folder / ENTRIES).read_bytes().splitlines()
    codes = orjson.loads((folder / LINES).read_bytes())[ENTRIES]["codes"]
    if code not in codes:
        return None
    index = codes.index(code)
    steps = merkle.path([merkle.leaf(line) for line in lines], index)
    return {
        "code": code,
        "index": index,
        "entry": lines[index].decode(),
        "path": [step.hex() for step in steps],
        "checkpoint": (folder / CHECKPOINT).read_text(),
    }


def names(edition: Edition) -> list[str]:
    return [*sorted(edition.manifest.get("files", {})), MANIFEST, CHECKPOINT]


# --- parts --------------------------------------------------------------------------------------------------------


def _manifest(edition: Edition, folder: Path, parsed: list[entries.Entry], root: bytes) -> dict[str, Any]:
    previous = edition.previous
    return {
        "kind": edition.kind,
        "number": edition.number,
        "version": edition.version,
        "issued": edition.issued_at.isoformat(timespec="seconds"),
        "head": edition.head,
        "log": _log(edition),
        "note": edition.note_zh,
        "demonstration": not settings.OFFICIAL,
        "previous": {"version": previous.version, "manifest_sha256": previous.manifest_sha256}
        if previous
        else None,
        "entries": {"count": len(parsed), "root": root.hex(), "counts": _counts(edition.kind, parsed)},
        "files": {
            path.name: _digests(path)
            for path in sorted(folder.iterdir())
            if path.name not in (MANIFEST, CHECKPOINT) and not path.name.startswith(".")
        },
    }


def _log(edition: Edition) -> dict[str, Any]:
    """The change log as it stood at the edition, and the proof that it has only grown since the one before."""
    tree, previous = changelog.Tree(), edition.previous
    since = None
    if previous and previous.head:
        steps = merkle.consistency(tree.range, previous.head, edition.head)
        since = {"size": previous.head, "path": [step.hex() for step in steps]}
    return {"size": edition.head, "root": tree.root(edition.head).hex(), "since": since}


def _checkpoint(edition: Edition, size: int, root: bytes, digest: str, log: dict[str, Any]) -> str:
    return (
        f"{notes.origin()}/{edition.kind}\n{size}\n{base64.b64encode(root).decode()}\n"
        f"number {edition.number}\nversion {edition.version}\nmanifest sha256:{digest}\n"
        f"log {log['size']} {base64.b64encode(bytes.fromhex(log['root'])).decode()}\n"
        f"issued {edition.issued_at.isoformat(timespec='seconds')}\n"
    )


def _counts(kind: str, parsed: list[entries.Entry]) -> dict[str, dict[str, int]]:
    def by(pick) -> dict[str, int]:
        return dict(sorted(Counter(str(pick(entry["document"]) or "") for entry in parsed).items()))

    found = {"area": by(lambda item: (item.get("area") or {}).get("code"))}
    if kind == EditionKind.DIRECTORY:
        found["tier"] = by(lambda item: item.get("tier"))
        found["authority"] = by(lambda item: (item.get("authority") or {}).get("code"))
    else:
        found["kind"] = by(lambda item: item.get("kind"))
    return found


def _difference(edition: Edition, parsed: list[entries.Entry]) -> dict[str, Any]:
    before: dict[str, entries.Entry] = {}
    if edition.previous is not None:
        for line in (folder_of(edition.previous) / ENTRIES).read_bytes().splitlines():
            entry = orjson.loads(line)
            before[entry["code"]] = entry
    since = edition.previous.version if edition.previous else None
    return {"since": since, **entries.difference(before, {entry["code"]: entry for entry in parsed})}


def _hashes(path: Path, codes: list[str], first: int) -> dict[str, list[str]]:
    """Short hashes of the lines, so that a changed file can be told where; the codes of the entries on them."""
    hashes = [hashlib.sha256(line).hexdigest()[:16] for line in path.read_bytes().split(b"\n")]
    return {"hashes": hashes, "codes": [""] * first + codes}


def _digests(path: Path) -> dict[str, Any]:
    data = path.read_bytes()
    return {
        "size": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
        "sm3": hashlib.new("sm3", data).hexdigest(),
    }


def write(folder: Path, name: str, data: bytes) -> None:
    """Whole or not at all, whenever this process ends."""
    folder.mkdir(parents=True, exist_ok=True)
    partial = folder / f".{name}"
    partial.write_bytes(data)
    _put(partial, folder / name)


def _put(partial: Path, final: Path) -> None:
    with partial.open("rb") as file:
        os.fsync(file.fileno())
    os.replace(partial, final)


def blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(65_536):
            yield block
