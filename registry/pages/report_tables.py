"""What the ministry's reports count: by period, by batch, by annual check. Each is a ``Figure``: a table with its title and definition.

Nothing is counted here that another page counts by a rule of its own: the stages are those of the batch workspace, scores those of
the score room, the annual check's those of its page.
"""

from __future__ import annotations

import datetime
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median
from typing import Any

from django.db.models import Count, Q
from django.utils.translation import gettext as _

from cultivation import score_room, scoring
from cultivation.calendar import end_of_day
from cultivation.choices import ApplicationStatus as A
from cultivation.choices import DueOutcome
from cultivation.choices import SubmissionStatus as S
from cultivation.models import Application, Batch, BatchQuota, Campaign, Submission
from cultivation.publish import PASSED_CHECK
from cultivation.views.batch_table import FUNNEL
from cultivation.views.campaign import progress
from platforms.directory import names
from platforms.templatetags.registry_ui import plain_name
from registry.pages.figures import Figure

#: A number that is not told.
HIDDEN = "*"
#: Moves of a submission that are counted, in the order of the columns.
COUNTED = ("submit", "return", "accept", "reject")


@dataclass(frozen=True)
class Period:
    """Whole days in Beijing, both ends included."""

    first: datetime.date
    last: datetime.date

    @property
    def span(self) -> tuple[datetime.datetime, datetime.datetime]:
        return end_of_day(self.first - datetime.timedelta(days=1)), end_of_day(self.last)

    def __str__(self) -> str:
        return f"{self.first.isoformat()} – {self.last.isoformat()}"


def submissions(period: Period) -> Figure:
    """Moves as the history records them, so that a submission returned twice counts twice."""
    since, until = period.span
    moves: Counter[tuple[str, str]] = Counter()
    events = Submission.events.rel.related_model._default_manager.filter(  # type: ignore[attr-defined]
        pgh_created_at__gte=since,
        pgh_created_at__lt=until,
        pgh_context__verb__in=[f"submission.{move}" for move in COUNTED],
    )
    seen = events.values_list("authority_id", "pgh_context__verb", "pgh_obj_id", "pgh_context_id").distinct()
    for authority, verb, _submission, _act in seen:
        moves[authority, verb.partition(".")[2]] += 1
    days = _decided_in(since, until)
    everybody = [each for found in days.values() for each in found]
    rows: list[list[Any]] = [
        [code, plain_name(name), *(moves[code, move] for move in COUNTED), _middle(days[code])]
        for code, name in names("authority")["authority"].items()
        if any(moves[code, move] for move in COUNTED) or days[code]
    ]
    totals = [sum(number for (_code, move), number in moves.items() if move == each) for each in COUNTED]
    rows.append(["", _("合计"), *totals, _middle(everybody)])
    return Figure(
        "submissions",
        _("各推荐单位申报办理情况"),
        _(
            "期间内上报、退回、受理入库、不予受理各多少次，同一份申报退回两次计两次；办理天数是期间内作出结论的申报从最后一次上报到结论的中位数。"
        ),
        [
            _("代码"),
            _("推荐单位"),
            _("上报"),
            _("退回"),
            _("受理入库"),
            _("不予受理"),
            _("办理天数（中位数）"),
        ],
        rows,
        words=2,
    )


def _decided_in(since: datetime.datetime, until: datetime.datetime) -> dict[str, list[float]]:
    """Days from the last handing up to the conclusion, by authority."""
    found: dict[str, list[float]] = defaultdict(list)
    rows = Submission.objects.filter(
        status__in=(S.ACCEPTED, S.REJECTED),
        decided_at__gte=since,
        decided_at__lt=until,
        submitted_at__isnull=False,
    )
    for authority, submitted, decided in rows.values_list("authority_id", "submitted_at", "decided_at"):
        found[authority].append(_days(submitted, decided))
    return found


def funnel(batch: Batch) -> Figure:
    """The stages of the batch workspace."""
    return funnels([batch])[0]


def funnels(batches: Iterable[Batch]) -> list[Figure]:
    """The funnel of each, by one statement."""
    batches = list(batches)
    counts = Counter(
        Application.objects.filter(batch__in=batches).order_by().values_list("batch_id", "status")
    )
    return [
        Figure(
            "funnel",
            _("各环节数量"),
            _("按推荐现在的状态计数；“推荐”是所有已报部的，含后来撤回的。"),
            [_("环节"), _("数量")],
            [
                [str(label), sum(counts[batch.pk, state] for state in states)]
                for _key, label, states in FUNNEL
            ],
        )
        for batch in batches
    ]


def recommendations(batch: Batch) -> Figure:
    """By authority: places, what was recommended and how far it came, and how long the check took."""
    rows = Application.objects.filter(batch=batch, recommended_at__isnull=False)
    counted = (
        rows.order_by()
        .values("authority_id")
        .annotate(
            sent=Count("pk"),
            passed=Count("pk", filter=Q(status__in=PASSED_CHECK)),
            failed=Count("pk", filter=Q(status=A.FAILED_CHECK)),
            listed=Count("pk", filter=Q(status=A.LISTED)),
        )
    )
    counts: dict[str, Any] = {row["authority_id"]: row for row in counted}
    days: dict[str, list[float]] = defaultdict(list)
    for code, sent, checked in rows.filter(checked_at__isnull=False).values_list(
        "authority_id", "recommended_at", "checked_at"
    ):
        days[code].append(_days(sent, checked))
    places = dict(BatchQuota.objects.filter(batch=batch).values_list("authority_id", "places"))
    parts = ("sent", "passed", "failed", "listed")
    lines: list[list[Any]] = [
        [
            code,
            plain_name(name),
            places.get(code, ""),
            *(counts.get(code, {}).get(part, 0) for part in parts),
            _middle(days[code]),
        ]
        for code, name in names("authority")["authority"].items()
        if code in counts or code in places
    ]
    totals = [sum(row[part] for row in counts.values()) for part in parts]
    everybody = [each for found in days.values() for each in found]
    lines.append(["", _("合计"), sum(places.values()) if places else "", *totals, _middle(everybody)])
    return Figure(
        "recommendations",
        _("各推荐单位推荐和入选情况"),
        _(
            "名额、已推荐、形式审查通过和未通过、已入选的数量；审查天数是从推荐到形式审查结论的中位数。没有名额的留空。"
        ),
        [
            _("代码"),
            _("推荐单位"),
            _("名额"),
            _("已推荐"),
            _("审查通过"),
            _("审查未通过"),
            _("已入选"),
            _("审查天数（中位数）"),
        ],
        lines,
        words=2,
    )


def scores(batch: Batch) -> Figure:
    """The five numbers of the score room, by area and for all; fewer than three are not told."""
    room = score_room.open_room(batch)
    all_of_them = scoring.five([result.combined for result in room.results])
    rows = [
        [plain_name(share.of) if share.of else "—", share.all, *_five(share.spread)] for share in room.areas
    ]
    return Figure(
        "scores",
        _("评审得分分布"),
        _("评分室中的合分，只算已结束的评审组；评分表或推荐不足三份的不显示（*）。"),
        [_("领域"), _("参评"), _("最低"), _("下四分位"), _("中位"), _("上四分位"), _("最高")],
        [*rows, [_("合计"), len(room.results), *_five(all_of_them)]],
    )


def annual_check(campaign: Campaign) -> Figure:
    """By authority, as the page of the annual check shows it; outcomes once it is closed."""
    outcomes: dict[tuple[str, str], int] = Counter(
        campaign.dues.values_list("platform__authority", "outcome")
    )
    shown = (DueOutcome.IN_TIME, DueOutcome.LATE, DueOutcome.MISSING, DueOutcome.EXCUSED)
    rows: list[list[Any]] = [
        [
            each["authority"].code, plain_name(each["authority"]), each["due"], each["done"], each["left"],
            *(outcomes.get((each["authority"].pk, outcome), 0) for outcome in shown),
        ]
        for each in progress(campaign)
    ]  # fmt: skip
    rows.append(["", _("合计"), *(sum(row[at] for row in rows) for at in range(2, 9))])
    return Figure(
        "annual-check",
        _("年度核查结果"),
        _("应报、已上报和未上报按现在计；按时、逾期、未上报和已不在录的结果在核查结束时确定，结束以前为零。"),
        [
            _("代码"),
            _("推荐单位"),
            _("应报"),
            _("已上报"),
            _("还未上报"),
            *(str(outcome.label) for outcome in shown),
        ],
        rows,
        words=2,
    )


def _days(first: datetime.datetime | None, last: datetime.datetime | None) -> float:
    return (last - first).total_seconds() / 86_400 if first and last else 0.0


def _middle(days: Iterable[float]) -> float | str:
    """Empty where there is nothing to take the middle of."""
    values = list(days)
    return round(median(values), 1) if values else ""


def _five(spread: scoring.Five | None) -> list[Any]:
    if spread is None:
        return [HIDDEN] * 5
    return [str(each) for each in (spread.low, spread.lower, spread.median, spread.upper, spread.high)]
