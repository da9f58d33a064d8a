"""One verb for many applications: what would happen, exactly, and then the same thing done."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from django.db.models import F
from django.utils import timezone
from django.utils.functional import Promise

from cultivation.actions import application as verbs
from cultivation.actions.window import hold, take_turn
from cultivation.models import Application, Batch
from cultivation.transitions import APPLICATION
from platforms import history
from platforms.actions.verb import verb
from platforms.errors import DomainError, IllegalStep, Invalid
from platforms.models import Authority, User
from platforms.words import gettext_lazy as _

#: The whole of a large batch, and no more.
MOST = 5000

#: Moves that the ministry may make for many at once; the same as for one, see ``cultivation.actions.application``.
MINISTRY: dict[str, Callable] = {
    "pass_check": verbs.pass_check,
    "fail_check": verbs.fail_check,
    "shortlist": verbs.shortlist,
    "reserve": verbs.reserve,
    "set_aside": verbs.set_aside,
}


@dataclass
class Outcome:
    """``moving``: the applications that move; ``refused``: those that do not, each with the sentence why."""

    moving: list[Application] = field(default_factory=list)
    #: The state each of them came from, where it was noted.
    before: dict[int, str] = field(default_factory=dict)
    refused: list[tuple[Application, str | Promise]] = field(default_factory=list)


def preview(
    *,
    applications: Iterable[Application],
    name: str,
    by: User,
    reason: str = "",
    arrived_at: datetime.datetime | None = None,
) -> Outcome:
    """What the bulk act would do now. A missing reason is not held against a record: the form asks for it once."""
    outcome = Outcome()
    reason = reason.strip() or "-"
    for application in applications:
        ahead = len(outcome.moving) if name == "recommend" else 0
        try:
            verbs.judge(application, name, by=by, reason=reason, arrived_at=arrived_at, ahead=ahead)
        except DomainError as error:
            outcome.refused.append((application, error.words))
        else:
            outcome.moving.append(application)
    return outcome


@verb("application.move_many")
def move_many(*, batch: Batch, ids: list[int], name: str, by: User, reason: str = "") -> Outcome:
    """Move every chosen application that can be moved by one of the ministry's verbs; the others are named.

    Each is judged under lock as if it were alone, then all that may are moved by one statement. In the history of each
    record stands the verb of the move, not that of the bulk act.
    """
    if name not in MINISTRY:
        raise IllegalStep(_("“%(name)s”不能批量办理。") % {"name": name})
    _require_reasonable(ids)
    outcome = Outcome()
    for application in chosen(hold(batch), ids).select_for_update(of=("self",)):
        try:
            verbs.judge(application, name, by=by, reason=reason)
        except Invalid:
            raise
        except DomainError as error:
            outcome.refused.append((application, error.words))
        else:
            outcome.moving.append(application)
            outcome.before[application.pk] = application.status
    if outcome.moving:
        with history.context(verb=f"application.{name}", by=by, reason=reason):
            APPLICATION.move_many(
                outcome.moving,
                name,
                by=by,
                reason=reason,
                version=F("version") + verbs.steps_of_version(name),
                **verbs.explained(name, reason),
            )
    return outcome


def way_back(name: str, outcome: Outcome) -> tuple[str, list[int]]:
    """The verb that leads back to where these came from, and those that it would lead back; ``""`` where none does."""
    done = APPLICATION.find(name)
    for each in APPLICATION.transitions:
        if each.verb in MINISTRY and done.target in each.sources:
            ids = [pk for pk, state in outcome.before.items() if state == each.target]
            if ids:
                return each.verb, ids
    return "", []


@verb("application.recommend_many")
def recommend_many(
    *,
    batch: Batch,
    authority: Authority,
    ids: list[int],
    by: User,
    arrived_at: datetime.datetime | None = None,
) -> Outcome:
    """Recommend the chosen applications in their order, as far as the quota reaches."""
    _require_reasonable(ids)
    held = take_turn(batch, authority)
    arrived_at = arrived_at or timezone.now()
    outcome = Outcome()
    for application in chosen(held, ids).filter(authority=authority):
        _try(
            outcome,
            application,
            lambda one: verbs.recommend(application=one, by=by, arrived_at=arrived_at),
        )
    return outcome


def chosen(batch: Batch, ids: list[int]):
    """The ticked applications of this batch, in the order in which they are dealt with."""
    return (
        Application.objects.filter(batch=batch, pk__in=ids)
        .select_related("platform", "authority", "batch")
        .prefetch_related("checks", "batch__stages")
        .defer("record")
        .order_by("authority_id", "rank", "pk")
    )


def _try(outcome: Outcome, application: Application, act: Callable[[Application], Application]) -> None:
    try:
        outcome.moving.append(act(application))
    except Invalid:
        raise
    except DomainError as error:
        outcome.refused.append((application, error.words))


def _require_reasonable(ids: list[int]) -> None:
    if not ids:
        raise IllegalStep(_("没有选择任何一条。"))
    if len(ids) > MOST:
        raise IllegalStep(_("一次最多处理 %(n)d 条。") % {"n": MOST})
