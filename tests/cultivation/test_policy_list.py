"""The library says which document is no longer in force, and which took its place."""

import pytest

from cultivation.models import Policy

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
    with django_assert_num_queries(3):
        client.get("/policies/")
