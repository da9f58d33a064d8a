"""报表: what is counted agrees with the records, small numbers stay untold, and the paper says what the page says."""

import csv
import datetime
import io
import re
from decimal import Decimal

import pytest
from bs4 import BeautifulSoup
from django.utils import timezone
from openpyxl import load_workbook
from pypdf import PdfReader

from cultivation import clock
from cultivation.actions.submission import prepare, submit
from cultivation.actions.submission_acceptance import accept, return_
from cultivation.models import Submission
from platforms.views import one_page
from registry.pages import report_tables
from registry.pages.report_tables import Period
from tests.cultivation import noticing, test_score_room
from tests.cultivation.submissions import submitted

pytestmark = pytest.mark.django_db

room = test_score_room.room
DAY = datetime.timedelta(days=1)


def this_year():
    today = clock.today()
    return Period(today.replace(month=1, day=1), today)


def returned_once_then_accepted(cast):
    made = submitted(cast)
    return_(submission=made, by=cast.ministry_clerk, reason="示例：请补正")
    made.refresh_from_db()
    prepare(submission=made, by=cast.jiangsu_clerk)
    submit(submission=made, by=cast.jiangsu_approver)
    accept(submission=made, by=cast.ministry_clerk)
    Submission.objects.filter(pk=made.pk).update(
        submitted_at=timezone.now() - 3 * DAY, decided_at=timezone.now() - DAY
    )


def test_moves_of_a_period_are_counted_as_often_as_they_were_made(cast):
    returned_once_then_accepted(cast)
    head = report_tables.submissions(this_year())
    assert head.rows == [
        ["320000", cast.jiangsu.name_zh, 2, 1, 1, 0, 2.0],
        ["", "合计", 2, 1, 1, 0, 2.0],
    ]
    before = Period(this_year().first - 400 * DAY, this_year().first - 300 * DAY)
    assert report_tables.submissions(before).rows == [["", "合计", 0, 0, 0, 0, ""]]


def test_scores_of_fewer_than_three_are_not_told(room):
    untold = report_tables.scores(room([[90, 80, 70], [60, 60, 60], [99, 99]])).rows
    assert [cell for row in untold for cell in row[2:]] == ["*"] * 5 * len(untold)
    told = report_tables.scores(room([[90, 80, 70], [60, 60, 60], [70, 70, 70], [99, 99]])).rows[-1]
    assert [Decimal(each) for each in told[2:]] == [60, 65, 70, 75, 80]


def test_a_batch_is_counted_by_stage_and_by_authority(cast, room):
    batch = room([[80, 80, 80]])
    noticing.application(cast, batch, "reserve_list", rank=2)
    noticing.application(cast, batch, "shortlisted", rank=3)
    assert [row[1] for row in report_tables.funnel(batch).rows] == [3, 0, 2, 1, 0, 0]
    assert report_tables.recommendations(batch).rows[-1][3:7] == [3, 3, 0, 0]


def test_page_files_and_bad_questions(cast, signed_in, room):
    batch = room([[80, 80, 80]])
    returned_once_then_accepted(cast)
    clerk, address = signed_in(cast.ministry_clerk), "/ministry/reports/"
    assert signed_in(cast.jiangsu_clerk).get(address).status_code == 403
    assert batch.title_zh in clerk.get(address).content.decode()
    for wrong in ("?from=yesterday", "?from=2026-02-01&until=2026-01-01", "?year=x"):
        assert clerk.get(address + wrong).status_code == 400
    assert clerk.get(f"{address}?batch=B1999-key-1").status_code == 404
    text = clerk.get(f"{address}submissions.csv").content.decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text)))
    assert rows[1][-8:] == [
        "320000",
        cast.jiangsu.name_zh,
        "2",
        "1",
        "1",
        "0",
        "2.0",
        clock.today().isoformat(),
    ]
    assert "两次" in rows[-1][-1]
    book = load_workbook(io.BytesIO(clerk.get(f"{address}funnel.xlsx?batch={batch.code}").content))
    assert book["data"].cell(2, book["data"].max_column).value == 1
    assert book["total"].cell(3, 2).value == clock.today().isoformat()
    assert clerk.get(f"{address}annual-check.csv").status_code == 400  # there has been none


@pytest.mark.parametrize("prefix", ["", "/en"])
def test_the_leaders_paper_says_what_the_page_says(cast, signed_in, room, prefix):
    room([[80, 80, 80]])
    returned_once_then_accepted(cast)
    clerk = signed_in(cast.ministry_clerk)
    page = BeautifulSoup(clerk.get(f"{prefix}/ministry/reports/leader/").content, "html.parser").main
    paper = PdfReader(io.BytesIO(clerk.get(f"{prefix}/ministry/reports/leader.pdf").content))
    assert len(paper.pages) == 1
    on_paper = _plain(paper.pages[0].extract_text())
    said = [each.get_text() for each in page.select("h1, h2, .meta span, th, td, p.hint")]
    assert len(said) > 30
    running = page.select("section")[2].select_one("tbody tr")
    assert [each.get("class") for each in running.select("td")[:3]] == [None, None, ["num"]]
    assert [each for each in said if _plain(each) not in on_paper] == []


def test_numbers_of_the_leaders_page_are_grouped_and_words_are_not():
    made = one_page.section("示例", ["批次", "数量"], [["2025", 2706], ["", 1.5]], "", words=1)
    assert made["rows"] == [["2025", "2,706"], ["—", "1.5"]]


def _plain(text):
    return re.sub(r"[\s\u00ad\-–—‐]+", "", text)
