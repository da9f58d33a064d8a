"""Batches, applications and stages in the states that the tests of this folder begin with."""

from __future__ import annotations

import datetime

from django.utils import timezone

from cultivation.actions import application as applications
from cultivation.actions import batch as batches
from cultivation.models import Application, Batch
from platforms.choices import Tier
from tests.factories import EditionFactory, PlatformFactory

AREA_MET = {
    "id": "floor",
    "field": "platform.floor_area_m2",
    "op": "gte",
    "value": 2000,
    "unit": "m²",
    "label_zh": "场地面积",
}


def draft(cast, *, tier: str = Tier.KEY, days: int = 30, kinds=None, **values) -> Batch:
    """A complete draft by the ministry's clerk."""
    return batches.create(
        tier=tier,
        values={
            "title_zh": "示例·第一批",
            "edition": EditionFactory(),
            "recommend_until": timezone.now() + datetime.timedelta(days=days),
            **values,
        },
        kinds=kinds,
        by=cast.ministry_clerk,
    )


def open_batch(cast, **options) -> Batch:
    return batches.open_batch(batch=draft(cast, **options), by=cast.ministry_approver)


def platform(cast, authority=None, *, tier: str | None = Tier.RESERVE, **fields):
    return PlatformFactory(authority=authority or cast.jiangsu, tier=tier, **fields)


def proposed(cast, batch: Batch, authority=None, **fields) -> Application:
    authority = authority or cast.jiangsu
    clerk = cast.jiangsu_clerk if authority == cast.jiangsu else cast.ningbo_clerk
    return applications.propose(batch=batch, platform=platform(cast, authority, **fields), by=clerk)


def recommended(cast, batch: Batch, authority=None, **fields) -> Application:
    authority = authority or cast.jiangsu
    approver = cast.jiangsu_approver if authority == cast.jiangsu else cast.ningbo_approver
    return applications.recommend(application=proposed(cast, batch, authority, **fields), by=approver)


def closed(cast, batch: Batch) -> Batch:
    """Recommending ended early, the first stage in progress."""
    return batches.close(batch=batch, by=cast.ministry_clerk, reason="示例：提前结束")


def in_review(cast, batch: Batch, *found: Application) -> list[Application]:
    """The batch past its formal check, which these applications passed."""
    passed = [applications.pass_check(application=each, by=cast.ministry_clerk) for each in found]
    batches.finish_stage(batch=batch, by=cast.ministry_clerk)
    return passed
