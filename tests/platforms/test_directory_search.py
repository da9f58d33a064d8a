"""Searching the directory: what is found, and in which order."""

import pytest

from platforms.models import Synonym
from tests.platforms.publishing import names_found, published

pytestmark = pytest.mark.django_db


def find(client, q: str, **params) -> list[str]:
    return names_found(client.get("/platforms/", {"q": q, **params}))


def test_a_name_beats_an_operator_beats_a_service_beats_the_text(client):
    published("丁平台", summary_zh="擅长钙钛矿。")
    published("丙平台", services=["钙钛矿镀膜"])
    published("乙平台", operator="示例钙钛矿公司")
    published("钙钛矿中试平台")

    assert find(client, "钙钛矿") == ["钙钛矿中试平台", "乙平台", "丙平台", "丁平台"]


def test_within_one_field_the_higher_tier_comes_first(client):
    published("陶瓷甲", tier="reserve")
    published("陶瓷乙", tier="national")

    assert find(client, "陶瓷") == ["陶瓷乙", "陶瓷甲"]


def test_all_words_have_to_match(client):
    published("陶瓷烧结平台")
    published("陶瓷平台")

    assert find(client, "陶瓷 烧结") == ["陶瓷烧结平台"]


def test_a_synonym_of_the_ministry_finds_the_other_word(client):
    Synonym.objects.create(term="锂离子电池", synonym="锂电")
    published("锂电平台")

    assert find(client, "锂离子电池") == ["锂电平台"]


@pytest.mark.parametrize(
    "q",
    ["陶瓷", "陶瓷中试", "陶", "陶瓷　中试", "tc", "taoci", "示例研究院", "旧称平台", "ＺＳ－", "陶瓷 吨级"],
)
def test_people_find_a_platform_by_what_they_happen_to_type(client, q):
    target = published("陶瓷中试平台", operator="示例研究院", former=["旧称平台"], scale="t")
    published("丙平台", authority__region__code="320000")

    assert target.name_zh in find(client, q if q != "ＺＳ－" else target.code)


def test_a_traditional_spelling_finds_the_simplified_name(client):
    published("电池材料平台")

    assert find(client, "電池材料") == ["电池材料平台"]


def test_a_code_may_be_typed_with_spaces_or_without_anything_between(client):
    target = published("甲平台")
    published("乙平台")

    assert find(client, target.code.replace("-", " ")) == ["甲平台"]
    assert find(client, target.code.replace("-", "").lower()) == ["甲平台"]


def test_each_hit_says_why_it_was_found(client):
    published("甲平台", services=["三元前驱体放大"], scale="t")
    Synonym.objects.create(term="正极", synonym="前驱体")

    (card,) = client.get("/platforms/", {"q": "正极 吨级"}).context["results"]

    assert [(m["word"], m["text"], m["where"]) for m in card["matches"]] == [
        ("吨级", "", "规模"),
        ("正极", "前驱体", "服务"),
    ]


def test_a_search_longer_than_two_hundred_characters_is_refused_with_a_sentence(client):
    response = client.get("/platforms/", {"q": "陶" * 201})

    assert response.status_code == 400
    assert "200" in response.content.decode()
