"""本地区数据: the own numbers beside the middle of what is public; the middle of one or two others is untold; the paper says the same."""

import io
import re

import pytest
from bs4 import BeautifulSoup
from pypdf import PdfReader

from cultivation import clock
from platforms.publish import publish
from tests import factories

pytestmark = pytest.mark.django_db
PAGE = "/authorities/320000/dashboard/"


@pytest.fixture
def region(cast):
    """Three published in Jiangsu, one each in Ningbo and two others, one more that nobody sees."""
    for number in range(3):
        publish(factories.PlatformFactory(authority=cast.jiangsu, tier="key", name_zh=f"示例·公开{number}"))
    factories.PlatformFactory(authority=cast.ningbo, tier="key", name_zh="示例·没有公开")
    publish(factories.PlatformFactory(authority=cast.ningbo, tier="national", name_zh="示例·宁波公开"))
    for code in ("110000", "120000"):
        publish(factories.PlatformFactory(authority=factories.AuthorityFactory(code=code), tier="key"))


def _rows(page):
    return {row[0]: row[1:] for part in page.context["sections"] for row in part["rows"]}


def test_the_region_stands_beside_the_median_of_what_is_public(cast, region, signed_in):
    page = signed_in(cast.jiangsu_clerk).get(PAGE)
    assert _rows(page)["平台总数"] == ["3", "1", "+2"]
    assert f"截至 {clock.today()}" in page.text
    for address in (PAGE, "/authorities/320000/dashboard.pdf"):
        assert signed_in(cast.ningbo_clerk).get(address).status_code == 404


def test_the_middle_of_one_or_two_others_is_not_told(cast, region, signed_in):
    rows = _rows(signed_in(cast.jiangsu_clerk).get(PAGE))
    assert rows["国家级"] == ["0", "—", "—"]
    assert rows["重点培育"] == ["3", "—", "—"]
    assert rows["储备"] == ["0", "0", "0"]


@pytest.mark.parametrize("prefix", ["", "/en"])
def test_the_regions_paper_says_what_its_page_says(cast, region, signed_in, prefix):
    clerk = signed_in(cast.jiangsu_clerk)
    page = BeautifulSoup(clerk.get(f"{prefix}{PAGE}").content, "html.parser").main
    answer = clerk.get(f"{prefix}/authorities/320000/dashboard.pdf")
    paper = PdfReader(io.BytesIO(answer.content))
    assert (answer["Content-Type"], len(paper.pages)) == ("application/pdf", 1)
    on_paper = _plain(paper.pages[0].extract_text())
    said = [each.get_text() for each in page.select("h1, h2, .meta span, th, td, p.hint")]
    assert len(said) > 25
    assert [each for each in said if _plain(each) not in on_paper] == []


def _plain(text):
    return re.sub(r"[\s\u00ad\-–—‐]+", "", text)
