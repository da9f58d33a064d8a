"""A batch on its way from the shortlist to the decision, for tests: each function goes one step further."""

import datetime

from django.utils import timezone

from cultivation import clock
from cultivation.actions import decision as decisions
from cultivation.actions import notice as notices
from cultivation.actions import objection as objections
from cultivation.choices import ApplicationStatus, BatchStatus
from cultivation.models import Application, Batch, Decision, Notice
from cultivation.publish import publish_batch
from platforms import receipts
from platforms.models import Change, PublicBatch, PublicList, PublicNotice, PublicPlatform
from platforms.publish import publish
from tests import factories

MONDAY = "2026-11-23T10:00:00+08:00"


def set_clock(monkeypatch, moment: str) -> datetime.datetime:
    """Stop the clock of notices and decisions, for web processes and for the database."""
    instant = datetime.datetime.fromisoformat(moment)
    monkeypatch.setattr(clock, "now", lambda: instant)
    monkeypatch.setattr(clock, "database_now", lambda: instant)
    monkeypatch.setattr(clock, "shifted", lambda _arrival: instant)  # a request arrives at that moment too
    return instant


def shortlisted(cast, number: int = 3, **fields) -> Batch:
    """A batch under assessment with a published page and ``number`` platforms on its shortlist."""
    batch = factories.BatchFactory(
        status=BatchStatus.ASSESSING,
        created_by=cast.ministry_clerk,
        opened_at=timezone.now(),
        opened_by=cast.ministry_approver,
        **fields,
    )
    for rank in range(1, number + 1):
        application(cast, batch, ApplicationStatus.SHORTLISTED, rank=rank)
    publish_batch(batch)
    return batch


def application(cast, batch: Batch, status: str, **fields) -> Application:
    platform = factories.PlatformFactory(authority=cast.jiangsu)
    publish(platform)
    return factories.ApplicationFactory(
        batch=batch,
        platform=platform,
        status=status,
        proposed_by=cast.jiangsu_clerk,
        recommended_at=timezone.now(),
        recommended_by=cast.jiangsu_approver,
        outcome_reason="示例说明" if status == ApplicationStatus.RESERVE_LIST else "",
        **fields,
    )


def on_notice(cast, batch: Batch | None = None, **fields) -> Notice:
    notice = notices.prepare(
        batch=batch or shortlisted(cast), title="示例·初步名单公示", by=cast.ministry_clerk, **fields
    )
    return notices.publish(notice=notice, by=cast.ministry_approver)


def lodged(notice: Notice, **fields) -> objections.Receipt:
    return objections.lodge(
        **{
            "notice_code": notice.code,
            "nonce": receipts.new_nonce(),
            "party": "person",
            "name": "示例异议人甲",
            "contact": "13800000000",
            "reasons": "示例理由。",
            "platform_code": notice.release.entries.first().platform_code,
            **fields,
        }
    )


def close(monkeypatch, notice: Notice) -> Notice:
    """Let the window pass."""
    set_clock(monkeypatch, f"{notice.ends_on + datetime.timedelta(days=1)}T00:05:00+08:00")
    notices.close_finished()
    return Notice.objects.get(pk=notice.pk)


def frozen(cast, monkeypatch, batch: Batch | None = None) -> Decision:
    notice = close(monkeypatch, on_notice(cast, batch))
    decision = decisions.draft(
        batch=notice.batch,
        document_no="示例部科〔2026〕1号",
        title="示例·重点培育名单",
        decided_on=notice.ends_on,
        by=cast.ministry_clerk,
    )
    return decisions.freeze(decision=decision, by=cast.ministry_clerk)


def public_bytes() -> dict:
    """Everything the public can see of platforms, batches, notices and lists, and the feed."""
    return {
        model.__name__: list(model.objects.order_by("pk").values())
        for model in (PublicPlatform, PublicBatch, PublicNotice, PublicList, Change)
    }
