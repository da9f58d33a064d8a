import sys
import unicodedata

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from platforms import text


def refusal(check, *args, **kwargs) -> ValidationError:
    with pytest.raises(ValidationError) as caught:
        check(*args, **kwargs)
    return caught.value


def code_of(check, *args, **kwargs) -> str:
    return refusal(check, *args, **kwargs).code


# --- text


def test_text_is_trimmed_and_composed():
    assert text.clean_text("  e\u0301tude　") == "étude"


@pytest.mark.parametrize(
    "name",
    ["龥", "𠮷", "㐂", "䶮", "\U0002cc56", "鿫", "\U00030000", "\U00031350", "\U0002ebf0", "葛\U000e0100"],
)
def test_rare_ideographs_are_kept(name):
    assert text.clean_text(name) == name


@pytest.mark.parametrize(
    ("character", "code"),
    [
        ("\x00", "nul"),
        ("\x07", "control"),
        ("\x85", "control"),
        ("\u2028", "control"),
        ("\n", "control"),
        ("\u202a", "bidi"),
        ("\u202e", "bidi"),
        ("\u2066", "bidi"),
        ("\u2069", "bidi"),
        ("\u200f", "bidi"),
        ("\u200b", "format"),
        ("\ufeff", "format"),
        ("\u00ad", "format"),
        ("\U000e0041", "format"),
        ("\ud800", "surrogate"),
        ("\ue000", "private_use"),
        ("\U0010fffd", "private_use"),
        ("\ufffd", "replacement"),
        ("\uffff", "noncharacter"),
        ("\U0001fffe", "noncharacter"),
    ],
)
def test_a_hidden_character_is_refused_with_its_position(character, code):
    fault = refusal(text.clean_text, f"  中试{character}平台")
    assert fault.code == code
    assert "第5个字符" in fault.messages[0]
    assert f"U+{ord(character):04X}" in fault.messages[0]


def test_the_refused_set_covers_unicode():
    allowed = {"Cc": 0, "Cf": 0, "Cs": 0, "Co": 0, "Zl": 0, "Zp": 0}
    for point in range(sys.maxunicode + 1):
        category = unicodedata.category(chr(point))
        if category in allowed and not text._REFUSED.match(chr(point)):
            allowed[category] += 1
        if category[0] in "LMNPSZ" and category not in allowed and point != 0xFFFD:
            assert not text._REFUSED.match(chr(point)), hex(point)
    assert set(allowed.values()) == {0}


def test_lines_are_kept_where_lines_are_wanted():
    assert text.clean_text(" 一\r\n二\r三\u2028四 \n", multiline=True) == "一\n二\n三\n四"
    assert code_of(text.clean_text, "一\t二", multiline=True) == "control"


def test_length_is_counted_in_characters():
    assert text.clean_text("𠮷" * 5, max_length=5) == "𠮷" * 5
    assert code_of(text.clean_text, "字" * 6, max_length=5) == "too_long"


@given(st.text(), st.booleans())
def test_cleaning_twice_changes_nothing(typed, multiline):
    try:
        once = text.clean_text(typed, multiline=multiline)
    except ValidationError:
        return
    assert text.clean_text(once, multiline=multiline) == once
    once.encode("utf-8")


# --- JSON


def test_json_is_cleaned_everywhere():
    assert text.clean_json({"a": [" x ", {"b": "e\u0301"}], "n": 1.5, "t": True, "z": None}) == {
        "a": ["x", {"b": "é"}],
        "n": 1.5,
        "t": True,
        "z": None,
    }


@pytest.mark.parametrize(
    ("value", "code", "path"),
    [
        ({"lines": [{"name": "a\x00b"}]}, "nul", "$.lines[0].name"),
        (["\ud800"], "surrogate", "$[0]"),
        ({"a": float("nan")}, "not_finite", "$.a"),
        ({"a": float("inf")}, "not_finite", "$.a"),
        ({"a": 10**5000}, "too_large", "$.a"),
        ({"a": {1, 2}}, "not_json", "$.a"),
        ({"a\x00": 1}, "nul", "$"),
        ({" a": 1}, "bad_key", "$"),
        ({1: 1}, "not_text", "$"),
    ],
)
def test_a_fault_in_json_is_named_with_its_path(value, code, path):
    fault = refusal(text.clean_json, value).error_list[0]
    assert fault.code == code
    assert fault.messages[0].startswith(f"{path}：")


def test_several_faults_in_json_are_told_at_once_but_not_without_end():
    assert len(refusal(text.clean_json, ["\x00", "ok", "\x00"]).error_list) == 2
    assert len(refusal(text.clean_json, ["\x00"] * 500).error_list) == text.MAX_JSON_ERRORS


def nested(depth: int) -> list:
    value: list = []
    for _ in range(depth - 1):
        value = [value]
    return value


def test_json_may_be_32_deep_and_no_deeper():
    assert text.clean_json(nested(32)) == nested(32)
    assert refusal(text.clean_json, nested(33)).error_list[0].code == "too_deep"
    assert refusal(text.clean_json, nested(50_000)).error_list[0].code == "too_deep"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(json_values)
def test_json_is_cleaned_or_refused_and_never_breaks(value):
    try:
        once = text.clean_json(value)
    except ValidationError:
        return
    assert text.clean_json(once) == once
