"""加派: scores too far apart bring one expert more before the panel closes, and are then put together as the rubric says."""

from decimal import Decimal

import pytest
from django.urls import reverse

from cultivation.actions import review, score
from cultivation.models import Assignment, BatchStage, Panel, Reviewer
from cultivation.score_room import open_room
from cultivation.scoring import combined
from platforms.access import Role
from platforms.errors import IllegalStep
from platforms.models import Notification
from tests import factories
from tests.cultivation import noticing

pytestmark = pytest.mark.django_db


def expert(number: int, **more) -> Reviewer:
    user = factories.person(Role.EXPERT, username=f"f-expert-{number}")
    return Reviewer.objects.create(user=user, organisation=f"示例研究院{number}", **more)


@pytest.fixture
def panel(cast):
    """An open panel: two experts, two applications, a rubric of one line out of 100 that allows 20 points."""
    batch = factories.BatchFactory(
        status="assessing", opened_at=noticing.MONDAY, opened_by=cast.ministry_approver
    )
    stage = BatchStage.objects.create(batch=batch, position=1, kind="review", status="active")
    rubric = batch.rubrics.create()
    rubric.indicators.create(position=1, dimension_zh="示例", name_zh="示例", weight=100, max_score=100)
    found = Panel.objects.create(stage=stage, name="示例组", rubric=rubric)
    for rank in (1, 2):
        noticing.application(cast, batch, "in_review", rank=rank)
    for number in (1, 2):
        for application in batch.applications.all():
            review.assign(
                panel=found, reviewer=expert_of(number), application=application, by=cast.ministry_clerk
            )
    return review.open_panel(panel=found, by=cast.ministry_clerk)


def expert_of(number: int) -> Reviewer:
    return Reviewer.objects.filter(user__username=f"f-expert-{number}").first() or expert(number)


def hand_in(assignment: Assignment, mark: int) -> None:
    by, key = assignment.reviewer.user, str(assignment.panel.rubric.indicators.get().pk)
    score.save(assignment=assignment, scores={key: mark}, vetoes=[], comment="", by=by)
    score.submit(assignment=assignment, by=by)


def scored(panel: Panel, *rows: tuple[int, int]) -> None:
    for application, marks in zip(panel.stage.batch.applications.order_by("rank"), rows, strict=True):
        for assignment, mark in zip(application.assignments.order_by("pk"), marks, strict=True):
            hand_in(assignment, mark)


def test_a_disagreement_brings_one_expert_more_and_the_panel_goes_on(cast, panel):
    third = expert(3)
    scored(panel, (90, 60), (80, 60))
    assert review.close_panel(panel=panel, by=cast.ministry_clerk).status == "open"
    added = Assignment.objects.get(further=True)
    assert (added.reviewer, added.application.rank, added.status) == (third, 1, "assigned")
    told = Notification.objects.get(recipient=third.user)
    assert told.text == "“示例组”有一项新的评审任务，请在截止前提交评分。"
    assert [event.pgh_context["verb"] for event in added.events.all()] == ["panel.assign"]
    with pytest.raises(IllegalStep, match="还有 1 份评分没有提交"):
        review.close_panel(panel=panel, by=cast.ministry_clerk)
    assert open_room(panel.stage.batch).results[0].totals == [], "nobody reads a mark while the panel is open"
    hand_in(added, 10)
    assert review.close_panel(panel=panel, by=cast.ministry_clerk).status == "closed"
    assert Assignment.objects.count() == 5, "what three see differently brings no fourth"
    first = next(each for each in open_room(panel.stage.batch).results if each.application.rank == 1)
    assert (first.further, first.disagree, first.combined) == (True, True, Decimal("53.33"))


def test_the_rule_of_the_rubric_puts_the_scores_together(cast, panel):
    panel.rubric.combination = "closest"
    panel.rubric.save()
    expert(3)
    scored(panel, (90, 60), (70, 70))
    review.close_panel(panel=panel, by=cast.ministry_clerk)
    hand_in(Assignment.objects.get(further=True), 84)
    review.close_panel(panel=panel, by=cast.ministry_clerk)
    first = next(each for each in open_room(panel.stage.batch).results if each.application.rank == 1)
    assert (first.combined, first.summary.mean) == (Decimal("87.00"), Decimal("78.00"))


@pytest.mark.parametrize(
    ("scores", "rule", "one"),
    [
        ([90, 60, 84], "mean", "78.00"), ([90, 60, 84], "median", "84.00"), ([90, 60, 84], "closest", "87.00"),
        ([90, 60, 30], "closest", "60.00"), ([90, 60], "closest", "75.00"), ([], "mean", None),
        ([90, 60, 60], "closest", "60.00"),
    ],
)  # fmt: skip
def test_combining_by_hand(scores, rule, one):
    assert combined(map(Decimal, scores), rule) == (one and Decimal(one))


def test_the_conflict_rules_and_the_load_hold_for_the_further_expert_too(cast, panel):
    operator = panel.stage.batch.applications.get(rank=1).platform.operator
    expert(3, organisation_uscc=operator.uscc)
    expert(4, available=False)
    expert(5, max_load=0)
    scored(panel, (90, 60), (70, 70))
    with pytest.raises(IllegalStep, match="没有可以加派的专家"):
        review.close_panel(panel=panel, by=cast.ministry_clerk)
    assert not Assignment.objects.filter(further=True).exists()


def test_without_an_expert_one_is_added_by_hand_or_the_reason_is_written_down(cast, panel, signed_in):
    scored(panel, (90, 60), (95, 60))
    client, act = signed_in(cast.ministry_clerk), "ministry-panel-act"
    args = (panel.stage.batch.code, panel.pk)
    page = client.get(reverse("ministry-panel", args=args))
    assert "没有可以加派的专家" in page.text and 'name="reason"' in page.text
    assert client.post(reverse(act, args=(*args, "close"))).status_code == 409
    third = expert(3, max_load=0)
    by_hand = {"application": panel.stage.batch.applications.get(rank=1).pk, "reviewer": third.pk}
    assert client.post(reverse(act, args=(*args, "assign")), by_hand).status_code == 302
    added = Assignment.objects.get(reviewer=third)
    assert (added.further, Notification.objects.filter(recipient=third.user).count()) == (True, 1)
    hand_in(added, 80)
    assert client.post(reverse(act, args=(*args, "close")), {"reason": "示例：无人可派"}).status_code == 302
    panel.refresh_from_db()
    assert panel.status == "closed"
    assert panel.events.order_by("-pgh_id").first().pgh_context["reason"] == "示例：无人可派"


def test_who_stepped_aside_fills_no_place_and_is_not_asked_again(cast, panel):
    gone = Assignment.objects.order_by("pk").first()
    review.recuse(assignment=gone, by=gone.reviewer.user, reason="示例")
    substitute = expert(3)
    proposed = review.propose_assignments(panel, per_application=2)
    assert proposed.pairs == [(gone.application_id, substitute.pk)]
