"""Reading a list to its end: numbers for the first pages, then on from the last row and back from the first."""

import re

import pytest
from bs4 import BeautifulSoup

from platforms import directory, places, shelves
from platforms.models import PublicPlatform
from platforms.publish import publish
from platforms.views import listing
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def fourteen(monkeypatch):
    """Fourteen platforms at three to a page, of which two pages have numbers; several agree in tier and in date."""
    for module in (directory, listing):
        monkeypatch.setattr(module, "PAGE_SIZE", 3)
        monkeypatch.setattr(module, "NUMBERED", 2)
    monkeypatch.setattr(places, "NUMBERED", 2)
    for number in range(14):
        word = "放大平台" if number % 3 else "平台"
        publish(
            factories.PlatformFactory(
                name_zh=f"{word}{number % 5}号", tier=("key", "national", "reserve")[number % 3]
            )
        )


def walk(client, address: str, way: str = "next") -> tuple[list[list[str]], list[str]]:
    """The names page by page along the links of one kind, and the addresses of the pages."""
    pages, addresses = [], []
    while address:
        addresses.append(address)
        assert len(addresses) < 20
        soup = BeautifulSoup(client.get(address).content, "html.parser")
        pages.append([str(box["value"]) for box in soup.select("ol.results input[name=code]")])
        link = soup.select_one(f"nav.pager a[rel={way}]")
        address = "/platforms/" + link["href"] if link else ""
    return pages, addresses


@pytest.mark.parametrize(
    "asked", ["", "sort=name", "sort=updated", "q=平台", "q=放大&sort=name", "tier=key&tier=national"]
)
def test_the_links_lead_through_everything_once_and_back_again(client, fourteen, asked: str):
    pages, addresses = walk(client, f"/platforms/?{asked}")
    question = directory.ask(shelves.PLATFORMS, client.get(f"/platforms/?{asked}").wsgi_request.GET)
    expected = list(question.found().values_list("code", flat=True))

    assert [code for page in pages for code in page] == expected
    assert ["after=" in address for address in addresses] == [n >= 2 for n in range(len(addresses))]
    back, _addresses = walk(client, addresses[-1], "prev")
    assert back == pages[::-1]


def test_the_end_is_one_click_away_and_leads_back(client, fourteen):
    pages, addresses = walk(client, "/platforms/?q=平台&view=list")
    soup = BeautifulSoup(client.get(addresses[0]).content, "html.parser")
    end = next(link for link in soup.select("nav.pager a") if link.text == "末页")

    back, _addresses = walk(client, "/platforms/" + end["href"], "prev")

    assert back == pages[::-1]


def test_every_link_keeps_what_was_asked(client, fourteen):
    _pages, addresses = walk(
        client, "/platforms/?q=平台&tier=key&tier=national&sort=name&view=list&utm_source=x"
    )
    for address in addresses[1:]:
        for kept in ("q=%E5%B9%B3%E5%8F%B0", "tier=key", "tier=national", "sort=name", "view=list"):
            assert kept in address


def test_rows_that_come_meanwhile_shift_nothing(client, fourteen):
    pages, addresses = walk(client, "/platforms/?sort=name")
    publish(factories.PlatformFactory(name_zh="啊，排在最前的平台"))

    soup = BeautifulSoup(client.get(addresses[2]).content, "html.parser")

    assert [box["value"] for box in soup.select("ol.results input[name=code]")] == pages[2]


def test_an_address_is_good_for_its_own_question_only(client, fourteen):
    _pages, addresses = walk(client, "/platforms/?sort=name")
    place = re.search(r"after=[^&]+", addresses[2])[0]

    for asked in (
        place,
        f"{place}&sort=name&tier=key",
        "after=nothing",
        f"sort=name&{place}&page=2",
        "before=x",
    ):
        response = client.get(f"/platforms/?{asked}")
        assert response.status_code == 400
        assert "不能使用" in response.content.decode()


def test_a_later_page_is_not_read_from_the_beginning(client, fourteen, django_assert_max_num_queries):
    _pages, addresses = walk(client, "/platforms/?sort=name")
    with django_assert_max_num_queries(5) as seen:
        client.get(addresses[3])
    assert not any("OFFSET" in query["sql"] for query in seen.captured_queries)


def test_services_are_read_the_same_way(client, fourteen):
    platform = factories.PlatformFactory(name_zh="多项服务平台")
    for number in range(8):
        factories.ServiceItemFactory(platform=platform, title_zh=f"服务{number}", position=number + 1)
    publish(platform)
    seen, address = [], "/services/"
    while address:
        soup = BeautifulSoup(client.get(address).content, "html.parser")
        seen.append(soup.select_one("nav.pager .hint").text)
        link = soup.select_one("nav.pager a[rel=next]")
        address = "/services/" + link["href"] if link else ""
    assert seen == ["第 1–3 个，共 8 个", "第 4–6 个，共 8 个", "第 7–8 个，共 8 个"]
    assert PublicPlatform.objects.count() == 15
