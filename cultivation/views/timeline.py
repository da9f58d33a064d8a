"""What happened to a record, from its history, with one rule on who may read which part of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from django.db.models import Model
from django.utils.translation import gettext as _

from platforms.access import Role
from platforms.transitions import StateMachine


def happened(
    record: Model,
    machine: StateMachine,
    others: Mapping[str, Any],
    *,
    for_ministry: bool,
    veiled: Collection[str] = (),
    unexplained: Collection[str] = (),
) -> list[dict[str, Any]]:
    """The moves of a record and its ``others`` (verb → label), oldest first.

    The ministry's people are named only to the ministry. From everybody else ``veiled`` verbs are kept back, and of
    ``unexplained`` ones the reason.
    """
    words = {f"{machine.noun}.{move.verb}": move.label for move in machine.transitions} | dict(others)
    rows = record.events.order_by("pgh_id").values("pgh_created_at", "pgh_context", machine.field)  # type: ignore[attr-defined]
    events, last = [], None
    for row in rows:
        facts, state = row["pgh_context"] or {}, row[machine.field]
        verb = str(facts.get("verb", ""))
        moved, last = state != last, state
        if not moved and verb not in others:
            continue
        name = verb.removeprefix(f"{machine.noun}.")
        if not for_ministry and name in veiled:
            continue
        hidden = not for_ministry and name in unexplained
        events.append(
            {
                "at": row["pgh_created_at"],
                "title": words.get(verb, machine.label(state)),
                "who": _who(facts, for_ministry),
                "reason": "" if hidden else facts.get("reason", ""),
            }
        )
    return events


def _who(facts: dict[str, Any], for_ministry: bool) -> str:
    roles = [role for role in facts.get("roles", "").split(",") if role in Role.values]
    names = "、".join(str(Role(role).label) for role in roles)
    own = any(role in (*Role.for_authorities(), Role.CITY_REVIEWER) for role in roles)
    if (own or for_ministry) and facts.get("actor_name"):
        return f"{facts['actor_name']}（{names}）" if names else str(facts["actor_name"])
    return names or _("系统")
