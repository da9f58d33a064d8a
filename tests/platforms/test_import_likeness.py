"""A row that looks like a platform of the register: asked about once, the answer is remembered."""

import pytest

from platforms.imports.fixing import fix_cells
from platforms.models import DuplicateDecision
from tests.factories import AreaFactory, OperatorFactory, PlatformFactory, uscc
from tests.spreadsheets import checked, good_row, table, workbook


@pytest.fixture(autouse=True)
def _files(own_files):
    """Imports keep the files they are made from."""


@pytest.fixture
def known(cast):
    """示例·先进陶瓷中试平台 of the operator of row 1."""
    AreaFactory()
    operator = OperatorFactory(uscc=uscc(700001))
    return PlatformFactory(authority=cast.jiangsu, operator=operator, name_zh="示例·先进陶瓷中试平台")


def file_of(*rows) -> bytes:
    return workbook({"平台": table(rows)})


def test_a_name_typed_a_little_differently_is_asked_about(cast, known):
    run = checked(
        file_of(
            good_row(1, 平台名称="示例·先进陶瓷材料中试平台"),
            good_row(2, 平台名称="示例·先进陶瓷中试平台"),
            good_row(3, 平台名称="示例·生物发酵中试平台"),
        ),
        cast.jiangsu,
        cast.jiangsu_clerk,
    )

    alike, namesake, other = run.rows.all()
    assert [row.outcome for row in (alike, namesake, other)] == ["duplicate", "duplicate", "new"]
    assert "建设单位相同、名称相近" in alike.problems[0]["message"]
    assert "名称相同，信用代码不同" in namesake.problems[0]["message"]
    assert known.code in namesake.problems[0]["message"]


@pytest.mark.parametrize(("choice", "outcome"), [("same", "changed"), ("new", "new")])
def test_the_answer_is_kept_and_the_next_file_is_not_asked_about(cast, known, choice, outcome):
    rows = [good_row(1, 平台名称="示例·先进陶瓷材料中试平台")]
    run = checked(file_of(*rows), cast.jiangsu, cast.jiangsu_clerk)
    choices = {run.rows.get().pk: known.code if choice == "same" else "new"}

    run, changed = fix_cells(run=run, edits={}, choices=choices, version=run.version, by=cast.jiangsu_clerk)

    row = run.rows.get()
    assert (changed, row.outcome, row.platform) == (1, outcome, known if choice == "same" else None)
    again = checked(file_of(*rows, good_row(9)), cast.jiangsu, cast.jiangsu_clerk)
    assert again.rows.first().outcome == outcome
    decision = DuplicateDecision.objects.get()
    assert (decision.platform, decision.same, decision.decided_by) == (
        known,
        choice == "same",
        cast.jiangsu_clerk,
    )


def test_another_authority_s_platform_is_never_offered(cast, known):
    known.authority = cast.ningbo
    known.save()

    run = checked(file_of(good_row(2, 平台名称=known.name_zh)), cast.jiangsu, cast.jiangsu_clerk)

    assert run.counts == {"new": 1}


def test_a_platform_that_was_not_offered_cannot_be_chosen(cast, known):
    other = PlatformFactory(authority=cast.jiangsu)
    run = checked(
        file_of(good_row(1, 平台名称="示例·先进陶瓷材料中试平台")), cast.jiangsu, cast.jiangsu_clerk
    )

    _run, changed = fix_cells(
        run=run,
        edits={},
        choices={run.rows.get().pk: other.code},
        version=run.version,
        by=cast.jiangsu_clerk,
    )

    assert changed == 0
    assert not DuplicateDecision.objects.exists()


def test_the_page_offers_the_choice(cast, known, signed_in):
    run = checked(
        file_of(good_row(1, 平台名称="示例·先进陶瓷材料中试平台")), cast.jiangsu, cast.jiangsu_clerk
    )
    client, address = signed_in(cast.jiangsu_clerk), f"/authorities/320000/imports/{run.pk}/"

    page = client.get(address).content.decode()
    assert f"是同一个平台，更新 {known.code}" in page
    client.post(f"{address}fix/", {"version": run.version, f"same-{run.rows.get().pk}": known.code})

    run.refresh_from_db()
    assert run.counts == {"changed": 1}
