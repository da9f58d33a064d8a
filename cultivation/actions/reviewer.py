"""评审专家: where an expert works and what the expert knows, on which conflicts of interest and assignments rest."""

from __future__ import annotations

from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from cultivation.models import Reviewer
from platforms.access import Permission, Role, require
from platforms.actions.verb import lock, verb
from platforms.errors import IllegalStep, Invalid, Problem
from platforms.models import Area, User
from platforms.validators import clean_uscc


@verb("reviewer.register")
def register(
    *,
    user: User,
    organisation: str,
    by: User,
    organisation_uscc: str = "",
    title: str = "",
    areas: Iterable[Area] = (),
) -> Reviewer:
    """Put a holder of the expert role on the list of reviewers; registering again corrects the entry."""
    require(by, Permission.REVIEW_ASSIGN)
    user = lock(user)
    if not user.memberships.in_force().filter(role=Role.EXPERT).exists():
        raise IllegalStep(_("%(person)s 还没有评审专家的角色。") % {"person": user})
    if not organisation.strip():
        raise Invalid([Problem("organisation", "required", str(_("必填。")))])
    try:
        code = clean_uscc(organisation_uscc) if organisation_uscc.strip() else ""
    except ValidationError as error:
        raise Invalid(
            [Problem("organisation_uscc", "uscc", message) for message in error.messages]
        ) from error
    reviewer, _created = Reviewer.objects.update_or_create(
        user=user,
        defaults={"organisation": organisation.strip(), "organisation_uscc": code, "title": title.strip()},
    )
    reviewer.areas.set(areas)
    return reviewer
