"""The page of one platform, comparison, verification and service resources."""

import pytest

from platforms.models import Platform, PublicPlatform
from platforms.publish import publish
from tests import factories
from tests.platforms.publishing import published

pytestmark = pytest.mark.django_db


def test_the_page_of_a_platform_costs_three_statements(client, django_assert_num_queries):
    row = published("甲平台", services=["前驱体放大"], equipment=["反应釜"], scale="t")

    with django_assert_num_queries(3):
        body = client.get(f"/platforms/{row.code}/").content.decode()

    assert "前驱体放大" in body
    assert row.etag in body


def test_a_code_nobody_has_is_not_found(client):
    assert client.get("/platforms/ZS-32-99999-0/").status_code == 404


def test_a_withdrawn_platform_leaves_a_page_that_says_so(client):
    row = published("甲平台", services=["前驱体放大"])
    platform = Platform.objects.get(code=row.code)
    Platform.objects.filter(pk=platform.pk).update(
        status="withdrawn", status_on="2026-05-01", status_reason="停止运行"
    )
    publish(platform)

    response = client.get(f"/platforms/{row.code}/")

    assert response.status_code == 200
    assert "撤销" in response.content.decode()
    assert "停止运行" in response.content.decode()
    assert client.get("/platforms/").context["total"] == 0
    assert client.get("/services/").context["total"] == 0


def test_a_merged_platform_points_on(client):
    old, new = published("旧平台"), published("新平台")
    platform = Platform.objects.get(code=old.code)
    Platform.objects.filter(pk=platform.pk).update(
        status="merged",
        status_on="2026-05-01",
        status_reason="合并",
        merged_into=Platform.objects.get(code=new.code),
    )
    publish(platform)

    assert f"/platforms/{new.code}/" in client.get(f"/platforms/{old.code}/").content.decode()
    assert client.get("/verify/", {"q": old.code}).context["proof"]["outcome"] == "superseded"


def test_services_are_found_by_their_own_words(client):
    published("甲平台", services=["前驱体放大", "浆料评价"])
    published("乙平台", services=["晶圆减薄"])

    response = client.get("/services/?q=晶圆&service_type=process_verification")

    assert [item["title_zh"] for item in response.context["results"]] == ["晶圆减薄"]


def test_services_cost_the_same_statements_for_one_and_many(client, django_assert_max_num_queries):
    published("甲平台", services=["一", "二", "三"])
    client.get("/services/?q=一")

    with django_assert_max_num_queries(6):
        client.get("/services/?q=一&tier=key")


class TestVerify:
    @pytest.mark.parametrize("ask", ["code", "uscc", "name"])
    def test_a_current_platform_is_confirmed(self, client, ask):
        row = published("甲平台")
        q = {"code": row.code.replace("-", " "), "uscc": row.operator_uscc, "name": "甲平台"}[ask]

        context = client.get("/verify/", {"q": q}).context

        assert context["proof"]["outcome"] == "current"
        assert context["platform"]["code"] == row.code

    def test_what_nobody_knows_is_said_so(self, client):
        assert client.get("/verify/", {"q": "没有这个平台"}).context["proof"]["outcome"] == "unknown"

    def test_a_name_that_fits_several_asks_back(self, client):
        first = published("同名平台")
        published("同名平台", authority=Platform.objects.get(code=first.code).authority)

        assert len(client.get("/verify/", {"q": "同名平台"}).context["candidates"]) == 2


class TestCompare:
    def test_two_platforms_stand_side_by_side(self, client):
        a, b = (
            published("甲平台", tier="key", floor_area_m2=100),
            published("乙平台", tier="key", floor_area_m2=300),
        )

        context = client.get("/compare/", {"code": [a.code, b.code]}).context

        differing = {str(row["label"]) for row in context["rows"] if row["different"]}
        assert [p["code"] for p in context["platforms"]] == [a.code, b.code]
        assert "中试场地（平方米）" in differing
        assert "梯度" not in differing

    def test_a_code_not_on_record_is_named(self, client):
        a, b = published("甲平台"), published("乙平台")

        response = client.get("/compare/", {"code": [a.code, b.code, "ZS-11-00001-X"]})

        assert response.context["missing"] == ["ZS-11-00001-X"]

    def test_more_than_four_are_refused_with_a_sentence(self, client):
        response = client.get("/compare/", {"code": ["a", "b", "c", "d", "e"]})

        assert response.status_code == 400
        assert "4 个" in response.content.decode()


def test_a_record_quoted_from_reports_is_not_called_checked(client):
    row = published("甲平台", source_zh="示例报道", confidence="medium")

    body = client.get(f"/platforms/{row.code}/").content.decode()

    assert "未经推荐单位核对" in body
    assert "真实且最新" not in body
    assert "由江苏核对" not in body
    assert client.get("/verify/", {"q": row.code}).context["proof"]["outcome"] == ""


def test_a_hit_leads_to_an_enquiry_that_already_says_what_was_asked_for(client):
    row = published("示例·正极材料平台")
    page = client.get("/platforms/?q=正极材料").content.decode()
    assert f'href="/enquiry/?code={row.code}&amp;need=%E6%AD%A3%E6%9E%81%E6%9D%90%E6%96%99"' in page
    assert 'href="/services/?q=%E6%AD%A3%E6%9E%81%E6%9D%90%E6%96%99"' in page


def test_where_no_service_is_found_the_platforms_are_one_step_away(client):
    published("示例·正极材料平台")
    page = client.get("/services/?q=正极材料").content.decode()
    assert 'href="/platforms/?q=%E6%AD%A3%E6%9E%81%E6%9D%90%E6%96%99"' in page


def test_services_are_found_by_the_place_of_their_platform(client):
    row = published("示例·平台", services=["示例·烧结放大"])
    province = row.card["region"]["name_zh"]
    assert client.get(f"/services/?q={province} 烧结").context["total"] == 1
    assert client.get("/services/?q=西藏 烧结").context["total"] == 0


def test_the_page_says_under_its_name_how_to_reach_the_platform(client):
    row = published("示例·平台", office_phone="025-00000000")
    title = client.get(row.document["url"]).content.decode().partition('<div class="split">')[0]
    assert 'href="tel:02500000000"' in title
    assert f'href="/enquiry/?code={row.code}"' in title


def test_a_platform_that_has_ended_says_who_else_there_is_and_cannot_be_enquired_at(client):
    direction = factories.DirectionFactory()
    ended = published("示例·撤销", direction=direction, area=direction.area)
    other = published("示例·在录")
    PublicPlatform.objects.filter(pk=ended.pk).update(
        status="withdrawn", document=ended.document | {"status": "withdrawn", "ended_on": "2026-09-18"}
    )
    page = client.get(ended.document["url"]).content.decode()
    assert f'href="/platforms/?direction={direction.code}"' in page
    assert f'href="/platforms/?area={direction.area_id}&amp;region={ended.region_code}"' in page
    versus = client.get(f"/compare/?code={ended.code}&code={other.code}")
    assert [document["code"] for document in versus.context["ended"]] == [ended.code]
    assert "已不在录，不能再咨询：" in versus.content.decode()


def test_a_part_of_a_name_is_not_confirmed_but_says_which_platforms_have_it(client):
    row = published("示例·正极材料中试平台")
    for q in ("正极材料", "正级材料"):
        context = client.get(f"/verify/?q={q}").context
        assert context["proof"]["outcome"] == "unknown"
        assert [card["code"] for card in context["candidates"]] == [row.code]
    assert client.get("/verify/?q=ZS-32-00000-0").context["candidates"] == []
