"""What the service resource list hands out as files, and the orders it can be read in."""

import csv
import io
import json
import re

import pytest

from platforms.publish import publish
from tests import factories

pytestmark = pytest.mark.django_db

#: What a spreadsheet would run, were it handed over as it is.
FORMULA = '=HYPERLINK("https://example.org/")'


@pytest.fixture(autouse=True)
def services(db):
    """Thirty services, more than a page, and two instruments, one of which is not shared."""
    for tier, days in (("reserve", 9), ("national", None), ("key", 30)):
        platform = factories.PlatformFactory(tier=tier)
        for position in range(10):
            factories.ServiceItemFactory(
                platform=platform, position=position, title_zh=f"示例·放大{position}", lead_time_days=days,
                price_note=FORMULA, last_confirmed_on=f"202{'436'[position % 3]}-01-0{1 + position // 3}",
            )  # fmt: skip
        publish(platform)
    factories.EquipmentFactory(
        platform=platform, name_zh="示例·发酵罐", specification="500 L", open_sharing=True
    )
    factories.EquipmentFactory(platform=platform, position=1, name_zh="示例·不开放", open_sharing=False)
    publish(platform)


def table(client, query: str = "") -> tuple[list[dict[str, str]], list[str]]:
    text = b"".join(client.get(f"/services/download.csv{query}")).decode("utf-8-sig")
    head, *rows, trailer = csv.reader(io.StringIO(text))
    return [dict(zip(head, row, strict=True)) for row in rows], trailer


def codes_of_pages(client, query: str) -> list[str]:
    found, address = [], f"/services/?{query}"
    while address:
        page = client.get(address)
        found += [row["code"] for row in page.context["results"]]
        following = page.context["pager"].get("next")
        address = f"/services/{following}" if following else ""
    return found


@pytest.mark.parametrize(
    "query", ["", "tier=key", "q=放大&sort=lead_time", "parameter_unit=L&parameter_min=400"]
)
def test_every_file_has_exactly_the_rows_of_the_pages_in_their_order(client, query):
    from openpyxl import load_workbook

    shown = codes_of_pages(client, query)
    assert shown
    rows, trailer = table(client, f"?{query}")
    document = json.loads(b"".join(client.get(f"/services/download.json?{query}")))
    sheet = load_workbook(io.BytesIO(b"".join(client.get(f"/services/download.xlsx?{query}"))))["data"]
    head = [cell.value for cell in sheet[1]]
    workbook = [row[head.index("code")] for row in sheet.iter_rows(min_row=2, values_only=True)]

    assert [row["code"] for row in rows] == shown
    assert [row["code"] for row in document["results"]] == shown
    assert workbook == shown
    assert (trailer, document["count"], document["complete"]) == ([f"# {len(shown)}"], len(shown), True)


def test_no_cell_is_run_by_a_spreadsheet_program(client):
    from openpyxl import load_workbook

    rows, _trailer = table(client, "?tier=reserve")
    assert {row["price_note"] for row in rows} == {"'" + FORMULA}
    book = load_workbook(io.BytesIO(b"".join(client.get("/services/download.xlsx"))))
    assert {cell.data_type for line in book["data"].iter_rows() for cell in line} <= {"s", "n", "b"}


def test_an_instrument_stands_in_the_same_columns_as_a_service(client):
    rows, _trailer = table(client, "?q=发酵罐")
    assert [(row["kind"], row["title_zh"], row["service_type"], row["specification"]) for row in rows] == [
        ("equipment", "示例·发酵罐", "equipment_sharing", "500 L")
    ]


@pytest.mark.parametrize(
    ("order", "first", "last"),
    [
        ("tier", {"national"}, {"reserve"}),
        ("lead_time", {"reserve"}, {"national", "key"}),  # the instrument has none either
    ],
)
def test_it_can_be_read_by_tier_and_by_lead_time_with_the_unstated_last(client, order, first, last):
    rows, _trailer = table(client, f"?sort={order}")
    assert {row["platform_tier"] for row in rows[:10]} == first
    assert {row["platform_tier"] for row in rows[-10:]} <= last


def test_the_latest_confirmed_comes_first_and_what_nobody_confirmed_last(client):
    days = [row["last_confirmed_on"] for row in table(client, "?sort=confirmed")[0]]
    assert days == sorted(days, reverse=True)
    assert (days[0], days[-1]) == ("2026-01-03", "")


def test_the_page_offers_the_orders_and_the_files_of_the_same_filters(client):
    page = client.get("/services/?tier=key&sort=lead_time").content.decode()
    for kind in ("csv", "xlsx", "json"):
        assert f"/services/download.{kind}?tier=key&amp;sort=lead_time" in page
    assert re.search(r'href="\?tier=key&amp;sort=lead_time" aria-current="true"', page)


def test_a_range_of_a_parameter_has_no_link_into_the_api_which_would_refuse_it(client):
    assert (
        "/api/v1/services/?"
        not in client.get("/services/?parameter_unit=L&parameter_min=400").content.decode()
    )


def test_a_workbook_larger_than_one_piece_is_refused_with_a_way_out(client, monkeypatch):
    monkeypatch.setattr("platforms.views.service_download.MOST_IN_A_WORKBOOK", 29)
    page = client.get("/services/download.xlsx")
    assert page.status_code == 400
    assert "XLSX 一次最多 29 项服务，请先筛选，或下载 CSV。" in page.content.decode()
