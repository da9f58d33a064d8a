"""评分: an expert's sheet. A mark that is not given is absent, never a number; the total exists only after submission."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone

from cultivation.actions.rubric import items
from cultivation.choices import AssignmentStatus, PanelStatus
from cultivation.conflicts import conflicts
from cultivation.models import Assignment, ScoreSheet
from cultivation.scoring import check_marks, sheet_score
from cultivation.transitions import ASSIGNMENT
from platforms.access import Permission, require
from platforms.actions.verb import expect_version, lock, verb
from platforms.errors import IllegalStep, Invalid, NotFound, Problem
from platforms.models import User
from platforms.text import clean_text
from platforms.words import gettext_lazy as _
from platforms.words import words_of


def sheet_of(assignment: Assignment) -> ScoreSheet:
    """The stored sheet of an assignment, or an empty one that is not stored yet."""
    return ScoreSheet.objects.filter(assignment=assignment).first() or ScoreSheet(assignment=assignment)


@verb("score_sheet.save")
def save(
    *,
    assignment: Assignment,
    scores: dict[str, Any],
    vetoes: list[str],
    comment: str,
    by: User,
    version: int | None = None,
) -> ScoreSheet:
    """Keep what the expert has marked so far. ``scores`` maps indicator ids to whole numbers; empty marks are left out."""
    assignment = lock(assignment)
    _check_open(assignment, by)
    sheet, _created = ScoreSheet.objects.select_for_update().get_or_create(assignment=assignment)
    expect_version(sheet, version)
    sheet.scores = _read_marks(assignment, scores)
    sheet.vetoes = sorted(set(vetoes) & _veto_keys(assignment))
    sheet.comment = clean_text(comment, multiline=True, max_length=4000)
    sheet.version += 1
    sheet.save(update_fields=["scores", "vetoes", "comment", "version"])
    return sheet


@verb("score_sheet.submit")
def submit(*, assignment: Assignment, by: User) -> ScoreSheet:
    """Hand the sheet in: complete, and final from here on."""
    assignment = lock(assignment)
    _check_open(assignment, by)
    sheet = ScoreSheet.objects.select_for_update().filter(assignment=assignment).first()
    total = sheet_score(items(assignment.panel.rubric), _decimals(sheet.scores)) if sheet else None
    if sheet is None or total is None:
        raise IllegalStep(_("还有评分项没有打分，不能提交。"))
    ASSIGNMENT.move(assignment, "submit_scores", by=by)
    sheet.total, sheet.submitted_at, sheet.submitted_by = total, timezone.now(), by
    sheet.save(update_fields=["total", "submitted_at", "submitted_by"])
    return sheet


def _check_open(assignment: Assignment, by: User) -> None:
    """Only the expert it was given to, only while the panel is open, and never in conflict."""
    require(by, Permission.REVIEW_SCORE, assignment)
    if assignment.status == AssignmentStatus.RECUSED:
        raise NotFound()
    if assignment.panel.status != PanelStatus.OPEN or assignment.status != AssignmentStatus.ASSIGNED:
        raise IllegalStep(_("评分已提交或评审已结束，不能再修改。"))
    if conflicts(assignment.reviewer, assignment.application):
        raise NotFound()


def _read_marks(assignment: Assignment, scores: dict[str, Any]) -> dict[str, int]:
    marks: dict[str, int] = {}
    problems = []
    for key, value in scores.items():
        if value in (None, ""):
            continue
        try:
            mark = int(str(value))
            check_marks(items(assignment.panel.rubric), {key: Decimal(mark)})
        except ValidationError as error:
            problems.append(Problem(f"scores/{key}", error.code or "invalid", words_of(error)))
        except ValueError:
            problems.append(Problem(f"scores/{key}", "not_number", _("请选择一个分数。")))
        else:
            marks[key] = mark
    if problems:
        raise Invalid(problems)
    return marks


def _veto_keys(assignment: Assignment) -> set[str]:
    return {str(item.pk) for item in assignment.panel.rubric.indicators.all() if item.veto}


def _decimals(scores: dict[str, int]) -> dict[str, Decimal | None]:
    return {key: Decimal(mark) for key, mark in scores.items()}
