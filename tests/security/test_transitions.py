"""Every move of every table × every role × every state: the right person moves, everybody else leaves the record as it was."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cultivation.transitions import MACHINES as CULTIVATION
from platforms.access import GRANTS, Permission, reach
from platforms.actions.verb import load_verbs
from platforms.errors import IllegalStep, Invalid, NotFound, NotPermitted
from platforms.transitions import MACHINES as PLATFORMS
from platforms.transitions import StateMachine, Transition
from tests.security.world import World

MACHINES = {machine.noun: machine for machine in (*PLATFORMS, *CULTIVATION)}
THING = {
    "delivery": "letters",
    "import_run": "imports",
    "batch": "batches",
    "submission": "submissions",
    "decision": "decisions",
    "push": "pushes",
}
MOVES = [
    pytest.param(machine, move, id=f"{machine.noun}.{move.verb}")
    for machine in MACHINES.values()
    for move in machine.transitions
]
BY_PEOPLE = [param for param in MOVES if not param.values[1].system]


def record_of(world: World, machine: StateMachine):
    """The Jiangsu record of the machine's noun."""
    if machine.noun == "designation":
        from cultivation.models import Designation

        return Designation.objects.get_or_create(
            platform=world.jiangsu.things["platforms"], defaults={"tier": "key", "valid_from": "2026-01-01"}
        )[0]
    return world.jiangsu.things[THING.get(machine.noun, f"{machine.noun}s")]


@pytest.mark.django_db
@pytest.mark.parametrize(("machine", "move"), BY_PEOPLE)
def test_only_holders_of_the_permission_within_reach_may(world: World, machine, move):
    record = record_of(world, machine)
    setattr(record, machine.field, move.sources[0])
    wrong = []
    for name, user in world.people.items():
        user.__dict__.pop("_reach", None)
        held, here = reach(user).may(move.permission), reach(user).may(move.permission, record)
        try:
            machine.check(record, move.verb, by=user, reason="示例原因")
            outcome = "moved"
        except NotPermitted:
            outcome = "forbidden"
        except NotFound:
            outcome = "absent"
        if (outcome == "moved") != here or (outcome == "moved" and not held):
            wrong.append((name, outcome))
    assert wrong == []
    assert any(reach(user).may(move.permission, record) for user in world.people.values())
    record.refresh_from_db()


@pytest.mark.django_db
@pytest.mark.parametrize(("machine", "move"), BY_PEOPLE)
def test_a_stranger_moves_nothing(world: World, machine, move):
    record = record_of(world, machine)
    for name in ("nobody", "ningbo clerk", "ningbo approver", "other expert", "system admin", "audit admin"):
        user = world.people[name]
        if reach(user).may(move.permission, record):
            continue
        before = type(record)._base_manager.filter(pk=record.pk).values().get()
        with pytest.raises((NotPermitted, NotFound)):
            machine.move(record, move.verb, by=user, reason="示例原因")
        assert type(record)._base_manager.filter(pk=record.pk).values().get() == before


@pytest.mark.django_db
@pytest.mark.parametrize(("machine", "move"), MOVES)
def test_from_any_other_state_the_move_is_refused_with_a_sentence(world: World, machine, move):
    record, by = record_of(world, machine), _holder(world, machine, move)
    elsewhere = [state for state in machine.states.values if state not in move.sources]
    for state in elsewhere:
        setattr(record, machine.field, state)
        with pytest.raises(IllegalStep) as refused:
            machine.check(record, move.verb, by=by, reason="示例原因")
        said = machine.seen(record, by) if machine.seen and not move.system else state
        assert str(machine.label(said)) in str(refused.value)
        assert str(move.label) in str(refused.value)
    record.refresh_from_db()


@pytest.mark.django_db
@pytest.mark.parametrize(("machine", "move"), [m for m in MOVES if m.values[1].needs_reason])
def test_a_move_that_needs_a_reason_is_refused_without(world: World, machine, move):
    record, by = record_of(world, machine), _holder(world, machine, move)
    setattr(record, machine.field, move.sources[0])
    for nothing in ("", "   ", "\n"):
        with pytest.raises(Invalid) as refused:
            machine.check(record, move.verb, by=by, reason=nothing)
        assert [problem.pointer for problem in refused.value.problems] == ["reason"]
    record.refresh_from_db()


@pytest.mark.django_db
@pytest.mark.parametrize(("machine", "move"), MOVES)
def test_the_move_is_one_compare_and_set(world: World, machine, move):
    """The statement that moves names the allowed states, so a record that moved on in between is not touched."""
    record, by = record_of(world, machine), _holder(world, machine, move)
    stored = getattr(record, machine.field)
    stale = next((state for state in move.sources if state != stored), None)
    if stale is None or stored in move.sources:
        pytest.skip("the world's record stands in the only source state")
    setattr(record, machine.field, stale)
    with CaptureQueriesContext(connection) as asked, pytest.raises(IllegalStep):
        machine.move(record, move.verb, by=by, reason="示例原因")
    updates = [query["sql"] for query in asked if query["sql"].startswith("UPDATE")]
    assert len(updates) == 1
    assert f'"{machine.field}" IN (' in updates[0]
    assert getattr(record, machine.field) == stored


@pytest.mark.parametrize("machine", MACHINES.values(), ids=lambda machine: machine.noun)
def test_the_table_is_sound(machine: StateMachine):
    states = set(machine.states.values)
    verbs = [move.verb for move in machine.transitions]
    assert len(verbs) == len(set(verbs))
    assert {state for move in machine.transitions for state in (*move.sources, move.target)} <= states
    assert set(machine.stamps) <= set(verbs)
    assert {move.permission for move in machine.transitions} <= set(Permission.values)
    for move in machine.transitions:
        assert [role for role, held in GRANTS.items() if move.permission in held], move.verb
    reached = {machine.states.values[0]}
    while True:
        more = {move.target for move in machine.transitions if reached & set(move.sources)} - reached
        if not more:
            break
        reached |= more
    assert states - reached <= UNREACHED.get(machine.noun, set())


#: States that no row of the table leads to, and what does.
UNREACHED = {
    "objection": {"withdrawn"},
    "submission": set(),
}  # an objector withdraws by writing; kept for old records


#: Moves that happen inside an act of another name.
SERVED_BY = {
    "application.remove": "objection.uphold",
    "assignment.submit_scores": "score_sheet.submit",
    "batch.extend": "batch.extend_deadline",
    "batch.give_notice": "notice.publish",
}


def test_every_move_of_a_person_has_its_verb():
    """A button without a verb behind it would be a promise nobody keeps."""
    verbs = set(load_verbs())
    moves = {
        f"{machine.noun}.{move.verb}"
        for machine in MACHINES.values()
        for move in machine.transitions
        if not move.system
    }
    assert moves - verbs - set(SERVED_BY) == set()
    assert set(SERVED_BY) <= moves
    assert set(SERVED_BY.values()) <= verbs


def _holder(world: World, machine: StateMachine, move: Transition):
    record = record_of(world, machine)
    for user in world.people.values():
        user.__dict__.pop("_reach", None)
        if reach(user).may(move.permission, record):
            return user
    raise AssertionError(f"nobody in the world may {machine.noun}.{move.verb}")
