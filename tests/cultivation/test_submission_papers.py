"""Papers for the seal say what the registry holds; the letter is recorded once."""

import io

import openpyxl
import pytest

from cultivation.models import RecommendationLetter
from platforms.errors import Invalid
from tests.cultivation.submissions import drafted, submitted
from tests.cultivation.test_submission_attach import PDF, file
from tests.factories import ApplicationFactory, BatchFactory, PlatformFactory

pytestmark = pytest.mark.django_db
OFFICE = "/authorities/320000/"


def test_the_form_of_a_submission_is_set_for_those_who_see_it(cast, signed_in):
    submission = drafted(cast, name='示例·#panic("x") 平台')
    address = f"/submissions/{submission.number}/form.pdf"
    clerk = signed_in(cast.jiangsu_clerk)
    answer = clerk.get(address)

    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    assert answer.content.startswith(b"%PDF-1.7")
    assert answer.content == clerk.get(address).content
    assert signed_in(cast.ningbo_clerk).get(address).status_code == 404
    assert signed_in(cast.ministry_clerk).get(address).status_code == 404


def test_the_sheet_holds_what_was_handed_over_and_nothing_is_a_formula(cast, signed_in):
    submission = submitted(cast, name="=1+1")
    drafted(cast, name="示例·草稿", serial=5)
    clerk = signed_in(cast.jiangsu_clerk)
    answer = clerk.get(f"{OFFICE}submissions/summary.xlsx")
    [page] = openpyxl.load_workbook(io.BytesIO(answer.content)).worksheets
    rows = [[cell.value for cell in row] for row in page.iter_rows(min_row=3, max_row=4)]

    assert rows[0][:5] == ["序号", "编号", "平台名称", "建设单位", "统一社会信用代码"]
    assert rows[1][:3] == [1, submission.number, "=1+1"]
    assert page["C4"].data_type == "s"
    assert rows[1][9:12] == [3000, 1200, 30]
    assert page["A5"].value is None
    assert clerk.get(f"{OFFICE}submissions/summary.pdf").content.startswith(b"%PDF")


def test_the_sheet_of_a_batch_keeps_the_order_of_the_recommendation(cast, signed_in):
    from django.utils import timezone

    batch = BatchFactory(status="recommending", opened_at=timezone.now(), opened_by=cast.ministry_approver)
    for rank, name in ((2, "示例·乙"), (1, "示例·甲")):
        platform = PlatformFactory(name_zh=name, authority=cast.jiangsu)
        ApplicationFactory(batch=batch, platform=platform, rank=rank)
    answer = signed_in(cast.jiangsu_clerk).get(f"{OFFICE}batches/{batch.code}/summary.xlsx")
    [page] = openpyxl.load_workbook(io.BytesIO(answer.content)).worksheets

    assert [page["C4"].value, page["C5"].value] == ["示例·甲", "示例·乙"]
    stranger, clerk = signed_in(cast.ningbo_clerk), signed_in(cast.jiangsu_clerk)
    for paper in ("summary.xlsx", "summary.pdf", "letter.pdf"):
        assert clerk.get(f"{OFFICE}batches/{batch.code}/{paper}").status_code == 200
        assert stranger.get(f"{OFFICE}batches/{batch.code}/{paper}").status_code == 404


@pytest.mark.parametrize("path", ["submissions/summary.exe", "submissions/summary.pdf?year=x"])
def test_nonsense_is_no_failure(cast, signed_in, path):
    assert signed_in(cast.jiangsu_clerk).get(f"{OFFICE}{path}").status_code in (200, 301, 404)


def test_a_letter_is_recorded_with_its_scan_and_only_once(cast, signed_in):
    clerk = signed_in(cast.jiangsu_clerk)
    data = {"number": "示工信函〔2026〕1号", "dated_on": "2026-01-05", "batch": ""}
    assert clerk.post(f"{OFFICE}stamped-letters/", data | {"file": file(PDF, "函.pdf")}).status_code == 302
    again = clerk.post(f"{OFFICE}stamped-letters/", data)

    letter = RecommendationLetter.objects.get()
    assert letter.recorded_by == cast.jiangsu_clerk
    assert again.status_code == 409
    assert "这个文号已经登记过" in again.text
    address = f"{OFFICE}stamped-letters/{letter.pk}/"
    assert clerk.get(address).content == PDF
    assert signed_in(cast.ministry_clerk).get(address).status_code == 200
    assert signed_in(cast.ningbo_clerk).get(address).status_code == 404


@pytest.mark.parametrize(
    "wrong", [{"dated_on": "2099-01-01"}, {"number": ""}, {"number": "a\x00"}, {"file": b"MZ"}]
)
def test_a_letter_with_something_wrong_is_not_recorded(cast, signed_in, wrong):
    data = {"number": "示函1号", "dated_on": "2026-01-05", "batch": ""} | wrong
    if "file" in data:
        data["file"] = file(data["file"])
    assert signed_in(cast.jiangsu_clerk).post(f"{OFFICE}stamped-letters/", data).status_code == 400
    assert not RecommendationLetter.objects.exists()


def test_the_verb_refuses_a_letter_of_tomorrow(cast):
    import datetime

    from cultivation.actions.letter import record_letter

    with pytest.raises(Invalid):
        record_letter(
            authority=cast.jiangsu, number="示", dated_on=datetime.date(2099, 1, 1), by=cast.jiangsu_clerk
        )
