"""组织评审: panels, assignments, conflicts of interest."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Sequence

from django.utils import timezone

from cultivation.actions import further_review
from cultivation.actions.rubric import items
from cultivation.assignment_plan import Candidate, Plan, Round, plan
from cultivation.assignment_swaps import Step, swapped
from cultivation.audiences import tell
from cultivation.choices import (
    ApplicationStatus,
    AssignmentStatus,
    PanelInvitationStatus,
    PanelStatus,
    StageKind,
    StageStatus,
)
from cultivation.conflicts import Ties, conflicts
from cultivation.models import (
    Application,
    Assignment,
    BatchStage,
    ConflictDeclaration,
    Panel,
    Reviewer,
    Rubric,
    ScoreSheet,
)
from cultivation.roster import available
from cultivation.scoring import check_rubric
from cultivation.transitions import ASSIGNMENT, PANEL
from platforms.access import Permission, require
from platforms.actions.verb import lock, verb
from platforms.errors import IllegalStep
from platforms.models import Operator, User
from platforms.words import gettext_lazy as _


@verb("panel.create")
def create_panel(
    *,
    stage: BatchStage,
    name: str,
    by: User,
    due_at: datetime.datetime | None = None,
    blind: bool = False,
) -> Panel:
    """Form a panel for the active review stage of a batch, with the batch's newest rubric.

    To the experts of a ``blind`` one the names of platform, operator and authority are not shown.
    """
    require(by, Permission.REVIEW_ASSIGN, stage.batch)
    stage = lock(stage)
    if stage.kind != StageKind.REVIEW or stage.status != StageStatus.ACTIVE:
        raise IllegalStep(_("只有进行中的专家评审环节可以组建评审组。"))
    rubric = Rubric.objects.filter(batch_id=stage.batch_id).order_by("-version").first()
    if rubric is None:
        raise IllegalStep(_("该批次还没有评分表。"))
    return Panel.objects.create(stage=stage, name=name, rubric=rubric, due_at=due_at, blind=blind)


@verb("panel.assign")
def assign(*, panel: Panel, reviewer: Reviewer, application: Application, by: User) -> Assignment:
    """Give one application to one expert; refused, with the rule's sentence, where there is a conflict of interest."""
    require(by, Permission.REVIEW_ASSIGN, panel.stage.batch)
    panel = lock(panel)
    _check_assignable(panel, application)
    _check_accepted(panel, reviewer, application)
    found = conflicts(reviewer, application)
    if found:
        raise IllegalStep(
            _("不能把“%(application)s”分给%(expert)s：%(why)s")
            % {
                "application": application,
                "expert": reviewer,
                "why": "".join(item.sentence for item in found),
            }
        )
    assignment, created = Assignment.objects.get_or_create(
        panel=panel,
        reviewer=reviewer,
        application=application,
        defaults={"assigned_by": by, "further": further_review.is_disputed(panel, application)},
    )
    if created and panel.status == PanelStatus.OPEN:
        further_review.tell_expert(assignment)
    return assignment


def _check_assignable(panel: Panel, application: Application) -> None:
    if panel.status == PanelStatus.CLOSED:
        raise IllegalStep(_("评审组已结束，不能再分配。"))
    if application.batch_id != panel.stage.batch_id or application.status != ApplicationStatus.IN_REVIEW:
        raise IllegalStep(_("“%(application)s”不在本批次的专家评审环节。") % {"application": application})


def _check_accepted(panel: Panel, reviewer: Reviewer, application: Application) -> None:
    """Where experts are invited, work goes to those who accepted; only a disputed application may go to anybody else."""
    if not panel.invitations.exists() or further_review.is_disputed(panel, application):
        return
    if not panel.invitations.filter(reviewer=reviewer, status=PanelInvitationStatus.ACCEPTED).exists():
        raise IllegalStep(_("%(expert)s 还没有接受评审邀请。") % {"expert": reviewer})


def propose_assignments(
    panel: Panel, *, per_application: int, further: Collection[int] | None = None
) -> Plan:
    """The balanced plan for what the panel still lacks. Stores nothing."""
    return plan(round_of(panel, further=further), per_application=per_application)


def round_of(panel: Panel, *, further: Collection[int] | None = None) -> Round:
    """What is to be planned for a panel.

    Who stepped aside does not fill a place and is not asked again. With ``further`` the plan is about these applications
    alone, and for experts who have not had them yet.
    """
    waiting = Application.objects.filter(
        batch_id=panel.stage.batch_id, status=ApplicationStatus.IN_REVIEW
    ).select_related("platform__operator")
    if further is not None:
        waiting = waiting.filter(pk__in=further)
    reviewers = available()
    if further is None and panel.invitations.exists():
        reviewers = reviewers.filter(
            pk__in=panel.invitations.filter(status=PanelInvitationStatus.ACCEPTED).values("reviewer_id")
        )
    experts = {
        reviewer.pk: Candidate(
            key=reviewer.pk,
            held=reviewer.held,
            most=reviewer.max_load,
            areas=frozenset(area.pk for area in reviewer.areas.all()),
        )
        for reviewer in reviewers
    }
    ties = Ties.of(reviewers)
    present: dict[int, set[int]] = {}
    gone: dict[int, set[int]] = {}
    for application_id, reviewer_id, status in panel.assignments.values_list(
        "application_id", "reviewer_id", "status"
    ):
        kept = gone if further or status == AssignmentStatus.RECUSED else present
        kept.setdefault(application_id, set()).add(reviewer_id)
    return Round(
        applications={application.pk: application.platform.area_id or "" for application in waiting},
        experts=experts,
        excluded={
            application.pk: frozenset(
                item.pk
                for item in reviewers
                if item.pk in gone.get(application.pk, ()) or conflicts(item, application, ties)
            )
            for application in waiting
        },
        present={key: frozenset(value) for key, value in present.items()},
    )


def changed(of: Round, *, per_application: int, swaps: Sequence[Step] = ()) -> Plan:
    """The plan with the changes that a person chose while looking at it; refused where one no longer fits it."""
    result = swapped(of, plan(of, per_application=per_application), swaps)
    if result is None:
        raise IllegalStep(_("方案在此期间有变化，换人的选择不再适用。请重新查看方案。"))
    return result


@verb("panel.assign_plan")
def assign_plan(*, panel: Panel, per_application: int, by: User, swaps: Sequence[Step] = ()) -> Plan:
    """Store the balanced plan. Every pair passes the same checks as an assignment by hand."""
    require(by, Permission.REVIEW_ASSIGN, panel.stage.batch)
    panel = lock(panel)
    proposed = changed(round_of(panel), per_application=per_application, swaps=swaps)
    _assign_all(panel, proposed, by)
    return proposed


def _assign_all(panel: Panel, proposed: Plan, by: User) -> None:
    applications = Application.objects.select_related("platform__operator").in_bulk(
        [application for application, _reviewer in proposed.pairs]
    )
    reviewers = Reviewer.objects.select_related("user").in_bulk(
        [reviewer for _application, reviewer in proposed.pairs]
    )
    for application, reviewer in proposed.pairs:
        assign(panel=panel, reviewer=reviewers[reviewer], application=applications[application], by=by)


@verb("panel.open")
def open_panel(*, panel: Panel, by: User) -> Panel:
    """Start scoring. The rubric is frozen from here on; its weights must sum to 100."""
    panel = lock(panel)
    PANEL.check(panel, "open", by=by)
    if not panel.assignments.exists():
        raise IllegalStep(_("评审组还没有分配任何评审任务。"))
    rubric = lock(panel.rubric)
    check_rubric(items(rubric))
    if rubric.frozen_at is None:
        rubric.frozen_at, rubric.frozen_by = timezone.now(), by
        rubric.save(update_fields=["frozen_at", "frozen_by"])
    PANEL.move(panel, "open", by=by)
    tell(
        PANEL.find("open"),
        panel,
        text=_("“%(panel)s”已开始评审，请在截止前提交评分。") % {"panel": panel.name},
        url="/reviews/",
    )
    return panel


@verb("panel.close")
def close_panel(*, panel: Panel, by: User, reason: str = "") -> Panel:
    """End scoring. Every expert has submitted or stepped aside; from now on the results can be seen.

    Where the scores of an application lie too far apart, a further expert is asked first and the panel stays open. Only where
    no expert is left may it be closed all the same, with a reason.
    """
    panel = lock(panel)
    PANEL.check(panel, "close", by=by, reason=reason)
    missing = panel.assignments.filter(status=AssignmentStatus.ASSIGNED).count()
    if missing:
        raise IllegalStep(_("还有 %(n)s 份评分没有提交。") % {"n": missing})
    disputed = further_review.disputed(panel)
    if disputed:
        proposed = propose_assignments(panel, per_application=1, further=disputed)
        if proposed.pairs:
            return ask_further(panel=panel, proposed=proposed, by=by)
        if not reason.strip():
            raise IllegalStep(
                _("有 %(n)d 项评分分差过大，没有可以加派的专家。请手工加派，或写明原因后结束。")
                % {"n": len(disputed)}
            )
    return PANEL.move(panel, "close", by=by, reason=reason)


@verb("panel.ask_further")
def ask_further(*, panel: Panel, proposed: Plan, by: User) -> Panel:
    """Give each disputed application to one expert more. The panel goes on; nobody learns what the others gave."""
    panel = lock(panel)
    _assign_all(panel, proposed, by)
    return panel


@verb("assignment.recuse")
def recuse(*, assignment: Assignment, by: User, reason: str) -> Assignment:
    """The expert steps aside; anything scored so far is dropped."""
    assignment = lock(assignment)
    ASSIGNMENT.move(assignment, "recuse", by=by, reason=reason, recusal_reason=reason)
    _drop_sheet(assignment)
    _tell_to_reassign("recuse", assignment, by)
    return assignment


@verb("conflict.declare")
def declare_conflict(*, reviewer: Reviewer, operator: Operator, nature: str, by: User) -> ConflictDeclaration:
    """Put a tie on record. Reviews of that operator that are not submitted yet are taken back at once."""
    require(by, Permission.REVIEW_SCORE if reviewer.user_id == by.pk else Permission.REVIEW_ASSIGN, reviewer)
    declaration, _created = ConflictDeclaration.objects.get_or_create(
        reviewer=reviewer, operator=operator, defaults={"nature": nature, "declared_by": by}
    )
    touched = (
        Assignment.objects.select_for_update(of=("self",))
        .filter(reviewer=reviewer, application__platform__operator=operator, status=AssignmentStatus.ASSIGNED)
        .select_related("panel__stage__batch")
        .order_by("pk")
    )
    reason = str(_("利益冲突：%(nature)s") % {"nature": nature})
    for assignment in touched:
        ASSIGNMENT.move(assignment, "recuse_for_conflict", by=by, reason=reason, recusal_reason=reason)
        _drop_sheet(assignment)
        _tell_to_reassign("recuse_for_conflict", assignment, by)
    return declaration


def _tell_to_reassign(move: str, assignment: Assignment, by: User) -> None:
    tell(
        ASSIGNMENT.find(move),
        assignment,
        text=_("有专家申请回避，请重新分配。"),
        url=f"/ministry/batches/{assignment.panel.stage.batch.code}/panels/{assignment.panel_id}/",
        by=by,
    )


def _drop_sheet(assignment: Assignment) -> None:
    ScoreSheet.objects.filter(assignment=assignment, submitted_at__isnull=True).delete()
