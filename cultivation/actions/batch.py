"""批次: drafting a round of selection, opening it, and leading it from stage to stage."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Count
from django.utils import timezone

from cultivation import criteria as examples
from cultivation.actions import check, stages
from cultivation.actions import rubric as rubrics
from cultivation.actions.window import deadline_of, written
from cultivation.audiences import tell
from cultivation.choices import BatchStatus, StageKind
from cultivation.eligibility import check_criteria, place_of
from cultivation.models import Application, Batch, BatchQuota, Indicator, Rubric
from cultivation.publish import publish_batch
from cultivation.transitions import BATCH
from platforms.access import Permission, require
from platforms.actions.verb import expect_version, lock, verb
from platforms.choices import Tier
from platforms.codes import batch_code, parse_tiered_code
from platforms.errors import IllegalStep, Invalid, NotPermitted, Problem
from platforms.models import Authority, User
from platforms.turns import Turn, wait_for
from platforms.words import gettext_lazy as _
from platforms.words import words_of

#: What the draft form may set. Everything else belongs to a verb.
EDITABLE = (
    "title_zh", "title_en", "edition", "rule_title", "rule_document_no", "rule_date", "rule_url",
    "requires_lower_tier", "recommend_from", "recommend_until", "approvers_needed", "notice_days",
)  # fmt: skip
#: The usual stages of each tier, in order; a batch may use others.
USUAL_STAGES: dict[str, tuple[str, ...]] = {
    Tier.RESERVE: (StageKind.FORMAL_CHECK, StageKind.NOTICE, StageKind.DECISION),
    Tier.KEY: (
        StageKind.FORMAL_CHECK,
        StageKind.REVIEW,
        StageKind.CONSULTATION,
        StageKind.NOTICE,
        StageKind.DECISION,
    ),
    Tier.NATIONAL: (
        StageKind.FORMAL_CHECK,
        StageKind.REVIEW,
        StageKind.REVIEW,
        StageKind.SITE_VISIT,
        StageKind.NOTICE,
        StageKind.DECISION,
    ),
}


@verb("batch.create")
def create(
    *,
    tier: str,
    values: Mapping[str, Any],
    by: User,
    kinds: Sequence[str] | None = None,
    with_rubric: bool = True,
    demo: bool = False,
) -> Batch:
    """A draft with its stages (the usual ones of the tier unless ``kinds`` are given) and the example rubric."""
    require(by, Permission.BATCH_PREPARE)
    batch = Batch(code=_next_code(tier), tier=tier, created_by=by, demo=demo)
    if tier == Tier.NATIONAL:
        batch.approvers_needed = 2
    _assign(batch, values)
    batch.save()
    stages.replace(batch, [(kind, None) for kind in kinds or USUAL_STAGES[tier]])
    if with_rubric:
        _default_rubric(batch)
    return batch


@verb("batch.copy")
def copy_from(*, source: Batch, values: Mapping[str, Any], by: User) -> Batch:
    """A new draft with the stages, criteria and newest rubric of an earlier batch; dates and quotas are not copied."""
    kept = {
        "title_zh": source.title_zh,
        "title_en": source.title_en,
        "edition": source.edition,
        "requires_lower_tier": source.requires_lower_tier,
        "approvers_needed": source.approvers_needed,
        "notice_days": source.notice_days,
    }
    batch = create(
        tier=source.tier,
        values={**kept, **values},
        by=by,
        kinds=[stage.kind for stage in source.stages.all()],
        with_rubric=False,
        demo=source.demo,
    )
    batch.criteria = source.criteria
    batch.save(update_fields=["criteria"])
    rubrics.copy(source, batch)
    return batch


@verb("batch.update")
def update(*, batch: Batch, values: Mapping[str, Any], by: User, version: int | None = None) -> Batch:
    """Change a draft. ``version`` is the one the person saw."""
    batch = _draft(batch, by)
    expect_version(batch, version)
    _assign(batch, values)
    batch.version += 1
    batch.save()
    return batch


@verb("batch.set_stages")
def set_stages(*, batch: Batch, plan: Sequence[tuple[str, datetime.date | None]], by: User) -> Batch:
    """Replace the stages of a draft: (kind, planned end) in order. Rounds are numbered here."""
    batch = _draft(batch, by)
    stages.replace(batch, plan)
    return batch


@verb("batch.set_criteria")
def set_criteria(
    *,
    batch: Batch,
    criteria: list[dict[str, Any]],
    by: User,
    reason: str = "",
    version: int | None = None,
) -> Batch:
    """Replace the criteria of the formal check. After the batch has opened this needs a reason, and the checks run again."""
    require(by, Permission.BATCH_PREPARE)
    batch = lock(batch)
    expect_version(batch, version)
    if batch.status != BatchStatus.DRAFT:
        stages.require_before_end_of_check(batch)
        _need(reason)
    try:
        check_criteria(criteria)
    except ValidationError as error:
        raise Invalid(
            [Problem(f"criteria/{place_of(each)}", "criterion", words_of(each)) for each in error.error_list]
        ) from error
    batch.criteria = criteria
    batch.version += 1
    batch.save(update_fields=["criteria", "version"])
    if batch.status != BatchStatus.DRAFT:
        check.run_batch_checks(batch=batch, by=by)
    return batch


@verb("batch.set_quotas")
def set_quotas(*, batch: Batch, places: Mapping[str, int | None], by: User) -> Batch:
    """Set the places of the authorities named by code; ``None`` lifts the limit. Never below what is already used."""
    require(by, Permission.BATCH_PREPARE)
    batch = lock(batch)
    if batch.status not in (BatchStatus.DRAFT, BatchStatus.RECOMMENDING):
        raise IllegalStep(_("推荐已经结束，不能再调整名额。"))
    used = quota_used(batch)
    names = {authority.code: authority for authority in Authority.objects.filter(code__in=places)}
    problems = [Problem(code, "unknown", _("没有这个推荐单位。")) for code in places if code not in names] + [
        Problem(
            code,
            "below_used",
            str(
                _("%(authority)s已推荐 %(used)d 个，名额不能少于此数。")
                % {"authority": names[code], "used": used[code]}
            ),
        )
        for code, number in places.items()
        if code in names and number is not None and number < used.get(code, 0)
    ]
    if problems:
        raise Invalid(problems)
    for code, number in places.items():
        if number is None:
            BatchQuota.objects.filter(batch=batch, authority_id=code).delete()
        else:
            BatchQuota.objects.update_or_create(batch=batch, authority_id=code, defaults={"places": number})
    return batch


def quota_used(batch: Batch) -> dict[str, int]:
    """Places used, by authority code."""
    return dict(
        Application.objects.filter(batch=batch)
        .counted_in_quota()
        .values_list("authority_id")
        .annotate(used=Count("pk"))
        .order_by()
    )


@verb("batch.open")
def open_batch(*, batch: Batch, by: User) -> Batch:
    """Open a draft for recommendations. Whoever drafted it cannot open it."""
    batch = lock(batch)
    BATCH.check(batch, "open", by=by)
    if by.pk == batch.created_by_id:
        raise NotPermitted(sentence=_("批次由您编制，须由另一人开放。"))
    _require_complete(batch)
    BATCH.move(batch, "open", by=by, version=batch.version + 1)
    publish_batch(batch)
    _tell(
        batch,
        "open",
        by,
        _("“%(batch)s”开放推荐，截止时间 %(deadline)s（北京时间）。")
        % {"batch": batch, "deadline": written(deadline_of(batch))},
    )
    return batch


def _require_complete(batch: Batch) -> None:
    """Everything that would stop the round halfway, told at once before it begins."""
    missing = []
    if batch.recommend_until is None:
        missing.append(_("没有推荐截止时间"))
    elif batch.recommend_until <= timezone.now():
        missing.append(_("推荐截止时间已过"))
    kinds = [stage.kind for stage in batch.stages.all()]
    if not kinds:
        missing.append(_("没有环节"))
    if StageKind.REVIEW in kinds and rubrics.weight_of(rubrics.newest(batch)) != 100:
        missing.append(_("评分表的权重合计不是 100"))
    if missing:
        raise IllegalStep(_("批次还不能开放：%(points)s。") % {"points": "；".join(map(str, missing))})


@verb("batch.extend_deadline")
def extend_deadline(*, batch: Batch, until: datetime.datetime, by: User, reason: str) -> Batch:
    """Move the deadline to a later instant, also after it has passed, as long as recommending has not been closed."""
    batch = lock(batch)
    BATCH.check(batch, "extend", by=by, reason=reason)
    if until <= deadline_of(batch) or until <= timezone.now():
        raise Invalid([Problem("until", "not_later", _("新的截止时间必须晚于原截止时间，也必须晚于现在。"))])
    BATCH.move(batch, "extend", by=by, reason=reason, recommend_until=until, version=batch.version + 1)
    publish_batch(batch)
    _tell(
        batch,
        "extend",
        by,
        _("“%(batch)s”的推荐截止时间延长至 %(deadline)s（北京时间）。")
        % {"batch": batch, "deadline": written(until)},
    )
    return batch


@verb("batch.close")
def close(*, batch: Batch, by: User, reason: str = "") -> Batch:
    """End recommending and begin the first stage. Before the deadline only with a reason."""
    batch = lock(batch)
    BATCH.check(batch, "close", by=by, reason=reason)
    if timezone.now() < deadline_of(batch) and not reason.strip():
        raise IllegalStep(
            _("推荐截止时间（%(deadline)s）还没有到；提前结束须写明原因。")
            % {"deadline": written(deadline_of(batch))}
        )
    BATCH.move(batch, "close", by=by, reason=reason, version=batch.version + 1)
    stages.begin_next(batch, by=by)
    publish_batch(batch)
    return batch


@verb("batch.finish_stage")
def finish_stage(*, batch: Batch, by: User, reason: str = "") -> Batch:
    """Finish the active stage and begin the next one; refused with the reason while work in it is open."""
    batch = lock(batch)
    BATCH.check(batch, "finish_stage", by=by, reason=reason)
    current = stages.active(batch)
    if current is None:
        raise IllegalStep(_("本批次没有进行中的环节。"))
    obstacle = stages.obstacle(batch, current)
    if obstacle:
        raise IllegalStep(
            _("“%(stage)s”还不能完成：%(why)s") % {"stage": current.get_kind_display(), "why": obstacle}
        )
    BATCH.move(batch, "finish_stage", by=by, reason=reason, version=batch.version + 1)
    stages.finish(batch, current.kind, by=by)
    publish_batch(batch)
    return batch


@verb("batch.cancel")
def cancel(*, batch: Batch, by: User, reason: str) -> Batch:
    """End the round without a list. The applications stay as they are, as part of the record."""
    batch = lock(batch)
    opened = batch.opened_at is not None
    BATCH.move(batch, "cancel", by=by, reason=reason, version=batch.version + 1)
    stages.suspend(batch)
    if opened:
        publish_batch(batch)
        _tell(batch, "cancel", by, _("“%(batch)s”已取消：%(reason)s") % {"batch": batch, "reason": reason})
    return batch


def _tell(batch: Batch, name: str, by: User, text) -> None:
    tell(BATCH.find(name), batch, text=text, url=f"/batches/{batch.code}/", by=by)


def _draft(batch: Batch, by: User) -> Batch:
    require(by, Permission.BATCH_PREPARE)
    batch = lock(batch)
    if batch.status != BatchStatus.DRAFT:
        raise IllegalStep(
            _("“%(batch)s”现在是“%(state)s”，内容不能再改。")
            % {"batch": batch, "state": batch.get_status_display()}
        )
    return batch


def _need(reason: str) -> None:
    if not reason.strip():
        raise Invalid([Problem("reason", "required", _("请写明原因。"))])


def _assign(batch: Batch, values: Mapping[str, Any]) -> None:
    for name in EDITABLE:
        if name in values:
            setattr(batch, name, values[name])
    try:
        # An empty list of criteria is a batch without a formal check by rule; set_criteria judges what is not empty.
        batch.full_clean(exclude=["criteria"])
    except ValidationError as error:
        raise Invalid(
            [
                Problem("" if name == "__all__" else name, "invalid", message)
                for name, messages in error.message_dict.items()
                for message in messages
            ]
        ) from error


def _next_code(tier: str) -> str:
    """The next free number of the tier in this Beijing year. The lock keeps two drafts from getting the same."""
    wait_for(Turn.BATCH_CODE)
    year = timezone.localdate().year
    taken: Iterable[str] = Batch.objects.filter(code__startswith=f"B{year}-{tier}-").values_list(
        "code", flat=True
    )
    numbers = [parsed[3] for parsed in map(parse_tiered_code, taken) if parsed]
    return batch_code(year, tier, max(numbers, default=0) + 1)


def _default_rubric(batch: Batch) -> None:
    rubric = Rubric.objects.create(batch=batch)
    Indicator.objects.bulk_create(
        Indicator(
            rubric=rubric,
            position=position,
            dimension_zh=zh,
            dimension_en=en,
            name_zh=f"{zh}（示例）",
            name_en=f"{en} (sample)",
            weight=weight,
        )
        for position, (zh, en, weight) in enumerate(examples.DIMENSIONS, 1)
    )
