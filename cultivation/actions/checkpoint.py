"""检查点: seal what the change feed has gained, so that nobody, we ourselves included, can tell it otherwise later unnoticed."""

from __future__ import annotations

from django.utils import timezone

from cultivation.models import Checkpoint, LogTile
from cultivation.releases import changelog, notes
from platforms.actions.verb import verb
from platforms.errors import Conflict
from platforms.publish import head
from platforms.turns import Turn, wait_for
from platforms.words import gettext_lazy as _


@verb("checkpoint.seal")
def seal(*, by: None = None) -> Checkpoint | None:
    """Sign the root of all changes up to now; ``None`` when nothing is new. Made by beat every minute and with every edition.

    What was sealed before is looked at first: over a feed that tells another history nothing is signed any more.
    """
    if notes.of_a_mirror():
        return None  # a mirror hands on what its source has signed
    wait_for(Turn.CHECKPOINT)
    last, size = changelog.newest(), head()
    if size == (last.size if last else 0):
        return None
    tree = changelog.Tree()
    if last and (size < last.size or tree.root(last.size).hex() != last.root):
        raise Conflict(_("变更记录与已签署的检查点不符，不再签署新的检查点。"))
    keep_tiles(tree, size)
    root, now = tree.root(size), timezone.localtime().replace(microsecond=0)
    note = notes.signed(changelog.text_of(size, root, now), notes.key(notes.CLOCK))
    return Checkpoint.objects.create(size=size, root=root.hex(), note=note, issued_at=now)


def keep_tiles(tree: changelog.Tree, size: int) -> None:
    """Keep the roots of all parts that are full and not kept yet."""
    first = LogTile.objects.count()
    LogTile.objects.bulk_create(
        LogTile(index=index, root=tree.tile(index).hex()) for index in range(first, size // changelog.TILE)
    )


@verb("checkpoint.take_over")
def take_over(*, size: int, root: bytes, note: str, issued_at, by: None = None) -> Checkpoint:
    """On a mirror: keep what the source has signed, after its root was found from our own copy of the changes."""
    keep_tiles(changelog.Tree(), size)
    kept, _made = Checkpoint.objects.get_or_create(
        size=size, defaults={"root": root.hex(), "note": note, "issued_at": issued_at}
    )
    return kept
