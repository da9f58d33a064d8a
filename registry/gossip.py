"""Gossip: what the same source has signed for others, held against what it has signed here, so that nobody is shown a history of their own.

A peer is another mirror, or any place that hands on what the source has signed. It is believed nothing: what it says either is
signed by the source, or leads to a root that is. So a peer can be away, behind, or talk nonsense, and raise no alarm.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import timezone

from cultivation.releases import changelog, files, verify_release
from registry.mirror_rows import NotTrusted
from registry.witness import Fetch, Lost, keys_kept

ABSURD = (ValueError, KeyError, TypeError, AttributeError, RecursionError)


class Split(NotTrusted):
    """The source has signed two histories, and both signatures are at hand."""


@dataclass(frozen=True)
class Heard:
    """The newest checkpoint of a peer, as it came; ``fault`` when none came."""

    peer: str
    fetch: Fetch
    note: str = ""
    fault: str = ""


def hear(peer: str, fetch: Fetch) -> Heard:
    """To be asked for before the source is: an honest source then shows no fewer changes than it had sealed for others."""
    try:
        return Heard(peer, fetch, note=str(json.loads(fetch("checkpoint/"))["note"]))
    except Lost as lost:
        return Heard(peer, fetch, fault=f"lost: {lost}")
    except ABSURD as error:
        return Heard(peer, fetch, fault=f"malformed: {type(error).__name__}")


def compare(heard: Heard) -> str:
    """What is to be said of a peer: a verdict and a sentence. Two histories raise ``Split``, after both signatures were kept."""
    kept, keys = changelog.newest(), keys_kept()
    if heard.fault:
        return heard.fault
    if kept is None or keys is None:
        return "unproved: nothing that was signed is here yet"
    try:
        shown = _beside(heard, kept, keys)
    except Lost as lost:
        return f"lost: {lost}"
    except verify_release.Wrong as wrong:
        return f"{wrong.told['verdict']}: {wrong}"
    except ABSURD as error:
        return f"malformed: {type(error).__name__}"
    told = verify_release.verify(split=shown, keys=keys)
    if told["verdict"] == "split":
        place = _keep({**told, "peer": heard.peer, "seen_at": timezone.localtime().isoformat(), **shown})
        raise Split(f"split: {heard.peer}: {told['sentence']}; what shows it is kept in {place.name}")
    return f"{told['verdict']}: {told['sentence']}"


def _beside(heard: Heard, kept: Any, keys: dict[str, Any]) -> dict[str, Any]:
    """The older of the two checkpoints, and the way from its last change up to the newer one: from our changes, or from the peer's."""
    size, _root = verify_release.state_of_log(heard.note.encode(), keys)
    if 0 < size <= kept.size:
        return {"older": heard.note, "proof": changelog.proof_of_change(size, kept)}
    return {"older": kept.note, "proof": json.loads(heard.fetch(f"changes/{kept.size}/proof/"))}


def _keep(shown: dict[str, Any]) -> Path:
    """For everyone to check: ``verify_release.py --split FILE``. Whole or not there at all, and never written over."""
    signed = shown["older"] + shown["proof"]["checkpoint"]
    place = settings.EDITIONS / f"split-{hashlib.sha256(signed.encode()).hexdigest()[:12]}.json"
    for newest in settings.EDITIONS.glob("*/latest.note"):
        newest.unlink()  # which edition is the newest is not said here any more
    if not place.exists():
        text = json.dumps(shown, indent=1, ensure_ascii=False)
        files.write(place.parent, place.name, text.encode())
    return place


def kept_evidence() -> list[Path]:
    """A split is not over because nobody looks: what was kept stops the mirror until a person has moved it away."""
    return sorted(settings.EDITIONS.glob("split-*.json"))
