"""A mirror as a witness: what its source has signed of its change feed, held against what the mirror has itself."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings

from cultivation.actions import checkpoint as checkpoints
from cultivation.models import Checkpoint
from cultivation.releases import changelog, files, verify_release
from platforms.publish import head
from registry.mirror_rows import NotTrusted

Fetch = Callable[[str], bytes]


class Lost(Exception):
    """The source does not answer. What has been taken over stays."""


class Absent(Lost):
    """The source answers, and has nothing there."""


@dataclass(frozen=True)
class Sealed:
    """What the source has signed of its change feed."""

    size: int
    root: bytes
    note: str


def witness(fetch: Fetch) -> Sealed | None:
    """The source's newest checkpoint, after it was proved that all changes held here are the beginning of what it seals."""
    keys, kept = keys_of(fetch), changelog.newest()
    try:
        note = json.loads(fetch("checkpoint/"))["note"]
    except Absent:
        if kept is None:
            return None  # nothing has been sealed yet
        raise NotTrusted(
            f"the source no longer shows a checkpoint, and had sealed {kept.size} changes"
        ) from None
    try:
        size, root = verify_release.state_of_log(note.encode(), keys)
    except (verify_release.Wrong, ValueError) as wrong:
        raise NotTrusted(f"the checkpoint: {wrong}") from wrong
    here, tree = head(), changelog.Tree()
    if kept is not None and size < kept.size:
        raise NotTrusted(
            f"the source seals {size} changes and had sealed {kept.size}: the source has gone back"
        )
    common = min(here, size)
    ours = (common, tree.root(common))
    proof: dict[str, Any] = {"path": []}
    if 0 < common < size:
        proof = json.loads(fetch(f"checkpoint/consistency/?first={common}&second={size}"))
    try:
        verify_release.check_growth(ours, (size, root), [bytes.fromhex(step) for step in proof["path"]])
    except verify_release.Wrong as wrong:
        place = _evidence(kept, ours, note, proof)
        raise NotTrusted(
            f"{wrong}: fork, the source shows two histories; what shows it is kept in {place}"
        ) from wrong
    return Sealed(size, root, note)


def confirm(sealed: Sealed | None) -> None:
    """Once all sealed changes are here, their root has to be found from them; then the checkpoint is kept and handed on."""
    if sealed is None or head() < sealed.size or Checkpoint.objects.filter(size=sealed.size).exists():
        return
    if changelog.Tree().root(sealed.size) != sealed.root:
        raise NotTrusted(f"the {sealed.size} changes told of are not those that were sealed")
    issued = verify_release.value(sealed.note.split("\n"), "issued")
    checkpoints.take_over(
        size=sealed.size, root=sealed.root, note=sealed.note, issued_at=verify_release.moment(issued)
    )


def _evidence(kept: Checkpoint | None, ours: tuple[int, bytes], note: str, proof: dict[str, Any]) -> str:
    """Two signed statements that cannot both be true, for everyone to check with the verifier."""
    name = f"fork-{hashlib.sha256(note.encode()).hexdigest()[:12]}.json"
    told = {
        "ours": {"size": ours[0], "root": ours[1].hex(), "note": kept.note if kept else ""},
        "theirs": note,
        "proof": proof,
    }
    files.write(settings.EDITIONS, name, json.dumps(told, indent=1).encode())
    return name


def keys_of(fetch: Fetch) -> dict[str, Any]:
    """The source's keys: taken once, kept, and from then on only those are believed."""
    if not _keys().exists():
        try:
            keep_keys(fetch("releases/keys/"))
        except ValueError as error:
            raise Lost(f"releases/keys/: {error}") from error
    return json.loads(_keys().read_bytes())


def keep_keys(told: bytes) -> None:
    """What is kept here is believed from then on, so it has to be keys: ``ValueError`` for a page that says something else."""
    try:
        public = [bytes.fromhex(key["public"]) for key in json.loads(told)["keys"]]
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError("this is no list of public keys") from error
    if not public:
        raise ValueError("this list names no key")
    files.write(_keys().parent, _keys().name, told)


def keys_kept() -> dict[str, Any] | None:
    return json.loads(_keys().read_bytes()) if _keys().exists() else None


def _keys() -> Path:
    return settings.EDITIONS / "upstream-keys.json"
