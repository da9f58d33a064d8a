from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from platforms.scales import (
    COUNT_UNITS,
    GRAMS,
    LADDER,
    Scale,
    grams,
    ladder_class,
    parse_scale,
    parse_unit,
)

D = Decimal


@pytest.mark.parametrize(
    ("text", "scale"),
    [
        ("2 t/批", Scale(D(2), "t", "batch")),
        ("500 L", Scale(D(500), "L")),
        ("500L", Scale(D(500), "L")),
        ("１ｔ／ｄ", Scale(D(1), "t", "d")),
        ("1 t/d", Scale(D(1), "t", "d")),
        ("0.5吨/天", Scale(D("0.5"), "t", "d")),
        ("300 吨/年", Scale(D(300), "t", "a")),
        ("年产300吨", Scale(D(300), "t", "a")),
        ("1,000 L/批次", Scale(D(1000), "L", "batch")),
        ("10 m³", Scale(D(10), "m3")),
        ("10㎥/h", Scale(D(10), "m3", "h")),
        ("2立方米", Scale(D(2), "m3")),
        ("50㎏", Scale(D(50), "kg")),
        ("50 公斤/批", Scale(D(50), "kg", "batch")),
        ("100–500 L", Scale(D(500), "L", "", D(100))),
        ("3000 片/月", Scale(D(3000), "片", "month")),
        ("200 wafers/d", Scale(D(200), "片", "d")),
        ("单批 20 kg", Scale(D(20), "kg", "batch")),
        ("5 m", Scale(D(5), "米")),
    ],
)
def test_a_scale_is_read_as_written(text, scale):
    assert parse_scale(text) == scale


@pytest.mark.parametrize(
    "text",
    [
        "",
        "吨级",
        "L",
        "500",
        "500 X",
        "0 L",
        "-5 kg",
        "500 L 发酵罐",
        "500–100 L",
        "年产5 t/d",
        "1e5 L",
        "1,00 L",
    ],
)
def test_what_is_not_one_scale_is_not_guessed(text):
    assert parse_scale(text) is None


@pytest.mark.parametrize(
    ("value", "unit", "rung"),
    [
        ("0.5", "g", None),
        (1, "g", "g"),
        ("99.9", "g", "g"),
        (100, "g", "100g"),
        (999, "g", "100g"),
        (1, "kg", "kg"),
        (99, "kg", "kg"),
        (100, "kg", "100kg"),
        (999, "kg", "100kg"),
        (1000, "kg", "t"),
        (1, "t", "t"),
        (9, "t", "t"),
        (10, "t", "10t"),
        (5000, "t", "10t"),
        (500, "mL", "100g"),
        (5, "L", "kg"),
        (500, "L", "100kg"),
        (2, "m3", "t"),
        (2, "m³", "t"),
        (2, "吨", "t"),
        (1, "t/批", "t"),
        (1, "t/d", "t"),
        (1, "t/h", None),
        (300, "t/a", None),
        (5, "片", None),
        (5, "没有", None),
        (5, "t/世纪", None),
        (0, "t", None),
        (-1, "t", None),
        ("abc", "t", None),
        ("NaN", "t", None),
        (1.5, "t", None),
    ],
)
def test_a_run_stands_on_one_rung(value, unit, rung):
    assert ladder_class(value, unit) == rung


def test_a_period_given_apart_counts_like_one_in_the_unit():
    assert ladder_class(1, "t", "batch") == "t"
    assert ladder_class(1, "t", "a") is None


@given(st.decimals("0.001", "100000", places=3), st.sampled_from(sorted(GRAMS)))
def test_more_never_stands_lower(value, unit):
    rungs = [ladder_class(amount, unit) for amount in (value, value * 3)]
    order = [LADDER.index(rung) if rung else -1 for rung in rungs]
    assert order == sorted(order)


@given(
    st.decimals("0.001", "999999", places=3),
    st.sampled_from([*GRAMS, *COUNT_UNITS]),
    st.sampled_from(["", "batch", "h", "d", "month", "a"]),
)
def test_a_printed_scale_reads_back(value, unit, period):
    scale = Scale(value, unit, period)
    assert parse_scale(str(scale)) == scale


@given(st.text(max_size=30))
def test_no_text_makes_the_readers_fail(text):
    parse_scale(text)
    parse_unit(text)


def test_volumes_are_placed_as_water():
    assert grams(D(3), "L") == grams(D(3), "kg") == 3000
    assert grams(D(3), "片") is None


def test_the_ladder_of_a_scale_is_that_of_its_upper_end():
    assert parse_scale("50–500 L").ladder == "100kg"
