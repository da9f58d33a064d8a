"""Quantities in the words of a specification: "1000 L，10 MPa" and "−40～150 ℃" as ranges with units, to be filtered by.

Only units that people choose equipment by. A single value is a range of one point; what is not understood stays text.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal

#: Unit → factor to the unit it is kept in, and that unit.
UNITS: dict[str, tuple[Decimal, str]] = {
    "l": (Decimal(1), "L"), "升": (Decimal(1), "L"), "ml": (Decimal("0.001"), "L"), "m3": (Decimal(1000), "L"),
    "立方米": (Decimal(1000), "L"), "kg": (Decimal(1), "kg"), "公斤": (Decimal(1), "kg"), "千克": (Decimal(1), "kg"),
    "g": (Decimal("0.001"), "kg"), "t": (Decimal(1000), "kg"), "吨": (Decimal(1000), "kg"), "°c": (Decimal(1), "℃"),
    "℃": (Decimal(1), "℃"), "mpa": (Decimal(1), "MPa"), "kpa": (Decimal("0.001"), "MPa"), "bar": (Decimal("0.1"), "MPa"),
    "kw": (Decimal(1), "kW"), "mw": (Decimal(1000), "kW"), "mm": (Decimal(1), "mm"), "cm": (Decimal(10), "mm"),
    "m": (Decimal(1000), "mm"), "m2": (Decimal(1), "m²"), "kn": (Decimal(1), "kN"), "l/h": (Decimal(1), "L/h"),
    "m3/h": (Decimal(1000), "L/h"), "kg/h": (Decimal(1), "kg/h"), "t/h": (Decimal(1000), "kg/h"),
    "r/min": (Decimal(1), "r/min"), "rpm": (Decimal(1), "r/min"), "nm": (Decimal(1), "nm"), "μm": (Decimal(1), "μm"),
    "um": (Decimal(1), "μm"), "ah": (Decimal(1), "Ah"),
}  # fmt: skip
#: The units a reader chooses among, in the order of how often they are asked for.
KEPT = tuple(dict.fromkeys(unit for _factor, unit in UNITS.values()))
MOST = 12
_NUMBER = r"[-−]?[0-9]{1,9}(?:\.[0-9]{1,4})?"
_UNIT = "|".join(sorted(map(re.escape, UNITS), key=len, reverse=True))
_QUANTITY = re.compile(
    rf"(?<![a-z0-9.])(?P<low>{_NUMBER})(?:\s*(?:~|–|—|至|到|-)\s*(?P<high>{_NUMBER}))?\s*(?P<unit>{_UNIT})(?![a-z0-9/])"
)


@dataclass(frozen=True)
class Quantity:
    """``low`` ≤ ``high`` in ``unit``, one of ``KEPT``."""

    low: Decimal
    high: Decimal
    unit: str


def quantities(text: str) -> list[Quantity]:
    """Every quantity a text states, in its order and at most twelve."""
    folded = (
        unicodedata.normalize("NFKC", text).lower().replace("−", "-").replace("µ", "μ").replace("°c", "℃")
    )
    found = []
    for match in _QUANTITY.finditer(folded):
        factor, unit = UNITS[match["unit"]]
        values = sorted(Decimal(value) * factor for value in (match["low"], match["high"]) if value)
        found.append(Quantity(values[0], values[-1], unit))
    return found[:MOST]
