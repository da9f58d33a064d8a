"""评价 and 整改: how a listed platform did in a cycle, and what follows when it failed."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal

from django.core.exceptions import ValidationError

from cultivation import clock
from cultivation.choices import EvaluationGrade
from cultivation.models import Evaluation, Rectification
from cultivation.scoring import GradeRule, grades
from platforms.access import Permission, require
from platforms.actions.verb import lock, verb
from platforms.choices import PlatformStatus, Tier
from platforms.errors import IllegalStep, Invalid, Problem
from platforms.models import Platform, User
from platforms.notifications import authority_people, notify
from platforms.text import clean_text
from platforms.words import gettext_lazy as _
from platforms.words import words_of

#: Tiers that are evaluated; the reserve is not a distinction that can be lost by a mark.
EVALUATED = (Tier.KEY, Tier.NATIONAL)
#: How long a platform that failed has, in days: one year, as the rules of comparable schemes say. Shown beside the form.
RECTIFIED_WITHIN = datetime.timedelta(days=365)


@verb("evaluation.record")
def record(
    *,
    platform: Platform,
    cycle: str,
    grade: str,
    evaluated_on: datetime.date,
    by: User,
    score: Decimal | None = None,
) -> Evaluation:
    """One platform's grade in one cycle, given once. A failed one begins its year of putting right."""
    require(by, Permission.EVALUATION_RECORD, platform)
    platform = lock(platform)
    problems = []
    if grade not in EvaluationGrade.values:
        problems.append(Problem("grade", "choice", _("不是允许的取值。")))
    if not cycle.strip():
        problems.append(Problem("cycle", "required", _("必填。")))
    if evaluated_on > clock.today():
        problems.append(Problem("evaluated_on", "future", _("日期不能晚于今天。")))
    if problems:
        raise Invalid(problems)
    if platform.status != PlatformStatus.ACTIVE or platform.tier not in EVALUATED:
        raise IllegalStep(_("“%(platform)s”不在重点培育或国家级名单中，不评价。") % {"platform": platform})
    found = Evaluation.objects.create(
        platform=platform,
        cycle=clean_text(cycle, max_length=40),
        grade=grade,
        score=score,
        evaluated_on=evaluated_on,
        recorded_by=by,
    )
    if grade == EvaluationGrade.FAILED:
        Rectification.objects.create(
            evaluation=found, starts_on=evaluated_on, due_on=evaluated_on + RECTIFIED_WITHIN
        )
    _tell(found)
    return found


@verb("evaluation.grade_cycle")
def grade_cycle(
    *,
    cycle: str,
    scores: Mapping[Platform, Decimal | None],
    rules: Sequence[GradeRule],
    evaluated_on: datetime.date,
    by: User,
    vetoed: Collection[Platform] = (),
) -> list[Evaluation]:
    """Grade a whole cohort by its scores: minima, and shares that no better grade may exceed. All or none."""
    require(by, Permission.EVALUATION_RECORD)
    given = proposed(scores, rules, vetoed=vetoed)
    missing = [str(platform) for platform, grade in given.items() if grade is None]
    if missing:
        raise Invalid(
            [Problem("scores", "missing", _("还没有得分：%(names)s") % {"names": "、".join(missing[:5])})]
        )
    return [
        record(
            platform=platform,
            cycle=cycle,
            grade=str(grade),
            score=scores[platform],
            evaluated_on=evaluated_on,
            by=by,
        )
        for platform, grade in given.items()
    ]


def proposed(
    scores: Mapping[Platform, Decimal | None],
    rules: Sequence[GradeRule],
    *,
    vetoed: Collection[Platform] = (),
) -> dict[Platform, str | None]:
    """The grades that ``grade_cycle`` would give; stores nothing."""
    try:
        return grades(scores, rules, vetoed=vetoed)
    except ValidationError as error:
        raise Invalid([Problem("rules", error.code or "rules", words_of(error))]) from error


@verb("rectification.close")
def close(*, rectification: Rectification, passed: bool, result: str, by: User) -> Rectification:
    """End a year of putting right with what was found on the spot. Whoever fails again may lose the title, by a verb of its own."""
    platform = rectification.evaluation.platform
    require(by, Permission.EVALUATION_RECORD, platform)
    rectification = lock(rectification)
    if rectification.closed_at is not None:
        raise IllegalStep(_("这次整改已经办结。"))
    if not result.strip():
        raise Invalid([Problem("result", "required", _("必填。"))])
    rectification.passed, rectification.result = passed, clean_text(result, multiline=True, max_length=4000)
    rectification.closed_at, rectification.closed_by = clock.now(), by
    rectification.save(update_fields=["passed", "result", "closed_at", "closed_by"])
    return rectification


def _tell(found: Evaluation) -> None:
    text = _("“%(platform)s”%(cycle)s评价等次：%(grade)s。") % {
        "platform": found.platform,
        "cycle": found.cycle,
        "grade": found.get_grade_display(),
    }
    notify(
        authority_people(found.platform.authority),
        kind="evaluation.record",
        text=text,
        url=f"/platforms/{found.platform.code}/",
        key=f"evaluation:{found.pk}",
    )
