"""环节 of a batch: their order, when one is finished, and the step to the next. Parts of the verbs of a batch."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from django.utils import timezone
from django.utils.functional import Promise

from cultivation.choices import ApplicationStatus, BatchStatus, PanelStatus, StageKind, StageStatus
from cultivation.models import Application, Batch, BatchStage
from cultivation.transitions import APPLICATION
from platforms.errors import IllegalStep, Invalid, Problem
from platforms.models import User
from platforms.words import gettext_lazy as _

CLOSING = [StageKind.NOTICE, StageKind.DECISION]


def replace(batch: Batch, plan: Sequence[tuple[str, datetime.date | None]]) -> None:
    """Write the stages of a draft in order, numbering the rounds of each kind."""
    require_order([kind for kind, _until in plan])
    batch.stages.all().delete()
    rounds: Counter[str] = Counter()
    for position, (kind, until) in enumerate(plan, 1):
        rounds[kind] += 1
        BatchStage.objects.create(
            batch=batch, position=position, kind=kind, round=rounds[kind], planned_until=until
        )


def require_order(kinds: Sequence[str]) -> None:
    """A formal check comes first, notice and decision come last, in this order and once each."""
    problem: str | Promise = ""
    if not kinds or list(kinds[-2:]) != CLOSING or any(kind in CLOSING for kind in kinds[:-2]):
        problem = _("环节必须以“公示”“决定”结束，且各一次。")
    elif StageKind.FORMAL_CHECK in kinds[1:]:
        problem = _("“形式审查”只能是第一个环节。")
    elif any(kind not in StageKind.values for kind in kinds):
        problem = _("不是允许的取值。")
    if problem:
        raise Invalid([Problem("stages", "order", str(problem))])


def active(batch: Batch) -> BatchStage | None:
    """The stage in progress; reads what was prefetched."""
    return next((stage for stage in batch.stages.all() if stage.status == StageStatus.ACTIVE), None)


def begin_next(batch: Batch, *, by: User | None) -> BatchStage | None:
    """Activate the first waiting stage. Without a formal check every recommendation goes straight to assessment."""
    following = batch.stages.filter(status=StageStatus.WAITING).order_by("position").first()
    if following is None:
        return None
    _begin(following)
    if following.position == 1 and following.kind != StageKind.FORMAL_CHECK:
        for application in Application.objects.filter(batch=batch, status=ApplicationStatus.RECOMMENDED):
            APPLICATION.move(application, "pass_check", by=by)
    return following


def finish(batch: Batch, kind: str, *, by: User) -> BatchStage | None:
    """Mark the active stage, which must be of this kind, as finished and begin the next one.

    For verbs that end a stage by their own act, such as the end of a public notice. The caller has locked the batch.
    """
    current = active(batch)
    if current is None or current.kind != kind:
        raise IllegalStep(
            _("“%(stage)s”不是进行中的环节。") % {"stage": dict(StageKind.choices).get(kind, kind)}
        )
    _end([current], by=by)
    return begin_next(batch, by=by)


def enter(batch: Batch, kind: str, *, by: User | None) -> None:
    """The active stage is over and the one of ``kind`` begins, where the batch has such a stage that still waits."""
    _end(batch.stages.filter(status=StageStatus.ACTIVE).exclude(kind=kind), by=by)
    stage = batch.stages.filter(kind=kind, status=StageStatus.WAITING).first()
    if stage is not None:
        _begin(stage)


def finish_all(batch: Batch, *, by: User | None) -> None:
    """The round is concluded: whatever was not finished is finished now."""
    _end(batch.stages.exclude(status=StageStatus.FINISHED), by=by)


def suspend(batch: Batch) -> None:
    """The round is cancelled: its active stage was not finished and waits again."""
    batch.stages.filter(status=StageStatus.ACTIVE).update(status=StageStatus.WAITING)


def _begin(stage: BatchStage) -> None:
    stage.status = StageStatus.ACTIVE
    stage.save(update_fields=["status"])


def _end(ending: Iterable[BatchStage], *, by: User | None) -> None:
    """Finished, with the person and the moment where a person did it; what the clock ended is dated by its notice."""
    for stage in ending:
        stage.status, stage.finished_by = StageStatus.FINISHED, by
        stage.finished_at = timezone.now() if by else None
        stage.save(update_fields=["status", "finished_at", "finished_by"])


def obstacle(batch: Batch, stage: BatchStage) -> str | Promise:
    """Why this stage cannot be finished yet; ``""`` when it can."""
    why = OBSTACLES[stage.kind](batch, stage)
    if why:
        return why
    following = batch.stages.filter(position__gt=stage.position).order_by("position").first()
    if following is not None and following.kind == StageKind.NOTICE:
        shortlist = Application.objects.filter(batch=batch, status=ApplicationStatus.SHORTLISTED)
        if not shortlist.exists():
            return _("下一环节是公示，初步名单还是空的。")
    return ""


def _check_open(batch: Batch, stage: BatchStage) -> str | Promise:
    left = Application.objects.filter(
        batch=batch, status__in=(ApplicationStatus.RECOMMENDED, ApplicationStatus.SUPPLEMENT)
    ).count()
    return _("还有 %(n)d 个没有审查结论。") % {"n": left} if left else ""


def _panels_open(batch: Batch, stage: BatchStage) -> str | Promise:
    states = list(stage.panels.values_list("status", flat=True))
    if not states:
        return _("还没有组建评审组。")
    left = sum(state != PanelStatus.CLOSED for state in states)
    return _("还有 %(n)d 个评审组没有结束评审。") % {"n": left} if left else ""


def _visits_missing(batch: Batch, stage: BatchStage) -> str | Promise:
    left = Application.objects.filter(
        batch=batch, status=ApplicationStatus.SHORTLISTED, site_visits__isnull=True
    ).count()
    return _("还有 %(n)d 个拟入选平台没有现场考察记录。") % {"n": left} if left else ""


def _answers_missing(batch: Batch, stage: BatchStage) -> str | Promise:
    asked = list(batch.consultations.values_list("answered_on", flat=True))
    if not asked:
        return _("还没有征求意见的记录。")
    left = asked.count(None)
    return _("还有 %(n)d 个征求对象没有答复。") % {"n": left} if left else ""


def _ends_by_itself(batch: Batch, stage: BatchStage) -> str | Promise:
    return _("这一环节随公示结束或决定生效而完成，不单独办理。")


OBSTACLES: dict[str, Callable[[Batch, BatchStage], str | Promise]] = {
    StageKind.FORMAL_CHECK: _check_open,
    StageKind.REVIEW: _panels_open,
    StageKind.SITE_VISIT: _visits_missing,
    StageKind.CONSULTATION: _answers_missing,
    StageKind.NOTICE: _ends_by_itself,
    StageKind.DECISION: _ends_by_itself,
}


def require_before_end_of_check(batch: Batch) -> None:
    """Criteria may change until the formal check is over, and not after."""
    current = active(batch)
    if batch.status == BatchStatus.RECOMMENDING or (
        batch.status == BatchStatus.ASSESSING
        and current is not None
        and current.kind == StageKind.FORMAL_CHECK
    ):
        return
    raise IllegalStep(_("形式审查已经结束，条件不能再改。"))
