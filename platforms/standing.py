"""What a mirror is to its source, for every page and answer it gives: whose copy it is, and whether the copy can be called current.

``manage.py mirror`` writes it beside the editions, so that web processes learn of it without a statement, and a registry that
copies nobody finds nothing there.
"""

from __future__ import annotations

import datetime
import json
import os
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.utils import timezone

#: ``begun``: the first copy is not whole yet; ``refused`` and ``split``: stopped, by what the source or a peer has shown.
VALID, BEGUN, REFUSED, SPLIT, LATE = "valid", "begun", "refused", "split", "late"
#: A copy that was not compared with its source for so long is not called current any more.
PATIENCE = datetime.timedelta(days=1)
#: Pages say when the copy was last compared to ten minutes, so that caches may keep them.
STEP = 600


@dataclass(frozen=True)
class Standing:
    """``at``: when the copy was last found to be what its source says, or since when it has stopped."""

    source: str
    told: str
    at: datetime.datetime

    @property
    def verdict(self) -> str:
        return LATE if self.told == VALID and timezone.now() - self.at > PATIENCE else self.told

    @property
    def current(self) -> bool:
        return self.verdict == VALID

    @property
    def mark(self) -> str:
        """For programs and cache keys."""
        return f'"{self.source}"; verdict={self.verdict}; at="{self.at.isoformat(timespec="minutes")}"'


def standing() -> Standing | None:
    try:
        written = _place().stat().st_mtime_ns
    except OSError:
        return None
    return _read(_place(), written)


@lru_cache(maxsize=1)
def _read(place: Path, written: int) -> Standing:
    said = json.loads(place.read_bytes())
    moment = int(datetime.datetime.fromisoformat(said["at"]).timestamp()) // STEP * STEP
    at = timezone.localtime(datetime.datetime.fromtimestamp(moment, datetime.UTC))
    return Standing(said["source"], said["verdict"], at)


def tell(source: str, verdict: str) -> None:
    """Whole or not at all. What has stopped keeps the moment at which it did; what stands does not begin again."""
    before = standing()
    if before and (verdict == BEGUN or before.told == verdict != VALID):
        return
    said = {"source": source, "verdict": verdict, "at": timezone.localtime().isoformat()}
    partial = _place().with_suffix(".partial")
    partial.parent.mkdir(parents=True, exist_ok=True)
    partial.write_text(json.dumps(said))
    os.replace(partial, _place())


def mark() -> str:
    """Nothing, unless this is a mirror."""
    found = standing()
    return found.mark if found else ""


def _place() -> Path:
    return settings.EDITIONS / "mirror.json"
