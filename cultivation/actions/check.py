"""形式审查: the batch's criteria applied to the snapshot of each application, and a person's judgement over the result."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from cultivation.actions.window import hold
from cultivation.choices import ApplicationStatus, CheckState
from cultivation.eligibility import Result, evaluate
from cultivation.models import Application, Batch, CheckResult
from platforms.access import Permission, reach, require
from platforms.actions.verb import lock, verb
from platforms.errors import IllegalStep, Invalid, NotPermitted, Problem
from platforms.models import User
from platforms.words import gettext_lazy as _

#: While an application is in one of these its check is open.
OPEN = (ApplicationStatus.RECOMMENDED, ApplicationStatus.SUPPLEMENT)


@dataclass(frozen=True)
class Difference:
    """What a run changed for one criterion of one application; ``""`` stands for no result."""

    application: int
    criterion: str
    before: str
    after: str


@verb("check.run_batch")
def run_batch_checks(*, batch: Batch, by: User) -> list[Difference]:
    """Evaluate the criteria again for every application whose check is open. Overrides stay; returns the states that differ."""
    require(by, Permission.APPLICATION_CHECK)
    batch = hold(batch)
    waiting = (
        Application.objects.filter(batch=batch)
        .in_state(*OPEN)
        .select_for_update(of=("self",))
        .order_by("pk")
        .prefetch_related("checks")
    )
    return [difference for application in waiting for difference in refresh(application, batch)]


def refresh(application: Application, batch: Batch) -> list[Difference]:
    """Bring the results of one application up to date, touching only what differs. Part of other verbs."""
    stored = {result.criterion: result for result in application.checks.all()}
    differences, fresh, changed = [], [], []
    for position, result in enumerate(evaluate(batch.criteria, application.record), 1):
        row = stored.pop(result.id, None)
        if row is None:
            fresh.append(CheckResult(application=application, **_columns(result, position)))
            differences.append(Difference(application.pk, result.id, "", result.state))
            continue
        if row.state != result.state:
            differences.append(Difference(application.pk, result.id, row.state, result.state))
        if _assign(row, _columns(result, position)):
            changed.append(row)
    CheckResult.objects.bulk_create(fresh)
    CheckResult.objects.bulk_update(
        changed, ["position", "state", "sentence_zh", "sentence_en", "fields"], batch_size=500
    )
    for row in stored.values():
        differences.append(Difference(application.pk, row.criterion, row.state, ""))
        row.delete()
    return differences


def _columns(result: Result, position: int) -> dict[str, Any]:
    plain = result.as_dict()
    return {
        "criterion": result.id[:60],
        "position": position,
        "state": result.state,
        "sentence_zh": result.sentence_zh,
        "sentence_en": result.sentence_en,
        "fields": plain["used"],
    }


def _assign(row: CheckResult, columns: dict[str, Any]) -> bool:
    different = [name for name, value in columns.items() if getattr(row, name) != value]
    for name in different:
        setattr(row, name, columns[name])
    return bool(different)


@verb("check.override")
def override(*, result: CheckResult, state: str, reason: str, by: User) -> CheckResult:
    """Judge a criterion by hand: met or not met. It counts once another person has confirmed it."""
    require(by, Permission.APPLICATION_CHECK, result)
    _require_open(lock(result.application))
    result = lock(result)
    problems = []
    if state not in (CheckState.PASS, CheckState.FAIL):
        problems.append(Problem("state", "choice", _("请选择“符合”或“不符合”。")))
    if not reason.strip():
        problems.append(Problem("reason", "required", _("请写明原因。")))
    if problems:
        raise Invalid(problems)
    result.override_state, result.override_reason = state, reason.strip()
    result.overridden_at, result.overridden_by = timezone.now(), by
    result.confirmed_at = result.confirmed_by = None
    result.save()
    return result


@verb("check.confirm_override")
def confirm_override(*, result: CheckResult, by: User) -> CheckResult:
    """The second person agrees: another clerk of the ministry or an approver."""
    if not reach(by).may(Permission.BATCH_APPROVE):
        require(by, Permission.APPLICATION_CHECK, result)
    _require_open(lock(result.application))
    result = lock(result)
    if not result.override_state or result.confirmed_at:
        raise IllegalStep(_("这一条没有待确认的人工判断。"))
    if result.overridden_by_id == by.pk:
        raise NotPermitted(sentence=_("人工判断由您提出，须由另一人确认。"))
    result.confirmed_at, result.confirmed_by = timezone.now(), by
    result.save(update_fields=["confirmed_at", "confirmed_by"])
    return result


def _require_open(application: Application) -> None:
    if application.status not in OPEN:
        raise IllegalStep(
            _("“%(application)s”现在是“%(state)s”，审查结果不能再改。")
            % {"application": application, "state": application.get_status_display()}
        )
