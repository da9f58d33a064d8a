"""An official list says the same on its page and in every file: field by field, row by row, none left out."""

import csv
import io
import json
import re
import unicodedata

import pytest
from bs4 import BeautifulSoup
from pypdf import PdfReader
from python_calamine import load_workbook

from cultivation.exports import HEADINGS, PRINTED
from cultivation.models import Release, ReleaseEntry
from cultivation.publish import ENTRY_FIELDS, publish_release
from tests.cultivation import noticing

pytestmark = pytest.mark.django_db

#: Where the page shows a field: column of the table, and the place of the text within the cell.
ON_PAGE = {
    "row": (0, 0), "name_zh": (1, 0), "platform_code": (1, 1), "name_en": (1, 2), "operator_zh": (2, 0),
    "operator_uscc": (2, 1), "area_zh": (3, 0), "area_code": (3, 1), "direction_zh": (3, 2), "region_zh": (4, 0),
    "region_code": (4, 1), "authority_zh": (5, 0), "authority_code": (5, 1),
}  # fmt: skip
NASTY = "=1+1 #panic <b> 「甲」& $x$ \\ _斜_ *粗*"


@pytest.fixture
def document(cast, monkeypatch):
    """A list of sixty rows, so that it has several pages; some fields are what would break a careless writer."""
    noticing.set_clock(monkeypatch, noticing.MONDAY)
    notice = noticing.on_notice(cast)
    release = Release.objects.create(
        code="L2026-key-99077", version="1.0", batch=notice.batch, kind="final", tier="key", title_zh="示例·名单",
        title_en="Sample list", document_no="示例部科〔2026〕1号", created_by=cast.ministry_clerk, sha256="0" * 64,
        frozen_at=notice.published_at, published_at=notice.published_at, entry_count=60, note_zh="示例说明。",
    )  # fmt: skip
    for number in range(1, 61):
        ReleaseEntry.objects.create(
            release=release, row=number, platform_code=f"ZS-32-{number:05d}-X", name_zh=f"示例·第{number}中试平台",
            name_en="Sample platform" if number % 2 else "", operator_zh=NASTY if number == 7 else f"示例单位{number}",
            operator_uscc=f"91320200MA{number:08d}", area_code="2025-1", area_zh="原材料工业",
            direction_zh="石化化工" if number % 3 else "", region_code="320000", region_zh="江苏省",
            authority_code="320000", authority_zh="江苏",
        )  # fmt: skip
    publish_release(release)
    from platforms.models import PublicList

    return PublicList.objects.get(code="L2026-key-99077/1.0").document


def rows_of(document) -> list[dict[str, str]]:
    return [{name: str(entry[name]) for name in ENTRY_FIELDS} for entry in document["entries"]]


def test_page_csv_xlsx_and_json_say_the_same_field_by_field(client, document):
    expected = rows_of(document)
    assert len(expected) == 60

    assert _json(client) == expected
    assert _csv(client) == [row | {"operator_zh": _guarded(row["operator_zh"])} for row in expected]
    assert _xlsx(client) == expected
    assert _page(client) == expected


def test_the_pdf_says_every_field_of_every_row_in_order_and_nothing_else_between(client, document):
    reader = PdfReader(io.BytesIO(client.get("/lists/L2026-key-99077/1.0.pdf").content))
    assert len(reader.pages) > 1
    pages = [_plain(page.extract_text()) for page in reader.pages]
    pages = [page for page in pages if "ZS-32-" in page]  # what is said at the end may have a page of its own
    head = _plain(
        "序号No.平台编号Code平台名称Platform建设单位Operator所属领域Area行业方向Direction所在地Location推荐单位Recommended by"
    )
    assert [page[:200] for page in pages if head not in page] == [], (
        "the head of the table is repeated on every page"
    )
    said = "".join(re.split(re.escape(head), page, maxsplit=1)[1] for page in pages)

    at = 0
    for row in rows_of(document):
        text = _plain("".join(row[name] for name in PRINTED))
        found = said.find(text, at)
        assert found >= at, f"row {row['row']} is not in the text of the paper as it is in the other files"
        between = said[at:found]
        assert not between or "名单版本" in between, f"before row {row['row']}: {between}"
        at = found + len(text)


def test_what_the_paper_says_itself_it_says_in_both_languages(client, document):
    reader = PdfReader(io.BytesIO(client.get("/lists/L2026-key-99077/1.0.pdf").content))
    first, last = (_plain(reader.pages[number].extract_text()) for number in (0, -1))
    assert first.startswith(_plain("示例·名单Sample list示例部科〔2026〕1号"))
    assert _plain("共60个，排名不分先后。60 entries, in no order of rank.") in last
    assert _plain("以中文为准。The Chinese text prevails.") in last


def test_the_paper_is_fit_for_archives_and_carries_its_fonts(client, document):
    content = client.get("/lists/L2026-key-99077/1.0.pdf").content
    reader = PdfReader(io.BytesIO(content))
    assert b"<pdfaid:part>2</pdfaid:part>" in content
    fonts = [
        font.get_object()
        for page in reader.pages
        for font in page["/Resources"]["/Font"].get_object().values()
    ]
    assert fonts
    for font in fonts:
        (inner,) = font["/DescendantFonts"]
        assert {"/FontFile3", "/FontFile2"} & set(inner.get_object()["/FontDescriptor"].get_object())


def test_the_hash_on_the_page_is_that_of_the_file(client, document):
    import hashlib

    page = client.get("/lists/L2026-key-99077/1.0/").content.decode()
    for kind in ("csv", "xlsx", "json", "pdf"):
        file = client.get(f"/lists/L2026-key-99077/1.0.{kind}")
        assert hashlib.sha256(file.content).hexdigest() in page, kind


def test_a_preliminary_list_cannot_pass_for_the_final_one(client, cast, monkeypatch):
    noticing.set_clock(monkeypatch, noticing.MONDAY)
    notice = noticing.on_notice(cast)
    reader = PdfReader(io.BytesIO(client.get(f"/lists/{notice.release.code}/0.1.pdf").content))
    assert all("公示稿" in _plain(page.extract_text()) for page in reader.pages)


def test_a_new_version_shows_what_it_changes(client, document, cast):
    before = Release.objects.get(code="L2026-key-99077")
    release = Release.objects.create(
        code=before.code, version="1.1", batch=before.batch, kind="correction", tier="key", title_zh="示例·名单",
        created_by=cast.ministry_clerk, sha256="1" * 64, frozen_at=before.frozen_at, published_at=before.published_at,
        entry_count=2, previous=before,
    )  # fmt: skip
    kept = {name: value for name, value in document["entries"][0].items()} | {"name_zh": "示例·更名平台"}
    new = document["entries"][1] | {"platform_code": "ZS-32-00099-X", "name_zh": "示例·新增平台"}
    for entry in (kept, new):
        ReleaseEntry.objects.create(release=release, **entry)
    publish_release(release)

    difference = client.get("/lists/L2026-key-99077/1.1/").context["difference"]

    assert [e["name_zh"] for e in difference["added"]] == ["示例·新增平台"]
    assert len(difference["removed"]) == 59
    assert [(row["name_zh"], [f["label"] for f in row["fields"]]) for row in difference["changed"]] == [
        ("示例·更名平台", ["平台名称"])
    ]


# --- readers ------------------------------------------------------------------------------------------------------


def _json(client) -> list[dict[str, str]]:
    document = json.loads(client.get("/lists/L2026-key-99077/1.0.json").content)
    return [{name: str(entry[name]) for name in ENTRY_FIELDS} for entry in document["entries"]]


def _csv(client) -> list[dict[str, str]]:
    text = client.get("/lists/L2026-key-99077/1.0.csv").content.decode("utf-8-sig")
    return _table(list(csv.reader(io.StringIO(text))))


def _xlsx(client) -> list[dict[str, str]]:
    content = client.get("/lists/L2026-key-99077/1.0.xlsx").content
    return _table(load_workbook(io.BytesIO(content)).get_sheet_by_index(0).to_python())


def _table(lines) -> list[dict[str, str]]:
    """The rows under the heading; the mark above and the trailer below are not rows."""
    names = {label: name for name, label in HEADINGS.items()}
    start = next(number for number, line in enumerate(lines) if line[0] == HEADINGS["row"])
    head = [names[label] for label in lines[start]]
    assert head == list(ENTRY_FIELDS)
    body = [line for line in lines[start + 1 :] if not str(line[0]).startswith("#")]
    assert len(lines) == start + 1 + len(body) + 1, "one trailer, after the last row"
    return [dict(zip(head, map(str, line), strict=True)) for line in body]


def _page(client) -> list[dict[str, str]]:
    soup = BeautifulSoup(client.get("/lists/L2026-key-99077/1.0/").content, "html.parser")
    rows = []
    for line in soup.select("article.doc tbody tr"):
        cells = [_texts(cell) for cell in line.find_all(["td", "th"])]
        row = {}
        for name, (column, place) in ON_PAGE.items():
            texts = cells[column]
            row[name] = texts[place] if place < len(texts) else ""
        rows.append(row)
    return rows


def _texts(cell) -> list[str]:
    return [text.strip() for text in cell.find_all(string=True) if text.strip()]


def _guarded(text: str) -> str:
    return f"'{text}" if text.startswith("=") else text


def _plain(text: str) -> str:
    """Without white space and in one form, since a PDF keeps glyphs and not spaces."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text))
