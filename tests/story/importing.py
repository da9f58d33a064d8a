"""How sixty platforms come into the reserve: import, approval by the authority, acceptance by the ministry."""

from __future__ import annotations

from collections.abc import Callable

from bs4 import Tag

from tests.story import sheet
from tests.story.browser import Browser, Page, words

OFFICE = "/authorities/320000"


def upload(clerk: Browser, content: bytes, name: str = "平台登记表.xlsx") -> Page:
    """Send a file and wait for the end of its check."""
    # A check that has ended before the redirect is followed may already answer 400.
    page = clerk.submit_form(
        clerk.open(f"{OFFICE}/imports/"), "上传并检查", expect=(200, 400), file=(name, content)
    )
    return checked(clerk, page.path.split("?")[0])


def checked(clerk: Browser, path: str) -> Page:
    """The page of an import once nothing is running; a refused file answers 400."""

    def look(page: Page) -> bool:
        return "watch" not in page.path

    return clerk.wait(path, look, "the check of the file", either=(200, 400))


def cells_to_correct(page: Page) -> dict[str, tuple[str, str]]:
    """Cell → (name of its input, the sentence that says what is wrong)."""
    rows = page.soup.select('form[action*="/fix/"] tbody tr')
    return {words(_one(row, ".code")): (str(_one(row, "input")["name"]), words(row)) for row in rows}


def _one(row: Tag, selector: str) -> Tag:
    found = row.select_one(selector)
    assert found, row
    return found


def correct(clerk: Browser, page: Page, mistakes: dict[str, sheet.Mistake]) -> Page:
    """Every mistake is named with its cell, all at once; the clerk types what belongs there."""
    offered = cells_to_correct(page)
    assert set(offered) == set(mistakes), page.text
    for cell, mistake in mistakes.items():
        assert mistake.said in offered[cell][1], offered[cell]
        assert mistake.column in offered[cell][1]
    assert f"{sheet.ROWS - len(mistakes)}" in page.text
    typed = {offered[cell][0]: mistake.right for cell, mistake in mistakes.items()}
    return clerk.submit_form(page, "校验修改", **typed)


def finished(person: Browser, path: str) -> Page:
    """The page of a job once it has ended."""

    def look(page: Page) -> bool:
        state = page.soup.find(id="job")
        return bool(state) and state["data-state"] in ("done", "failed", "cancelled")

    page = person.wait(path, look, "the job to end")
    assert page.soup.find(id="job")["data-state"] == "done", page.text  # type: ignore[index]
    return page


def submit_all(approver: Browser) -> int:
    """Tick every row, page by page; returns how many were submitted."""
    sent = 0
    while True:
        page = approver.open(f"{OFFICE}/submissions/?state=prepared")
        rows = page.ticks("pick")
        if not rows:
            return sent
        page = approver.submit_form(page, "审核通过并上报", pick=rows)
        page = approver.submit_form(page, "审核通过并上报")
        assert finished(approver, page.path).progress() == (len(rows), len(rows))
        sent += len(rows)


def accept_all(ministry: Browser) -> None:
    page = ministry.open("/ministry/submissions/")
    page = ministry.submit_form(page, "受理选中的申报", all="1")
    page = ministry.submit_form(page, "受理入库")
    assert finished(ministry, page.path).progress() == (sheet.ROWS, sheet.ROWS)


def written(clerk: Browser, path: str, meanwhile: Callable[[int, int], None]) -> Page:
    """Watch the import being written; ``meanwhile`` is told once when some rows are written and others not."""
    page = clerk.wait(
        path, lambda page: page.progress() and 0 < page.progress()[0] < page.progress()[1], "progress"
    )
    meanwhile(*page.progress())  # type: ignore[misc]
    return clerk.wait(path, lambda page: "已写入的行成为申报" in page, "the import to be written")
