"""Standards stand where the guide puts them, each with how far it has come."""

import pytest
from bs4 import BeautifulSoup

from cultivation.choices import StandardStage
from cultivation.demo import standards as demo
from cultivation.models import Standard

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(client):
    demo.write()
    Standard.objects.create(slug="tc", title_zh="示例·技术委员会", kind="committee", dated="2025")
    return lambda query="", prefix="": BeautifulSoup(
        client.get(f"{prefix}/standards/{query}").content, "html.parser"
    )


def titles(soup) -> list[str]:
    return [item.select_one("span").text.split("·")[-1].strip() for item in soup.select(".tree .feed > li")]


def test_the_tree_has_the_three_parts_of_the_guide_and_each_standard_once(page):
    soup = page()

    assert [head.contents[0].strip() for head in soup.select("section.branch h3")] == [
        "基础通用",
        "关键技术",
        "行业应用",
    ]
    assert len(soup.select(".tree > li")) == 13
    assert len(soup.select(".tree .feed > li")) == len(demo.ROWS) == len(set(titles(soup)))
    (terms,) = [item for item in soup.select(".tree > li") if item.b.text == "术语定义"]
    assert "示例·中试 术语" in terms.text
    assert "示例·技术委员会" in soup.select_one("section.sect").text


def test_the_bar_says_how_far_a_standard_has_come(page):
    (terms,) = [item for item in page().select(".tree .feed > li") if "数据采集" in item.text]
    bar = terms.select_one("ol.stagebar")

    assert bar["aria-label"] == "阶段：征求意见"
    assert [step.text for step in bar.select("li")] == [str(stage.label) for stage in StandardStage]
    assert [step["data-s"] for step in bar.select("li")] == [
        "done",
        "done",
        "current",
        "ahead",
        "ahead",
        "ahead",
    ]


def test_the_numbers_by_stage_are_links_to_what_they_count(page):
    steps = page().select("ol.stagebar[data-count] a")
    assert [int(step.b.text) for step in steps] == [2, 2, 2, 1, 1, 2]
    for step in steps:
        assert len(page(step["href"]).select(".tree .feed > li")) == int(step.b.text)


def test_words_and_stage_narrow_together_and_an_unknown_stage_is_refused(client, page):
    soup = page("?q=发酵&stage=approved")
    assert [text.split("示例·")[-1] for text in titles(soup)] and "微生物发酵" in soup.select_one(
        ".tree"
    ).text
    assert len(soup.select(".tree .feed > li")) == 1
    assert "没有符合条件的标准" in page("?q=发酵&stage=published").text
    assert client.get("/standards/?stage=unknown").status_code == 400


def test_in_english_it_reads_english(page):
    soup = page(prefix="/en")
    assert "Sample: Microbial fermentation at pilot scale" in soup.text
    assert soup.select_one("section.branch h3").contents[0].strip() == "Basic and general"
