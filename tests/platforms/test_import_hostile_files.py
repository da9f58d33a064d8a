"""Files made to harm: each is refused with the limit named, in bounded time and memory, and the next file is read.

These tests need no database: the reading process knows none.
"""

import datetime
import io
import re
import struct
import subprocess
import time
import zipfile
from pathlib import Path

import pytest
import xlsxwriter

from platforms.imports import limits, plain
from platforms.imports.reading import FileRefused, read
from tests.spreadsheets import BOOK, CONTENT_TYPES, SHEET, SHEET_END, raw_xlsx, workbook

ORDINARY = {"平台": [["平台名称", "数"], ["示例", 1]]}
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


@pytest.fixture
def reader_peaks(monkeypatch):
    """The most memory each reading process has had, in MiB: of itself alone, whatever other children this process has."""
    peaks: list[float] = []

    class Measured(subprocess.Popen):
        def wait(self, timeout=None):
            until = time.monotonic() + (timeout if timeout is not None else 3600)
            while self.poll() is None:
                # What the kernel tells at the end counts from before exec, when the process was still a copy of this one.
                if known := re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{self.pid}/status").read_text()):
                    peaks.append(int(known[1]) / 1024)
                if time.monotonic() > until:
                    raise subprocess.TimeoutExpired(self.args, timeout)
                time.sleep(0.005)
            return self.returncode

    monkeypatch.setattr("platforms.imports.reading.subprocess.Popen", Measured)
    return peaks


@pytest.fixture
def refusal(tmp_path, reader_peaks):
    """``refusal(bytes)`` is the rule that refused the file; also asserts the time it took and that the next file is read."""

    def refused(content: bytes, name: str = "file.xlsx") -> str:
        path = tmp_path / name
        path.write_bytes(content)
        before = time.monotonic()
        with pytest.raises(FileRefused) as found:
            read(path)
        assert time.monotonic() - before < limits.WALL_SECONDS
        assert 0 < max(reader_peaks) < 600, f"{max(reader_peaks)} MiB"
        ordinary = tmp_path / "next.xlsx"
        ordinary.write_bytes(workbook(ORDINARY))
        assert read(ordinary).rows["平台"][1].cells == ["示例", 1.0]
        return f"{found.value.rule}: {found.value}"

    return refused


def cell(reference: str, value: str = "1") -> str:
    return f'<row r="{reference.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")}"><c r="{reference}"><v>{value}</v></c></row>'


def test_one_cell_in_the_last_corner_of_the_grid(refusal):
    content = raw_xlsx(SHEET + cell("XFD1048576") + SHEET_END)
    assert len(content) < 2048

    assert refusal(content) == "too_many_rows: 工作表“平台”超过 30000 行。请删除多余的行，或分成几个文件。"


def test_one_cell_in_the_last_column(refusal):
    assert refusal(raw_xlsx(SHEET + cell("XFD2") + SHEET_END)).startswith(
        "too_many_columns: 工作表“平台”超过 120 列"
    )


def test_a_million_rows(refusal):
    def sheet():
        yield SHEET.encode()
        for start in range(1, 1_048_577, 16_384):
            yield "".join(
                f'<row r="{n}"><c r="A{n}"><v>{n}</v></c></row>' for n in range(start, start + 16_384)
            ).encode()
        yield SHEET_END.encode()

    assert refusal(raw_xlsx(sheet())).startswith("too_many_rows")


def test_a_cell_of_256_mebibytes(refusal):
    def sheet():
        yield f'{SHEET}<row r="1"><c r="A1" t="inlineStr"><is><t>'.encode()
        for _chunk in range(256):
            yield b"A" * limits.MIB
        yield f"</t></is></c></row>{SHEET_END}".encode()

    assert refusal(raw_xlsx(sheet())).startswith(
        "entry_inflates: 文件的一个部分展开后约 256 MiB，最多 60 MiB"
    )


def test_a_cell_that_is_only_somewhat_too_long(refusal):
    assert refusal(workbook({"平台": [["x" * 10_001]]})).startswith(
        "cell_too_long: 有单元格超过 10000 个字符"
    )


def test_a_file_that_shrinks_a_thousand_to_one(refusal):
    assert refusal(raw_xlsx(SHEET + SHEET_END, {"xl/media/image1.png": b"\0" * 20 * limits.MIB})).startswith(
        "ratio"
    )


def test_many_parts_that_together_are_too_much(refusal):
    noise = bytes(range(256)) * 40  # compresses, but not beyond the ratio limit on its own
    parts = {f"xl/media/{n}.bin": struct.pack("<I", n) * 16 + noise * 100 for n in range(105)}

    assert refusal(raw_xlsx(SHEET + SHEET_END, parts)).split(":")[0] in ("inflates", "ratio")


def test_more_parts_than_any_workbook_has(refusal):
    parts = {f"xl/media/{n}.bin": b"x" for n in range(250)}

    assert refusal(raw_xlsx(SHEET + SHEET_END, parts)).startswith(
        "too_many_entries: 文件由 255 个部分组成，最多 200 个"
    )


def test_a_directory_that_understates_the_size(refusal):
    content = bytearray(raw_xlsx(SHEET + "<row/>" * 500_000 + SHEET_END))
    directory = content.rindex(b"PK\x01\x02")
    content[directory + 24 : directory + 28] = struct.pack("<I", 1000)

    assert refusal(bytes(content)).startswith("lying_sizes")


def test_a_zip_in_the_zip(refusal):
    inner = raw_xlsx(SHEET + SHEET_END)

    assert refusal(raw_xlsx(SHEET + SHEET_END, {"xl/inner.zip": inner})).startswith("embedded")


def test_paths_that_climb_out(refusal):
    assert refusal(raw_xlsx(SHEET + SHEET_END, {"../../etc/cron.d/x": b"x"})).startswith("unsafe_path")


BOMB = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'


@pytest.mark.parametrize(
    "declaration",
    [BOMB, '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'],
    ids=["billion laughs", "external entity"],
)
def test_entities(refusal, declaration):
    sheet = SHEET.replace('<?xml version="1.0"?>', declaration)

    assert refusal(raw_xlsx(sheet + cell("A1", "&a;") + SHEET_END)).startswith("entities")


def test_entities_in_another_encoding(refusal):
    sheet = (BOMB + SHEET.removeprefix('<?xml version="1.0"?>') + SHEET_END).encode("utf-16")

    assert refusal(raw_xlsx(sheet)).startswith("entities")


def test_macros(refusal):
    assert refusal(raw_xlsx(SHEET + SHEET_END, {"xl/vbaProject.bin": b"x"}), "file.xlsm").startswith("macro")
    types = CONTENT_TYPES.replace(
        "openxmlformats-officedocument.spreadsheetml.sheet.main", "ms-excel.sheet.macroEnabled.main"
    )
    assert refusal(raw_xlsx(SHEET + SHEET_END, types=types)).startswith("macro: 文件带有宏")


def test_links_to_other_workbooks(refusal):
    parts = {"xl/externalLinks/externalLink1.xml": b"<x/>"}

    assert refusal(raw_xlsx(SHEET + SHEET_END, parts)).startswith("external_links")


def test_a_password_and_the_old_format(refusal):
    encrypted = OLE + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le") + b"\0" * 600

    assert refusal(encrypted).startswith("encrypted: 文件设有打开密码")
    assert refusal(OLE + b"\0" * 2000, "file.xls").startswith("old_xls")


def test_files_that_are_something_else(refusal):
    good = workbook(ORDINARY)
    pages = io.BytesIO()
    with zipfile.ZipFile(pages, "w") as archive:
        archive.writestr("readme.txt", "no workbook")

    assert refusal(b"").startswith("empty")
    assert refusal(good[: len(good) // 2]).startswith("truncated")
    assert refusal("平台名称,电话\n".encode()).startswith("not_xlsx")
    assert refusal(b"%PDF-1.7 ...").startswith("not_a_sheet")
    assert refusal(pages.getvalue()).startswith("not_a_sheet")
    assert refusal(raw_xlsx("<worksheet><sheetData>")).startswith("broken_xml")
    assert refusal(raw_xlsx(SHEET + SHEET_END, book=BOOK.replace("</sheets>", ""))).startswith("broken_xml")


def test_a_process_that_needs_too_much_memory_dies_alone(refusal, monkeypatch):
    monkeypatch.setattr(limits, "MEMORY_BYTES", 512 * limits.MIB)
    text = "".join(
        f"{n:06d}" for n in range(9_000)
    )  # hardly compressible numbers, one shared string per cell
    rows = "".join(
        f'<row r="{n}"><c r="A{n}" t="inlineStr"><is><t>{text}</t></is></c></row>' for n in range(1, 900)
    )

    assert refusal(raw_xlsx(SHEET + rows + SHEET_END)).split(":")[0] in ("cell_too_long", "memory", "ratio")


def test_formulas_errors_percentages_and_dates_are_marked_with_their_cell(tmp_path):
    def prepare(book, sheets):
        sheet = sheets["平台"]
        sheet.write_formula("A2", "=1+1", value=2)
        sheet.write_formula("B2", '=HYPERLINK("http://example.com","x")', value="x")
        sheet.write_number("C2", 0.35, book.add_format({"num_format": "0%"}))
        sheet.write_datetime("D2", datetime.date(2026, 3, 1), book.add_format({"num_format": "yyyy-mm-dd"}))
        sheet.write_string("E2", "=1+1")
        sheet.set_row(1, None, None, {"hidden": True})
        sheet.merge_range("A4:B5", "x")

    path = tmp_path / "file.xlsx"
    path.write_bytes(workbook({"平台": [["a"]]}, prepare))

    found = read(path)

    row = found.rows["平台"][1]
    assert row.marks == {1: "formula", 2: "formula", 3: "percent", 4: "date"}
    assert row.cells[3:] == ["2026-03-01", "=1+1"]
    assert (found.sheets[0]["hidden_rows"], found.sheets[0]["merged"]) == (1, 1)


def test_a_shared_formula_and_a_cell_without_a_reference_are_found(tmp_path):
    sheet = '<row r="1"><c><v>1</v></c><c><f t="shared" si="0"/><v>5</v></c></row><row><c><v>2</v></c></row>'
    path = tmp_path / "file.xlsx"
    path.write_bytes(raw_xlsx(SHEET + sheet + SHEET_END))

    assert read(path).rows["平台"][0].marks == {2: "formula"}


TEXT = "平台名称,备注\n示例·𠮷田中试平台,“引号”\n"


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (TEXT.encode(), "UTF-8"),
        (TEXT.encode("utf-8-sig"), "UTF-8"),
        (TEXT.encode("gb18030"), "GB18030"),
        (TEXT.replace(",", "\t").encode("utf-16"), "UTF-16"),
    ],
    ids=["utf-8", "utf-8 with mark", "gb18030", "utf-16 as spreadsheet programs save it"],
)
def test_text_is_read_in_the_encoding_it_is_in(tmp_path, content, encoding):
    path = tmp_path / "file.csv"
    path.write_bytes(content)

    found = read(path)

    assert found.sheets[0]["encoding"] == encoding
    assert found.rows["CSV"][1].cells == ["示例·𠮷田中试平台", "“引号”"]


def test_text_without_a_certain_encoding_is_refused(refusal):
    assert refusal(TEXT.encode("utf-16-le"), "file.csv").startswith("encoding")
    assert refusal(TEXT.encode("gb18030") + b"\xff\xff", "file.csv").startswith("encoding")
    assert refusal(b'a,b\n"open,1\n', "file.csv").startswith("broken_csv")


def test_characters_that_gb18030_moved_out_of_private_use_arrive_in_their_place():
    text, _encoding = plain.decode(bytes.fromhex("A6D9") + bytes.fromhex("FE59") + "中".encode("gb18030") * 3)

    assert text == "\ufe10\u9fb4中中中"


def test_the_guard_of_our_own_text_exports_comes_off_and_a_bare_formula_is_marked(tmp_path):
    path = tmp_path / "file.csv"
    path.write_text("a,b,c\n'=1+1,=cmd|' /C calc'!A0,'普通\n", encoding="utf-8")

    row = read(path).rows["CSV"][1]

    assert row.cells == ["=1+1", "=cmd|' /C calc'!A0", "'普通"]
    assert row.marks == {2: "formula"}


def test_dates_counted_from_1904_arrive_as_the_same_dates(tmp_path):
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "date_1904": True})
    sheet = book.add_worksheet("平台")
    sheet.write_datetime("A1", datetime.date(2026, 3, 1), book.add_format({"num_format": "yyyy-mm-dd"}))
    sheet.write_number("B1", 44620)
    book.close()
    path = tmp_path / "file.xlsx"
    path.write_bytes(out.getvalue())

    assert read(path).rows["平台"][0].cells == ["2026-03-01", 44620.0]
