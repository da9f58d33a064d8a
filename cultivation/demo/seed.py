"""The demonstration set as a whole, in one transaction: all of it is there, or nothing."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass

from django.db import transaction

from cultivation.demo import (
    announcements,
    arrangements,
    bulk,
    campaigns,
    concluded,
    imports,
    questions,
    standards,
    submissions,
    workflow,
)
from cultivation.demo.designations import Lists, lists_of
from cultivation.models import Reviewer
from platforms import history
from platforms.actions import quality
from platforms.demo import people, webhooks
from platforms.demo.copying import next_key
from platforms.demo.plan import Plan, Reference, make
from platforms.errors import DomainError
from platforms.models import Area, Operator, Platform, TaxonomyEdition, User

Say = Callable[[str], None]


@dataclass(frozen=True)
class Seeded:
    platforms: int
    rows: int


def present() -> bool:
    return Platform.objects.filter(demo=True).exists()


def seed(*, scale: float, seed: int, say: Say = lambda text: None) -> Seeded:
    """Fill the registry. Refused where made-up records must not be: in an official or production installation."""
    if not people.allowed():
        raise DomainError("the demonstration set is not for an official or production installation")
    if not TaxonomyEdition.objects.filter(current=True).exists():
        raise DomainError("load_reference has to run first")
    reference = Reference.load()
    plan = make(scale=scale, seed=seed, reference=reference)
    with transaction.atomic(), history.context(verb="demo.seed", by=None):
        cast = people.create(None)
        first_platform = next_key(Platform)
        lists = Lists(lists_of(plan), concluded.decide(cast), cast["ministry-approver-1"].pk)
        rows = bulk.write(plan, lists, reference, processes=_processes(plan))
        say(f"{len(plan.slots)} platforms written")
        _give_places(cast)
        concluded.finish(lists, cast, first_platform)
        say("concluded batches written")
        workflow.play(cast)
        say("batches in progress played")
        campaigns.play(cast)
        submissions.play(cast, plan, reference)
        announcements.play(cast)
        imports.play(cast)
        arrangements.play(cast)
        standards.write()
        webhooks.play(cast)
        questions.play(cast)
        quality.mark()
    return Seeded(len(plan.slots), rows)


def _processes(plan: Plan) -> int:
    return min(os.cpu_count() or 1, 8) if len(plan.slots) >= bulk.SHARED else 1


def _give_places(cast: dict[str, User]) -> None:
    """The operator's account belongs to an operator of Jiangsu; the experts know their areas."""
    mine = Operator.objects.filter(demo=True, platforms__authority="320000").order_by("pk").first()
    people.create(mine or Operator.objects.filter(demo=True).order_by("pk").first())
    areas = {area.position: area for area in Area.objects.filter(edition__current=True)}
    for account in people.ACCOUNTS:
        if account.areas:
            reviewer, _new = Reviewer.objects.get_or_create(
                user=cast[account.username],
                defaults={
                    "organisation": account.organisation,
                    "region_id": account.region,
                    "title": "研究员",
                    "max_load": 60,
                },
            )
            reviewer.areas.set([areas[number] for number in account.areas if number in areas])
