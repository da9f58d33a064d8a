"""Two people at one record: what differs, who changed it, and what comes out of every way of choosing."""

from hypothesis import given
from hypothesis import strategies as st

from platforms.record import MINE, THEIRS, chosen, differences, empty_payload, meeting, opposite


def payload(rows=(), **platform):
    return empty_payload() | {"platform": platform, "equipment": [dict(row) for row in rows]}


def test_each_value_says_who_departed_from_the_base():
    base = payload(staff_total=1, floor_area_m2=1, address="甲")
    theirs = payload(staff_total=2, floor_area_m2=2, address="甲")
    mine = payload(staff_total=3, floor_area_m2=1, address="乙")

    assert {place.path: place.changed for place in meeting(base, theirs, mine)} == {
        "platform/address": MINE,
        "platform/floor_area_m2": THEIRS,
        "platform/staff_total": "both",
    }


def test_cells_meet_cell_by_cell_and_added_rows_stand_beside_each_other():
    base = payload([{"name_zh": "炉", "quantity": 1}])
    theirs = payload([{"name_zh": "炉", "quantity": 2}, {"name_zh": "釜"}])
    mine = payload([{"name_zh": "窑炉", "quantity": 1}, {"name_zh": "泵"}])
    places = meeting(base, theirs, mine)

    assert [(place.path, place.changed) for place in places] == [
        ("equipment/0/name_zh", MINE),
        ("equipment/0/quantity", THEIRS),
        ("equipment/theirs/1", THEIRS),
        ("equipment/mine/1", MINE),
    ]
    both = chosen(theirs, mine, places, {place.path: place.changed for place in places})
    assert both["equipment"] == [{"name_zh": "窑炉", "quantity": 2}, {"name_zh": "釜"}, {"name_zh": "泵"}]


def test_where_rows_were_taken_away_the_lists_are_chosen_whole():
    base = payload([{"name_zh": "炉"}, {"name_zh": "釜"}])
    theirs, mine = payload([{"name_zh": "釜"}]), payload([{"name_zh": "炉"}, {"name_zh": "反应釜"}])
    [place] = meeting(base, theirs, mine)

    assert (place.path, place.kind, place.contested) == ("equipment", "list", True)
    assert chosen(theirs, mine, [place], {"equipment": MINE})["equipment"] == mine["equipment"]


def test_places_outside_the_page_are_left_alone():
    base, theirs, mine = payload(address="甲"), payload(address="乙"), payload(address="丙", staff_total=3)

    assert [place.path for place in meeting(base, theirs, mine, frozenset({"platform/staff_total"}))] == [
        "platform/staff_total"
    ]


cells = st.dictionaries(st.sampled_from(["name_zh", "quantity"]), st.sampled_from(["a", "b"]), min_size=1)
sides = st.builds(
    payload, st.lists(cells, max_size=3), staff_total=st.integers(1, 2), address=st.sampled_from(["甲", "乙"])
)


@given(sides, sides, sides)
def test_all_of_one_side_gives_that_side(base, theirs, mine):
    places = meeting(base, theirs, mine)

    assert chosen(theirs, mine, places, dict.fromkeys((p.path for p in places), THEIRS)) == theirs
    mine_again = chosen(theirs, mine, places, dict.fromkeys((p.path for p in places), MINE))
    assert mine_again["platform"] == mine["platform"]
    assert as_a_heap(mine_again["equipment"]) == as_a_heap(mine["equipment"])


def as_a_heap(rows):
    """Rows whatever their order: those that both sides added stay where the record in force has them."""
    return sorted(sorted(row.items()) for row in rows)


def changed_rows(before, after):
    return [each["field"] for each in differences(payload(before), payload(after))]


def test_a_row_that_is_gone_leaves_the_others_what_they_were():
    rows = [{"name_zh": name, "quantity": 1} for name in "甲乙丙丁"]

    assert changed_rows(rows, rows[1:]) == ["equipment/0"]
    assert changed_rows(rows[1:], rows) == ["equipment/0"]
    assert changed_rows(rows, [rows[0], {"name_zh": "乙", "quantity": 3}, *rows[2:]]) == ["equipment/1"]


def test_a_changed_row_is_known_by_what_it_shares():
    before = [{"name_zh": "甲", "quantity": 1}, {"name_zh": "乙", "quantity": 2}]
    after = [{"name_zh": "乙", "quantity": 5}]

    assert opposite(before, after) == [(0, None), (1, 0)]
    assert opposite(before[:1], [{"name_zh": "丁", "quantity": 9}]) == [(0, 0)]
    assert opposite([], after) == [(None, 0)]


@given(
    *[
        st.lists(
            st.builds(
                lambda n, q: {"name_zh": n, "quantity": q}, st.sampled_from("甲乙丙"), st.integers(1, 3)
            ),
            max_size=6,
        )
    ]
    * 2
)
def test_every_row_stands_in_one_pair_and_only_equal_lists_have_no_difference(before, after):
    pairs = opposite(before, after)
    assert sorted(i for i, _j in pairs if i is not None) == list(range(len(before)))
    assert [j for _i, j in pairs if j is not None] == list(range(len(after)))
    assert (changed_rows(before, after) == []) == (before == after)
