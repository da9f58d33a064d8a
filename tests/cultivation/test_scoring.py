import random
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given, settings
from hypothesis import strategies as st

from cultivation import scoring as s

D = Decimal
marks = st.decimals(0, 100, places=2)
maybe = st.none() | marks
RUBRIC = [s.Item("position", D(20)), s.Item("capability", D(30), D(10)), s.Item("service", D(50), D(50))]


def code_of(check, *args, **kwargs) -> str:
    with pytest.raises(ValidationError) as caught:
        check(*args, **kwargs)
    assert caught.value.messages
    return caught.value.code


# --- sheets


def test_a_sheet_is_weighted():
    full = {"position": D(100), "capability": D(10), "service": D(50)}
    assert s.sheet_score(RUBRIC, full) == D("100.00")
    assert s.sheet_score(RUBRIC, {"position": D(80), "capability": D(7), "service": D(40)}) == D("77.00")
    assert s.sheet_score(RUBRIC, dict.fromkeys(full, D(0))) == D("0.00")


def test_an_unfinished_sheet_has_no_score():
    assert s.sheet_score(RUBRIC, {"position": D(80), "capability": None, "service": D(40)}) is None
    assert s.sheet_score(RUBRIC, {"position": D(80)}) is None
    assert s.sheet_score([], {}) is None


def test_halves_are_rounded_up_as_by_hand():
    assert s.rounded(D("77.005")) == D("77.01")
    assert s.rounded(D("0.125")) == D("0.13")


def test_weights_sum_to_exactly_100():
    s.check_rubric(RUBRIC)
    s.check_rubric([s.Item(str(i), D("33.3")) for i in range(2)] + [s.Item("rest", D("33.4"))])
    assert code_of(s.check_rubric, [s.Item("a", D("99.99"))]) == "rubric_sum"
    assert code_of(s.check_rubric, []) == "rubric_sum"


@pytest.mark.parametrize(
    ("items", "code"),
    [
        ([s.Item("a", D(50)), s.Item("a", D(50))], "rubric_keys"),
        ([s.Item("a", D(0)), s.Item("b", D(100))], "rubric_weight"),
        ([s.Item("a", D(-10)), s.Item("b", D(110))], "rubric_weight"),
        ([s.Item("a", D("NaN")), s.Item("b", D(100))], "rubric_weight"),
        ([s.Item("a", D(100), D(0))], "rubric_maximum"),
    ],
)
def test_a_senseless_rubric_is_refused(items, code):
    assert code_of(s.check_rubric, items) == code


def test_marks_stay_within_the_full_mark():
    s.check_marks(RUBRIC, {"position": D(100), "capability": None})
    assert code_of(s.check_marks, RUBRIC, {"capability": D("10.01")}) == "mark_range"
    assert code_of(s.check_marks, RUBRIC, {"capability": D(-1)}) == "mark_range"
    assert code_of(s.check_marks, RUBRIC, {"capability": D("NaN")}) == "mark_range"
    assert code_of(s.check_marks, RUBRIC, {"charm": D(1)}) == "mark_unknown"


@given(st.lists(marks, min_size=3, max_size=3))
def test_a_score_lies_between_0_and_100(values):
    rubric = [s.Item("a", D(20)), s.Item("b", D(30)), s.Item("c", D(50))]
    score = s.sheet_score(rubric, dict(zip("abc", values, strict=True)))
    assert 0 <= score <= 100
    assert min(values) <= score <= max(values)


# --- panels


def test_a_panel_is_summarised():
    summary = s.summarise([D(70), D(80), None, D(90)])
    assert summary == s.Summary(3, D("80.00"), D("80.00"), D("10.00"), D(70), D(90))
    assert summary.range == 20


def test_nothing_scored_says_nothing():
    assert s.summarise([None, None]) == s.Summary(0)
    assert s.summarise([]).range is None
    assert s.summarise([D(70)]).stdev is None


@pytest.mark.parametrize("scores", [[], [D(70)], [D(70), D(80)], [D(70), D(80), None]])
def test_fewer_than_three_scores_are_not_told(scores):
    readable = s.summarise(scores).for_readers()
    assert readable == s.Summary(len(s.scored(scores)))


def test_extremes_are_dropped_from_the_mean_only_and_only_when_three_remain():
    five = [D(0), D(70), D(80), D(90), D(100)]
    assert s.summarise(five, drop=1).mean == D("80.00")
    assert s.summarise(five, drop=1).range == 100
    assert s.summarise(five[:4], drop=1).mean == D("60.00")


def test_experts_who_differ_widely_are_noticed():
    assert s.experts_disagree([D(60), D("80.01")], threshold=D(20))
    assert not s.experts_disagree([D(60), D(80)], threshold=D(20))
    assert not s.experts_disagree([D(60), None], threshold=D(20))


@given(st.lists(maybe, max_size=9), st.integers(0, 2))
def test_a_summary_does_not_depend_on_order_and_stays_within_the_scores(scores, drop):
    summary = s.summarise(scores, drop=drop)
    assert s.summarise(scores[::-1], drop=drop) == summary
    if summary.n:
        assert summary.low <= summary.mean <= summary.high
        assert summary.low <= summary.median <= summary.high


# --- calibration


def test_a_mild_and_a_strict_expert_are_told_apart():
    levels = {"a": D(60), "b": D(70), "c": D(80), "d": D(65)}
    bias = {"mild": D(6), "fair": D(0), "strict": D(-6)}
    sheets = {(e, a): level + b for a, level in levels.items() for e, b in bias.items()}
    assert s.calibration_offsets(sheets) == bias


def test_an_expert_given_the_better_files_is_not_taken_for_a_mild_one():
    levels = {f"a{i}": D(50 + 5 * i) for i in range(8)}
    readers = {"low": range(5), "middle": range(8), "high": range(3, 8)}
    sheets = {(e, f"a{i}"): levels[f"a{i}"] for e, files in readers.items() for i in files}
    assert set(s.calibration_offsets(sheets).values()) == {D("0.00")}


def test_too_few_shared_files_give_no_offset():
    sheets = {("x", "a"): D(90), ("y", "a"): D(60), ("x", "b"): D(90), ("y", "b"): None}
    assert s.calibration_offsets(sheets) == {"x": D("0.00"), "y": D("0.00")}
    assert s.calibration_offsets({}) == {}


def test_panels_without_a_shared_file_are_centred_apart():
    sheets = {(e, f"a{i}"): D(60) + b for e, b in (("p", 2), ("q", -2)) for i in range(3)}
    sheets |= {(e, f"b{i}"): D(90) + b for e, b in (("r", 5), ("t", -5)) for i in range(3)}
    assert s.calibration_offsets(sheets) == {"p": D(2), "q": D(-2), "r": D(5), "t": D(-5)}


@settings(max_examples=30)
@given(st.integers(0, 10_000))
def test_known_biases_are_recovered_from_an_incomplete_design(seed):
    rng = random.Random(seed)
    bias = {f"e{i}": D(rng.randint(-8, 8)) for i in range(6)}
    level = {f"a{i}": D(rng.randint(30, 70)) for i in range(24)}
    sheets = {(e, a): level[a] + bias[e] for a in level for e in rng.sample(sorted(bias), 3)}
    found = s.calibration_offsets(sheets)
    centre = sum(bias.values()) / len(bias)
    assert all(abs(found[e] - (bias[e] - centre)) <= D("0.02") for e in found)


def test_a_calibrated_score_stays_a_score():
    assert s.calibrated(D(98), D(-5)) == 100
    assert s.calibrated(D(3), D(5)) == 0
    assert s.calibrated(D(70), D(5)) == 65
    assert s.calibrated(None, D(5)) is None


# --- ranks


def test_ties_share_a_rank_and_the_next_one_is_skipped():
    assert s.ranks({"a": D(90), "b": D(80), "c": D("80.00"), "d": D(70), "e": None}) == {
        "a": 1,
        "b": 2,
        "c": 2,
        "d": 4,
        "e": None,
    }


@given(st.dictionaries(st.integers(), maybe, max_size=20))
def test_a_rank_says_how_many_are_better(scores):
    for key, rank in s.ranks(scores).items():
        if scores[key] is None:
            assert rank is None
        else:
            assert rank == 1 + sum(other > scores[key] for other in s.scored(scores.values()))


def test_a_firm_rank_is_told_from_a_loose_one():
    panels = {"best": [D(95)] * 3, "x": [D(60), D(70), D(80)], "y": [D(61), D(70), D(79)], "none": [None]}
    stability = s.rank_stability(panels, seed=7, quota=2)
    assert stability["best"] == s.Stability(1, 1, D("1.00"))
    assert (stability["x"].low, stability["x"].high) == (2, 3)
    assert D("0.3") < stability["x"].within < D("0.8")
    assert "none" not in stability


def test_the_same_seed_gives_the_same_answer_in_any_order():
    rng = random.Random(1)
    panels = {f"a{i}": [D(rng.randint(50, 90)) for _ in range(4)] for i in range(9)}
    shuffled = dict(reversed([(key, values[::-1]) for key, values in panels.items()]))
    first = s.rank_stability(panels, seed=3, draws=200)
    assert s.rank_stability(shuffled, seed=3, draws=200) == first
    assert s.rank_stability(panels, seed=4, draws=200) != first
    assert all(each.within is None for each in first.values())


# --- grades

RULES = [s.GradeRule("优秀", D(80), D("0.2")), s.GradeRule("合格", D(60)), s.GradeRule("不合格", D(0))]


def test_the_best_grade_needs_the_score_and_the_rank():
    cohort = {i: D(95 - i) for i in range(10)}
    graded = s.grades(cohort, RULES)
    assert [key for key, grade in graded.items() if grade == "优秀"] == [0, 1]
    assert graded[9] == "合格"


def test_a_tie_across_the_cap_takes_the_next_grade_together():
    cohort = {0: D(95), 1: D(90), 2: D(90), **{i: D(65) for i in range(3, 10)}}
    graded = s.grades(cohort, RULES)
    assert [graded[i] for i in (0, 1, 2)] == ["优秀", "合格", "合格"]


def test_a_veto_beats_any_score_and_frees_the_place():
    cohort = {i: D(95 - i) for i in range(10)}
    graded = s.grades(cohort, RULES, vetoed={0})
    assert graded[0] == "不合格"
    assert [key for key, grade in graded.items() if grade == "优秀"] == [1, 2]


def test_not_scored_is_no_grade():
    assert s.grades({"a": None, "b": D(50)}, RULES) == {"a": None, "b": "不合格"}


@given(st.dictionaries(st.integers(0, 60), maybe, max_size=40), st.sets(st.integers(0, 60), max_size=5))
def test_a_cap_is_never_exceeded_and_a_better_score_never_gets_a_worse_grade(scores, vetoed):
    graded = s.grades(scores, RULES, vetoed=vetoed)
    cohort = len(s.scored(scores.values()))
    assert sum(grade == "优秀" for grade in graded.values()) <= cohort // 5
    order = {"优秀": 0, "合格": 1, "不合格": 2}
    free = [(scores[k], order[g]) for k, g in graded.items() if g is not None and k not in vetoed]
    assert all(one[1] <= other[1] for one in free for other in free if one[0] >= other[0])


@pytest.mark.parametrize(
    ("rules", "code"),
    [
        ([], "grade_order"),
        (RULES[::-1], "grade_order"),
        (RULES[:2], "grade_last"),
        ([s.GradeRule("优秀", D(80), D("1.2")), RULES[-1]], "grade_share"),
        ([s.GradeRule("优秀", D(80)), s.GradeRule("不合格", D(0), D("0.5"))], "grade_last"),
    ],
)
def test_senseless_grade_rules_are_refused(rules, code):
    assert code_of(s.check_grade_rules, rules) == code
