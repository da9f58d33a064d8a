"""Official papers: the same bytes twice, fonts inside, and nothing typed by a person becomes markup."""

import datetime

import pytest

from platforms import printing
from platforms.printing import pdf

AT = datetime.datetime(2026, 11, 23, 8, 0, tzinfo=datetime.UTC)
PAPER = """#import "paper.typ": *
#show: paper.with(title: data.title)
#rows(("名称",), data.rows.map(row => (row,)))
"""


@pytest.fixture
def sheet(tmp_path, monkeypatch):
    """A paper of its own beside the real common part."""
    (tmp_path / "paper.typ").write_text((printing.TEMPLATES / "paper.typ").read_text())
    (tmp_path / "sheet.typ").write_text(PAPER)
    monkeypatch.setattr(printing, "TEMPLATES", tmp_path)


@pytest.mark.usefixtures("sheet")
def test_the_same_data_at_the_same_moment_gives_the_same_bytes():
    data = {"title": "示例", "rows": ["示例·平台"] * 60}

    assert pdf("sheet", data, at=AT) == pdf("sheet", data, at=AT)
    assert pdf("sheet", data, at=AT) != pdf("sheet", {**data, "title": "示例二"}, at=AT)


@pytest.mark.usefixtures("sheet")
def test_the_fonts_are_embedded_and_the_file_is_fit_for_archives():
    made = pdf("sheet", {"title": "示例", "rows": ["示例·平台"]}, at=AT)

    assert made.startswith(b"%PDF-1.7")
    assert b"+NotoSerifSC-Regular" in made
    assert b"/FontFile" in made
    assert b"<pdfaid:part>2</pdfaid:part>" in made


@pytest.mark.usefixtures("sheet")
def test_what_a_person_typed_is_text_whatever_it_looks_like():
    typed = '#import "x" #panic("no") $ \\ @nowhere *粗 `code ] }'

    assert pdf("sheet", {"title": typed, "rows": [typed]}, at=AT).startswith(b"%PDF")


@pytest.mark.parametrize("name", ["nothing", "../paper", "paper/../sheet"])
def test_a_paper_that_does_not_exist_is_refused(name):
    with pytest.raises(ValueError, match="no such paper"):
        pdf(name, {}, at=AT)
