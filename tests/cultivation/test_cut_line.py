"""What a line across a ranking does: equals stay together, distances are exact, other scores change sides."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cultivation.cut_line import crossing, edges, gap, inside, inversions

CENT = Decimal("0.01")
some_scores = st.lists(st.integers(0, 20), min_size=1, max_size=9).map(
    lambda row: dict(enumerate(map(Decimal, row)))
)


def of(*values: int) -> dict[int, Decimal]:
    return dict(enumerate(map(Decimal, values)))


def test_equals_across_the_line_stay_outside_together():
    assert inside(of(90, 80, 80, 70), 2) == {0}
    assert inside(of(90, 80, 80, 70), 3) == {0, 1, 2}
    assert (inside(of(90), None), inside(of(90), 0)) == (set(), set())


def test_distances_in_places_and_points():
    found = edges(of(90, 85, 80, 70), 2)
    assert {key: (edge.inside, edge.swaps, edge.points) for key, edge in found.items()} == {
        0: (True, 2, 10), 1: (True, 1, 5), 2: (False, 1, 5), 3: (False, 2, 15),
    }  # fmt: skip
    assert edges(of(90, 85), 2) == {}, "there are places for all"


@given(some_scores, st.integers(1, 8))
def test_a_distance_is_just_what_it_takes(scores, cut):
    for key, edge in edges(scores, cut).items():
        assert edge.inside == (key in inside(scores, cut))
        assert edge.swaps >= 1
        step = -edge.points if edge.inside else edge.points
        enough = step if edge.inside else step + CENT
        little = step + CENT if edge.inside else step
        assert (key in inside({**scores, key: scores[key] + enough}, cut)) != edge.inside
        if edge.points:
            assert (key in inside({**scores, key: scores[key] + little}, cut)) == edge.inside


def test_the_gap_is_between_the_last_inside_and_the_first_outside():
    assert (gap(of(90, 85, 80), 2), gap(of(90, 85), 2), gap(of(80, 80), 1)) == (5, None, None)


def test_other_scores_move_people_across_the_line():
    raw = of(90, 85, 80)
    assert crossing(raw, {1: Decimal(79)}, 2) == {1, 2}
    assert crossing(raw, {}, 2) == set()


@pytest.mark.parametrize(
    ("others", "swaps"), [((3, 2, 1), 0), ((1, 2, 3), 3), ((2, 3, 1), 1), ((2, 2, 1), 0)]
)
def test_orders_differ_by_changes_of_place_between_neighbours(others, swaps):
    assert inversions(of(30, 20, 10), of(*others)) == swaps
