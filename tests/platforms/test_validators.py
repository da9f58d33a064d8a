import random
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from platforms import validators as v


def refusal(check, *args, **kwargs) -> ValidationError:
    with pytest.raises(ValidationError) as caught:
        check(*args, **kwargs)
    return caught.value


def code_of(check, *args, **kwargs) -> str:
    return refusal(check, *args, **kwargs).code


# --- unified social credit code

EXAMPLE = "91350100M000100Y43"


def random_uscc(rng: random.Random) -> str:
    body = rng.choice(["91", "12", "52"]) + rng.choice(["110108", "320100", "650100"])
    body += "".join(rng.choices(v.USCC_ALPHABET, k=9))
    return body + v.uscc_check_character(body)


def test_the_example_of_the_standard():
    assert v.uscc_check_character("91350100M000100Y4") == "3"
    assert v.clean_uscc(EXAMPLE) == EXAMPLE


def test_a_remainder_of_nothing_is_written_zero():
    bodies = ("91110108" + f"{i:09d}" for i in range(1000))
    body = next(b for b in bodies if v.uscc_check_character(b) == "0")
    total = sum(v.USCC_ALPHABET.index(c) * pow(3, i, 31) for i, c in enumerate(body))
    assert total % 31 == 0


def test_the_alphabet_has_31_characters_without_the_confusable_ones():
    assert len(v.USCC_ALPHABET) == 31
    assert not set("IOSVZ") & set(v.USCC_ALPHABET)


@given(st.randoms(use_true_random=False))
def test_a_made_code_is_accepted_in_any_spelling(rng):
    code = random_uscc(rng)
    wide = "".join(chr(ord(c) + 0xFEE0) for c in code)
    for spelling in (code, code.lower(), f" {code[:8]} {code[8:17]}-{code[17]} ", wide, f"\u200b{code}"):
        assert v.clean_uscc(spelling) == code
    v.validate_uscc(code)


@given(st.randoms(use_true_random=False), st.integers(0, 17), st.sampled_from(v.USCC_ALPHABET))
def test_every_substitution_is_refused(rng, position, character):
    code = random_uscc(rng)
    wrong = code[:position] + character + code[position + 1 :]
    if wrong != code:
        refusal(v.clean_uscc, wrong)
        if position < 17:
            assert v.uscc_check_character(wrong[:17]) != wrong[17]


@given(st.randoms(use_true_random=False), st.integers(0, 16))
def test_every_transposition_of_neighbours_is_refused(rng, i):
    code = random_uscc(rng)
    wrong = code[:i] + code[i + 1] + code[i] + code[i + 2 :]
    if wrong != code:
        refusal(v.clean_uscc, wrong)


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (EXAMPLE[:17], "uscc_length"),
        (EXAMPLE + "1", "uscc_length"),
        ("", "uscc_length"),
        ("9.1350100000000e+17", "uscc_length"),
        ("9135O100M000100Y43", "uscc_letter"),
        ("91350100M0001I0Y43", "uscc_letter"),
        ("91350100M0001?0Y43", "uscc_letter"),
        ("91350100M00010中Y43", "uscc_letter"),
        ("01350100M000100Y43", "uscc_department"),
        ("B1350100M000100Y43", "uscc_department"),
        ("9A350100M000100Y43", "uscc_department"),
        ("91990A00M000100Y43", "uscc_region"),
        ("91000100M000100Y43", "uscc_region"),
        ("91350100M000100Y44", "uscc_check"),
        ("91350100M000100Y34", "uscc_check"),
    ],
)
def test_the_fault_of_a_code_is_named(value, code):
    assert code_of(v.clean_uscc, value) == code


def test_the_message_names_the_letter_but_never_the_right_character():
    assert "第5位是“O”" in refusal(v.clean_uscc, "9135O100M000100Y43").messages[0]
    message = refusal(v.clean_uscc, "91350100M000100Y4K").messages[0]
    assert message == "统一社会信用代码第18位校验码与前17位不符，请核对整个代码。"


def test_a_model_field_takes_the_stored_form_only():
    assert code_of(v.validate_uscc, EXAMPLE.lower()) == "not_canonical"


# --- contacts


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("0571-88880000", "0571-88880000"),
        ("057188880000", "0571-88880000"),
        ("（0571）88880000", "0571-88880000"),
        ("0571 8888 0000", "0571-88880000"),
        ("010-68200000", "010-68200000"),
        ("0471-6945000", "0471-6945000"),
        ("０１０－６８２０００００", "010-68200000"),
        ("+86 571 8888 0000", "0571-88880000"),
        ("0086-10-68200000", "010-68200000"),
        ("0571-88880000-801", "0571-88880000-801"),
        ("0471-6945000-1", "0471-6945000-1"),
        ("0571-88880000转801", "0571-88880000-801"),
        ("010-68200000 ext. 12", "010-68200000-12"),
        ("010-68200000 分机 12", "010-68200000-12"),
        ("400-123-4567", "400-123-4567"),
        ("+86 400 123 4567", "400-123-4567"),
    ],
)
def test_an_office_telephone_is_stored_one_way(typed, stored):
    assert v.clean_office_phone(typed) == stored


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "12345",
        "88880000",
        "0571-1234567",
        "010-1234567",
        "010-682000001-",
        "abc",
        "0571-88880000-1234567",
    ],
)
def test_half_a_telephone_number_is_refused(typed):
    assert code_of(v.clean_office_phone, typed) == "phone"


def test_a_mobile_number_is_not_published_by_mistake():
    assert code_of(v.clean_office_phone, "138 0013 8000") == "phone_mobile"
    assert code_of(v.clean_office_phone, "+86 13800138000") == "phone_mobile"
    assert v.clean_mobile("+86 138-0013-8000") == "13800138000"
    assert code_of(v.clean_mobile, "12800138000") == "mobile"


def test_an_address_is_stored_with_its_domain_in_lower_case():
    assert v.clean_email(" Office@EXAMPLE.cn ") == "Office@example.cn"
    assert v.clean_email("office＠example.cn") == "office@example.cn"


@pytest.mark.parametrize(
    "typed", ["", "a@b", "a b@c.cn", "@c.cn", "a@c.cn\r\nBcc: x@y.cn", "a" * 250 + "@c.cn"]
)
def test_a_bad_address_is_refused(typed):
    refusal(v.clean_email, typed)


@pytest.mark.parametrize(
    "typed", ["https://example.cn", "HTTP://example.cn/path?x=1", "https://中试.example.cn/"]
)
def test_a_web_address_is_taken(typed):
    assert v.clean_website(typed).startswith("http")


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("example.cn", "website_scheme"),
        ("javascript:alert(1)", "website_scheme"),
        ("ftp://example.cn", "website_scheme"),
        ("javascript://example.cn/%0aalert(1)", "website_scheme"),
        ("https://a:b@example.cn", "website_userinfo"),
        ("https://example", "website"),
        ("https://", "website"),
        ("https://example.cn/\x00", "nul"),
    ],
)
def test_a_bad_web_address_is_refused(typed, code):
    assert code_of(v.clean_website, typed) == code


# --- numbers


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("1,234.5", "1234.50"),
        ("１２", "12.00"),
        (3, "3.00"),
        (0.1, "0.10"),
        ("-2", "-2.00"),
        (Decimal("2.500"), "2.50"),
        ("0", "0.00"),
    ],
)
def test_a_decimal_is_read_exactly(typed, number):
    assert str(v.clean_decimal(typed)) == number


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", "not_number"),
        ("1e5", "not_number"),
        ("NaN", "not_number"),
        ("1,2", "not_number"),
        (True, "not_number"),
        (None, "not_number"),
        ("5万", "not_number"),
        (float("inf"), "not_number"),
        ("1.234", "decimal_places"),
        ("1000000000000", "too_large"),
        (10**400, "too_large"),
        (1e300, "too_large"),
        (Decimal("1e400"), "too_large"),
    ],
)
def test_a_bad_number_is_refused_not_rounded(typed, code):
    assert code_of(v.clean_decimal, typed) == code


@given(st.decimals("-999999999999.99", "999999999999.99", places=2))
def test_every_decimal_that_fits_survives(number):
    assert v.clean_decimal(number) == number
    assert v.clean_decimal(f"{number:,}") == number


def test_ranges_are_kept():
    assert v.clean_percent("35.5%") == Decimal("35.50")
    assert code_of(v.clean_percent, "100.01") == "max_value"
    assert code_of(v.clean_percent, -1) == "min_value"
    assert v.clean_year("2026年") == 2026
    assert [code_of(v.clean_year, year) for year in (1899, 2101, "26", 99999)] == [
        "min_value",
        "max_value",
        "min_value",
        "max_value",
    ]
    assert code_of(v.clean_year, "2026.5") == "decimal_places"
    assert v.clean_count("1,200") == 1200
    assert code_of(v.clean_count, -1) == "min_value"


@given(st.one_of(st.text(max_size=40), st.integers(), st.floats(), st.decimals(), st.none(), st.booleans()))
def test_no_input_makes_a_number_reader_fail(value):
    for clean in (v.clean_decimal, v.clean_percent, v.clean_year, v.clean_count):
        try:
            clean(value)
        except ValidationError as fault:
            assert fault.messages


@given(st.text(max_size=60))
def test_no_text_makes_a_reader_fail(text):
    for clean in (v.clean_uscc, v.clean_office_phone, v.clean_mobile, v.clean_email, v.clean_website):
        try:
            stored = clean(text)
        except ValidationError as fault:
            assert fault.messages
        else:
            assert clean(stored) == stored
