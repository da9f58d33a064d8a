"""The pages of an import, without any script: upload, follow, correct, download, confirm, give up."""

import io

import openpyxl
import pytest
from bs4 import BeautifulSoup
from django.core.files.uploadedfile import SimpleUploadedFile

from cultivation.models import Submission
from platforms import jobs
from platforms.models import ImportRun
from platforms.record import FIELDS, empty_payload
from tests.factories import AreaFactory
from tests.spreadsheets import checked, good_row, table, workbook

LIST = "/authorities/320000/imports/"


@pytest.fixture(autouse=True)
def _files(own_files):
    """Imports keep the files they are made from."""


@pytest.fixture
def browser(cast, signed_in):
    AreaFactory()
    return signed_in(cast.jiangsu_clerk)


@pytest.fixture
def run(cast, browser) -> ImportRun:
    """Sixty rows, two of them wrong in three cells."""
    rows = [good_row(serial) for serial in range(1, 61)]
    rows[4] |= {"办公电话": "", "平台简介": ""}
    rows[9]["建设模式"] = "<script>alert(1)</script>"
    return checked(workbook({"平台": table(rows)}), cast.jiangsu, cast.jiangsu_clerk)


def page(response) -> BeautifulSoup:
    return BeautifulSoup(response.content, "html.parser")


def where(run: ImportRun, rest: str = "") -> str:
    return f"{LIST}{run.pk}/{rest}"


def inputs(soup: BeautifulSoup) -> dict[str, str]:
    return {item["name"]: item.get("value", "") for item in soup.select("form[action*='/fix/'] input")}


def test_a_file_is_uploaded_checked_corrected_and_confirmed(browser, cast):
    rows = [good_row(1), good_row(2, 办公电话="")]
    file = SimpleUploadedFile("../../平台登记表.xlsx", workbook({"平台": table(rows)}))

    sent = browser.post(LIST, {"file": file})
    run = ImportRun.objects.get()
    waiting = browser.get(sent.url, follow=True)
    assert waiting.redirect_chain == [(f"{where(run)}?watch=1", 302)]
    assert page(waiting).select_one("#job[data-poll]")
    jobs.run(run.check_job_id)
    assert browser.get(f"{where(run)}?watch=1").url == where(run)

    form = inputs(page(browser.get(where(run))))
    (cell,) = [name for name in form if name.startswith("cell-")]
    fixed = browser.post(where(run, "fix/"), form | {cell: "0510-88880018"}, follow=True)
    assert "改了 1 处，所有行都可以写入。" in fixed.content.decode()

    confirm = page(fixed).select_one("form[action$='/confirm/']")
    version = confirm.select_one("input[name=version]")["value"]
    browser.post(where(run, "confirm/"), {"version": version, "mode": "all_or_none", "declared": "1"})
    run.refresh_from_db()
    jobs.run(run.write_job_id)

    assert Submission.objects.count() == 2
    assert "导入结果" in browser.get(where(run)).content.decode()


def test_all_problems_are_on_the_page_and_can_be_narrowed_by_kind(browser, run):
    soup = page(browser.get(where(run)))

    cells = [head.select_one(".code").text for head in soup.select("section[aria-labelledby=wrong] tbody th")]
    assert [cell.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ") for cell in cells] == ["6", "6", "11"]
    assert [tab.text.split() for tab in soup.select("section[aria-labelledby=wrong] nav.tabs a")] == [
        ["全部", "3"],
        ["必填", "2"],
        ["选项", "1"],
    ]
    assert not soup.select("main script")
    assert len(inputs(page(browser.get(f"{where(run)}?kind=choice")))) == 3  # token, version and one cell


def test_a_correction_that_came_second_stays_in_its_field(browser, cast, run):
    form = inputs(page(browser.get(where(run))))
    (phone,) = [name for name in form if name.endswith("office_phone")]
    (summary,) = [name for name in form if name.endswith("summary_zh")]
    browser.post(where(run, "fix/"), form | {phone: "0510-88880018"})

    second = browser.post(where(run, "fix/"), form | {summary: "我写的简介"})

    assert second.status_code == 409
    soup = page(second)
    assert inputs(soup)[summary] == "我写的简介"
    again = browser.post(where(run, "fix/"), inputs(soup))
    assert again.status_code == 302
    run.refresh_from_db()
    assert run.counts == {"new": 59, "error": 1}


def test_confirming_all_while_rows_are_wrong_is_refused_in_words(browser, run):
    refused = browser.post(
        where(run, "confirm/"), {"version": run.version, "mode": "all_or_none", "declared": "1"}
    )

    assert refused.status_code == 409
    assert "还有 2 行不能写入" in refused.content.decode()
    assert not Submission.objects.exists()


def test_a_refused_file_says_why_and_what_to_do(browser, cast):
    run = checked(b"", cast.jiangsu, cast.jiangsu_clerk)

    answer = browser.get(where(run))

    assert answer.status_code == 400
    text = answer.content.decode()
    assert "文件是空的（0 字节）" in text
    assert "没有写入任何数据" in text


def test_a_file_over_the_limit_is_refused_on_the_form(browser, settings):
    settings.IMPORT_MAX_BYTES = 1024 * 1024

    refused = browser.post(LIST, {"file": SimpleUploadedFile("a.xlsx", b"x" * 1024 * 1024 * 2)})

    assert refused.status_code == 400
    assert "最多 1 MiB" in refused.content.decode()
    assert not ImportRun.objects.exists()


def test_uploading_the_same_file_again_opens_the_earlier_import(browser, run):
    with run.stored_as.open() as file:
        content = file.read()

    again = browser.post(LIST, {"file": SimpleUploadedFile("b.xlsx", content)}, follow=True)

    assert again.redirect_chain == [(where(run), 302)]
    assert f"与 {run} 的内容相同" in page(again).text


def test_the_downloads_are_text_only_and_carry_the_remarks(browser, cast, run):
    template = openpyxl.load_workbook(io.BytesIO(browser.get(f"{LIST}template.xlsx").content))
    annotated = openpyxl.load_workbook(io.BytesIO(browser.get(where(run, "annotated.xlsx")).content))

    assert template.sheetnames == ["平台", "中试线", "服务", "设备", "资质", "业绩", "说明", "可选值"]
    assert sum(sheet.max_column for sheet in list(template)[:6]) == len(FIELDS) + 1 + 2 * 5
    assert "演示" in template["说明"]["B1"].value
    remarks = [row[-1].value for row in annotated["平台"].iter_rows(min_row=2)]
    assert len(remarks) == 60
    assert [number for number, remark in enumerate(remarks, start=2) if remark] == [6, 11]
    assert "办公电话：必填" in remarks[4]


def test_nothing_exported_is_a_formula(cast, browser):
    from platforms.imports.template import write_rows

    payload = empty_payload()
    signs = ["=1+1", "+1", "-1", "@x", "\tx", "＝1", "＋1", '=HYPERLINK("http://x")']
    payload["platform"] = {
        "name_zh": signs[0],
        "keywords": signs[7],
        "co_builders": signs[3],
        "address": signs[1],
    }
    payload["services"] = [{"title_zh": sign} for sign in signs]

    book = openpyxl.load_workbook(io.BytesIO(write_rows([("ZS-32-00001-1", payload)])))

    kinds = {
        cell.data_type
        for sheet in book
        for row in sheet.iter_rows()
        for cell in row
        if cell.value is not None
    }
    assert kinds == {"s"}


@pytest.mark.parametrize("rest", ["", "annotated.xlsx"])
def test_another_authority_s_import_does_not_exist_here(cast, signed_in, run, rest):
    ningbo = signed_in(cast.ningbo_clerk)

    assert ningbo.get(where(run, rest)).status_code == 404
    assert ningbo.get(f"/authorities/330200/imports/{run.pk}/{rest}").status_code == 404
    assert ningbo.get(LIST).status_code == 404
    assert ningbo.post(where(run, "cancel/")).status_code == 404
    assert ningbo.post(where(run, "confirm/"), {"mode": "valid_rows"}).status_code == 404
    run.refresh_from_db()
    assert run.status == "checked"


def test_an_import_is_given_up(browser, run):
    browser.post(where(run, "cancel/"))

    assert "本次导入已取消" in browser.get(where(run)).content.decode()


def test_the_pages_are_there_in_english(browser, run):
    text = browser.get(f"/en{where(run)}").content.decode()

    assert 'lang="en"' in text


def test_the_page_asks_the_same_number_of_questions_for_one_and_many_rows(
    cast, browser, run, django_assert_max_num_queries
):
    one = checked(workbook({"平台": table([good_row(99, 办公电话="")])}), cast.jiangsu, cast.jiangsu_clerk)
    with django_assert_max_num_queries(40) as first:
        browser.get(where(one))
    with django_assert_max_num_queries(len(first)):
        browser.get(where(run))


def test_nothing_is_written_before_it_is_declared_to_hold_no_secret(browser, cast):
    run = checked(workbook({"平台": table([good_row(1)])}), cast.jiangsu, cast.jiangsu_clerk)
    sent = {"version": run.version, "mode": "all_or_none"}

    refused = browser.post(where(run, "confirm/"), sent)
    run.refresh_from_db()
    assert (refused.status_code, run.status) == (400, "checked")
    assert page(refused).select_one("[name=declared]")

    browser.post(where(run, "confirm/"), sent | {"declared": "1"})
    run.refresh_from_db()
    jobs.run(run.write_job_id)
    made = Submission.objects.get()
    assert (made.declared_by, made.declared_at) == (cast.jiangsu_clerk, run.confirmed_at)


def test_the_page_shows_what_each_column_was_taken_for_and_its_first_rows(browser, cast):
    grid = table([good_row(1), good_row(2)])
    lines = "\n".join(",".join(str(cell or "") for cell in cells) for cells in grid)
    run = checked(lines.encode("gb18030"), cast.jiangsu, cast.jiangsu_clerk, name="平台.csv")

    soup = page(browser.get(where(run)))

    rows = [
        [row.th.text.strip(), row.select_one("option[selected]").text, row.select("td")[1].text.strip()]
        for row in soup.select("form[action$='/columns/'] tbody tr")
    ]
    assert ["B", "平台名称*", "示例·导入平台1 / 示例·导入平台2"] in rows
    assert len(rows) == len(grid[0])
    assert "GB18030" in soup.text
