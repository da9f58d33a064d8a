"""What all public pages have in common, and those that span both apps."""

import csv
import io
import re
from urllib.parse import urljoin, urlparse

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cultivation.models import Policy, PublishedStatistic, Standard
from cultivation.statistics import quiet
from tests.platforms.publishing import published

PAGES = (
    "/", "/platforms/", "/platforms/?view=table", "/platforms/?view=tiles", "/services/", "/compare/", "/statistics/", "/policies/",
    "/standards/", "/verify/", "/about/", "/glossary/", "/accessibility/", "/feed.atom", "/statistics/province-area.csv",
)  # fmt: skip
FILES = ("/sitemap.xml", "/robots.txt", "/.well-known/security.txt")
#: Written by other parts of the project or not a page.
ELSEWHERE = re.compile(r"^(/en)?/(desk|accounts|static|api|batches|notices|lists)/")


@pytest.fixture
def world(db):
    Policy.objects.create(
        slug="p1", title_zh="示例政策", scope_level="national", doc_type="policy", issued_on="2026-01"
    )
    Standard.objects.create(slug="s1", title_zh="示例指南", kind="guideline", dated="2025-12-30")
    for tier, value in (("national", "21"), ("key", "241"), ("reserve", "2400+")):
        PublishedStatistic.objects.create(
            key=f"tier_{tier}", metric_zh=tier, value=value, scope_zh="全国", as_of="2025-07"
        )
    for number in range(4):
        published(f"示例平台{number}", tier="key", services=["测试"], equipment=["设备"], scale="t")


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize("path", [*PAGES, *("/en" + page for page in PAGES), *FILES])
def test_every_public_page_may_be_kept_by_shared_caches(client, path, django_assert_max_num_queries):
    client.get(path)
    with django_assert_max_num_queries(8):
        response = client.get(path)

    assert response.status_code == 200
    assert response["Cache-Control"] == "public, max-age=0, s-maxage=60"
    assert response["ETag"]
    assert not response.cookies
    assert "Vary" not in response
    again = client.get(path, headers={"If-None-Match": response["ETag"]})
    assert again.status_code == 304


@pytest.mark.usefixtures("world")
def test_signed_in_people_get_the_same_bytes(client, signed_in):
    from tests.factories import UserFactory

    assert signed_in(UserFactory()).get("/platforms/").content == client.get("/platforms/").content


@pytest.mark.usefixtures("world")
def test_every_link_between_public_pages_leads_somewhere(client):
    waiting, seen, broken = ["/", "/en/"], set(), []
    while waiting:
        path = waiting.pop()
        if path in seen or len(seen) > 400:
            continue
        seen.add(path)
        response = client.get(path)
        if response.status_code != 200:
            broken.append((path, response.status_code))
            continue
        if "html" not in response["Content-Type"]:
            continue
        for link in re.findall(r'(?:href|action)="([^"]+)"', response.content.decode()):
            target = urlparse(urljoin(f"http://testserver{path}", link.replace("&amp;", "&")))
            if target.netloc == "testserver" and not ELSEWHERE.match(target.path):
                waiting.append(target.path + (f"?{target.query}" if target.query else ""))

    assert broken == []
    assert len(seen) > 60


@pytest.mark.usefixtures("world")
def test_the_home_page_quotes_figures_with_dates_and_counts_live(client):
    context = client.get("/").context

    assert [(tier["tier"], tier["value"]) for tier in context["tiers"]] == [
        ("national", "21"),
        ("key", "241"),
        ("reserve", "2400+"),
    ]
    assert (context["total"], context["areas"][0]["count"], context["demo"]) == (4, 4, True)
    assert len(context["changes"]) == 4


@pytest.mark.usefixtures("world")
def test_the_statistics_file_equals_the_page(client):
    heat = client.get("/statistics/").context["heat"]
    text = client.get("/statistics/province-area.csv").content.decode("utf-8-sig")
    (row,) = csv.DictReader(io.StringIO(text))

    assert heat["rows"][0]["cells"] == [4]
    assert (row["authority_zh"], row["原材料工业"], row["total"]) == ("江苏", "4", "4")


@pytest.mark.usefixtures("world")
def test_policies_are_found_by_words_and_level(client):
    Policy.objects.create(
        slug="p2", title_zh="另一份文件", scope_level="municipal", doc_type="list", issued_on="2025"
    )

    assert client.get("/policies/?q=示例").context["total"] == 1
    assert client.get("/policies/?level=municipal").context["results"][0]["title_zh"] == "另一份文件"
    assert client.get("/policies/?level=galactic").status_code == 400


@pytest.mark.usefixtures("world")
def test_the_feed_follows_the_filters_of_the_directory(client):
    assert client.get("/feed.atom").content.count(b"<entry>") == 4
    assert client.get("/feed.atom?tier=national").content.count(b"<entry>") == 0


def test_a_demonstration_asks_search_engines_to_stay_away(client, db, settings):
    assert "Disallow: /\n" in client.get("/robots.txt").content.decode()
    settings.OFFICIAL = True
    assert "Disallow: /desk/" in client.get("/robots.txt").content.decode()


tables = st.integers(1, 5).flatmap(
    lambda width: st.lists(
        st.lists(st.integers(0, 6), min_size=width, max_size=width), min_size=1, max_size=6
    )
)


@given(tables)
def test_no_small_number_is_told_and_no_line_gives_one_away(cells):
    table = quiet(cells)

    assert all(cell is None or cell == 0 or cell >= 3 for line in table.cells for cell in line)
    lines = [list(zip(a, b, strict=True)) for a, b in zip(table.cells, cells, strict=True)]
    lines += [list(line) for line in zip(*lines, strict=True)]
    for line in lines:
        hidden = [true for told, true in line if told is None]
        if hidden and len(hidden) < len(line):
            assert len(hidden) > 1
            assert 0 in hidden or sum(hidden) > len(hidden)


def test_two_ones_alone_in_a_line_take_a_third_cell_with_them():
    assert quiet([[1, 1, 5, 9], [4, 4, 4, 4]]).cells[0] == [None, None, None, 9]
