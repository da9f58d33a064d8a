"""The roster of experts as the ministry chooses from it: what each has to do, which areas each knows, who would be next."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from cultivation.choices import ApplicationStatus
from cultivation.conflicts import Ties, conflicts
from cultivation.models import Application, Panel, PanelInvitation, Reviewer
from cultivation.models.review import ReviewerQuerySet


@dataclass(frozen=True)
class Candidate:
    """``fit``: applications of the round in an area the expert knows; ``barred``: those in conflict; ``room``: reviews still possible."""

    reviewer: Reviewer
    fit: int
    barred: int
    room: int

    @property
    def order(self) -> tuple[int, int, int, int]:
        return (self.barred, -self.fit, -self.room, self.reviewer.pk)


def available() -> ReviewerQuerySet:
    """Experts who may be asked, with what they have to do (``held``)."""
    return (
        Reviewer.objects.filter(available=True, user__is_active=True)
        .select_related("user")
        .prefetch_related("areas")
        .with_load()
    )


def candidates(panel: Panel) -> list[Candidate]:
    """Who could still be invited to this panel, the most fitting first."""
    asked = set(panel.invitations.values_list("reviewer_id", flat=True))
    experts = [each for each in available() if each.pk not in asked and each.held < each.max_load]
    waiting = list(
        Application.objects.filter(batch_id=panel.stage.batch_id, status=ApplicationStatus.IN_REVIEW)
        .select_related("platform__operator")
        .defer("record")
    )
    ties = Ties.of(experts)
    found = []
    for expert in experts:
        areas = {area.pk for area in expert.areas.all()}
        found.append(
            Candidate(
                reviewer=expert,
                fit=sum(each.platform.area_id in areas for each in waiting),
                barred=sum(bool(conflicts(expert, each, ties)) for each in waiting),
                room=expert.max_load - expert.held,
            )
        )
    return sorted(found, key=lambda each: each.order)


def substitute_for(invitation: PanelInvitation, among: Iterable[Candidate]) -> Reviewer | None:
    """Who could take the place that has become free: without conflict first, then who knows most of the same areas."""
    areas = {area.pk for area in invitation.reviewer.areas.all()}
    ranked = sorted(
        among,
        key=lambda each: (
            each.barred,
            -len(areas & {area.pk for area in each.reviewer.areas.all()}),
            *each.order[1:],
        ),
    )
    return ranked[0].reviewer if ranked else None
