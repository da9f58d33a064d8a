"""Who is told about a move: the audience names of the transition tables, resolved to people.

``tell`` is called inside the verb's transaction, after the move. What it writes is keyed by the record, the verb and the
number of changes the record has seen, so that asking twice tells once, while a second round of the same verb is told again.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable

from django.db.models import Model
from django.utils.functional import Promise

from cultivation.choices import AssignmentStatus
from platforms.access import Role
from platforms.models import Authority, Handover, Membership, User
from platforms.notifications import authority_people, notify, people_of_operator, people_with_role
from platforms.transitions import Transition

#: Where the person who wrote the record is kept; the first that exists and is filled.
AUTHOR_FIELDS = ("prepared_by", "proposed_by", "created_by", "confirmed_by")


def tell(
    transition: Transition,
    obj: Model,
    *,
    text: str | Promise,
    url: str,
    by: User | None = None,
    due_at: datetime.datetime | None = None,
) -> list[User]:
    """Put ``text`` on the desk of everybody the transition names, except the person who acted; returns who was told."""
    people: dict[int, User] = {}
    for name in transition.notify:
        people.update({person.pk: person for person in AUDIENCES[name](obj)})
    if by is not None:
        people.pop(by.pk, None)
    told = [people[pk] for pk in sorted(people)]
    noun = obj._meta.model_name
    notify(
        told,
        kind=f"{noun}.{transition.verb}",
        text=text,
        url=url,
        key=f"{noun}:{obj.pk}:{transition.verb}:{_turn(obj)}",
        due_at=due_at,
    )
    return told


def authority_of(obj: Model) -> Authority:
    """The recommending authority a record belongs to, directly or through its platform or application."""
    for step in ("authority", "platform", "application"):
        found = getattr(obj, step, None)
        if isinstance(found, Authority):
            return found
        if found is not None:
            return authority_of(found)
    raise LookupError(f"{obj._meta.label} leads to no authority")


def _turn(obj: Model) -> int:
    """How often the record has changed, as its history counts it; its version where it keeps no history."""
    events = getattr(obj, "events", None)
    return events.count() if events is not None else getattr(obj, "version", 0)


def _authority(obj: Model) -> list[User]:
    return authority_people(authority_of(obj))


def _authority_clerks(obj: Model) -> list[User]:
    return people_with_role(Role.AUTHORITY_CLERK, authority=authority_of(obj))


def _operator(obj: Model) -> list[User]:
    operator = getattr(obj, "operator", None)
    return people_of_operator(operator) if operator is not None else []


def _city_reviewers(obj: Model) -> list[User]:
    city = getattr(obj, "city", None)
    if city is None:
        return []
    return people_with_role(Role.CITY_REVIEWER, authority=authority_of(obj), city=city)


def _authority_approvers(obj: Model) -> list[User]:
    return people_with_role(Role.AUTHORITY_APPROVER, authority=authority_of(obj))


def _author(obj: Model) -> list[User]:
    for name in AUTHOR_FIELDS:
        person = getattr(obj, name, None)
        if person is not None:
            person = _whose_now(person, obj)
            return [person] if person.is_active else []
    return []


def _whose_now(person: User, obj: Model) -> User:
    """The author, or who took over when the author left the office the record belongs to."""
    handovers = Handover.objects.filter(giver=person).select_related("now_with").order_by("-id")
    found = next((row for row in handovers if row.authority_id == authority_of(obj).pk), None)
    if found is None or Membership.objects.in_force().filter(user=person, authority=found.authority_id):
        return person
    return found.now_with


def _all_authorities(obj: Model) -> list[User]:
    return [person for role in Role.for_authorities() for person in people_with_role(role)]


def _panel_experts(obj: Model) -> list[User]:
    """Everyone with work in the panel; those who stood aside hear no more of it."""
    assigned = obj.assignments.exclude(status=AssignmentStatus.RECUSED)  # type: ignore[attr-defined]
    return list(User.objects.filter(pk__in=assigned.values("reviewer__user_id"), is_active=True))


def _addressees(obj: Model) -> list[User]:
    return list(User.objects.filter(pk__in=obj.people_meant().values("user_id")))  # type: ignore[attr-defined]


AUDIENCES: dict[str, Callable[[Model], list[User]]] = {
    "author": _author,
    "authority": _authority,
    "authority_clerks": _authority_clerks,
    "city_reviewers": _city_reviewers,
    "operator": _operator,
    "authority_approvers": _authority_approvers,
    "all_authorities": _all_authorities,
    "ministry_clerks": lambda obj: people_with_role(Role.MINISTRY_CLERK),
    "ministry_approvers": lambda obj: people_with_role(Role.MINISTRY_APPROVER),
    "panel_experts": _panel_experts,
    "addressees": _addressees,
}
