"""The figures of the statistics page as files: the same numbers, with date and definition, drawn on the server."""

import csv
import io

import pytest

from platforms.models import PublicPlatform
from registry.pages import figures
from tests import factories
from tests.platforms.publishing import published

pytestmark = pytest.mark.django_db


@pytest.fixture
def platforms(cast):
    factories.DirectionFactory()
    for number in range(4):
        published(f"示例·平台{number}", tier="key" if number else "national", direction_id="2025-1-01")
    row = PublicPlatform.objects.order_by("code").first()
    row.document["designations"] = [
        {"tier": "reserve", "from": "2024-05-01", "to": None, "status": "in_force"},
        {"tier": "key", "from": "2025-03-01", "to": None, "status": "in_force"},
    ]
    row.save()


@pytest.mark.parametrize("name", ["tiers", "authorities", "years", "gaps"])
def test_each_figure_is_there_as_csv_svg_and_png(client, platforms, name):
    text = b"".join([client.get(f"/statistics/{name}.csv").content]).decode("utf-8-sig")
    lines = list(csv.reader(io.StringIO(text)))
    assert lines[-1][0] == f"# {len(lines) - 2}"
    assert client.get(f"/statistics/{name}.svg").content.startswith(b"<svg")
    assert client.get(f"/statistics/{name}.png").content.startswith(b"\x89PNG")


def test_a_platform_counts_at_its_highest_tier_of_each_year(platforms):
    found = figures.by_year()
    assert dict(found[2024]) == {"reserve": 1}
    assert dict(found[2025]) == {"key": 1}


def test_the_gaps_name_the_provinces_that_have_nobody(client, platforms):
    factories.RegionFactory(code="510000", name_zh="四川省", name_en="Sichuan", short_zh="四川")
    row = next(row for row in figures.gaps(figures.live()).rows if row[0] == "2025-1-01")
    assert row[2] == 4 and "四川省" in row[4] and "江苏省" not in row[4]
    assert "四川省" in client.get("/statistics/").content.decode()


def test_an_unknown_figure_is_no_page(client, platforms):
    assert client.get("/statistics/nothing.csv").status_code == 404
