"""An address that is nearly right says what was probably meant."""

import re

import pytest

from tests.platforms.publishing import published

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("slip", ["{code}9", "{start}-0", "{start}", "{bare}"])
def test_a_mistyped_code_leads_to_the_platform(client, slip):
    row = published("示例·电池材料平台")
    start = row.code.rpartition("-")[0]
    path = slip.format(code=row.code, start=start, bare=start.replace("-", " "))
    page = client.get(f"/platforms/{path}/")
    if page.status_code != 404:
        pytest.skip("this slip is the code itself")
    assert f'href="/platforms/{row.code}/"' in page.content.decode()


def test_an_address_without_a_code_suggests_nothing(client):
    assert "您是否要找" not in client.get("/no/such/page/").content.decode()


@pytest.mark.parametrize(
    "slug",
    [
        "正极材料", "示例-正极材料-中试平台.html",
        "正级材料",  # the same sounds in other characters
        "zhengjicailiao",
    ],
)  # fmt: skip
def test_a_name_in_the_address_leads_to_the_platform(client, slug):
    row = published("示例·正极材料中试平台")
    published("示例·发酵平台")
    page = client.get(f"/platforms/{slug}/")
    assert page.status_code == 404
    assert re.findall(r'href="(/platforms/ZS-[^"]*)"', page.content.decode()) == [f"/platforms/{row.code}/"]


def test_of_many_the_first_are_named_and_the_rest_counted(client):
    for number in range(5):
        published(f"示例·正极材料平台{number}")
    page = client.get("/en/platforms/正极材料/").content.decode()
    assert len(re.findall(r'href="/en/platforms/ZS-', page)) == 3
    assert "/en/platforms/?q=%E6%AD%A3%E6%9E%81%E6%9D%90%E6%96%99" in page


def test_a_robot_that_guesses_addresses_costs_no_search(client, django_assert_num_queries):
    client.get("/first/")
    with django_assert_num_queries(2):  # a transaction's beginning and end
        client.get("/wp-login.php")
