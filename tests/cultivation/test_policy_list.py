"""The library says which document is no longer in force, and which took its place."""

import pytest

from cultivation.models import Policy
from platforms.models import Region
from tests.platforms.publishing import published

pytestmark = pytest.mark.django_db


def test_a_repealed_document_points_to_the_one_that_took_its_place_and_back(client):
    new = Policy.objects.create(slug="new", title_zh="示例新办法", issued_on="2026-05-01")
    Policy.objects.create(
        slug="old", title_zh="示例旧办法", issued_on="2020", repealed_on="2026-06-01", superseded_by=new
    )
    shown = {row["title_zh"]: row for row in client.get("/policies/").context["results"]}
    assert shown["示例旧办法"]["repealed_on"] == "2026-06-01"
    assert shown["示例旧办法"]["superseded_by"]["anchor"] == shown["示例新办法"]["anchor"]
    assert [row["title_zh"] for row in shown["示例新办法"]["supersedes"]] == ["示例旧办法"]


def test_the_library_is_read_with_the_same_questions_however_long_it_is(client, django_assert_num_queries):
    for number in range(3):
        Policy.objects.create(slug=f"p{number}", title_zh="示例")
    with django_assert_num_queries(4):
        client.get("/policies/")


def test_a_policy_leads_to_the_platforms_of_its_place_and_they_to_what_holds_there(client):
    here, other = published("示例·甲"), published("示例·乙")
    place = Region.objects.get(pk=here.region_code)
    elsewhere = Region.objects.exclude(pk__in=[place.pk, other.region_code]).filter(parent=None).first()
    elsewhere = elsewhere or Region.objects.create(code="990000", name_zh="示例省", kind="province")
    Policy.objects.create(slug="here", title_zh="示例本地办法", region=place)
    Policy.objects.create(slug="nation", title_zh="示例全国办法")
    Policy.objects.create(slug="there", title_zh="示例外地办法", region=elsewhere)

    page = client.get(f"/platforms/{here.code}/").content.decode()
    assert f"/policies/?region={here.city_code or place.pk}" in page
    response = client.get(f"/policies/?region={place.pk}")

    assert {row["title_zh"] for row in response.context["results"]} == {"示例本地办法", "示例全国办法"}
    counts = {row["title_zh"]: row["platforms"] for row in response.context["results"]}
    found = client.get(f"/platforms/?region={place.pk}").context["total"]
    assert counts == {"示例本地办法": found, "示例全国办法": 0} and found
    assert client.get("/policies/?region=nowhere").status_code == 400
