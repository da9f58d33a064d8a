"""Rows made to slip through: look-alike characters, damaged codes, hidden and merged cells. Each is named with its cell, nothing is repaired
in silence and nothing is written. (Files made to harm as a whole are in ``test_import_hostile_files``.)"""

import pytest

from cultivation.models import Submission
from platforms.models import Operator, Platform
from platforms.validators import uscc_check_character
from tests.factories import AreaFactory, OperatorFactory, PlatformFactory, uscc
from tests.spreadsheets import checked, good_row, headings, table, workbook

CODE = "统一社会信用代码"
GOOD = uscc(700001)
BAD = {
    "wrong check character": (GOOD[:-1] + ("0" if GOOD[-1] != "0" else "1"), "uscc_check"),
    "wrong region": (GOOD[:2] + "999999" + GOOD[8:], "uscc_"),
    "a letter that is not used": (GOOD[:9] + "O" + GOOD[10:], "uscc_letter"),
    "17 characters": (GOOD[:-1], "uscc_length"),
    "19 characters": (GOOD + "1", "uscc_length"),
}


@pytest.fixture(autouse=True)
def _files(own_files):
    """Imports keep the files they are made from."""


@pytest.fixture
def run_of(cast):
    """``run_of(rows)`` is the checked import of these rows."""
    AreaFactory()

    def make(*rows, prepare=None, columns=None):
        book = workbook({"平台": table(rows, columns)}, prepare)
        run = checked(book, cast.jiangsu, cast.jiangsu_clerk)
        assert run.status == "checked", run.refusal
        return run

    return make


@pytest.mark.parametrize("name", BAD)
def test_a_damaged_code_is_flagged_and_the_right_one_is_not_given_away(run_of, name):
    code, rule = BAD[name]

    (problem,) = run_of(good_row(1, **{CODE: code})).rows.get().problems

    assert problem["code"].startswith(rule)
    assert problem["value"] == code
    assert problem["cell"].endswith("2")
    assert GOOD not in problem["message"] + problem["hint"]
    if len(code) == 18 and "check" in rule:
        assert f"“{uscc_check_character(code[:17])}”" not in problem["message"]


def test_one_platform_in_four_disguises_is_one_platform(cast, run_of):
    operator = OperatorFactory(uscc=GOOD)
    platform = PlatformFactory(authority=cast.jiangsu, operator=operator, name_zh="示例·ABC中试平台")
    disguises = ("示例·ABC中试平台", "示例·ＡＢＣ中试平台", "示例·abc 中试平台", "示例·A\u200bBC中试平台")

    run = run_of(*(good_row(1, 平台名称=name) for name in disguises))

    assert {row.platform for row in run.rows.all()} == {platform}
    first, *others = run.rows.all()
    assert first.outcome == "changed"
    assert "new" not in run.counts
    assert all("第 2 行" in str(row.problems) for row in others)
    assert "U+200B" in str(others[-1].problems)


@pytest.mark.parametrize(
    ("character", "code"),
    [("\ue000", "private_use"), ("\u202e", "bidi"), ("\u200d", "format"), ("\ufffd", "replacement")],
    ids=["private use", "turns the direction", "invisible", "already lost"],
)
def test_characters_nobody_can_see_are_named_with_their_place(run_of, character, code):
    (problem,) = run_of(good_row(1, 平台所在地址=f"示例{character}路 1 号")).rows.get().problems

    assert problem["code"] == code
    assert "第3个字符" in problem["message"]
    assert f"U+{ord(character):04X}" in problem["message"]


def test_what_is_hidden_merged_or_unknown_in_a_sheet_is_told_before_anything_is_written(
    cast, run_of, signed_in
):
    def prepare(book, sheets):
        sheets["平台"].set_row(2, None, None, {"hidden": True})
        sheets["平台"].merge_range("AJ5:AK6", "x")
        secret = book.add_worksheet("旧表")
        secret.write_string(0, 0, "示例")
        secret.hide()

    run = run_of(good_row(1), good_row(2), prepare=prepare, columns=[*headings(), "内部备注"])

    page = signed_in(cast.jiangsu_clerk).get(f"/authorities/320000/imports/{run.pk}/").content.decode()
    assert "有 1 个隐藏行，也已读取" in page
    assert "有 1 处合并单元格" in page
    assert "工作表“旧表”不是模板中的表，没有读取" in page
    assert "AI 内部备注" in page
    assert run.counts["new"] >= 2


def test_three_bad_rows_among_many_are_told_at_once_and_nothing_is_saved_until_a_person_chooses(cast, run_of):
    from cultivation.actions import import_run as imports
    from platforms import jobs
    from platforms.errors import IllegalStep

    rows = [good_row(serial) for serial in range(1, 2404)]
    for at in (10, 1200, 2402):
        rows[at]["办公电话"] = "许多"

    run = run_of(*rows)

    assert run.counts == {"new": 2400, "error": 3}
    wrong = [problem["cell"] for row in run.rows.filter(outcome="error") for problem in row.problems]
    assert wrong == ["AF12", "AF1202", "AF2404"]
    with pytest.raises(IllegalStep, match="还有 3 行"):
        imports.confirm(run=run, mode="all_or_none", by=cast.jiangsu_clerk)
    assert not Submission.objects.exists()
    run = imports.confirm(run=run, mode="valid_rows", by=cast.jiangsu_clerk)
    jobs.run(run.write_job_id)
    assert Submission.objects.filter(status="prepared").count() == 2400
    assert not Platform.objects.exists()
    assert not Operator.objects.filter(uscc=GOOD).exists()
