"""Public codes: what a platform, batch, list or notice is called in addresses, papers and on the telephone.

A platform's code is ``ZS-<province>-<serial>-<check>``, for example ``ZS-32-00017-X``. The check character
is ISO/IEC 7064 MOD 11-2, the system of the resident identity number and of ORCID: a pure system with one
supplementary character (0–9 or X) that detects every single substitution and every transposition of two
neighbours. MOD 37-2 offers nothing more for a body of digits and can produce ``*``, which has to be escaped
in addresses and cannot be read out; MOD 11-10 avoids the X but misses some transpositions with 0. Codes are
stored in the one canonical form that ``format_code`` makes and never reused.
"""

from __future__ import annotations

import re
import unicodedata

PREFIX = "ZS"
# GB/T 2260 first two digits. The code says where a platform stands, so XPCC and the five cities have no
# numbers of their own.
PROVINCES = frozenset(
    [
        "11",
        "12",
        "13",
        "14",
        "15",
        "21",
        "22",
        "23",
        "31",
        "32",
        "33",
        "34",
        "35",
        "36",
        "37",
        "41",
        "42",
        "43",
        "44",
        "45",
        "46",
        "50",
        "51",
        "52",
        "53",
        "54",
        "61",
        "62",
        "63",
        "64",
        "65",
        "71",
        "81",
        "82",
    ]
)
MAX_SERIAL = 99_999

# For Django path converters and database constraints. [0-9] rather than \d: \d also matches digits of other
# scripts.
CODE_REGEX = r"ZS-[0-9]{2}-[0-9]{5}-[0-9X]"
TIER_REGEX = r"(?:reserve|key|national)"
BATCH_CODE_REGEX = rf"B[0-9]{{4}}-{TIER_REGEX}-[1-9][0-9]{{0,2}}"
NOTICE_CODE_REGEX = rf"N[0-9]{{4}}-{TIER_REGEX}-[1-9][0-9]{{0,2}}"
LIST_CODE_REGEX = rf"L[0-9]{{4}}-{TIER_REGEX}-[1-9][0-9]{{0,2}}"

_LOOSE = re.compile(r"ZS([0-9]{2})([0-9]{5})([0-9X])")
_SEPARATORS = re.compile(r"[\s\-_./‐-―−－·]+")
_TIERED = re.compile(rf"([BNL])([0-9]{{4}})-({TIER_REGEX})-([1-9][0-9]{{0,2}})")


def check_character(digits: str) -> str:
    """The ISO/IEC 7064 MOD 11-2 check character ("0"–"9" or "X") of a string of ASCII digits."""
    remainder = 0
    for digit in digits:
        remainder = (remainder + int(digit)) * 2 % 11
    value = (12 - remainder) % 11
    return "X" if value == 10 else str(value)


def format_code(province: str, serial: int) -> str:
    """The public code of platform number ``serial`` (1–99999) in ``province`` (two digits or a six-digit
    region code).
    """
    prefix = province[:2]
    if prefix not in PROVINCES or len(province) not in (2, 6):
        raise ValueError(f"{province!r} is not a province of GB/T 2260")
    if not 1 <= serial <= MAX_SERIAL:
        raise ValueError(f"serial {serial} is outside 1–{MAX_SERIAL}")
    return f"{PREFIX}-{prefix}-{serial:05d}-{check_character(f'{prefix}{serial:05d}')}"


def parse_code(text: str) -> str | None:
    """The canonical code that ``text`` means, or ``None`` when it is not a valid one.

    Spaces, dashes of any kind, lower case and full-width characters are forgiven; a wrong check character
    is not.
    """
    if len(text) > 64:
        return None
    match = _LOOSE.fullmatch(_SEPARATORS.sub("", unicodedata.normalize("NFKC", text)).upper())
    if match is None:
        return None
    province, serial, check = match.groups()
    if province not in PROVINCES or serial == "00000" or check_character(province + serial) != check:
        return None
    return f"{PREFIX}-{province}-{serial}-{check}"


def is_code(text: str) -> bool:
    """Whether ``text`` is a valid code in canonical form."""
    return parse_code(text) == text


def batch_code(year: int, tier: str, number: int) -> str:
    """The code of a batch: B2026-key-1 is the first batch of the key tier in 2026."""
    return _tiered("B", year, tier, number)


def notice_code(year: int, tier: str, number: int) -> str:
    """The code of a public notice: N2026-key-1 is the first one of the key tier in 2026."""
    return _tiered("N", year, tier, number)


def list_code(year: int, tier: str, number: int) -> str:
    """The code of a list, such as L2026-key-1; its versions are numbered apart from the code."""
    return _tiered("L", year, tier, number)


def announcement_code(year: int, number: int) -> str:
    """The code of an announcement: A2026-007 is the seventh that was begun in 2026."""
    return f"A{year}-{number:03d}"


def _tiered(letter: str, year: int, tier: str, number: int) -> str:
    code = f"{letter}{year}-{tier}-{number}"
    if _TIERED.fullmatch(code) is None:
        raise ValueError(f"{code!r} is not a code of a batch, notice or list")
    return code


def parse_tiered_code(text: str) -> tuple[str, int, str, int] | None:
    """``("B", 2026, "key", 1)`` for "B2026-key-1"; ``None`` for anything else."""
    match = _TIERED.fullmatch(text)
    return None if match is None else (match[1], int(match[2]), match[3], int(match[4]))
