"""What the directory hands out as files: complete, provably so, and fit to be handed in again."""

import csv
import io
import json

import pytest

from platforms import jobs
from platforms.models import Qualification, YearlyFigures
from platforms.publish import publish
from tests import factories
from tests.spreadsheets import uploaded

pytestmark = pytest.mark.django_db


@pytest.fixture
def platforms(cast):
    """Thirty platforms, more than a page, with everything a record can have."""
    made = []
    for number in range(30):
        platform = factories.PlatformFactory(
            authority=cast.jiangsu, direction=factories.DirectionFactory(), name_en="Sample", tier="key",
            office_email="office@example.org", website="https://example.org/", keywords="示例，关键词",
        )  # fmt: skip
        factories.PilotLineFactory(platform=platform)
        factories.ServiceItemFactory(
            platform=platform, price_mode="by_quote", open_to="all", lead_time_days=number + 1
        )
        factories.EquipmentFactory(platform=platform, original_value_wan="12.50")
        Qualification.objects.create(platform=platform, kind="cma", number="示例-1", issuer="示例机构")
        YearlyFigures.objects.create(platform=platform, year=2025, projects_total=40, projects_external=31)
        publish(platform)
        made.append(platform)
    return made


def test_csv_has_every_record_and_says_so_at_its_end(client, platforms):
    text = b"".join(client.get("/platforms/download.csv")).decode("utf-8-sig")
    lines = list(csv.reader(io.StringIO(text)))
    head, rows, trailer = lines[0], lines[1:-1], lines[-1]
    assert {row[head.index("code")] for row in rows} == {platform.code for platform in platforms}
    assert (len(rows), trailer) == (30, ["# 30"])


def test_json_has_every_record_and_says_so_at_its_end(client, platforms):
    found = json.loads(b"".join(client.get("/platforms/download.json")))
    assert {row["code"] for row in found["results"]} == {platform.code for platform in platforms}
    assert (found["count"], found["complete"]) == (30, True)


def test_xlsx_of_everything_imports_again_without_a_change(client, cast, platforms):
    content = client.get("/platforms/download.xlsx?authority=320000").content

    run = uploaded(content, cast.jiangsu, cast.jiangsu_clerk)
    jobs.run(run.check_job_id)
    run.refresh_from_db()

    assert run.counts == {"same": 30}, [(row.problems, row.differences) for row in run.rows.all()[:3]]


def test_what_is_corrected_in_it_is_the_only_change(client, cast, platforms):
    from openpyxl import load_workbook

    book = load_workbook(io.BytesIO(client.get("/platforms/download.xlsx").content))
    sheet = book["平台"]
    column = next(cell.column for cell in sheet[1] if cell.value == "关键词")
    sheet.cell(2, column).value = "示例，新的关键词"
    out = io.BytesIO()
    book.save(out)

    run = uploaded(out.getvalue(), cast.jiangsu, cast.jiangsu_clerk)
    jobs.run(run.check_job_id)
    run.refresh_from_db()

    assert run.counts == {"same": 29, "changed": 1}


def test_files_have_what_the_page_finds(client, platforms):
    other = factories.PlatformFactory(name_zh="示例·另一处", tier="national")
    publish(other)
    for kind in ("csv", "json"):
        text = b"".join(client.get(f"/platforms/download.{kind}?tier=national")).decode()
        assert other.code in text and platforms[0].code not in text
