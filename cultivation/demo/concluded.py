"""Concluded demonstration batches: their decisions before the platforms are written, their lists and applications after.

Written directly, because no verb can act in the past. What is frozen and published goes through the same functions as ever.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass

from cultivation import arranged, calendar
from cultivation.actions import release as releases
from cultivation.actions.batch import USUAL_STAGES
from cultivation.choices import (
    ApplicationStatus,
    BatchStatus,
    DecisionStatus,
    NoticeStatus,
    ReleaseKind,
    StageStatus,
)
from cultivation.criteria import DEFAULT
from cultivation.demo.designations import FIRST_KEY, FIRST_NATIONAL, SECOND_KEY, Lists
from cultivation.models import (
    Application,
    Batch,
    BatchStage,
    Decision,
    DecisionApproval,
    Notice,
    Release,
    ReleaseEntry,
)
from cultivation.publish import publish_batch, publish_notice
from platforms import record
from platforms.choices import Tier
from platforms.codes import batch_code, list_code, notice_code
from platforms.models import Platform, TaxonomyEdition, User

#: Platforms of a list that still get an application with the record as it was; longer lists go without the copy.
MOST_RECORDS = 1000


@dataclass(frozen=True)
class Past:
    """A batch that is over. ``decided_on`` is the day its designations begin."""

    tier: str
    year: int
    number: int
    title_zh: str
    title_en: str
    document_no: str
    decided_on: datetime.date

    @property
    def notice_on(self) -> datetime.date:
        return self.decided_on - datetime.timedelta(days=40)


PAST = {
    FIRST_KEY: Past(
        Tier.KEY, 2025, 1, "示例·首批重点培育中试平台", "Sample: first batch of key cultivation", "示例函〔2025〕1号",
        datetime.date(2025, 6, 20),
    ),
    SECOND_KEY: Past(
        Tier.KEY, 2026, 1, "示例·第二批重点培育中试平台", "Sample: second batch of key cultivation", "示例函〔2026〕1号",
        datetime.date(2026, 6, 18),
    ),
    FIRST_NATIONAL: Past(
        Tier.NATIONAL, 2025, 1, "示例·首批国家级中试平台", "Sample: first list of national level", "示例函〔2025〕2号",
        datetime.date(2025, 12, 12),
    ),
}  # fmt: skip


def decide(people: dict[str, User]) -> dict[str, Decision]:
    """The decisions in force with their lists still empty, so that designations can name both."""
    return {name: _decision(past, people) for name, past in PAST.items()}


def finish(lists: Lists, people: dict[str, User], first_platform: int) -> None:
    """Write applications, notices and frozen lists of what the platforms were designated by, and publish them."""
    for name, past in PAST.items():
        decision = lists.decisions[name]
        members = [first_platform + index for index in lists.members(name)]
        applications = list(_applications(decision.batch, members, people, past))
        entries = releases.renumbered(_in_order(members, applications))
        notice = _notice(decision.batch, past, entries, people)
        _freeze(decision, entries, {row.platform.code: row for row in applications}, notice)
        publish_notice(notice)
        publish_batch(decision.batch)


def _at(day: datetime.date, hour: int = 10) -> datetime.datetime:
    return calendar.start_of_day(day) + datetime.timedelta(hours=hour)


def _decision(past: Past, people: dict[str, User]) -> Decision:
    clerk, approver = people["ministry-clerk"], people["ministry-approver-1"]
    opened = past.notice_on - datetime.timedelta(days=90)
    batch = Batch.objects.create(
        code=batch_code(past.year, past.tier, past.number),
        tier=past.tier,
        title_zh=past.title_zh,
        title_en=past.title_en,
        edition=TaxonomyEdition.objects.get(current=True),
        recommend_from=_at(opened),
        recommend_until=_at(opened + datetime.timedelta(days=30), 0),
        criteria=list(DEFAULT.criteria),
        approvers_needed=2 if past.tier == Tier.NATIONAL else 1,
        status=BatchStatus.CONCLUDED,
        demo=True,
        created_at=_at(opened - datetime.timedelta(days=10)),
        created_by=clerk,
        opened_at=_at(opened),
        opened_by=approver,
    )
    rounds: dict[str, int] = {}
    for position, kind in enumerate(USUAL_STAGES[past.tier], 1):
        rounds[kind] = rounds.get(kind, 0) + 1
        BatchStage.objects.create(
            batch=batch,
            position=position,
            kind=kind,
            round=rounds[kind],
            status=StageStatus.FINISHED,
            finished_at=_at(past.decided_on),
            finished_by=clerk,
        )
    release = Release.objects.create(
        code=list_code(past.year, past.tier, past.number),
        version="1.0",
        batch=batch,
        kind=ReleaseKind.FINAL,
        tier=past.tier,
        title_zh=past.title_zh + "名单",
        title_en=past.title_en,
        document_no=past.document_no,
        issued_on=past.decided_on,
        demo=True,
        created_at=_at(past.decided_on),
        created_by=clerk,
    )
    decision = Decision.objects.create(
        batch=batch,
        release=release,
        document_no=past.document_no,
        title_zh=f"关于公布{past.title_zh}名单的通知",
        title_en=past.title_en,
        decided_on=past.decided_on,
        status=DecisionStatus.IN_FORCE,
        approvals_needed=batch.approvers_needed,
        drafted_at=_at(past.decided_on, 9),
        drafted_by=clerk,
        frozen_at=_at(past.decided_on, 10),
        frozen_by=clerk,
        in_force_at=_at(past.decided_on, 15),
    )
    return decision


def _applications(
    batch: Batch, members: list[int], people: dict[str, User], past: Past
) -> Iterator[Application]:
    """One listed application per platform. Authorities without demonstration people are represented by Jiangsu's."""
    copied = len(members) <= MOST_RECORDS
    everything = Platform.objects.with_everything()
    platforms = (everything if copied else everything.prefetch_related(None)).in_bulk(members)
    ranks: dict[str, int] = {}
    rows = []
    for pk in members:
        platform = platforms[pk]
        ranks[platform.authority_id] = ranks.get(platform.authority_id, 0) + 1
        rows.append(
            Application(
                batch=batch,
                platform=platform,
                authority=platform.authority,
                rank=ranks[platform.authority_id],
                opinion="示例：同意推荐。",
                record=record.payload_of(platform) if copied else {},
                status=ApplicationStatus.LISTED,
                proposed_at=_at(past.notice_on - datetime.timedelta(days=80)),
                proposed_by=people["jiangsu-clerk"],
                recommended_at=_at(past.notice_on - datetime.timedelta(days=70)),
                recommended_by=people["jiangsu-approver"],
                checked_at=_at(past.notice_on - datetime.timedelta(days=50)),
                checked_by=people["ministry-clerk"],
            )
        )
    yield from Application.objects.bulk_create(rows, batch_size=1000)


def _in_order(members: list[int], applications: list[Application]) -> list[releases.Entry]:
    """Rows as the verbs make them, in the order that the designations refer to."""
    by_code = {entry["platform_code"]: entry for entry in releases.entries_from(applications)}
    codes = {application.platform_id: application.platform.code for application in applications}
    return [by_code[codes[pk]] for pk in members]


def _notice(batch: Batch, past: Past, entries: list[releases.Entry], people: dict[str, User]) -> Notice:
    window = arranged.working_days(past.notice_on, batch.notice_days)
    preliminary = releases.freeze(
        batch=batch,
        kind=ReleaseKind.PRELIMINARY,
        title_zh=f"{past.title_zh}初步名单",
        title_en=f"{past.title_en}, preliminary list",
        entries=entries,
        issued_on=window.first,
        by=people["ministry-clerk"],
    )
    releases.make_public(preliminary)
    return Notice.objects.create(
        code=notice_code(past.year, past.tier, past.number),
        batch=batch,
        release=preliminary,
        title_zh=f"{past.title_zh}初步名单公示",
        title_en=f"{past.title_en}, public notice",
        starts_on=window.first,
        ends_on=window.last,
        working_days=batch.notice_days,
        contact="示例处室 010-00000000",
        status=NoticeStatus.CLOSED,
        prepared_at=_at(window.first, 8),
        prepared_by=people["ministry-clerk"],
        published_at=_at(window.first, 9),
        published_by=people["ministry-approver-1"],
    )


def _freeze(
    decision: Decision, entries: list[releases.Entry], applications: dict[str, Application], notice: Notice
) -> None:
    release = decision.release
    assert release is not None  # noqa: S101 - told to the type checker; a decision in force has one
    final = [releases.with_recommender(entry, applications[entry["platform_code"]]) for entry in entries]
    ReleaseEntry.objects.bulk_create(
        (ReleaseEntry(release=release, **entry) for entry in final), batch_size=1000
    )
    release.entry_count, release.sha256 = len(final), releases.digest(final)
    release.previous, release.frozen_at = notice.release, decision.frozen_at
    release.save()
    for approver in ("ministry-approver-1", "ministry-approver-2")[: decision.approvals_needed]:
        DecisionApproval.objects.create(
            decision=decision,
            approver=User.objects.get(username=approver),
            drafter_id=decision.drafted_by_id,
            entries_typed=len(final),
            approved_at=decision.in_force_at or decision.drafted_at,
        )
    releases.make_public(release)
