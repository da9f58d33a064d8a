"""加派: where the scores of an application lie further apart than the rubric allows, one expert more reads it.

Once per application and panel: what three experts see differently is for the ministry to weigh. The expert who is asked is
not told why, and nobody is told what the others gave.
"""

from __future__ import annotations

from decimal import Decimal

from cultivation.choices import AssignmentStatus, PanelStatus
from cultivation.models import Application, Assignment, Panel
from cultivation.scoring import experts_disagree
from platforms.notifications import notify
from platforms.words import gettext_lazy as _


def disputed(panel: Panel) -> list[int]:
    """Applications whose sheets are all in, lie too far apart, and have had no further expert in this panel."""
    totals: dict[int, list[Decimal | None]] = {}
    settled: set[int] = set()
    rows = panel.assignments.exclude(status=AssignmentStatus.RECUSED).values_list(
        "application_id", "status", "sheet__total", "further"
    )
    for application, status, total, further in rows:
        totals.setdefault(application, []).append(total)
        if further or status != AssignmentStatus.SUBMITTED:
            settled.add(application)
    limit = Decimal(panel.rubric.disagreement)
    return [
        application
        for application, found in sorted(totals.items())
        if application not in settled and experts_disagree(found, threshold=limit)
    ]


def is_disputed(panel: Panel, application: Application) -> bool:
    return panel.status == PanelStatus.OPEN and application.pk in disputed(panel)


def tell_expert(assignment: Assignment) -> None:
    """Work that came while the panel is at it; in the same words whatever the occasion."""
    panel = assignment.panel
    notify(
        [assignment.reviewer.user],
        kind="assignment.given",
        text=_("“%(panel)s”有一项新的评审任务，请在截止前提交评分。") % {"panel": panel.name},
        url="/reviews/",
        key=f"assignment:{assignment.pk}:given",
        due_at=panel.due_at,
    )
