"""疑似重复: a person says that two records are not one, with the reason; the question is not asked again until it is reopened."""

from __future__ import annotations

from platforms.access import Permission, require
from platforms.actions.verb import verb
from platforms.errors import IllegalStep, Invalid, NotFound, Problem
from platforms.likeness import key_for, stored_key
from platforms.models import DuplicateDecision, Platform, User
from platforms.text import clean_text
from platforms.words import gettext_lazy as _


@verb("duplicate.dismiss")
def dismiss(*, first: Platform, second: Platform, reason: str, by: User) -> DuplicateDecision:
    """Two platforms are two. An import that brings the first again is not asked about the second either."""
    require(by, Permission.SUBMISSION_DECIDE, first)
    require(by, Permission.SUBMISSION_DECIDE, second)
    if first.pk == second.pk:
        raise Invalid([Problem("second", "itself", _("请选择两个不同的平台。"))])
    if not reason.strip():
        raise Invalid([Problem("reason", "required", _("请写明原因。"))])
    if decided(first, second) is not None:
        raise IllegalStep(_("这一对已经判定过。"))
    key = stored_key(key_for(first.operator.uscc if first.operator else "", first.name_zh))
    found, _created = DuplicateDecision.objects.update_or_create(
        authority=first.authority,
        key=key,
        platform=second,
        defaults={"same": False, "reason": clean_text(reason, max_length=400), "decided_by": by},
    )
    return found


@verb("duplicate.reopen")
def reopen(*, first: Platform, second: Platform, by: User) -> None:
    """Ask about a pair again; who had decided what stays in the history."""
    require(by, Permission.SUBMISSION_DECIDE, first)
    found = decided(first, second)
    if found is None:
        raise NotFound()
    found.delete()


def decided(first: Platform, second: Platform) -> DuplicateDecision | None:
    """The decision that two platforms are not one, in whichever order it was taken."""
    for one, other in ((first, second), (second, first)):
        key = stored_key(key_for(one.operator.uscc if one.operator else "", one.name_zh))
        rows = DuplicateDecision.objects.select_related("decided_by").filter(
            key=key, platform=other, same=False
        )
        if found := rows.first():
            return found
    return None
