"""One slip of the hand, or the right sounds in the wrong characters, still leads to what was meant."""

import pytest
from bs4 import BeautifulSoup

from platforms import spelling
from platforms.publish import publish
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def cathodes():
    platform = factories.PlatformFactory(name_zh="示例·锂电正极材料中试平台")
    factories.ServiceItemFactory(platform=platform, title_zh="微生物发酵工艺放大", position=1)
    publish(platform)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("正级材料", "正极材料"),  # the same sounds
        ("正机材料", "正极材料"),
        ("正极材枓", "正极材料"),  # another character
        ("正极料", "正极材料"),  # one too few
        ("微生物发教", "微生物发酵"),
        ("发教", "发酵"),  # two characters are taken by their sound
        ("fermentaton", "fermentation"),
        ("fermentatoin", "fermentation"),
    ],
)
def test_a_slip_is_understood(cathodes, typed: str, expected: str):
    assert expected in spelling.meant(typed)


@pytest.mark.parametrize("typed", ["", "料", "完全不同的词", "xyz", "qqqqqqq", "正极材料" * 4])
def test_what_resembles_nothing_is_left_alone(cathodes, typed: str):
    assert spelling.meant(typed) == []


def test_the_page_without_a_result_offers_it_with_its_count(client, cathodes):
    page = client.get("/platforms/?q=正级材料 吨级&sort=name").content.decode()
    assert "您是不是要找" not in page  # the other word has no answer, so neither has the correction

    soup = BeautifulSoup(client.get("/platforms/?q=正级材料&sort=name").content, "html.parser")
    way = soup.select_one(".empty a")
    assert way.text == "您是不是要找“正极材料”？有 1 个"
    assert "共 1 个平台" in client.get("/platforms/" + way["href"]).content.decode()
    assert "没有平台满足“正级材料”" in soup.select_one(".empty").text


def test_it_is_suggested_while_typing(client, cathodes):
    assert client.get("/platforms/suggest.json?q=正级材料").json()["suggestions"] == ["正极材料"]
