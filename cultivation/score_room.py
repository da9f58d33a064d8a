"""What a closed review says: the submitted totals of each application and their summary. Open panels say nothing."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from cultivation.choices import ApplicationStatus, AssignmentStatus, PanelStatus
from cultivation.models import Application, Batch, ScoreSheet
from cultivation.scoring import Summary, experts_disagree, ranks, summarise

#: Points between highest and lowest above which a further expert should look.
DISAGREEMENT = Decimal(20)


@dataclass(frozen=True)
class Result:
    """One application in the score room. ``totals`` are without names; ``summary`` has numbers only from three sheets on."""

    application: Application
    totals: list[Decimal]
    summary: Summary
    rank: int | None
    disagree: bool
    vetoed: bool

    @property
    def order(self) -> tuple[int, int]:
        return (self.rank or 10**6, self.application.pk)


def results(batch: Batch) -> list[Result]:
    """Applications of the batch that have reached review, best first; three queries whatever their number."""
    applications = list(
        Application.objects.filter(batch=batch)
        .in_state(
            ApplicationStatus.IN_REVIEW,
            ApplicationStatus.SHORTLISTED,
            ApplicationStatus.RESERVE_LIST,
            ApplicationStatus.NOT_SHORTLISTED,
        )
        .select_related("platform__operator", "platform__area", "authority")
    )
    totals: dict[int, list[Decimal]] = {application.pk: [] for application in applications}
    vetoed: set[int] = set()
    sheets = ScoreSheet.objects.filter(
        assignment__panel__stage__batch=batch,
        assignment__panel__status=PanelStatus.CLOSED,
        assignment__status=AssignmentStatus.SUBMITTED,
    ).values_list("assignment__application_id", "total", "vetoes")
    for application_id, total, vetoes in sheets:
        if application_id in totals and total is not None:
            totals[application_id].append(total)
            if vetoes:
                vetoed.add(application_id)
    means = {key: _mean(values) for key, values in totals.items()}
    places = ranks(means)
    found = [
        Result(
            application=application,
            totals=sorted(totals[application.pk], reverse=True),
            summary=summarise(totals[application.pk]).for_readers(),
            rank=places[application.pk],
            disagree=experts_disagree(totals[application.pk], threshold=DISAGREEMENT),
            vetoed=application.pk in vetoed,
        )
        for application in applications
    ]
    return sorted(found, key=lambda result: result.order)


def _mean(values: list[Decimal]) -> Decimal | None:
    """The mean that ranks, whatever the number of sheets; it is not shown below three."""
    return sum(values, Decimal(0)) / len(values) if values else None
