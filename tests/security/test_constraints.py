"""The database holds the shape: every constraint of every model is violated once and answers with its own sentence.

Values are searched, not listed: for the fields a constraint speaks of, combinations are tried until the database names this
constraint. A constraint that no combination violates, or that has no sentence of its own, fails.
"""

from __future__ import annotations

import copy
import datetime
import itertools
import random
import uuid
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pghistory.core
import pytest
from django.apps import apps
from django.db import Error, IntegrityError, connection, models, transaction
from django.db.models import CheckConstraint, F, Q, UniqueConstraint

from platforms.actions.verb import constraint_messages, refusal
from platforms.errors import Conflict, Invalid
from tests.security.world import World

pytestmark = pytest.mark.django_db

MODELS = [
    model
    for label in ("platforms", "cultivation")
    for model in apps.get_app_config(label).get_models()
    if not model.__name__.endswith("Event")
]
CHECKS = [
    pytest.param(model, constraint, id=constraint.name)
    for model in MODELS
    for constraint in model._meta.constraints
    if isinstance(constraint, CheckConstraint)
]
UNIQUES = [
    pytest.param(model, constraint, id=constraint.name)
    for model in MODELS
    for constraint in model._meta.constraints
    if isinstance(constraint, UniqueConstraint)
]
NOW = datetime.datetime(2026, 11, 2, tzinfo=datetime.UTC)


@pytest.mark.parametrize(("model", "constraint"), CHECKS)
def test_a_violated_check_is_refused_with_its_sentence(world: World, model, constraint):
    error = first_violation(model, constraint, fields_of(constraint.condition))
    assert error is not None, (
        f"no combination of {fields_of(constraint.condition)} violates {constraint.name}"
    )
    answer = refusal(error)
    assert isinstance(answer, Invalid)
    assert [problem.message for problem in answer.problems] == [str(constraint.violation_error_message)]


@pytest.mark.parametrize(("model", "constraint"), UNIQUES)
def test_a_violated_uniqueness_is_a_conflict_with_its_sentence(world: World, model, constraint):
    error = first_duplicate(model, constraint)
    assert error is not None, f"{constraint.name} let a duplicate in"
    answer = refusal(error)
    assert isinstance(answer, Conflict)
    assert str(answer) == str(constraint.violation_error_message)


def test_every_constraint_is_covered_and_has_its_own_sentence():
    names = {param.id for param in (*CHECKS, *UNIQUES)}
    declared = {constraint.name for model in MODELS for constraint in model._meta.constraints}
    assert names == declared
    silent = [
        constraint.name
        for model in MODELS
        for constraint in model._meta.constraints
        if constraint.violation_error_message == constraint.default_violation_error_message
    ]
    assert silent == []
    assert declared <= set(constraint_messages())


def test_every_constraint_is_in_the_database():
    with connection.cursor() as cursor:
        cursor.execute("SELECT conname FROM pg_constraint UNION SELECT indexname FROM pg_indexes")
        stored = {name for (name,) in cursor.fetchall()}
    assert {param.id for param in (*CHECKS, *UNIQUES)} - stored == set()


def test_every_act_is_stored_with_its_actor():
    """``<event>_at`` and ``<event>_by`` stand together in a check, unless the database demands both anyway."""
    loose = []
    for model in MODELS:
        fields = {field.name: field for field in model._meta.fields}
        for name, field in fields.items():
            actor = fields.get(f"{name.removesuffix('_at')}_by") if name.endswith("_at") else None
            if actor is None or not (field.null and actor.null):
                continue
            if not any(
                {name, actor.name} <= fields_of(constraint.condition)
                for constraint in model._meta.constraints
                if isinstance(constraint, CheckConstraint)
            ):
                loose.append(f"{model.__name__}.{name}")
    assert loose == []


@pytest.mark.parametrize("model", pghistory.core.event_models(), ids=lambda model: model.__name__)
@pytest.mark.parametrize("statement", ["UPDATE {} SET pgh_label = 'x'", "DELETE FROM {}"])
def test_history_cannot_be_rewritten(world: World, model, statement: str):
    assert model._base_manager.exists(), f"{model.__name__}: the world wrote no history"
    refused(statement.format(model._meta.db_table))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE public_change SET title_zh = 'x'",
        "DELETE FROM public_change",
        "UPDATE cultivation_releaseentry SET name_zh = 'x'",
        "DELETE FROM cultivation_releaseentry",
        "DELETE FROM platforms_platform",
        "UPDATE public_platform_past SET tier = 'national'",
        "DELETE FROM public_platform_past",
    ],
)
def test_what_is_published_cannot_be_rewritten(world: World, statement: str):
    refused(statement)


def refused(statement: str) -> None:
    with pytest.raises(Error) as error, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert "Cannot" in str(error.value)


def fields_of(condition: Q) -> set[str]:
    """Names of the fields a condition speaks of, on either side."""
    found: set[str] = set()
    for child in condition.children:
        if isinstance(child, Q):
            found |= fields_of(child)
        else:
            found.add(child[0].partition("__")[0])
            found |= {child[1].name.partition("__")[0]} if isinstance(child[1], F) else set()
    return {name for name in found if name != "id"}


def first_violation(
    model: type[models.Model], constraint: CheckConstraint, names: set[str]
) -> IntegrityError | None:
    record = model._base_manager.first()
    assert record is not None, f"the world has no {model.__name__}"
    protected = any("append_only" in trigger.name for trigger in getattr(model._meta, "triggers", ()))
    for values in itertools.chain(
        combinations(model, record, names), draws(model, record, neighbours(model, names))
    ):
        error = attempt(copied(record, values) if protected else (model, record.pk, values))
        if error is not None and name_of(error) == constraint.name:
            return error
    return None


def first_duplicate(model: type[models.Model], constraint: UniqueConstraint) -> IntegrityError | None:
    record = model._base_manager.first()
    assert record is not None, f"the world has no {model.__name__}"
    condition = fields_of(constraint.condition) if constraint.condition else set()
    for values in itertools.chain([{}], combinations(model, record, condition | set(constraint.fields))):
        error = attempt(
            (model, record.pk, values), copied(record, values, keep=condition | set(constraint.fields))
        )
        if error is not None and name_of(error) == constraint.name:
            return error
    return None


def attempt(*steps: Any) -> IntegrityError | None:
    """Updates ``(model, pk, values)`` and inserts of records, undone afterwards; the database's refusal, if any."""
    try:
        with transaction.atomic():
            for step in steps:
                if isinstance(step, tuple):
                    model, pk, values = step
                    if values:
                        model._base_manager.filter(pk=pk).update(**values)
                else:
                    type(step)._base_manager.bulk_create([step])
            raise Undo
    except IntegrityError as error:
        return error
    except (Error, Undo):
        return None


class Undo(Exception):
    """Raised when the database accepted everything, so that it is taken back."""


def copied(record: models.Model, values: dict[str, Any], keep: set[str] | None = None) -> models.Model:
    """Another row like this one, different where single columns must be, and where only other uniqueness than ``keep`` says so."""
    twin = copy.copy(record)
    for other in record._meta.constraints:
        for name in set(getattr(other, "fields", ())) - (keep or set()) if keep else ():
            field = record._meta.get_field(name)
            if not (field.is_relation or field.choices):
                setattr(
                    twin,
                    field.attname,
                    999 if "Integer" in field.get_internal_type() else uuid.uuid4().hex[:8],
                )
    for field in record._meta.concrete_fields:
        if field.primary_key:
            fresh = None if field.get_internal_type() == "BigAutoField" else fresh_key(field)
            setattr(twin, field.attname, fresh)
        elif field.unique:
            fresh = None if field.null or field.is_relation else uuid.uuid4().hex[: field.max_length or 12]
            setattr(twin, field.attname, fresh)
    for name, value in values.items():
        setattr(twin, record._meta.get_field(name).attname, value)
    twin._state = models.base.ModelState()
    return twin


def fresh_key(field: models.Field) -> Any:
    return 10**9 if "Integer" in field.get_internal_type() else uuid.uuid4().hex[: field.max_length]


def name_of(error: IntegrityError) -> str:
    return getattr(getattr(error.__cause__, "diag", None), "constraint_name", "") or ""


def combinations(
    model: type[models.Model], record: models.Model, names: set[str]
) -> Iterator[dict[str, Any]]:
    """Combinations of telling values for the fields, those that change fewest fields first; at most 5,000."""
    fields = [model._meta.get_field(name) for name in sorted(names)]
    choices = [list(values_for(field, record)) for field in fields]
    ordered = sorted(
        itertools.islice(itertools.product(*(range(len(values)) for values in choices)), 20_000), key=sum
    )
    for picks in ordered[:5000]:
        yield {
            field.name: choices[i][pick] for i, (field, pick) in enumerate(zip(fields, picks, strict=True))
        }


def neighbours(model: type[models.Model], names: set[str]) -> set[str]:
    """The fields that other checks bind to these: a value may only be wrong in company."""
    checks = [item for item in model._meta.constraints if isinstance(item, CheckConstraint)]
    found = set(names)
    for _hop in range(2):
        found |= set().union(*(fields_of(c.condition) for c in checks if fields_of(c.condition) & found))
    return found


def draws(model: type[models.Model], record: models.Model, names: set[str]) -> Iterator[dict[str, Any]]:
    """Combinations over many fields, drawn always in the same order."""
    chance = random.Random(1)
    choices = {name: list(values_for(model._meta.get_field(name), record)) for name in sorted(names)}
    for _ in range(6000):
        yield {name: chance.choice(values) for name, values in choices.items()}


def values_for(field: Any, record: models.Model) -> Iterator[Any]:
    """The stored value, then what might be refused: nothing, the empty, the strange, the extreme, each known word."""
    yield getattr(record, field.attname)
    if field.is_relation:
        keys = list(field.related_model._base_manager.values_list("pk", flat=True)[:2])
        yield from ([*keys, record.pk] if field.related_model is type(record) else keys)
    elif field.choices:
        yield "?"
        yield from [value for value, _label in field.flatchoices]
    elif isinstance(field, models.DateTimeField):
        yield from (NOW, NOW + datetime.timedelta(days=900), NOW - datetime.timedelta(days=900))
    elif isinstance(field, models.DateField):
        yield from (
            NOW.date(),
            NOW.date() + datetime.timedelta(days=9),
            NOW.date() - datetime.timedelta(days=9),
        )
    elif isinstance(field, models.BooleanField):
        yield from (True, False)
    elif isinstance(field, models.DecimalField):
        yield from (Decimal(1), Decimal(-1), Decimal(0), Decimal(101))
    elif isinstance(field, models.IntegerField):
        yield from (0, 1, 2, 5, 9999)
    elif isinstance(field, models.CharField | models.TextField):
        yield from ("", "示例")
    elif isinstance(field, models.JSONField):
        yield {"contact": {"person": {"name": "示例联系人"}}}
    if field.null:
        yield None
