"""What a closed review says: the submitted totals of each application and their summary. Open panels say nothing.

Fewer than three sheets are never summed up: no mean, no rank, no place in the balance, because each of two experts could
subtract the own mark.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from decimal import Decimal

from cultivation import scoring
from cultivation.choices import ApplicationStatus, AssignmentStatus, PanelStatus
from cultivation.models import Application, Batch, Reviewer, ScoreSheet
from cultivation.scoring import LEAST_FOR_SUMMARY, Stability, Summary

#: Resamplings of one page: fewer for many applications, so that the page stays quick.
DRAWS, LEAST_DRAWS, DRAWN = 1000, 100, 60_000


@dataclass(frozen=True)
class Result:
    """One application in the score room. ``totals`` are without names; everything summed up is ``None`` below three sheets."""

    application: Application
    totals: list[Decimal]
    summary: Summary
    calibrated: Decimal | None
    rank: int | None
    stability: Stability | None
    disagree: bool
    vetoed: bool
    #: Read by a further expert; ``combined`` is then made by the rule of the rubric, else it is the mean.
    further: bool = False
    combined: Decimal | None = None
    rule: str = ""
    inside: bool = False

    @property
    def order(self) -> tuple[int, int]:
        return (self.rank or 10**6, self.application.pk)


@dataclass(frozen=True)
class Expert:
    """How one expert marks beside the others: ``offset`` points higher (+) or lower (−) on the same files."""

    reviewer: Reviewer
    sheets: int
    mean: Decimal | None
    offset: Decimal


@dataclass(frozen=True)
class Share:
    """One area or authority: how many are in the room and how many of them stand above the line."""

    name: str
    all: int
    inside: int


@dataclass(frozen=True)
class Room:
    """``cut`` is the number of places; ``tied`` how many share the last rank inside and stand outside for lack of places."""

    results: list[Result]
    experts: list[Expert]
    areas: list[Share]
    authorities: list[Share]
    cut: int | None
    tied: int


Sheets = dict[tuple[int, int], Decimal]


@dataclass
class Terms:
    """What the rubric of the last round says of one application, and what was raised there."""

    limit: Decimal
    rule: str
    further: bool = False
    vetoed: bool = False


def open_room(batch: Batch, *, cut: int | None = None) -> Room:
    """Everything the room shows, in five queries whatever the number of applications."""
    applications = list(
        Application.objects.filter(batch=batch)
        .in_state(
            ApplicationStatus.IN_REVIEW,
            ApplicationStatus.SHORTLISTED,
            ApplicationStatus.RESERVE_LIST,
            ApplicationStatus.NOT_SHORTLISTED,
        )
        .select_related("platform__operator", "platform__area", "authority")
        .defer("record")
    )
    sheets, terms = _sheets(batch, {application.pk for application in applications})
    offsets = scoring.calibration_offsets(sheets)
    results = _results(applications, sheets, offsets, terms, cut)
    return Room(
        results=results,
        experts=_experts(sheets, offsets),
        areas=_shares(results, lambda one: one.platform.area.name_zh if one.platform.area else "—"),
        authorities=_shares(results, lambda one: one.authority.name_zh),
        cut=cut,
        tied=_tied(results, cut),
    )


def results(batch: Batch) -> list[Result]:
    """Applications of the batch that have reached review, best first."""
    return open_room(batch).results


def _sheets(batch: Batch, applications: set[int]) -> tuple[Sheets, dict[int, Terms]]:
    """Totals of closed panels by (expert, application), the last round's where an expert read one twice; and their terms."""
    rows = (
        ScoreSheet.objects.filter(
            assignment__panel__stage__batch=batch,
            assignment__panel__status=PanelStatus.CLOSED,
            assignment__status=AssignmentStatus.SUBMITTED,
            total__isnull=False,
        )
        .order_by("assignment__panel__stage__position", "pk")
        .values_list(
            "assignment__reviewer_id", "assignment__application_id", "total", "vetoes", "assignment__further",
            "assignment__panel__rubric__disagreement", "assignment__panel__rubric__combination",
        )
    )  # fmt: skip
    sheets: Sheets = {}
    terms: dict[int, Terms] = {}
    for reviewer, application, total, vetoes, further, limit, rule in rows:
        if application in applications and total is not None:
            sheets[reviewer, application] = total
            before = terms.get(application, Terms(Decimal(limit), rule))
            terms[application] = Terms(
                Decimal(limit), rule, before.further or further, before.vetoed or bool(vetoes)
            )
    return sheets, terms


def _results(
    applications: list[Application],
    sheets: Sheets,
    offsets: dict[int, Decimal],
    terms: dict[int, Terms],
    cut: int | None,
) -> list[Result]:
    totals: dict[int, list[Decimal]] = {application.pk: [] for application in applications}
    adjusted: dict[int, list[Decimal]] = {application.pk: [] for application in applications}
    for (reviewer, application), total in sheets.items():
        totals[application].append(total)
        adjusted[application].append(scoring.calibrated(total, offsets[reviewer]) or Decimal(0))
    enough = {key: values for key, values in totals.items() if len(values) >= LEAST_FOR_SUMMARY}
    places = scoring.ranks({key: _one_of(values, terms[key]) for key, values in enough.items()})
    draws = max(LEAST_DRAWS, min(DRAWS, DRAWN // max(len(enough), 1)))
    firm = scoring.rank_stability(enough, seed=1, quota=cut, draws=draws) if len(enough) > 1 else {}
    inside = _inside(places, cut)
    found = [
        Result(
            application=application,
            totals=sorted(totals[application.pk], reverse=True),
            summary=scoring.summarise(totals[application.pk]).for_readers(),
            calibrated=scoring.summarise(adjusted[application.pk]).for_readers().mean,
            rank=places.get(application.pk),
            stability=firm.get(application.pk),
            disagree=_disagree(totals[application.pk], terms.get(application.pk)),
            vetoed=application.pk in terms and terms[application.pk].vetoed,
            inside=application.pk in inside,
            further=application.pk in terms and terms[application.pk].further,
            combined=_combined(enough.get(application.pk), terms.get(application.pk)),
            rule=terms[application.pk].rule if application.pk in terms else "",
        )
        for application in applications
    ]
    return sorted(found, key=lambda result: result.order)


def _one_of(values: list[Decimal], terms: Terms) -> Decimal:
    """The score that ranks: by the rule of the rubric where a further expert was asked, else the unrounded mean."""
    if terms.further:
        return scoring.combined(values, terms.rule) or Decimal(0)
    return sum(values, Decimal(0)) / len(values)


def _combined(values: list[Decimal] | None, terms: Terms | None) -> Decimal | None:
    return scoring.rounded(_one_of(values, terms)) if values and terms else None


def _disagree(values: list[Decimal], terms: Terms | None) -> bool:
    return terms is not None and scoring.experts_disagree(values, threshold=terms.limit)


def _inside(places: dict[int, int | None], cut: int | None) -> set[int]:
    """Who has a place: whole groups of equal rank as long as they fit; a group that would cross the line stays outside."""
    if cut is None:
        return set()
    sizes = Counter(places.values())
    return {key for key, rank in places.items() if rank is not None and rank + sizes[rank] - 1 <= cut}


def _tied(results: list[Result], cut: int | None) -> int:
    """How many equal ones stand across the line: a person has to choose among them."""
    if cut is None:
        return 0
    return sum(1 for each in results if each.rank is not None and each.rank <= cut and not each.inside)


def _experts(sheets: Sheets, offsets: dict[int, Decimal]) -> list[Expert]:
    mine: dict[int, list[Decimal]] = {}
    for (reviewer, _application), total in sheets.items():
        mine.setdefault(reviewer, []).append(total)
    people = Reviewer.objects.select_related("user").in_bulk(mine)
    return [
        Expert(
            reviewer=people[key],
            sheets=len(values),
            mean=scoring.summarise(values).for_readers().mean,
            offset=offsets[key],
        )
        for key, values in sorted(mine.items())
    ]


def _shares(results: list[Result], name) -> list[Share]:
    everybody = Counter(name(each.application) for each in results)
    inside = Counter(name(each.application) for each in results if each.inside)
    return [Share(key, number, inside[key]) for key, number in sorted(everybody.items())]
