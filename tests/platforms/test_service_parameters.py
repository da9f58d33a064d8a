"""Finding equipment by a number and its unit."""

import pytest
from bs4 import BeautifulSoup

from platforms.publish import publish
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def equipment(db):
    platform = factories.PlatformFactory()
    for position, specification in enumerate(["500 L，1 MPa", "3 m³", "−40～150 ℃", "四极杆"]):
        factories.EquipmentFactory(
            platform=platform, name_zh=f"示例设备{position}", specification=specification, position=position
        )
    publish(platform)


def found(client, query: str) -> list[str]:
    return [document["name_zh"][-1] for document in client.get(f"/services/?{query}").context["results"]]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("parameter_unit=L&parameter_min=400", ["0", "1"]),
        ("parameter_unit=L&parameter_min=400&parameter_max=1000", ["0"]),
        ("parameter_unit=L&parameter_max=100", []),
        ("parameter_unit=℃&parameter_min=100&parameter_max=120", ["2"]),
        ("parameter_unit=MPa&parameter_min=1", ["0"]),
        ("parameter_unit=&parameter_min=", ["0", "1", "2", "3"]),
        ("parameter_unit=MPa", ["0"]),
    ],
)
def test_a_range_in_a_unit_finds_what_reaches_into_it(client, query, expected):
    assert found(client, query) == expected


def test_the_range_is_shown_as_a_condition_and_kept_in_the_form(client):
    page = client.get("/services/?parameter_unit=L&parameter_min=400")
    assert [chip["label"] for chip in page.context["chips"]] == ["参数 ≥ 400 L"]
    assert 'value="400"' in page.content.decode()


@pytest.mark.parametrize("query", ["parameter_unit=stone&parameter_min=1", "parameter_unit=L&parameter_min=many",
                                   "parameter_unit=L&parameter_min=2&parameter_max=1", "parameter_unit=&parameter_min=1"])  # fmt: skip
def test_what_cannot_be_a_range_is_refused(client, query):
    assert client.get(f"/services/?{query}").status_code == 400


def test_a_number_that_is_too_long_is_refused_in_our_own_words(client):
    answer = client.get("/api/v1/equipment/", {"parameter_unit": "L", "parameter_min": "1e308"})
    assert answer.status_code == 400
    assert "整数部分最多 8 位" in answer.text


def test_a_slip_is_corrected_where_it_was_made_and_nothing_typed_is_lost(client):
    query = {"q": "示例", "parameter_unit": "L", "parameter_min": "五百", "price_mode": "free"}
    answer = client.get("/services/", query)
    page = BeautifulSoup(answer.content, "html.parser")

    assert (answer.status_code, page.title.text[:3]) == (400, "错误：")
    (summary,) = page.select(".errors a")
    wrong = page.select_one(summary["href"])
    assert (wrong["name"], wrong["value"], wrong["aria-invalid"]) == ("parameter_min", "五百", "true")
    assert page.select_one(f"#{wrong['aria-describedby']}").text == summary.text
    assert page.select_one("#parameter_unit option[selected]")["value"] == "L"
    assert page.select_one("#q")["value"] == "示例"
    assert page.select_one("input[name=price_mode][checked]")["value"] == "free"
    assert not page.select("#results .result")


@pytest.mark.parametrize("path", ["/platforms/", "/services/", "/e/platforms/"])
def test_too_many_words_are_shown_again_beside_what_is_wrong_with_them(client, path):
    words = " ".join(f"词{number}" for number in range(11))
    answer = client.get(path, {"q": words})
    page = BeautifulSoup(answer.content, "html.parser")

    assert answer.status_code == 400
    assert (page.select_one("#q")["value"], page.select_one(".errors a")["href"]) == (words, "#q")


def test_what_nobody_types_is_refused_on_a_page_of_its_own(client):
    answer = client.get("/services/?parameter_unit=L&parameter_min=x&tier=gold")
    assert answer.status_code == 400
    assert 'id="filters"' not in answer.content.decode()
