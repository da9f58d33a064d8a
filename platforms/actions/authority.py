"""How an office works: what its approver switches on for its own records."""

from __future__ import annotations

from platforms.access import Permission, require
from platforms.actions.verb import lock, verb
from platforms.errors import IllegalStep
from platforms.models import Authority, Invitation, User
from platforms.words import gettext_lazy as _


@verb("authority.set_self_service")
def set_self_service(*, authority: Authority, on: bool, by: User) -> Authority:
    """Let the people of operators write the drafts of their own platforms, or no longer. Drafts they have under way stay
    where they are: switched off, the office fetches them back."""
    authority = lock(authority)
    require(by, Permission.OFFICE_ARRANGE, Invitation(authority=authority))
    if authority.self_service == on:
        raise IllegalStep(_("现在已经是这样，没有改动。"))
    authority.self_service = on
    authority.save(update_fields=["self_service"])
    return authority
