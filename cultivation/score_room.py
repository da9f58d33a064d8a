"""What a closed review says: the submitted totals of each application and their summary. Open panels say nothing.

Fewer than three sheets are never summed up: no mean, no rank, no place in the balance, because each of two experts could
subtract the own mark.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from cultivation import cut_line, scoring
from cultivation.choices import ApplicationStatus, AssignmentStatus, PanelStatus
from cultivation.cut_line import Edge
from cultivation.models import Application, Batch, Reviewer, ScoreSheet
from cultivation.scoring import LEAST_FOR_SUMMARY, Five, Stability, Summary
from platforms.models import Area, Authority

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
    #: How far from the line, and whether the calibrated scores would put it on the other side.
    edge: Edge | None = None
    crosses: bool = False

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
    #: So many would change sides of the line if this expert's sheets did not count; ``None`` without a line.
    moves: int | None = None


@dataclass(frozen=True)
class Share:
    """One area or authority: how many are in the room, how many of them stand above the line, and how their scores spread."""

    of: Area | Authority | None
    all: int
    inside: int
    spread: Five | None = None


@dataclass(frozen=True)
class Line:
    """What the line does: the score it runs at, the points across it, how many change sides in the calibrated order, and who
    would come in with one place more or go out with one less."""

    at: Decimal | None
    gap: Decimal | None
    crossing: int
    one_more: list[Application]
    one_less: list[Application]


@dataclass(frozen=True)
class Room:
    """``cut`` is the number of places; ``tied`` how many share the last rank inside and stand outside for lack of places."""

    results: list[Result]
    experts: list[Expert]
    areas: list[Share]
    authorities: list[Share]
    cut: int | None
    tied: int
    #: The ends of the scale on which scores are drawn, and how far the calibrated order is from the raw one.
    scale: tuple[int, int] = (0, 100)
    inversions: int = 0
    line: Line | None = None

    @property
    def line_at(self) -> Decimal | None:
        return self.line.at if self.line else None

    @property
    def areas_outside(self) -> list[Share]:
        """Areas of which nobody stands above the line. A batch has no places by area: it is for a person to judge."""
        return [each for each in self.areas if not each.inside]

    @property
    def near(self) -> list[Result]:
        return [each for each in self.results if each.edge is not None and each.edge.swaps <= cut_line.NEAR]


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
    count = _Count(sheets, offsets, terms, cut)
    results = _results(applications, count)
    return Room(
        results=results,
        experts=_experts(count),
        areas=_shares(results, lambda one: one.platform.area),
        authorities=_shares(results, lambda one: one.authority),
        cut=cut,
        tied=_tied(results, cut),
        scale=_scale(sheets),
        inversions=cut_line.inversions(count.scores, count.calibrated),
        line=_line(count, {each.application.pk: each.application for each in results}),
    )


def results(batch: Batch) -> list[Result]:
    """Applications of the batch that have reached review, best first."""
    return open_room(batch).results


def disagreeing(batch: Batch) -> set[int]:
    """Applications on which the experts of closed panels lie further apart than the rubric allows."""
    sheets, terms = _sheets(batch, set(batch.applications.values_list("pk", flat=True)))
    totals: dict[int, list[Decimal]] = {}
    for (_reviewer, application), total in sheets.items():
        totals.setdefault(application, []).append(total)
    return {
        key for key, found in totals.items() if scoring.experts_disagree(found, threshold=terms[key].limit)
    }


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


class _Count:
    """The scores that rank, by application: as marked, calibrated, and with their places. Three sheets at least."""

    def __init__(
        self, sheets: Sheets, offsets: dict[int, Decimal], terms: dict[int, Terms], cut: int | None
    ) -> None:
        self.sheets, self.offsets, self.terms, self.cut = sheets, offsets, terms, cut
        self.totals, self.adjusted = (
            defaultdict[int, list[Decimal]](list),
            defaultdict[int, list[Decimal]](list),
        )
        for (reviewer, application), total in sheets.items():
            self.totals[application].append(total)
            self.adjusted[application].append(scoring.calibrated(total, offsets[reviewer]) or Decimal(0))
        self.enough = {key: values for key, values in self.totals.items() if len(values) >= LEAST_FOR_SUMMARY}
        self.scores = {key: _one_of(values, terms[key]) for key, values in self.enough.items()}
        self.calibrated = {key: _one_of(self.adjusted[key], terms[key]) for key in self.enough}
        self.inside = cut_line.inside(self.scores, cut)
        self.edges = cut_line.edges(self.scores, cut)
        self.crossing = cut_line.crossing(self.scores, self.calibrated, cut)

    def without(self, reviewer: int) -> dict[int, Decimal]:
        """The scores of those whom this expert read, from the other sheets alone."""
        left: dict[int, list[Decimal]] = {
            key: [] for who, key in self.sheets if who == reviewer and key in self.scores
        }
        for (who, key), total in self.sheets.items():
            if who != reviewer and key in left:
                left[key].append(total)
        return {key: _one_of(values, self.terms[key]) for key, values in left.items() if values}


def _results(applications: list[Application], count: _Count) -> list[Result]:
    places = scoring.ranks(count.scores)
    draws = max(LEAST_DRAWS, min(DRAWS, DRAWN // max(len(count.enough), 1)))
    firm = (
        scoring.rank_stability(count.enough, seed=1, quota=count.cut, draws=draws)
        if len(count.enough) > 1
        else {}
    )
    found = [
        _result(application, count, places.get(application.pk), firm.get(application.pk))
        for application in applications
    ]
    return sorted(found, key=lambda result: result.order)


def _result(application: Application, count: _Count, rank: int | None, firm: Stability | None) -> Result:
    key = application.pk
    totals, terms, score = count.totals[key], count.terms.get(key), count.scores.get(key)
    return Result(
        application=application,
        totals=sorted(totals, reverse=True),
        summary=scoring.summarise(totals).for_readers(),
        calibrated=scoring.summarise(count.adjusted[key]).for_readers().mean,
        rank=rank,
        stability=firm,
        disagree=terms is not None and scoring.experts_disagree(totals, threshold=terms.limit),
        vetoed=terms is not None and terms.vetoed,
        inside=key in count.inside,
        further=terms is not None and terms.further,
        combined=None if score is None else scoring.rounded(score),
        rule=terms.rule if terms else "",
        edge=count.edges.get(key),
        crosses=key in count.crossing,
    )


def _one_of(values: list[Decimal], terms: Terms) -> Decimal:
    """The score that ranks: by the rule of the rubric where a further expert was asked, else the unrounded mean."""
    if terms.further:
        return scoring.combined(values, terms.rule) or Decimal(0)
    return sum(values, Decimal(0)) / len(values)


def _tied(results: list[Result], cut: int | None) -> int:
    """How many equal ones stand across the line: a person has to choose among them."""
    if cut is None:
        return 0
    return sum(1 for each in results if each.rank is not None and each.rank <= cut and not each.inside)


def _experts(count: _Count) -> list[Expert]:
    mine: dict[int, list[Decimal]] = {}
    for (reviewer, _application), total in count.sheets.items():
        mine.setdefault(reviewer, []).append(total)
    people = Reviewer.objects.select_related("user").in_bulk(mine)
    return [
        Expert(
            reviewer=people[key],
            sheets=len(values),
            mean=scoring.summarise(values).for_readers().mean,
            offset=count.offsets[key],
            moves=len(cut_line.crossing(count.scores, count.without(key), count.cut)) if count.cut else None,
        )
        for key, values in sorted(mine.items())
    ]


def _shares(results: list[Result], of: Callable[[Application], Area | Authority | None]) -> list[Share]:
    found: dict[Area | Authority | None, list[Result]] = {}
    for each in results:
        found.setdefault(of(each.application), []).append(each)
    return [
        Share(
            of=key,
            all=len(rows),
            inside=sum(each.inside for each in rows),
            spread=scoring.five([each.combined for each in rows]),
        )
        for key, rows in sorted(found.items(), key=lambda item: item[0].name_zh if item[0] else "")
    ]


def _scale(sheets: Sheets) -> tuple[int, int]:
    """The tens around all totals."""
    if not sheets:
        return (0, 100)
    low, high = int(min(sheets.values()) // 10) * 10, -int(-max(sheets.values()) // 10) * 10
    return (low, high) if low < high else (max(low - 10, 0), high or 10)


def _line(count: _Count, applications: dict[int, Application]) -> Line | None:
    if count.cut is None:
        return None

    def named(keys: set[int]) -> list[Application]:
        return [applications[key] for key in sorted(keys, key=lambda key: (-count.scores[key], key))]

    gap = cut_line.gap(count.scores, count.cut)
    rest = [score for key, score in count.scores.items() if key not in count.inside]
    more = cut_line.inside(count.scores, count.cut + 1)
    less = cut_line.inside(count.scores, count.cut - 1)
    return Line(
        at=None if gap is None else scoring.rounded(max(rest) + gap / 2),
        gap=gap,
        crossing=len(count.crossing),
        one_more=named(more - count.inside),
        one_less=named(count.inside - less),
    )
