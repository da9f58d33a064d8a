import json
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from cultivation.eligibility import check_criteria, evaluate, overall
from cultivation.record_path import lookup

RECORD = {
    "platform": {"floor_area_m2": "2400.00", "independent": True, "build_mode": "enterprise", "website": ""},
    "operator": {"legal_form": "企业", "staff": None},
    "lines": [{"name": "发酵线"}, {"name": "合成线"}],
    "equipment": [],
    "figures": [
        {"year": 2024, "projects_external": 12, "income": "30.5"},
        {"year": 2022, "projects_external": 8, "income": "10"},
        {"year": 2023, "projects_external": 10, "income": None},
    ],
}
AREA = {
    "id": "area",
    "field": "platform.floor_area_m2",
    "op": "gte",
    "value": 2000,
    "unit": "m²",
    "label_zh": "中试场地及配套面积",
    "label_en": "floor area",
    "text_zh": "场地面积",
    "text_en": "Floor area",
}


def one(criterion, record=RECORD):
    (result,) = evaluate([criterion], record)
    return result


def state(criterion, record=RECORD) -> str:
    return one(criterion, record).state


def leaf(field, op, value=None, **more):
    return {"field": field, "op": op, "value": value, **more}


def test_a_result_says_what_it_looked_at_in_both_languages():
    result = one(AREA)
    assert result.state == "pass"
    assert result.sentence_zh == "场地面积：中试场地及配套面积为2400.00 m²，要求不低于2,000 m²，符合。"
    assert result.sentence_en == "Floor area: floor area is 2400.00 m², at least 2,000 m²: met."
    assert [(used.field, used.value) for used in result.used] == [("platform.floor_area_m2", "2400.00")]


@pytest.mark.parametrize(
    ("criterion", "expected"),
    [
        (leaf("platform.floor_area_m2", "gte", 2400), "pass"),
        (leaf("platform.floor_area_m2", "gte", 2401), "fail"),
        (leaf("platform.floor_area_m2", "lte", 2400), "pass"),
        (leaf("platform.floor_area_m2", "lte", 2399), "fail"),
        (leaf("platform.floor_area_m2", "eq", 2400), "pass"),
        (leaf("platform.independent", "eq", True), "pass"),
        (leaf("platform.independent", "eq", 1), "fail"),
        (leaf("platform.independent", "gte", 1), "missing"),
        (leaf("operator.legal_form", "in", ["企业", "高校"]), "pass"),
        (leaf("operator.legal_form", "in", ["高校"]), "fail"),
        (leaf("operator.legal_form", "gte", 3), "missing"),
        (leaf("operator.staff", "gte", 10), "missing"),
        (leaf("operator.no_such", "gte", 10), "missing"),
        (leaf("nothing.at.all", "eq", "x"), "missing"),
        (leaf("platform.website", "present"), "fail"),
        (leaf("platform.build_mode", "present"), "pass"),
        (leaf("lines", "count_gte", 2), "pass"),
        (leaf("lines", "count_gte", 3), "fail"),
        (leaf("equipment", "count_gte", 1), "fail"),
        (leaf("services", "count_gte", 1), "missing"),
        (leaf("count(lines)", "gte", 2), "pass"),
        (leaf("count(services)", "gte", 1), "missing"),
        (leaf("lines[:].name", "in", ["合成线"]), "pass"),
        (leaf("figures[-1].projects_external", "eq", 12), "pass"),
        (leaf("figures[9].projects_external", "eq", 12), "missing"),
        (leaf("sum(figures[-3:].projects_external)", "gte", 30), "pass"),
        (leaf("sum(figures[-2:].projects_external)", "eq", 22), "pass"),
        (leaf("sum(figures[-3:].income)", "gte", 1), "missing"),
        (leaf("max(figures[:].projects_external)", "eq", 12), "pass"),
        (leaf("min(figures[:].projects_external)", "eq", 8), "pass"),
        ({"manual": True, "text_zh": "公共服务属性"}, "manual"),
    ],
)
def test_a_leaf_is_judged(criterion, expected):
    result = one(criterion)
    assert result.state == expected
    assert result.sentence_zh.endswith("。")
    assert result.sentence_en.endswith(".")


YES, NO = leaf("platform.independent", "eq", True), leaf("platform.independent", "eq", False)
HOLE, HAND = leaf("operator.staff", "gte", 1), {"manual": True, "text_zh": "人工"}


@pytest.mark.parametrize(
    ("criterion", "expected"),
    [
        ({"all_of": [YES, YES]}, "pass"),
        ({"all_of": [YES, HAND]}, "manual"),
        ({"all_of": [HAND, HOLE]}, "missing"),
        ({"all_of": [HOLE, NO]}, "fail"),
        ({"any_of": [NO, YES, HOLE]}, "pass"),
        ({"any_of": [NO, HAND, HOLE]}, "manual"),
        ({"any_of": [NO, HOLE]}, "missing"),
        ({"any_of": [NO, NO]}, "fail"),
        ({"not": NO}, "pass"),
        ({"not": YES}, "fail"),
        ({"not": HOLE}, "missing"),
        ({"not": HAND}, "manual"),
        ({"any_of": [{"all_of": [YES, NO]}, {"not": NO}]}, "pass"),
    ],
)
def test_a_group_is_judged(criterion, expected):
    assert state(criterion) == expected


def test_the_published_rule_of_projects_or_income_holds():
    """达州 2025: at least 30 services in three years, or income of at least 500,000 yuan."""
    rule = {
        "text_zh": "近三年服务不少于30项或收入不少于50万元",
        "any_of": [
            leaf("sum(figures[-3:].projects_external)", "gte", 30),
            leaf("figures[-1].income", "gte", 50, unit="万元"),
        ],
    }
    result = one(rule)
    assert result.state == "pass"
    assert [part.state for part in result.parts] == ["pass", "fail"]
    assert "满足其一即可" in result.sentence_zh
    assert [used.field for used in result.used] == [
        "figures[2022].projects_external",
        "figures[2023].projects_external",
        "figures[2024].projects_external",
        "figures[2024].income",
    ]


def test_what_is_asked_in_principle_is_left_to_a_person_when_not_met():
    rule = AREA | {"value": 5000, "in_principle": True}
    assert one(rule).state == "manual"
    assert "须人工判断" in one(rule).sentence_zh
    assert one(rule).in_principle
    assert state(AREA | {"in_principle": True}) == "pass"
    assert state(HOLE | {"in_principle": True}) == "missing"


def test_what_was_not_filled_in_is_said_so():
    assert "operator.staff未填写" in one(HOLE).sentence_zh
    assert "was not filled in" in one(HOLE).sentence_en


def test_years_are_put_in_order_and_rows_without_year_are_not():
    assert lookup(RECORD, "figures[-1].year")[0] == 2024
    assert lookup(RECORD, "figures[0].year")[0] == 2022
    value, used = lookup({"rows": [{"n": 1}, {"n": 2}]}, "rows[-1].n")
    assert (value, used[0].field) == (2, "rows[1].n")


def test_results_can_be_stored():
    results = evaluate(
        [AREA, {"any_of": [YES, HOLE]}, leaf("sum(figures[:].projects_external)", "gte", Decimal(5))], RECORD
    )
    stored = json.loads(json.dumps([result.as_dict() for result in results], ensure_ascii=False))
    assert [each["state"] for each in stored] == ["pass", "pass", "pass"]
    assert [each["id"] for each in stored] == ["area", "2", "3"]
    assert [part["id"] for part in stored[1]["parts"]] == ["2.1", "2.2"]


def test_all_criteria_count_together():
    assert overall(evaluate([], RECORD)) == "pass"
    assert overall(evaluate([YES, HAND], RECORD)) == "manual"
    assert overall(evaluate([YES, HAND, NO], RECORD)) == "fail"


@pytest.mark.parametrize(
    "criterion",
    [
        "x",
        {},
        {"field": "a", "any_of": [YES]},
        {"any_of": []},
        {"any_of": "x"},
        {"not": [YES]},
        {"manual": False},
        {"manual": True},
        {"field": "a.b"},
        leaf("a", "regex", "x"),
        leaf("a..b", "present"),
        leaf("__class__.x()", "present"),
        leaf("sum(a", "present"),
        leaf("a", "gte", "many"),
        leaf("a", "gte", True),
        leaf("a", "gte"),
        leaf("a", "in", []),
        leaf("a", "in", "x"),
        leaf("a", "eq"),
        leaf("a", "gte", 1, colour="red"),
        leaf("a", "gte", 1, unit=5),
        leaf(5, "present"),
        {"any_of": [YES], "value": 1},
        leaf("a", [], 1),
    ],
)
def test_malformed_criteria_are_refused_with_their_place(criterion):
    with pytest.raises(ValidationError, match=r"第2[条.]"):
        check_criteria([YES, criterion])


def test_the_place_inside_a_group_is_named():
    with pytest.raises(ValidationError, match=r"第1\.2条"):
        check_criteria([{"any_of": [YES, {}]}])


def test_criteria_have_bounds():
    deep = YES
    for _ in range(50):
        deep = {"not": deep}
    with pytest.raises(ValidationError, match="嵌套过深"):
        check_criteria([deep])
    with pytest.raises(ValidationError, match="200"):
        check_criteria([YES] * 201)
    with pytest.raises(ValidationError, match="列表"):
        check_criteria({"a": 1})


def test_a_monstrous_number_is_not_a_figure():
    assert state(leaf("a", "gte", 1), {"a": "1e999999"}) == "missing"


scalars = st.none() | st.booleans() | st.integers(-5, 5) | st.floats() | st.text(max_size=4) | st.decimals()
payloads = st.recursive(
    scalars, lambda x: st.lists(x, max_size=3) | st.dictionaries(st.sampled_from("ab"), x), max_leaves=12
)
leaves = st.one_of(
    st.builds(
        leaf,
        st.sampled_from(
            [
                "a",
                "a.b",
                "a[0].b",
                "a[-2:].b",
                "a[:].b",
                "sum(a[:].b)",
                "count(a)",
                "max(a[:].a)",
                "count(a[:].b)",
            ]
        ),
        st.sampled_from(["gte", "lte", "eq", "present", "count_gte"]),
        st.integers(-3, 3),
    ),
    st.just(HAND),
)
trees = st.recursive(
    leaves,
    lambda x: st.one_of(
        st.lists(x, min_size=1, max_size=3).map(lambda parts: {"any_of": parts}),
        st.lists(x, min_size=1, max_size=3).map(lambda parts: {"all_of": parts}),
        x.map(lambda part: {"not": part}),
    ),
    max_leaves=6,
)


@given(trees, st.dictionaries(st.sampled_from("ab"), payloads))
def test_every_record_gets_a_verdict_for_every_criterion(tree, record):
    result = one(tree, record)
    assert result.state in ("pass", "fail", "manual", "missing")
    assert result.sentence_zh.endswith("。")
    if "not" not in tree:
        flipped = {"pass": "fail", "fail": "pass"}
        assert state({"not": tree}, record) == flipped.get(result.state, result.state)
