"""关注: asked for, confirmed by whoever reads the mailbox, ended with one click. What is sent is in ``platforms.watches``."""

from __future__ import annotations

from django.core import signing
from django.utils import timezone

from platforms.actions.verb import lock, verb
from platforms.errors import NotFound
from platforms.models import User, Watch
from platforms.publish import head

SALT = "watch"
#: How long a confirmation can be given.
CONFIRM_SECONDS = 2 * 24 * 3600


@verb("watch.ask")
def ask(*, email: str, query: str, language: str, by: User | None = None) -> Watch:
    """Remember who wants to know; asking again for the same sends no second confirmation while the first can be used."""
    watch, _new = Watch.objects.get_or_create(
        email=email, query=query, language=language, defaults={"last_change": head()}
    )
    return watch


@verb("watch.confirm")
def confirm(*, token: str, by: User | None = None) -> Watch:
    """The owner of the address agrees. From now on changes are reported, none from before."""
    watch = lock(_of(token, max_age=CONFIRM_SECONDS))
    if watch.confirmed_at is None:
        watch.confirmed_at, watch.last_change = timezone.now(), head()
        watch.save(update_fields=["confirmed_at", "last_change"])
    return watch


@verb("watch.end")
def end(*, token: str, by: User | None = None) -> None:
    """No further mail; the address is forgotten. Ending what has ended is no fault."""
    try:
        _of(token).delete()
    except NotFound:
        return


def token_of(watch: Watch) -> str:
    return signing.dumps(watch.pk, salt=SALT)


def _of(token: str, max_age: int | None = None) -> Watch:
    try:
        found = Watch.objects.filter(pk=signing.loads(token, salt=SALT, max_age=max_age)).first()
    except signing.BadSignature:
        found = None
    if found is None:
        raise NotFound()
    return found
