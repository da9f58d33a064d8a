"""视图: a person's own ways of looking at a list."""

from __future__ import annotations

from platforms.actions.verb import verb
from platforms.errors import IllegalStep
from platforms.models import SavedView, User
from platforms.words import gettext_lazy as _

#: More tabs than fit a page help nobody.
MOST = 12


@verb("saved_view.keep")
def keep(*, page: str, name: str, query: str, by: User) -> SavedView:
    """Keep the part of an address after the question mark under a name; the same name is overwritten."""
    mine = SavedView.objects.filter(user=by, page=page)
    if mine.exclude(name=name).count() >= MOST:
        raise IllegalStep(_("最多保存 %(n)s 个视图，请先删除不用的。") % {"n": MOST})
    return SavedView.objects.update_or_create(
        user=by, page=page, name=name.strip(), defaults={"query": query[:400]}
    )[0]


@verb("saved_view.drop")
def drop(*, view: SavedView, by: User) -> None:
    """Remove one's own view; somebody else's is not there."""
    SavedView.objects.filter(user=by, pk=view.pk).delete()
