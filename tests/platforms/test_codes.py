import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from platforms import codes
from platforms.codes import check_character, format_code, is_code, parse_code

provinces = st.sampled_from(sorted(codes.PROVINCES))
serials = st.integers(1, codes.MAX_SERIAL)
ALPHABET = "0123456789X"


def replaced(code: str, position: int, character: str) -> str:
    return code[:position] + character + code[position + 1 :]


def bare(code: str) -> str:
    return code.replace("-", "")


def test_the_check_character_agrees_with_published_examples():
    # ISO/IEC 7064 and ORCID 0000-0002-1825-0097, 0000-0002-1694-233X; resident number 11010519491231002X
    # (GB 11643).
    assert check_character("000000021825009") == "7"
    assert check_character("000000021694233") == "X"
    assert check_character("11010519491231002") == "X"


def test_there_are_34_provinces():
    assert len(codes.PROVINCES) == 34


@given(provinces, serials)
def test_a_code_reads_back_and_fits_the_pattern(province, serial):
    code = format_code(province, serial)
    assert re.fullmatch(codes.CODE_REGEX, code)
    assert parse_code(code) == code
    assert is_code(code)
    assert code[3:5] == province
    assert int(code[6:11]) == serial


@given(provinces, serials)
def test_every_single_substitution_is_refused(province, serial):
    code = bare(format_code(province, serial))
    for position in range(2, len(code)):
        for character in ALPHABET:
            if character != code[position]:
                assert parse_code(replaced(code, position, character)) is None


@given(provinces, serials)
def test_every_transposition_of_neighbours_is_refused(province, serial):
    code = bare(format_code(province, serial))
    for i in range(2, len(code) - 1):
        if code[i] != code[i + 1]:
            assert parse_code(code[:i] + code[i + 1] + code[i] + code[i + 2 :]) is None


def test_the_check_character_alone_catches_both_faults_for_every_province_and_many_serials():
    """Without help from the province list, so that the claim is about the check character itself."""
    rng = random.Random(20260101)
    for province in sorted(codes.PROVINCES):
        for serial in rng.sample(range(1, codes.MAX_SERIAL + 1), 40):
            body = f"{province}{serial:05d}"
            whole = body + check_character(body)
            for i in range(7):
                faults = {replaced(whole, i, digit) for digit in "0123456789"}
                if whole[i + 1] != "X":
                    faults.add(whole[:i] + whole[i + 1] + whole[i] + whole[i + 2 :])
                for fault in faults - {whole}:
                    assert check_character(fault[:7]) != fault[7]


@pytest.mark.parametrize(
    "spell",
    [
        str.lower,
        bare,
        lambda code: f"  {code} ",
        lambda code: code.replace("-", " "),
        lambda code: code.replace("-", "—"),
        lambda code: code.replace("-", "－"),
        lambda code: "".join(chr(ord(c) + 0xFEE0) for c in code),
    ],
)
def test_people_may_write_a_code_their_own_way(spell):
    for serial in (1, 17, 4321, 99999):
        code = format_code("32", serial)
        assert parse_code(spell(code)) == code
        if spell(code) != code:
            assert not is_code(spell(code))


@pytest.mark.parametrize(
    "text", ["", "ZS", "ZS-32-00017", "ZS-99-00001-0", "ZS-32-00000-0", "XX-32-00017-1", "Z" * 9999]
)
def test_what_is_no_code_is_refused(text):
    assert parse_code(text) is None


@given(st.text(max_size=70))
def test_no_text_makes_the_reader_fail(text):
    parse_code(text)


def test_a_region_code_is_accepted_as_province():
    assert format_code("320100", 17) == format_code("32", 17)


@pytest.mark.parametrize(
    ("province", "serial"), [("99", 1), ("3", 1), ("32010", 1), ("32", 0), ("32", 100_000)]
)
def test_a_code_is_not_made_from_nonsense(province, serial):
    with pytest.raises(ValueError, match=r"province|serial"):
        format_code(province, serial)


def test_batches_notices_and_lists_have_codes_of_one_shape():
    assert codes.batch_code(2026, "key", 1) == "B2026-key-1"
    assert codes.notice_code(2026, "national", 12) == "N2026-national-12"
    assert codes.list_code(2026, "reserve", 3) == "L2026-reserve-3"
    assert codes.parse_tiered_code("B2026-key-1") == ("B", 2026, "key", 1)
    assert re.fullmatch(codes.BATCH_CODE_REGEX, "B2026-key-1")
    assert re.fullmatch(codes.NOTICE_CODE_REGEX, "N2026-key-1")
    assert re.fullmatch(codes.LIST_CODE_REGEX, "L2026-key-1")


@pytest.mark.parametrize(
    "text", ["B2026-key-01", "B2026-key-0", "B26-key-1", "B2026-secret-1", "C2026-key-1", "B２026-key-1"]
)
def test_other_shapes_are_not_codes(text):
    assert codes.parse_tiered_code(text) is None


@pytest.mark.parametrize(
    ("year", "tier", "number"), [(26, "key", 1), (2026, "other", 1), (2026, "key", 0), (2026, "key", 1000)]
)
def test_a_tiered_code_is_not_made_from_nonsense(year, tier, number):
    with pytest.raises(ValueError, match="is not a code"):
        codes.batch_code(year, tier, number)


def test_serials_begin_at_one():
    assert parse_code("ZS-32-00000-" + check_character("3200000")) is None
