"""The door to the public record for batches, notices, lists and announcements.

Each document holds only what may be public at that stage. Numbers of a stage appear when the stage is over, and are counted
in a way that later private work does not move (by the time of the act, never by today's state), so working on a batch leaves
its public row untouched and projecting again gives the same bytes. Nothing here depends on the clock: whether a notice is
open now is for the page to say, from ``opens_on`` and ``ends_at``.
"""

from __future__ import annotations

import datetime
from typing import Any

from cultivation import calendar
from cultivation.choices import (
    AnnouncementAudience,
    AnnouncementStatus,
    BatchStatus,
    NoticeStatus,
    ReleaseKind,
    StageKind,
    StageStatus,
)
from cultivation.choices import ApplicationStatus as A
from cultivation.models import Announcement, Application, Batch, BatchStage, Notice, Release
from platforms.choices import ChangeKind
from platforms.models import Change, PublicAnnouncement, PublicBatch, PublicList, PublicNotice
from platforms.publish import record_change

#: Fewer than this many are not told as a number while names are not public.
SMALL = 3

#: What a row of a list says, in the order of the downloads.
ENTRY_FIELDS = (
    "row", "platform_code", "name_zh", "name_en", "operator_zh", "operator_uscc", "area_code", "area_zh", "direction_zh",
    "region_code", "region_zh", "authority_code", "authority_zh",
)  # fmt: skip

PASSED_CHECK = (
    A.IN_REVIEW, A.SHORTLISTED, A.RESERVE_LIST, A.NOT_SHORTLISTED, A.ON_NOTICE, A.REMOVED, A.LISTED, A.NOT_LISTED,
)  # fmt: skip


def publish_batch(batch: Batch) -> Change | None:
    """Bring the public page of a batch up to date. A draft, and a batch cancelled before it opened, has none.

    Document: code, url, title_zh/en, tier, status, state, stage, rule_*, recommend_from/until (ISO, end exclusive), stages
    [{kind, round, planned_until, status}], counts [{stage, count | null}], notice | null, lists [{code, version, …}], demo.
    """
    batch = Batch.objects.get(pk=batch.pk)
    if batch.opened_at is None:
        return None
    stages = list(batch.stages.all())
    card = {
        "code": batch.code,
        "url": f"/batches/{batch.code}/",
        "title_zh": batch.title_zh,
        "title_en": batch.title_en,
        "tier": batch.tier,
        "status": batch.status,
        "state": _state(batch, stages),
        "recommend_from": _iso(batch.recommend_from),
        "recommend_until": _iso(batch.recommend_until),
        "demo": batch.demo,
    }
    document = {
        **card,
        "rule_title_zh": batch.rule_title,
        "rule_number": batch.rule_document_no,
        "rule_date": _iso(batch.rule_date),
        "rule_url": batch.rule_url,
        "stages": [
            {
                "kind": stage.kind,
                "round": stage.round,
                "planned_until": _iso(stage.planned_until),
                "status": stage.status,
            }
            for stage in stages
        ],
        "counts": _counts(batch, stages),
        "notice": _notice_of(batch),
        "lists": _lists_of(batch),
    }
    return record_change(
        PublicBatch,
        noun="batch",
        code=batch.code,
        document=document,
        card=card,
        columns={
            "tier": batch.tier,
            "stage": card["state"],
            "opened_on": calendar.beijing_date(batch.opened_at),
        },
        title=(batch.title_zh, batch.title_en),
        tier=batch.tier,
    )


def publish_notice(notice: Notice) -> Change | None:
    """Bring the public page of a notice up to date; a notice that is being prepared has none.

    Document: code, url, title_zh/en, opens_on, ends_on (last day), ends_at (ISO, exclusive), working_days, status, contact,
    extension_reason, objection_url, batch {code, url, title_*}, list {code, version, url, sha256, count}, tier, entries
    (``ENTRY_FIELDS``), versions [{version, url, note_zh}], final_list {title_*, url} | null, demo.
    """
    notice = Notice.objects.select_related("batch", "release").get(pk=notice.pk)
    if notice.status == NoticeStatus.DRAFT or notice.starts_on is None or notice.ends_on is None:
        return None
    batch, release = notice.batch, notice.release
    card = {
        "code": notice.code,
        "url": f"/notices/{notice.code}/",
        "title_zh": notice.title_zh,
        "title_en": notice.title_en,
        "tier": batch.tier,
        "status": notice.status,
        "opens_on": notice.starts_on.isoformat(),
        "ends_on": notice.ends_on.isoformat(),
        "ends_at": calendar.end_of_day(notice.ends_on).isoformat(),
        "count": release.entry_count,
        "demo": batch.demo,
    }
    document = {
        **card,
        "working_days": notice.working_days,
        "contact": notice.contact,
        "extension_reason": notice.extension_reason,
        "objection_url": f"/notices/{notice.code}/objection/",
        "batch": {
            "code": batch.code,
            "url": f"/batches/{batch.code}/",
            "title_zh": batch.title_zh,
            "title_en": batch.title_en,
        },
        "list": _link(release) | {"sha256": release.sha256, "count": release.entry_count},
        "entries": entries_of(release),
        "versions": [
            _link(version) | {"note_zh": version.note_zh}
            for version in _published(batch, ReleaseKind.PRELIMINARY)
        ],
        "final_list": _final_link(batch),
    }
    return record_change(
        PublicNotice,
        noun="notice",
        code=notice.code,
        document=document,
        card=card,
        columns={"batch_code": batch.code, "starts_on": notice.starts_on, "ends_on": notice.ends_on},
        title=(notice.title_zh, notice.title_en),
        tier=batch.tier,
    )


def publish_release(release: Release) -> Change | None:
    """Put a frozen list on the public record, for ever. Its document never changes; ``latest`` moves to the newest version.

    Document: code, version, url, title_zh/en, kind, preliminary, tier, decision_no, decided_on, count, note_zh, sha256,
    check_code, previous {…} | null, batch {…}, entries, demo. ``sha256`` is that of ``canonical(entries)``, so whoever has the
    document can check it.
    """
    release = Release.objects.select_related("batch", "previous").get(pk=release.pk)
    if release.published_at is None:
        return None
    card = _link(release) | {
        "kind": release.kind,
        "preliminary": release.kind == ReleaseKind.PRELIMINARY,
        "tier": release.tier,
        "decision_no": release.document_no,
        "decided_on": _iso(release.issued_on),
        "count": release.entry_count,
        "sha256": release.sha256,
        "demo": release.demo,
    }
    document = {
        **card,
        "check_code": release.sha256[:8].upper(),
        "note_zh": release.note_zh,
        "published_at": _iso(release.published_at),
        "previous": _link(release.previous) if release.previous and release.previous.published_at else None,
        "batch": {
            "code": release.batch.code,
            "url": f"/batches/{release.batch.code}/",
            "title_zh": release.batch.title_zh,
            "title_en": release.batch.title_en,
        },
        "entries": entries_of(release),
    }
    change = record_change(
        PublicList,
        noun="list",
        code=f"{release.code}/{release.version}",
        document=document,
        card=card,
        columns={
            "list_code": release.code,
            "list_version": release.version,
            "kind": release.kind,
            "tier": release.tier,
            "issued_on": release.issued_on,
        },
        title=(release.title_zh, release.title_en),
        tier=release.tier,
        decision=release.document_no,
    )
    _mark_latest(release.code)
    return change


def publish_announcement(announcement: Announcement) -> Change | None:
    """Put an announcement to the public on the public record once it is out; a withdrawn one keeps its title and the reason.

    Document: code, url, title_zh/en, status, released_at, shown_until (ISO, exclusive) | null, withdrawn_at | null,
    withdrawal_reason, body_zh/en (empty once withdrawn), demo.
    """
    announcement = Announcement.objects.get(pk=announcement.pk)
    if announcement.audience != AnnouncementAudience.PUBLIC or announcement.released_at is None:
        return None
    withdrawn = announcement.status == AnnouncementStatus.WITHDRAWN
    card = {
        "code": announcement.code,
        "url": f"/announcements/{announcement.code}/",
        "title_zh": announcement.title_zh,
        "title_en": announcement.title_en,
        "status": announcement.status,
        "released_at": _iso(announcement.released_at),
        "shown_until": _iso(announcement.shown_until),
        "withdrawn_at": _iso(announcement.withdrawn_at),
        "withdrawal_reason": announcement.withdrawal_reason,
        "demo": announcement.demo,
    }
    texts = {
        "body_zh": "" if withdrawn else announcement.body_zh,
        "body_en": "" if withdrawn else announcement.body_en,
    }
    return record_change(
        PublicAnnouncement,
        noun="announcement",
        code=announcement.code,
        document=card | texts,
        card=card,
        columns={
            "released_at": announcement.released_at,
            "shown_until": announcement.shown_until,
            "withdrawn": withdrawn,
        },
        title=(announcement.title_zh, announcement.title_en),
        kind=ChangeKind.WITHDRAWN if withdrawn else None,
    )


def _mark_latest(list_code: str) -> None:
    """Exactly one version of a list is the latest: the one whose number of change is the highest."""
    versions = PublicList.objects.filter(list_code=list_code)
    newest = versions.order_by("-last_change").values_list("pk", flat=True)[0]
    versions.filter(latest=True).exclude(pk=newest).update(latest=False)
    versions.filter(pk=newest, latest=False).update(latest=True)


def _state(batch: Batch, stages: list[BatchStage]) -> str:
    """One word for where the batch stands: a key of the status vocabulary of the templates."""
    active = next((stage.kind for stage in stages if stage.status == StageStatus.ACTIVE), "")
    return {
        BatchStatus.RECOMMENDING: "open",
        BatchStatus.ASSESSING: active or "review",
        BatchStatus.NOTICING: "notice",
        BatchStatus.DECIDING: "decision",
        BatchStatus.CONCLUDED: "done",
        BatchStatus.CANCELLED: "revoked",
    }[BatchStatus(batch.status)]


def _counts(batch: Batch, stages: list[BatchStage]) -> list[dict[str, Any]]:
    """How many came through each finished stage. Small numbers are ``None`` until the names themselves are public."""
    if batch.status in (BatchStatus.RECOMMENDING, BatchStatus.CANCELLED):
        return []
    mine = Application.objects.filter(batch=batch)
    counts = [_quiet("recommended", mine.filter(recommended_at__isnull=False))]
    checked = next(
        (s for s in stages if s.kind == StageKind.FORMAL_CHECK and s.status == StageStatus.FINISHED), None
    )
    if checked is not None:
        passed = mine.filter(status__in=PASSED_CHECK)
        if checked.finished_at:
            passed = passed.filter(checked_at__lte=checked.finished_at)
        counts.append(_quiet("formal_check", passed))
    preliminary = _published(batch, ReleaseKind.PRELIMINARY)
    if preliminary:
        counts.append({"stage": "notice", "count": preliminary[0].entry_count})
    final = _published(batch, ReleaseKind.FINAL)
    if final:
        counts.append({"stage": "list", "count": final[0].entry_count})
    return counts


def _quiet(stage: str, applications) -> dict[str, Any]:
    count = applications.values("platform_id").distinct().count()
    return {"stage": stage, "count": count if count >= SMALL else None}


def _published(batch: Batch, *kinds: str) -> list[Release]:
    """Published lists of a batch, oldest first."""
    return list(
        Release.objects.filter(batch=batch, published_at__isnull=False, kind__in=kinds).order_by(
            "published_at", "id"
        )
    )


def _notice_of(batch: Batch) -> dict[str, Any] | None:
    notice = batch.notices.exclude(status=NoticeStatus.DRAFT).order_by("-id").first()
    if notice is None or notice.ends_on is None:
        return None
    return {
        "code": notice.code,
        "url": f"/notices/{notice.code}/",
        "objection_url": f"/notices/{notice.code}/objection/",
        "title_zh": notice.title_zh,
        "title_en": notice.title_en,
        "status": notice.status,
        "opens_on": _iso(notice.starts_on),
        "ends_at": calendar.end_of_day(notice.ends_on).isoformat(),
        "contact": notice.contact,
    }


def _lists_of(batch: Batch) -> list[dict[str, Any]]:
    return [_link(release) | {"kind": release.kind} for release in _published(batch, *ReleaseKind.values)]


def _final_link(batch: Batch) -> dict[str, Any] | None:
    final = _published(batch, ReleaseKind.FINAL, ReleaseKind.CORRECTION)
    return _link(final[-1]) if final else None


def _link(release: Release) -> dict[str, Any]:
    return {
        "code": release.code,
        "version": release.version,
        "url": f"/lists/{release.code}/{release.version}/",
        "title_zh": release.title_zh,
        "title_en": release.title_en,
    }


def entries_of(release: Release) -> list[dict[str, Any]]:
    """The rows of a list in the form that is hashed and published."""
    return list(release.entries.order_by("row").values(*ENTRY_FIELDS))


def _iso(value: datetime.date | datetime.datetime | None) -> str | None:
    return value.isoformat() if value else None
