"""Text can be read on what it stands on: 4.5 to 1 everywhere, 7 to 1 in elder mode. The colours are those of the stylesheet."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings

STYLES = (Path(settings.BASE_DIR) / "registry/static/registry.css").read_text(encoding="utf-8")
#: Colour of the text and of what lies under it, as the components use them.
PAIRS = [
    *((text, ground) for text in ("ink", "ink-2", "ink-3", "link", "b5", "b6", "red") for ground in ("paper", "mist")),
    ("b4", "paper"), ("gold", "paper"), ("gold", "gold-wash"), ("red", "red-wash"), ("ink", "mark"),
    ("ink", "b1"), ("ink", "b2"), ("ink", "b3"), ("b5", "b1"),
    ("paper", "b4"), ("paper", "b5"), ("paper", "b6"), ("paper", "red"), ("paper", "gold"),
]  # fmt: skip


def colours(block: str) -> dict[str, str]:
    """The custom properties of one rule; later ones replace earlier ones, ``var()`` is followed."""
    return dict(re.findall(r"--([\w-]+): *(#[0-9a-f]{3,6}|var\(--[\w-]+\))", block))


NORMAL = colours(re.search(r":root \{(.*?)\n  \}", STYLES, re.S)[1])
ELDER = NORMAL | colours(re.search(r'\n  \[data-mode="elder"\] \{ (font-size.*?)\}', STYLES)[1])


def luminance(name: str, known: dict[str, str]) -> float:
    value = known[name]
    if value.startswith("var"):
        return luminance(value[6:-1], known)
    digits = value[1:] if len(value) == 7 else "".join(2 * digit for digit in value[1:])
    parts = [int(digits[start : start + 2], 16) / 255 for start in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str, known: dict[str, str]) -> float:
    dark, light = sorted((luminance(one, known), luminance(other, known)))
    return (light + 0.05) / (dark + 0.05)


def test_the_measure_is_that_of_the_guidelines():
    known = {"black": "#000", "white": "#ffffff", "gold": "#8a6100", "same": "var(--white)"}
    assert contrast("black", "white", known) == pytest.approx(21)
    assert contrast("gold", "same", known) == pytest.approx(5.5, abs=0.1)


@pytest.mark.parametrize(("known", "least"), [(NORMAL, 4.5), (ELDER, 7.0)], ids=["normal", "elder"])
def test_every_pair_of_text_and_ground_can_be_read(known, least):
    poor = {pair: round(contrast(*pair, known), 2) for pair in PAIRS}
    assert {pair: ratio for pair, ratio in poor.items() if ratio < least} == {}


def test_elder_mode_has_colours_of_its_own():
    assert ELDER["gold"] != NORMAL["gold"] and ELDER["b4"] != NORMAL["b4"]
