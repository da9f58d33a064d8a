"""Quantities read out of specifications."""

from decimal import Decimal

import pytest

from platforms.quantities import quantities


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1000 L，10 MPa", [("1000", "1000", "L"), ("10", "10", "MPa")]),
        ("−40～150 ℃", [("-40", "150", "℃")]),
        ("3 m³", [("3000", "3000", "L")]),
        ("蒸发量 50 kg/h", [("50", "50", "kg/h")]),
        ("36 m，最高 1050 ℃", [("36000", "36000", "mm"), ("1050", "1050", "℃")]),
        ("500 L 发酵罐", [("500", "500", "L")]),
        ("500kg–2t", [("500", "500", "kg"), ("2000", "2000", "kg")]),
        ("分辨率 3 nm", [("3", "3", "nm")]),
        ("CT/MR", []),
        ("DN15–DN300", []),
        ("四极杆", []),
    ],
)
def test_what_a_specification_says_in_numbers(text, expected):
    found = [(q.low, q.high, q.unit) for q in quantities(text)]
    assert found == [(Decimal(low), Decimal(high), unit) for low, high, unit in expected]
