"""Columns whose headings the template does not know: a person says what they are, and the file is read again."""

import pytest
from bs4 import BeautifulSoup

from platforms import jobs
from platforms.choices import ImportStatus
from platforms.errors import Conflict, IllegalStep, Invalid, NotFound
from platforms.imports.assigning import assign
from platforms.models import ImportRun
from tests.cultivation.test_api_submissions import Caller
from tests.factories import AreaFactory
from tests.spreadsheets import checked, good_row, headings, table, workbook

RENAMED = {"平台名称*": "中试平台全称", "办公电话*": "联系方式"}


@pytest.fixture(autouse=True)
def _files(own_files):
    """Imports keep the files they are made from."""


@pytest.fixture
def run(cast) -> ImportRun:
    """Three good rows under two headings nobody knows: refused, because both are needed."""
    AreaFactory()
    grid = table([good_row(serial) for serial in range(1, 4)])
    grid[0] = [RENAMED.get(heading, heading) for heading in grid[0]]
    run = checked(workbook({"平台": grid}), cast.jiangsu, cast.jiangsu_clerk)
    assert run.status == ImportStatus.REFUSED
    assert "缺少：平台名称、办公电话" in run.refusal
    return run


def said(run: ImportRun, **changes: str) -> dict[str, str]:
    """Every column as it was read, with ``changes`` by letter."""
    (fact,) = (fact for fact in run.columns if fact["used"])
    return {**fact["columns"], **{letter: "" for letter, _heading in fact["unknown"]}, **changes}


def unknown(run: ImportRun) -> dict[str, str]:
    (fact,) = (fact for fact in run.columns if fact["used"])
    return {heading: letter for letter, heading in fact["unknown"]}


def right(run: ImportRun) -> dict[str, str]:
    letters = unknown(run)
    return said(
        run,
        **{letters["中试平台全称"]: "platform/name_zh", letters["联系方式"]: "platform/office_phone"},
    )


def checked_again(run: ImportRun) -> ImportRun:
    run.refresh_from_db()
    jobs.run(run.check_job_id)
    run.refresh_from_db()
    return run


def test_what_a_person_says_replaces_what_the_headings_say(cast, run):
    assign(run=run, assigned={"平台": right(run)}, version=run.version, by=cast.jiangsu_clerk)
    run.refresh_from_db()
    assert (run.status, run.refusal, run.counts) == (ImportStatus.RECEIVED, "", {})

    run = checked_again(run)

    assert (run.status, run.counts) == (ImportStatus.CHECKED, {"new": 3})
    first = run.rows.order_by("number").first()
    assert first.clean["platform"]["name_zh"] == "示例·导入平台1"
    assert first.clean["platform"]["office_phone"] == "0510-88880000"


def test_a_column_may_be_left_out(cast):
    AreaFactory()
    rows = [good_row(1, 网址="不是网址")]
    run = checked(workbook({"平台": table(rows)}), cast.jiangsu, cast.jiangsu_clerk)
    (fact,) = (fact for fact in run.columns if fact["used"])
    letter = next(letter for letter, pointer in fact["columns"].items() if pointer == "platform/website")
    assert run.counts == {"error": 1}

    assign(run=run, assigned={"平台": said(run, **{letter: ""})}, version=run.version, by=cast.jiangsu_clerk)

    assert checked_again(run).counts == {"new": 1}
    assert letter in dict(run.columns[0]["unknown"])


def test_two_columns_of_one_name_are_settled_by_hand(cast):
    AreaFactory()
    names = [*headings(), "平台名称"]
    grid = table([good_row(1)], names)
    grid[1][-1] = "示例·旧名"
    run = checked(workbook({"平台": grid}), cast.jiangsu, cast.jiangsu_clerk)
    assert "有两列“平台名称”" in run.refusal

    assign(run=run, assigned={"平台": said(run)}, version=run.version, by=cast.jiangsu_clerk)

    assert checked_again(run).counts == {"new": 1}
    assert run.rows.get().clean["platform"]["name_zh"] == "示例·导入平台1"


def test_everything_wrong_with_the_choice_is_said_at_once_and_nothing_is_kept(cast, run):
    letters = list(said(run))
    wrong = {
        **said(run),
        letters[0]: "platform/nonsense",
        letters[2]: said(run)[letters[3]],
        "ZZ": "platform/website",
    }

    with pytest.raises(Invalid) as refused:
        assign(run=run, assigned={"平台": wrong, "没有": {}}, version=run.version, by=cast.jiangsu_clerk)

    assert [problem.code for problem in refused.value.problems] == [
        "unknown_choice", "doubled", "unknown_column", "missing", "unknown_sheet",
    ]  # fmt: skip
    run.refresh_from_db()
    assert (run.status, run.assigned) == (ImportStatus.REFUSED, {})


def test_a_file_that_cannot_be_read_has_no_columns_to_say(cast):
    run = checked(b"", cast.jiangsu, cast.jiangsu_clerk)

    with pytest.raises(IllegalStep, match="请重新上传"):
        assign(run=run, assigned={}, version=run.version, by=cast.jiangsu_clerk)


def test_who_saw_an_older_reading_is_told(cast, run):
    with pytest.raises(Conflict):
        assign(run=run, assigned={"平台": right(run)}, version=run.version - 1, by=cast.jiangsu_clerk)


def test_another_authority_has_no_such_import(cast, run):
    with pytest.raises(NotFound):
        assign(run=run, assigned={"平台": right(run)}, version=run.version, by=cast.ningbo_clerk)


def test_on_the_page_each_column_has_a_choice_and_a_refused_one_stays_chosen(cast, run, signed_in):
    browser = signed_in(cast.jiangsu_clerk)
    address = f"/authorities/320000/imports/{run.pk}/"
    soup = BeautifulSoup(browser.get(address).content, "html.parser")
    form = soup.select_one("form[action$='/columns/']")
    fields = {
        select["name"]: (select.select_one("option[selected]") or {"value": ""})["value"]
        for select in form.select("select")
    } | {"version": form.select_one("input[name=version]")["value"]}
    letters = unknown(run)
    name, phone = (f"column-0-{letters[heading]}" for heading in RENAMED.values())
    assert "示例·导入平台1 / 示例·导入平台2" in form.text

    half = browser.post(f"{address}columns/", fields | {name: "platform/name_zh"})
    assert half.status_code == 400
    soup = BeautifulSoup(half.content, "html.parser")
    assert "还缺少：办公电话" in soup.select_one("[role=alert]").text
    assert soup.select_one(f"select[name='{name}'] option[selected]")["value"] == "platform/name_zh"

    both = fields | {name: "platform/name_zh", phone: "platform/office_phone"}
    assert browser.post(f"{address}columns/", both).status_code == 302
    run.refresh_from_db()
    assert checked_again(run).counts == {"new": 3}
    assert browser.post(f"{address}columns/", both).status_code == 409


def test_over_the_api_the_version_is_needed(cast, run):
    caller = Caller(cast.jiangsu_clerk)
    address = f"imports/{run.pk}/"
    shown = caller.get(address)
    body = {"columns": {"平台": right(run)}}
    assert set(shown.json()["read_as"][0]["unknown"].values()) == set(RENAMED.values())

    assert caller.post(f"{address}columns/", body).status_code == 428
    taken = caller.post(f"{address}columns/", body, **{"If-Match": shown["ETag"]})

    assert taken.status_code == 202, taken.content
    run.refresh_from_db()
    assert checked_again(run).counts == {"new": 3}
