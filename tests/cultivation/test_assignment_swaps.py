"""自动分配: the plan says what it costs and offers changes; a chosen change is stored by the same verb, never with a conflict."""

import pytest
from django.urls import reverse

from cultivation.actions import review
from cultivation.assignment_plan import Candidate, Plan, Round, plan
from cultivation.assignment_swaps import Cost, Step, cost, swapped, swaps
from cultivation.models import Assignment
from platforms.errors import IllegalStep
from tests.cultivation import noticing
from tests.cultivation.test_panel_invitation import experts, panel  # noqa: F401


def a_round(areas: str, *known: tuple[str, int], excluded: dict[int, frozenset[int]] | None = None) -> Round:
    """Applications 1, 2 … of these areas; experts 1, 2 … who know the areas and hold so many reviews (at most 9)."""
    return Round(
        applications=dict(enumerate(areas, start=1)),
        experts={
            key: Candidate(key, held, 9, frozenset(areas_known))
            for key, (areas_known, held) in enumerate(known, 1)
        },
        excluded=excluded or {},
        present={},
    )


def test_an_overload_is_offered_to_whoever_also_knows_the_area():
    of = a_round("aab", ("ab", 0), ("a", 0))
    uneven = Plan([(1, 1), (2, 1), (3, 1)])
    assert cost(of, uneven) == Cost(outside=0, heaviest=3, lightest=0)
    offered = swaps(of, uneven)
    assert [(each.steps, each.fit, each.loads) for each in offered[:1]] == [
        ((Step(1, 1, 2),), 0, {1: (3, 2), 2: (0, 1)})
    ]
    after = swapped(of, uneven, offered[0].steps)
    assert after and cost(of, after) == Cost(outside=0, heaviest=2, lightest=1)
    assert swaps(of, after) == []


def test_two_who_know_each_others_area_exchange_and_nobody_has_more_to_do():
    of = a_round("ab", ("a", 0), ("b", 0))
    (offered,) = swaps(of, Plan([(1, 2), (2, 1)]))
    assert (set(offered.steps), offered.fit) == ({Step(1, 2, 1), Step(2, 1, 2)}, 2)
    assert offered.loads == {1: (1, 1), 2: (1, 1)}


def test_nobody_in_conflict_or_without_room_is_offered_or_accepted():
    of = a_round("ab", ("a", 0), ("b", 0), excluded={1: frozenset({1})})
    crossed = Plan([(1, 2), (2, 1)])
    assert swaps(of, crossed) == []
    assert swapped(of, crossed, [Step(1, 2, 1)]) is None
    assert swapped(of, crossed, [Step(1, 2, 3)]) is None  # not an expert of the round
    full = a_round("aa", ("a", 8), ("a", 9))
    assert swapped(full, Plan([(1, 1)]), [Step(1, 1, 2)]) is None
    assert swaps(full, Plan([(1, 1)])) == []


def test_at_most_three_each_about_other_applications():
    of = a_round("abcdefgh", ("", 0), ("abcdefgh", 0), ("abcdefgh", 0), ("abcdefgh", 0), ("abcdefgh", 0))
    offered = swaps(of, Plan([(number, 1) for number in range(1, 9)]))
    assert [each.fit for each in offered] == [1, 1, 1]
    assert len({each.steps[0].application for each in offered}) == 3


def test_the_plan_itself_prefers_the_area_and_then_the_lighter_load():
    assert plan(a_round("ab", ("a", 3), ("b", 0)), per_application=1).pairs == [(1, 1), (2, 2)]


@pytest.mark.django_db
def test_a_change_is_looked_at_first_and_stored_by_the_verb(cast, panel, experts, signed_in):  # noqa: F811
    first, _second, outsider, tied = experts
    application = panel.stage.batch.applications.get()
    other = noticing.application(cast, panel.stage.batch, "in_review", rank=2)
    other.platform.area = application.platform.area
    other.platform.save()
    first.max_load = 1
    first.save()
    clerk = signed_in(cast.ministry_clerk)
    url = reverse("ministry-panel", args=(panel.stage.batch.code, panel.pk))
    looked = clerk.get(url, {"per_application": 2})
    told = looked.context["plan"]
    assert told["cost"].outside == 1 and "不在专家熟悉的领域" in looked.text
    assert not Assignment.objects.exists()
    pairs = {(one.pk, expert.pk) for one, expert in told["pairs"]}
    where, old = next((one, expert) for one, expert in pairs if expert == first.pk)
    refused = f"{where}-{old}-{tied.pk}"
    assert clerk.get(url, {"per_application": 2, "swaps": refused}).status_code == 409
    assert clerk.get(url, {"per_application": 2, "swaps": "1-2"}).status_code == 400
    with pytest.raises(IllegalStep, match="不再适用"):
        review.assign_plan(
            panel=panel, per_application=2, by=cast.ministry_clerk, swaps=[Step(where, old, tied.pk)]
        )
    chosen = {"per_application": 1, "swaps": _change(clerk, url, outsider.pk)}
    assert "已按您的选择改派 1 项" in clerk.get(url, chosen).text
    assert not Assignment.objects.exists()
    act = reverse("ministry-panel-act", args=(panel.stage.batch.code, panel.pk, "plan"))
    assert clerk.post(act, chosen).status_code == 302
    assert Assignment.objects.filter(reviewer=outsider).count() == 1
    assert Assignment.objects.count() == 2


def _change(clerk, url: str, new: int) -> str:
    one, expert = clerk.get(url, {"per_application": 1}).context["plan"]["pairs"][0]
    return f"{one.pk}-{expert.pk}-{new}"
