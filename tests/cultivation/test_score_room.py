"""The score room: numbers only from three sheets on, a line to try out, ties told, mild and strict experts told apart."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django.utils.html import strip_tags

from cultivation.models import Assignment, BatchStage, Panel, Reviewer, Rubric, ScoreSheet
from cultivation.score_room import open_room
from platforms.access import Role
from tests import factories
from tests.cultivation import noticing

pytestmark = pytest.mark.django_db


@pytest.fixture
def room(cast):
    """``room([[80, 82, 84], …])``: a closed panel in which each application got these totals, expert by expert."""

    def held(rows: list[list[int | None]], *, status: str = "closed"):
        batch = factories.BatchFactory(
            status="assessing", opened_at=timezone.now(), opened_by=cast.ministry_approver
        )
        stage = BatchStage.objects.create(batch=batch, position=1, kind="review", status="active")
        now, clerk = timezone.now(), cast.ministry_clerk
        closed = {"closed_at": now, "closed_by": clerk} if status == "closed" else {}
        panel = Panel.objects.create(
            stage=stage, name="示例组", rubric=Rubric.objects.create(batch=batch), status=status, opened_at=now,
            opened_by=clerk, **closed,
        )  # fmt: skip
        experts = [
            Reviewer.objects.create(user=factories.person(Role.EXPERT), organisation=f"示例研究院{n}")
            for n in range(max(map(len, rows)))
        ]
        for rank, totals in enumerate(rows, 1):
            application = noticing.application(cast, batch, "in_review", rank=rank)
            for expert, total in zip(experts, totals, strict=False):
                if total is None:
                    continue
                assignment = Assignment.objects.create(
                    panel=panel, reviewer=expert, application=application, assigned_by=clerk, status="submitted"
                )  # fmt: skip
                ScoreSheet.objects.create(
                    assignment=assignment, total=total, submitted_at=now, submitted_by=expert.user
                )
        return batch

    return held


def test_below_three_sheets_there_is_no_mean_no_rank_and_no_interval(room):
    batch = room([[90, 80], [70, 60, 50]])
    two, three = sorted(open_room(batch).results, key=lambda one: one.application.rank)
    assert (two.summary.mean, two.rank, two.stability, two.calibrated) == (None, None, None, None)
    assert (three.summary.mean, three.rank) == (Decimal(60), 1)


def test_open_panels_say_nothing(room):
    assert [each.totals for each in open_room(room([[90, 80, 70]], status="open")).results] == [[]]


def test_the_line_takes_whole_groups_and_tells_of_ties(room):
    batch = room([[90, 90, 90], [80, 80, 80], [80, 80, 80], [70, 70, 70]])
    found = open_room(batch, cut=2)
    assert [(each.rank, each.inside) for each in found.results] == [
        (1, True),
        (2, False),
        (2, False),
        (4, False),
    ]
    assert found.tied == 2
    assert [(share.all, share.inside) for share in found.areas] == [(4, 1)]
    assert sum(each.inside for each in open_room(batch, cut=3).results) == 3


def test_a_strict_expert_is_told_apart_from_weak_applications(room):
    batch = room([[90, 90, 70], [80, 80, 60], [70, 70, 50]])
    found = open_room(batch)
    assert [each.offset for each in found.experts] == [Decimal("6.67"), Decimal("6.67"), Decimal("-13.33")]
    best = found.results[0]
    assert (best.summary.mean, best.calibrated) == (Decimal("83.33"), Decimal("83.33"))


def test_the_page_draws_and_tells_what_the_line_does(cast, signed_in, room):
    batch = room([[90, 88, 62], [86, 84, 58], [80, 78, 74], [70, 66]])
    found = open_room(batch, cut=2)
    # calibration takes the same from every application that all three read, so the order stays
    assert (found.line.gap, found.line.crossing, found.scale) == (Decimal("1.33"), 0, (50, 90))
    assert [(each.rank, each.edge.swaps, each.edge.points) for each in found.near] == [
        (1, 2, Decimal("4.00")),
        (2, 1, Decimal("1.33")),
        (3, 1, Decimal("1.33")),
    ]
    _first, second, third = (each.application for each in found.near)
    assert (found.line.one_more, found.line.one_less) == ([third], [second])
    # without the strict one the second and the third would change sides
    assert [each.moves for each in found.experts] == [0, 0, 2]
    page = signed_in(cast.ministry_clerk).get(reverse("ministry-scores", args=(batch.code,)), {"cut": "2"})
    said = " ".join(strip_tags(page.text).split())
    assert "线内最后一名与线外第一名相差 1.33 分" in said
    area = found.areas[0].of.name_zh
    assert f"各领域线内 / 参评：{area} 2 / 4。批次没有设领域名额" in said
    assert "没有平台在线内的领域" not in said
    assert f"多一个名额，加入：{third.platform.name_zh}" in said
    # eleven marks and three ranks as dots, a box where an area has three platforms with a score
    assert (page.text.count("<circle"), page.text.count("<rect")) == (14, 2)


def test_two_sheets_are_drawn_as_two_dots_and_nothing_else(cast, signed_in, room):
    page = signed_in(cast.ministry_clerk).get(reverse("ministry-scores", args=(room([[90, 80]]).code,)))
    assert (page.text.count("<circle"), 'class="mid"' in page.text, "<rect" in page.text) == (2, False, False)


def test_disagreement_asks_for_a_further_expert_on_the_page(cast, signed_in, room):
    batch = room([[95, 60, 80], [80, 80, 80]])
    page = signed_in(cast.ministry_clerk).get(reverse("ministry-scores", args=(batch.code,)), {"cut": "1"})
    assert (page.status_code, page.text.count("请再派一位专家"), page.text.count(" checked")) == (200, 1, 1)


def test_nonsense_for_a_line_draws_none(cast, signed_in, room):
    batch = room([[95, 60, 80]])
    for cut in ("0", "-1", "x", "9" * 50):
        page = signed_in(cast.ministry_clerk).get(
            reverse("ministry-scores", args=(batch.code,)), {"cut": cut}
        )
        assert (page.status_code, page.text.count(" checked")) == (200, 0)


def test_the_room_asks_as_many_questions_for_three_as_for_one(cast, signed_in, room):
    clerk = signed_in(cast.ministry_clerk)
    one, three = room([[80, 80, 80]]), room([[80, 80, 80]] * 3)
    clerk.get(reverse("ministry-scores", args=(one.code,)))

    asked = []
    for batch in (one, three):
        with CaptureQueriesContext(connection) as queries:
            clerk.get(reverse("ministry-scores", args=(batch.code,)))
        asked.append(len(queries))
    assert asked[0] == asked[1]


def test_the_table_of_the_batch_shows_those_on_whom_experts_differ_once_the_panel_is_closed(
    cast, signed_in, room
):
    clerk = signed_in(cast.ministry_clerk)
    shown = {}
    for status in ("open", "closed"):
        batch = room([[95, 60, 80], [80, 80, 80]], status=status)
        apart, agreed = batch.applications.order_by("rank")
        page = clerk.get(reverse("ministry-batch", args=(batch.code,)), {"scores": "apart"})
        shown[status] = [each.platform.name_zh in page.text for each in (apart, agreed)]
        assert 'name="scores" value="apart"' in page.text  # a further filter keeps it
    assert shown == {"open": [False, False], "closed": [True, False]}
