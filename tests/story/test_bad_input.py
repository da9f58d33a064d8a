"""What people send by mistake or on purpose, over HTTP: a clear sentence, a 4xx, nothing saved, and never a 500."""

from __future__ import annotations

import json
from collections.abc import Iterator

from tests.factories import uscc
from tests.spreadsheets import SHEET, SHEET_END, good_row, raw_xlsx, table, workbook
from tests.story import importing
from tests.story.browser import Browser

MILLION = 1_048_576


def every_row() -> Iterator[bytes]:
    yield SHEET.encode()
    for start in range(1, MILLION, 16_384):
        rows = (f'<row r="{n}"><c r="A{n}"><v>{n}</v></c></row>' for n in range(start, start + 16_384))
        yield "".join(rows).encode()
    yield SHEET_END.encode()


def bad_files() -> dict[str, tuple[bytes, str]]:
    """File name → (content, a word of the refusal)."""
    corner = f'<row r="{MILLION}"><c r="XFD{MILLION}"><v>1</v></c></row>'
    return {
        "文件.xlsx": (b"%PDF-1.7\n" + b"0" * 600, "不是"),
        "文件.pdf": (b"%PDF-1.7\n" + b"1" * 600, "不是"),
        "空.xlsx": (b"", "空"),
        "一格.xlsx": (raw_xlsx(SHEET + corner + SHEET_END), "30000 行"),
        "百万行.xlsx": (raw_xlsx(every_row()), "30000 行"),
    }


ADDRESSES = (
    "/platforms/?q=%00",
    "/en/platforms/?q=a%00b",
    "/platforms/?page=0",
    "/services/?page=0",
    "/api/v1/platforms/?q=%00",
    "/api/v1/platforms/?page=0",
)


def saved(clerk: Browser) -> tuple[int, int]:
    return clerk.api("submissions/")["count"], clerk.api("changes/?after=0")["head"]


def test_bad_files_addresses_and_bodies_are_refused_in_words_and_leave_nothing(place, browser):
    clerk, public = browser("jiangsu-clerk"), browser()
    before = saved(clerk)
    for name, (content, said) in bad_files().items():
        page = importing.upload(clerk, content, name)
        assert page.status == 400, name
        for sentence in ("文件不能导入", said, "没有写入任何数据"):
            assert sentence in page, f"{name}: {page.text}"
    a_wrong_check_digit_is_named_with_its_cell(clerk)
    another_authority_does_not_exist(clerk)
    for address in ADDRESSES:
        answer = public.send("GET", address)
        assert answer.status_code == 400, address
        assert "空字符" in answer.text or "页码" in answer.text or "page" in answer.text, answer.text
    a_nul_in_json_is_named(clerk)
    assert saved(clerk) == before


def a_wrong_check_digit_is_named_with_its_cell(clerk: Browser) -> None:
    right = uscc(800001)
    wrong = right[:-1] + ("1" if right[-1] != "1" else "2")
    page = importing.upload(
        clerk, workbook({"平台": table([good_row(90001, 统一社会信用代码=wrong)])}), "错码.xlsx"
    )
    ((cell, (_name, sentence)),) = importing.cells_to_correct(page).items()
    assert cell == "D2"
    assert "校验码" in sentence
    body = {"authority": "320000", "payload": {"operator": {"uscc": wrong}}}
    made = api_post(clerk, body)
    assert made["status"] == 400, made
    assert "校验码" in made["text"]


def another_authority_does_not_exist(clerk: Browser) -> None:
    for path in (
        "/authorities/330000/imports/",
        "/authorities/330000/submissions/",
        "/authorities/330000/platforms/",
    ):
        clerk.open(path, expect=404)
    assert api_post(clerk, {"authority": "330000", "payload": {}})["status"] in (400, 404)


def a_nul_in_json_is_named(clerk: Browser) -> None:
    for body in (
        b'{"authority": "320000", "payload": {"platform": {"name_zh": "a\\u0000b"}}}',
        b'{"authority": "320000", "payload": {"platform": {"name_zh": "a\x00b"}}}',
    ):
        made = api_post(clerk, body)
        assert made["status"] == 400, made
        assert made["type"] == "application/problem+json"


def api_post(clerk: Browser, body: dict | bytes) -> dict:
    """POST a submission as the signed-in person, with the CSRF token of a page."""
    page = clerk.open("/authorities/320000/imports/")
    token = page.soup.find("input", attrs={"name": "csrfmiddlewaretoken"})["value"]  # type: ignore[index]
    answer = clerk.send(
        "POST",
        "/api/v1/submissions/",
        content=body if isinstance(body, bytes) else json.dumps(body).encode(),
        headers={"X-CSRFToken": token, "Content-Type": "application/json"},
    )
    return {"status": answer.status_code, "text": answer.text, "type": answer.headers["content-type"]}
