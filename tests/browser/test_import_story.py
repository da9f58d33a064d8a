"""批量导入 in a browser: sixty rows with five mistakes, corrected where they are shown, written as submissions. With a script and without."""

from __future__ import annotations

import io

import openpyxl
import pytest

from cultivation.models import Submission
from platforms import jobs
from platforms.models import ImportRun
from tests.browser.filling import press, sign_in
from tests.factories import AreaFactory
from tests.story import sheet

pytestmark = pytest.mark.django_db(transaction=True)
MOST_ACTIONS = 40


@pytest.fixture(autouse=True)
def _files(own_files):
    """Imports keep the files they are made from."""


@pytest.fixture
def clerk(browser, live_server, cast, settings, request):
    settings.ALLOWED_HOSTS = ["*"]
    AreaFactory()
    faults = []
    context = browser.new_context(java_script_enabled=request.param, locale="zh-CN", accept_downloads=True)
    page = sign_in(context, live_server.url, "js-clerk")
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda said: faults.append(said.text) if "Policy" in said.text else None)
    page.has_script = request.param
    yield page
    context.close()
    assert faults == []


@pytest.mark.parametrize("clerk", [True, False], ids=["with a script", "without"], indirect=True)
def test_sixty_rows_with_five_mistakes_are_corrected_in_the_browser_and_written(clerk, live_server, cast):
    actions = 0

    # The template is downloaded and filled in.
    clerk.goto(f"{live_server.url}/authorities/320000/imports/")
    with clerk.expect_download() as download:
        clerk.get_by_role("link", name="空白模板（XLSX）").click()
    content, mistakes = sheet.filled(download.value.path().read_bytes())
    clerk.set_input_files(
        "input[type=file]",
        {"name": "平台登记表.xlsx", "mimeType": "application/octet-stream", "buffer": content},
    )
    press(clerk, "上传并检查")
    actions += 3

    # While the check runs the page says so; then it shows the result, by itself or on 刷新.
    assert clerk.locator("#job[data-poll]").count() == 1
    run = ImportRun.objects.get()
    jobs.run(run.check_job_id)
    actions += _wait_for(clerk, "导入结果")
    assert "已校验 60 行，5 行需要修正" in clerk.locator("main").inner_text()

    # Every mistake is there with its cell, its reason and a place to put it right.
    for cell, mistake in mistakes.items():
        line = clerk.locator("form[action*='/fix/'] tbody tr", has=clerk.locator(".code", has_text=cell))
        assert mistake.said in line.inner_text()
        line.locator("input").fill(mistake.right)
        actions += 1
    press(clerk, "校验修改")
    actions += 1
    assert "所有行都可以写入" in clerk.locator("body").inner_text()
    assert not Submission.objects.exists()

    # Confirmed, written, and the approver has them.
    clerk.check("[name=declared]")
    actions += 1
    press(clerk, "全部写入（60 行）")
    run.refresh_from_db()
    jobs.run(run.write_job_id)
    actions += 1 + _wait_for(clerk, "导入结果")
    assert "等待本单位审核人审核" in clerk.locator("main").inner_text()
    assert Submission.objects.filter(status="prepared").count() == 60
    assert actions <= MOST_ACTIONS

    # The same file again opens the same import and changes nothing.
    clerk.goto(f"{live_server.url}/authorities/320000/imports/")
    clerk.set_input_files(
        "input[type=file]", {"name": "again.xlsx", "mimeType": "application/octet-stream", "buffer": content}
    )
    press(clerk, "上传并检查")
    assert f"与已办结的 {run} 内容相同" in clerk.locator("body").inner_text()
    assert Submission.objects.count() == 60


@pytest.mark.parametrize("clerk", [False], ids=["without a script"], indirect=True)
def test_the_annotated_workbook_says_beside_each_row_what_is_wrong(clerk, live_server, cast):
    from tests.spreadsheets import checked, good_row, table, workbook

    rows = [good_row(1), good_row(2, 办公电话="")]
    run = checked(workbook({"平台": table(rows)}), cast.jiangsu, cast.jiangsu_clerk)
    clerk.goto(f"{live_server.url}/authorities/320000/imports/{run.pk}/")

    with clerk.expect_download() as download:
        clerk.get_by_role("link", name="下载带批注的 XLSX").click()

    book = openpyxl.load_workbook(io.BytesIO(download.value.path().read_bytes()))
    remarks = [row[-1].value for row in book["平台"].iter_rows(min_row=2)]
    assert [bool(remark) for remark in remarks] == [False, True]


def _wait_for(page, heading: str) -> int:
    """Wait for the page that follows the job; returns the presses that took."""
    if page.has_script:
        page.get_by_role("heading", name=heading, level=1).wait_for(timeout=120_000)
        return 0
    page.get_by_role("link", name="刷新").click()
    page.get_by_role("heading", name=heading, level=1).wait_for(timeout=60_000)
    return 1
