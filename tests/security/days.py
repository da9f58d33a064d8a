"""What an authority does on its working days, through the registry's own verbs and pages; every text carries a canary.

Nothing of it is published: drafts, returns, proposals, orders, uploads, reports, requests, people and keys are private work.
"""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.core.files.base import ContentFile
from django.utils import timezone

from cultivation.actions import annual_report, application, change_request, ranking, submission
from cultivation.actions import batch as batches
from cultivation.actions import submission_acceptance as ministry_acts
from cultivation.actions import submission_city as city
from cultivation.models import Batch, BatchQuota, Submission
from platforms.access import Role
from platforms.actions import api_client, handover, import_run, notification, saved_view, verb
from platforms.actions import invitation as invitations
from platforms.actions import platform as platforms
from platforms.models import Platform, User
from tests import factories
from tests.security.world import Province, World

#: Rounds of the working day; each is some thirty verbs.
ROUNDS = 7


@dataclass
class Office:
    """What must stand before the first look: a batch that takes recommendations, a platform to work with, two more people."""

    world: World
    province: Province
    canary: str
    batch: Batch
    platform: Platform
    colleague: User

    @property
    def clerk(self) -> User:
        return self.province.people["clerk"]

    @property
    def approver(self) -> User:
        return self.province.people["approver"]


def prepare(world: World, province: Province, canary: str) -> Office:
    ministry = world.people["ministry clerk"]
    batch = Batch.objects.filter(status="recommending").first() or factories.BatchFactory(
        code="B2026-key-70", status="recommending", created_by=ministry, opened_at=timezone.now(),
        opened_by=world.people["ministry approver"], requires_lower_tier=False,
    )  # fmt: skip
    BatchQuota.objects.get_or_create(batch=batch, authority=province.authority, defaults={"places": 5})
    authority = province.authority
    return Office(
        world,
        province,
        canary,
        batch,
        factories.PlatformFactory(authority=authority, operator=province.things["operators"]),
        factories.person(Role.AUTHORITY_CLERK, authority=authority, username=f"w-second-{authority.pk}"),
    )


@contextmanager
def counted() -> Iterator[Counter]:
    """How often which verb succeeded, the verbs within verbs not counted."""
    done: Counter = Counter()
    run, depth = verb._run, [0]

    def counting(name: str, function: Any, arguments: dict[str, Any]) -> Any:
        depth[0] += 1
        try:
            result = run(name, function, arguments)
        finally:
            depth[0] -= 1
        done[name] += depth[0] == 0
        return result

    verb._run = counting  # type: ignore[assignment]
    try:
        yield done
    finally:
        verb._run = run


def work(office: Office, rounds: int = ROUNDS) -> None:
    for number in range(rounds):
        _submissions(office, number)
        _recommendations(office)
        _people(office, number)
        _aftercare(office)
        _desk(office, number)
    handover.make(
        authority=office.province.authority, giver=office.colleague, receiver=office.clerk,
        by=office.approver, reason=office.canary,
    )  # fmt: skip


def _submissions(office: Office, number: int) -> None:
    """Written, corrected, sent up, returned, sent again, rejected; and one given up."""
    clerk, approver, ministry = office.clerk, office.approver, office.world.people["ministry clerk"]
    serial = int(office.province.authority.pk) * 100 + number
    payload = factories.valid_payload(name=f"示例{office.canary}{number}", serial=serial % 9_000_000)
    draft = submission.create_draft(authority=office.province.authority, by=clerk, payload=payload)
    payload["platform"]["summary_zh"] = office.canary
    if number % 2 and office.province is office.world.jiangsu:  # the record's region is Jiangsu's
        payload["platform"]["city"] = "320500"
    draft = submission.save_draft(submission=draft, payload=payload, by=clerk)
    _past_city(office, draft)
    submission.prepare(submission=draft, by=clerk)
    submission.take_back(submission=draft, by=clerk)
    submission.prepare(submission=draft, by=clerk)
    submission.send_back(submission=draft, by=approver, reason=office.canary)
    submission.prepare(submission=draft, by=clerk)
    submission.submit(submission=draft, by=approver)
    ministry_acts.return_(submission=draft, by=ministry, reason=office.canary)
    submission.prepare(submission=draft, by=clerk)
    submission.submit(submission=draft, by=approver)
    ministry_acts.reject(submission=draft, by=ministry, reason=office.canary)
    other = submission.create_draft(authority=office.province.authority, by=office.colleague)
    submission.withdraw(submission=other, by=clerk)


def _past_city(office: Office, draft: Submission) -> None:
    """Sent to the city, returned, sent again and passed; where the city is not named the office stands in."""
    clerk, reviewer = office.clerk, office.province.people["city reviewer"]
    if city.send_to_city(submission=draft, by=clerk).city is None:
        city.stand_in_for_city(submission=draft, by=clerk, reason=office.canary)
        return
    city.city_return(submission=draft, by=reviewer, reason=office.canary)
    city.send_to_city(submission=draft, by=clerk)
    city.city_pass(submission=draft, by=reviewer, reason=office.canary)


def _recommendations(office: Office) -> None:
    clerk, approver = office.clerk, office.approver
    proposed = application.propose(batch=office.batch, platform=office.platform, by=clerk)
    application.set_opinion(application=proposed, opinion=office.canary, by=clerk)
    ranking.set_rank(application=proposed, rank=1, by=clerk)
    application.recommend(application=proposed, by=approver)
    application.withdraw(application=proposed, by=clerk, reason=office.canary)


def _people(office: Office, number: int) -> None:
    invited = invitations.propose(
        authority=office.province.authority, role=Role.AUTHORITY_CLERK, name=office.canary, by=office.clerk
    )
    invitations.confirm(invitation=invited, by=office.approver)
    invitations.withdraw(invitation=invited, by=office.clerk)
    client, _key = api_client.create(
        owner=office.clerk, name=office.canary, scopes=["submission.view"], days=3, by=office.clerk
    )
    api_client.revoke(client=client, by=office.clerk)


def _aftercare(office: Office) -> None:
    request = change_request.prepare(
        platform=office.platform, kind="name", after={"name_zh": f"示例{office.canary}"}, reason=office.canary,
        evidence_note=office.canary, by=office.clerk,
    )  # fmt: skip
    change_request.submit(change_request=request, by=office.approver)
    change_request.reject(
        change_request=request, by=office.world.people["ministry approver"], reason=office.canary
    )
    report = annual_report.save(
        platform=office.platform,
        year=annual_report.current_year(),
        figures={"projects_total": "7"},
        by=office.clerk,
    )
    annual_report.send_back(report=report, by=office.approver, reason=office.canary)


def _desk(office: Office, number: int) -> None:
    run, _earlier = import_run.upload(
        authority=office.province.authority, by=office.clerk, name=f"{office.canary}.csv",
        file=ContentFile(f"{office.canary},{office.province.authority.pk},{number}".encode()),
    )  # fmt: skip
    import_run.cancel(run=run, by=office.clerk)
    saved_view.keep(page="authority-platforms", name=office.canary, query="tier=key", by=office.clerk)
    platforms.remind(platform=office.platform, by=office.clerk)
    notification.read_all(by=office.clerk)


def ministry_work(world: World, canary: str, rounds: int = ROUNDS) -> None:
    """Batches that are being drawn up: the ministry's own affair until they are opened."""
    clerk = world.people["ministry clerk"]
    for number in range(rounds):
        draft = batches.create(
            tier="key",
            values={
                "title_zh": f"{canary}{number}",
                "edition": factories.EditionFactory(),
                "recommend_until": timezone.now() + datetime.timedelta(days=9),
            },
            by=clerk,
        )
        batches.update(batch=draft, values={"title_zh": f"{canary}{number} 改"}, by=clerk)
