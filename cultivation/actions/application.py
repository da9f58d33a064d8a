"""推荐: an authority's proposals and recommendations, and what the ministry finds about them.

Whether a move is allowed is answered by ``judge`` alone: the verb asks it under lock before it acts, the preview of a bulk
act asks it without, so what a preview says is what the act does.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import Max
from django.utils import timezone

from cultivation.actions import check, stages
from cultivation.actions.window import hold, require_window, take_turn, written
from cultivation.audiences import tell
from cultivation.choices import ApplicationStatus, BatchStatus, CheckState, StageKind
from cultivation.models import Application, Batch, BatchQuota
from cultivation.transitions import APPLICATION
from platforms import record
from platforms.access import Permission, require
from platforms.actions.verb import expect_version, lock, verb
from platforms.choices import TIER_ORDER, PlatformStatus, Tier
from platforms.errors import Conflict, IllegalStep, Invalid, NotPermitted, Problem
from platforms.models import Authority, Platform, User
from platforms.words import gettext_lazy as _

#: Moves whose reason stays with the record as the explanation of its outcome.
CONCLUSIONS = ("fail_check", "shortlist", "reserve", "set_aside")
TIER_BELOW: dict[str, str | None] = {Tier.RESERVE: None, Tier.KEY: Tier.RESERVE, Tier.NATIONAL: Tier.KEY}


@dataclass(frozen=True)
class Circumstances:
    """What a guard needs beside the record. ``ahead``: places taken by the same bulk act before this record."""

    by: User
    arrived_at: datetime.datetime
    ahead: int = 0


def judge(
    application: Application,
    name: str,
    *,
    by: User,
    reason: str = "",
    arrived_at: datetime.datetime | None = None,
    ahead: int = 0,
) -> None:
    """Raise the ``DomainError`` that stands in the way of this move now. Changes nothing."""
    APPLICATION.check(application, name, by=by, reason=reason)
    guard = GUARDS.get(name)
    if guard:
        guard(application, Circumstances(by, arrived_at or timezone.now(), ahead))


# --- the authority --------------------------------------------------------------------------------


@verb("application.propose")
def propose(
    *,
    batch: Batch,
    platform: Platform,
    by: User,
    opinion: str = "",
    arrived_at: datetime.datetime | None = None,
) -> Application:
    """Put a platform of one's own authority on the list for this batch, in last place."""
    require(by, Permission.APPLICATION_PROPOSE, platform)
    batch = take_turn(batch, platform.authority)
    require_window(batch, arrived_at)
    platform = Platform.objects.get(pk=platform.pk)
    _require_tier(platform, batch)
    mine = Application.objects.filter(batch=batch, authority_id=platform.authority_id).standing()
    if mine.filter(platform=platform).exists():
        raise Conflict(_("“%(platform)s”已在本批次中。") % {"platform": platform})
    last = mine.aggregate(last=Max("rank"))["last"] or 0
    return Application.objects.create(
        batch=batch,
        platform=platform,
        authority_id=platform.authority_id,
        rank=last + 1,
        opinion=opinion.strip(),
        proposed_by=by,
    )


@verb("application.set_opinion")
def set_opinion(
    *, application: Application, opinion: str, by: User, version: int | None = None
) -> Application:
    """Write the recommending opinion, until the application has been recommended."""
    require(by, Permission.APPLICATION_PROPOSE, application)
    application = lock(application)
    if application.status != ApplicationStatus.PROPOSED:
        raise IllegalStep(_("“%(application)s”已推荐，推荐意见不能再改。") % {"application": application})
    expect_version(application, version)
    application.opinion = opinion.strip()
    application.version += 1
    application.save(update_fields=["opinion", "version"])
    return application


@verb("application.recommend")
def recommend(
    *, application: Application, by: User, arrived_at: datetime.datetime | None = None
) -> Application:
    """Approve and send to the ministry. ``arrived_at`` is when the request reached the server.

    The record is copied as it stands now and the formal check runs on the copy.
    """
    take_turn(application.batch, application.authority)
    application = lock(application)
    judge(application, "recommend", by=by, arrived_at=arrived_at)
    _move(application, "recommend", by=by, record=_snapshot(application))
    check.refresh(application, application.batch)
    _tell(application, "recommend", by, _("%(authority)s推荐“%(platform)s”参加“%(batch)s”。"))
    return application


@verb("application.withdraw")
def withdraw(*, application: Application, by: User, reason: str = "") -> Application:
    """Take an application back; the ranks behind it move up."""
    take_turn(application.batch, application.authority)
    application = lock(application)
    judge(application, "withdraw", by=by, reason=reason)
    _move(application, "withdraw", by=by, reason=reason, rank=None, outcome_reason=reason.strip())
    rerank(standing(application.batch, application.authority))
    return application


@verb("application.supplement")
def supplement(
    *, application: Application, by: User, arrived_at: datetime.datetime | None = None
) -> Application:
    """Answer the ministry's request: the record is copied anew and checked again."""
    take_turn(application.batch, application.authority)
    application = lock(application)
    judge(application, "supplement", by=by, arrived_at=arrived_at)
    _move(application, "supplement", by=by, record=_snapshot(application), supplement_due_at=None)
    check.refresh(application, application.batch)
    _tell(application, "supplement", by, _("%(authority)s已补充“%(platform)s”的材料。"))
    return application


def standing(batch: Batch, authority: Authority) -> list[Application]:
    """One authority's list in a batch, in its order."""
    return list(
        Application.objects.filter(batch=batch, authority=authority)
        .standing()
        .order_by("rank", "pk")
        .select_related("platform")
    )


def rerank(ordered: list[Application]) -> None:
    """Number the list 1, 2, 3 …. Changed ranks are emptied first, so that no two rows ever hold the same one."""
    moved = [(application, rank) for rank, application in enumerate(ordered, 1) if application.rank != rank]
    Application.objects.filter(pk__in=[application.pk for application, _rank in moved]).update(rank=None)
    for application, rank in moved:
        application.rank = rank
    Application.objects.bulk_update([application for application, _rank in moved], ["rank"])


# --- the ministry ---------------------------------------------------------------------------------


@verb("application.pass_check")
def pass_check(*, application: Application, by: User, reason: str = "") -> Application:
    """The formal check is passed: every criterion is met or was judged so by two people."""
    return _decide(application, "pass_check", by, reason)


@verb("application.fail_check")
def fail_check(*, application: Application, by: User, reason: str) -> Application:
    """The formal check is not passed."""
    return _decide(application, "fail_check", by, reason)


@verb("application.request_supplement")
def request_supplement(
    *, application: Application, due: datetime.datetime, by: User, reason: str
) -> Application:
    """Ask the authority for more before the instant ``due``."""
    if due <= timezone.now():
        raise Invalid([Problem("due", "past", _("补充截止时间必须晚于现在。"))])
    application = _decide(application, "request_supplement", by, reason, supplement_due_at=due)
    text = _("“%(platform)s”需补充材料：%(reason)s") % {
        "platform": application.platform,
        "reason": reason.strip(),
    }
    tell(
        APPLICATION.find("request_supplement"),
        application,
        text=text,
        url=f"/authorities/{application.authority_id}/batches/{application.batch.code}/",
        by=by,
        due_at=due,
    )
    return application


@verb("application.shortlist")
def shortlist(*, application: Application, by: User, reason: str = "") -> Application:
    """Put on the preliminary list."""
    return _decide(application, "shortlist", by, reason)


@verb("application.reserve")
def reserve(*, application: Application, by: User, reason: str) -> Application:
    """Keep as a substitute."""
    return _decide(application, "reserve", by, reason)


@verb("application.set_aside")
def set_aside(*, application: Application, by: User, reason: str) -> Application:
    """Leave off the preliminary list."""
    return _decide(application, "set_aside", by, reason)


def _decide(application: Application, name: str, by: User, reason: str, **changes: Any) -> Application:
    batch = hold(application.batch)
    application = lock(application)
    application.batch = batch
    judge(application, name, by=by, reason=reason)
    return _move(application, name, by=by, reason=reason, **explained(name, reason), **changes)


def explained(name: str, reason: str) -> dict[str, str]:
    """The column in which a conclusion keeps its reason, for the moves that are conclusions."""
    return {"outcome_reason": reason.strip()} if name in CONCLUSIONS else {}


def steps_of_version(name: str) -> int:
    """By how much a move counts the record up. How the reviewed are sorted is not told before the notice, and a version
    that grew would tell that something happened."""
    return 0 if APPLICATION.find(name).permission == Permission.APPLICATION_SHORTLIST else 1


def _move(application: Application, name: str, *, by: User, reason: str = "", **changes: Any) -> Application:
    version = application.version + steps_of_version(name)
    APPLICATION.move(application, name, by=by, reason=reason, version=version, **changes)
    return application


def _tell(application: Application, name: str, by: User, text) -> None:
    names = {
        "authority": application.authority.name_zh,
        "platform": application.platform,
        "batch": application.batch,
    }
    url = f"/ministry/batches/{application.batch.code}/applications/{application.pk}/"
    tell(APPLICATION.find(name), application, text=text % names, url=url, by=by)


def _snapshot(application: Application) -> dict[str, Any]:
    return record.payload_of(Platform.objects.with_everything().get(pk=application.platform_id))


# --- guards ---------------------------------------------------------------------------------------


def _require_tier(platform: Platform, batch: Batch) -> None:
    """The platform is on record, below the tier of the batch, and on the next lower tier where the batch asks for it."""
    if platform.status != PlatformStatus.ACTIVE:
        raise IllegalStep(
            _("“%(platform)s”%(state)s，不能推荐。")
            % {"platform": platform, "state": platform.get_status_display()}
        )
    words = {
        "platform": platform,
        "tier": platform.get_tier_display() if platform.tier else _("未入库"),
        "wanted": batch.get_tier_display(),
    }
    if platform.tier and TIER_ORDER[Tier(platform.tier)] >= TIER_ORDER[Tier(batch.tier)]:
        raise IllegalStep(_("“%(platform)s”已是“%(tier)s”，不必再推荐“%(wanted)s”。") % words)
    below = TIER_BELOW[batch.tier]
    if batch.requires_lower_tier and below and platform.tier != below:
        raise IllegalStep(
            _("“%(platform)s”现为“%(tier)s”；推荐“%(wanted)s”须先列入“%(below)s”。")
            % {**words, "below": Tier(below).label}
        )


def _may_recommend(application: Application, now: Circumstances) -> None:
    if application.proposed_by_id == now.by.pk:
        raise NotPermitted(
            sentence=_("“%(application)s”由您拟推荐，须由另一人审核。") % {"application": application}
        )
    require_window(application.batch, now.arrived_at)
    _require_tier(application.platform, application.batch)
    places, used = quota_of(application.batch, application.authority)
    if places is not None and used + now.ahead >= places:
        raise IllegalStep(
            _("名额 %(places)d 个已用完（已推荐 %(used)d 个），不能再推荐“%(application)s”。")
            % {"places": places, "used": used + now.ahead, "application": application}
        )


def quota_of(batch: Batch, authority: Authority) -> tuple[int | None, int]:
    """Places of an authority (``None``: no limit) and how many it has used."""
    row = BatchQuota.objects.filter(batch=batch, authority=authority).first()
    used = Application.objects.filter(batch=batch, authority=authority).counted_in_quota().count()
    return (row.places if row else None), used


def _may_withdraw(application: Application, now: Circumstances) -> None:
    if application.batch.status not in (BatchStatus.RECOMMENDING, BatchStatus.ASSESSING):
        raise IllegalStep(
            _("“%(batch)s”现在是“%(state)s”，不能再撤回。")
            % {"batch": application.batch, "state": application.batch.get_status_display()}
        )


def _in_formal_check(application: Application, now: Circumstances | None = None) -> None:
    stage = stages.active(application.batch)
    if application.batch.status != BatchStatus.ASSESSING or not stage or stage.kind != StageKind.FORMAL_CHECK:
        raise IllegalStep(_("现在不是形式审查环节。"))


def _may_pass(application: Application, now: Circumstances) -> None:
    _in_formal_check(application)
    results = list(application.checks.all())
    if application.batch.criteria and not results:
        raise IllegalStep(_("“%(application)s”还没有运行审查条件。") % {"application": application})
    words = {"application": application}
    failed = sum(result.counts_as == CheckState.FAIL for result in results)
    if failed:
        raise IllegalStep(
            _("“%(application)s”有 %(n)d 条不符合，须先改判并由第二人确认。") % {**words, "n": failed}
        )
    unclear = sum(result.counts_as != CheckState.PASS for result in results)
    if unclear:
        raise IllegalStep(_("“%(application)s”有 %(n)d 条待人工判断。") % {**words, "n": unclear})


def _may_supplement(application: Application, now: Circumstances) -> None:
    _in_formal_check(application)
    due = application.supplement_due_at
    if due is not None and now.arrived_at >= due:
        raise IllegalStep(
            _("补充材料已于 %(deadline)s（北京时间）截止，系统收到您的请求是 %(arrived)s。")
            % {"deadline": written(due), "arrived": written(now.arrived_at, fine=True)}
        )


def _may_sort(application: Application, now: Circumstances) -> None:
    """The preliminary list is drawn up after the formal check and before the notice."""
    stage = stages.active(application.batch)
    if application.batch.status != BatchStatus.ASSESSING or not stage or stage.kind == StageKind.FORMAL_CHECK:
        raise IllegalStep(_("形式审查完成后、公示开始前才能提出初步名单。"))


GUARDS: dict[str, Callable[[Application, Circumstances], None]] = {
    "recommend": _may_recommend,
    "withdraw": _may_withdraw,
    "supplement": _may_supplement,
    "pass_check": _may_pass,
    "fail_check": _in_formal_check,
    "request_supplement": _in_formal_check,
    "shortlist": _may_sort,
    "reserve": _may_sort,
    "set_aside": _may_sort,
}
