"""封存状态: how far the change feed is sealed, and whether the newest checkpoint still fits what the feed tells."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from django.utils import timezone

from cultivation.models import Checkpoint
from cultivation.releases import changelog
from platforms.models import Change
from platforms.publish import head

#: Sealing is asked for every minute; what waits longer than this is no longer a matter of course.
PATIENCE = datetime.timedelta(minutes=10)


@dataclass(frozen=True)
class Seal:
    """``unsealed`` changes follow the newest ``checkpoint``; ``late`` when they have waited too long; ``genuine`` when its root was found again."""

    checkpoint: Checkpoint | None
    head: int
    unsealed: int
    waiting_since: datetime.datetime | None
    genuine: bool

    @property
    def late(self) -> bool:
        return self.waiting_since is not None and timezone.now() - self.waiting_since > PATIENCE

    @property
    def alarming(self) -> bool:
        return self.late or not self.genuine


def state() -> Seal:
    """Looks at the root of the newest checkpoint with the parts that are kept: a few hundred rows, however long the feed."""
    sealed, last = changelog.newest(), head()
    size = sealed.size if sealed else 0
    waiting = Change.objects.filter(number=size + 1).values_list("at", flat=True).first()
    return Seal(
        checkpoint=sealed,
        head=last,
        unsealed=max(0, last - size),
        waiting_since=waiting,
        genuine=sealed is None or _found_again(sealed),
    )


def _found_again(sealed: Checkpoint) -> bool:
    try:
        return changelog.Tree().root(sealed.size).hex() == sealed.root
    except LookupError:
        return False
