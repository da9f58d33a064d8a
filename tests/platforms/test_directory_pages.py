"""The directory as pages: facets, ways out, bad addresses, caches, files."""

import csv
import io

import orjson
import pytest
from django.http import QueryDict

from platforms.directory import ask
from platforms.filters import PlatformFilters
from platforms.models import PublicPlatform
from platforms.shelves import PLATFORMS
from tests import factories
from tests.platforms.publishing import names_found, published

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    """Two provinces, two areas, three tiers, two rungs."""
    sichuan = factories.RegionFactory(code="510000", name_zh="四川省", name_en="Sichuan", short_zh="四川")
    there = factories.AuthorityFactory(code="510000", name_zh="四川", name_en="Sichuan", region=sichuan)
    medicine = factories.AreaFactory(
        code="2025-3", position=3, name_zh="消费品工业", name_en="Consumer goods"
    )
    published("甲", tier="national", scale="kg", services=["测试"])
    published("乙", tier="key", scale="t")
    published("丙", tier="reserve", authority=there, region=sichuan, scale="t")
    published("丁", tier="key", authority=there, region=sichuan, area=medicine)
    published("戊", tier=None)


@pytest.mark.usefixtures("world")
class TestFacets:
    @pytest.mark.parametrize(
        "query",
        [
            "",
            "tier=key",
            "tier=key&tier=national&region=510000",
            "area=2025-3&tier=key",
            "scale=t&tier=reserve",
            "q=甲&tier=key",
        ],
    )
    def test_every_facet_counts_what_its_filter_would_find(self, query):
        counts = ask(PLATFORMS, QueryDict(query)).counts()

        for facet in PLATFORMS.facets:
            others = QueryDict(query, mutable=True)
            others.pop(facet.name, None)
            for value, count in counts.facets[facet.name].items():
                others.setlist(facet.name, [value])
                assert PlatformFilters(others, PublicPlatform.objects.all()).qs.count() == count
        assert PlatformFilters(QueryDict(query), PublicPlatform.objects.all()).qs.count() == counts.total

    def test_values_of_one_facet_mean_or_and_facets_mean_and(self, client):
        found = names_found(client.get("/platforms/?tier=key&tier=reserve&region=510000"))

        assert sorted(found) == ["丁", "丙"]

    def test_an_empty_answer_names_the_nearest_questions_with_their_counts(self, client):
        response = client.get("/platforms/?region=510000&area=2025-3&tier=national")

        assert response.context["total"] == 0
        labels = [way["label"] for way in response.context["ways"]]
        assert labels == ["去掉“国家级”后有 1 个"]
        assert "去掉“国家级”后有 1 个" in response.content.decode()
        assert names_found(client.get("/platforms/" + response.context["ways"][0]["url"])) == ["丁"]

    def test_a_word_too_many_is_named_too(self, client):
        ways = client.get("/platforms/?q=甲 没有的词").context["ways"]

        assert [way["label"] for way in ways] == ["去掉“没有的词”后有 1 个", "查看全部 5 个"]

    def test_each_filter_in_use_can_be_taken_away(self, client):
        response = client.get("/platforms/?tier=key&region=510000")

        assert [chip["label"] for chip in response.context["chips"]] == ["重点培育", "四川省"]

    def test_all_three_views_show_the_same_number(self, client):
        totals = {
            client.get(f"/platforms/?view={view}").context["total"] for view in ("list", "table", "tiles")
        }

        assert totals == {5}

    @pytest.mark.parametrize(("sort", "order"), [("name", "丙丁甲戊乙"), ("tier", "甲丁乙丙戊")])
    def test_the_order_is_the_one_asked_for(self, client, sort, order):
        assert "".join(names_found(client.get(f"/platforms/?sort={sort}"))) == order

    def test_a_page_costs_at_most_six_statements(self, client, django_assert_max_num_queries):
        client.get("/platforms/?q=甲")
        # Where nothing is found, one more looks for what may have been meant.
        for query, most in (
            ("", 6),
            ("?q=甲&tier=key", 6),
            ("?region=510000&view=tiles", 6),
            ("?q=甲 没有的词&tier=key", 7),
        ):
            with django_assert_max_num_queries(most):
                client.get("/platforms/" + query)

    def test_the_csv_holds_exactly_what_was_found(self, client):
        response = client.get("/platforms/download.csv?tier=key")
        text = b"".join(response.streaming_content).decode("utf-8-sig")
        *rows, trailer = csv.DictReader(io.StringIO(text))

        assert trailer["mark"] == f"# {len(rows)}"
        assert sorted(row["name_zh"] for row in rows) == sorted(
            names_found(client.get("/platforms/?tier=key"))
        )
        assert {row["mark"] for row in rows} == {"演示系统导出，不是官方名录"}

    def test_the_json_says_that_it_is_complete(self, client):
        body = orjson.loads(b"".join(client.get("/platforms/download.json?region=510000").streaming_content))

        assert sorted(card["name_zh"] for card in body["results"]) == ["丁", "丙"]
        assert (body["count"], body["complete"]) == (2, True)


def test_a_cell_that_a_spreadsheet_would_run_is_made_text(client):
    published('=HYPERLINK("http://x","y")')

    text = b"".join(client.get("/platforms/download.csv").streaming_content).decode("utf-8-sig")

    assert "'=HYPERLINK" in text


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("page=0", "页码"), ("page=abc", "页码"), ("page=-1", "页码"), ("page=99999999999", "页码"), ("page=2", "没有第 2 页"),
        ("tier=gold", "tier"), ("region=abc", "region"), ("sort=size", "sort"), ("view=map", "view"), ("gap_filling=x", "gap_filling"),
    ],
)  # fmt: skip
def test_what_cannot_be_answered_is_refused_by_name(client, query, said):
    response = client.get(f"/platforms/?{query}")

    assert response.status_code == 400
    assert said in response.content.decode()
    assert response["Cache-Control"] == "no-store"


def test_empty_parameters_and_those_of_other_programs_are_no_fault(client):
    published("甲")

    assert names_found(client.get("/platforms/?tier=&q=&region=&utm_source=x")) == ["甲"]


def test_pages_follow_each_other_without_a_gap(client):
    for number in range(27):
        published(f"平台{number:02d}")

    first, second = client.get("/platforms/"), client.get("/platforms/?page=2")

    assert len(names_found(first)) == 25
    assert len({*names_found(first), *names_found(second)}) == 27
    assert "第 2 页" in second.content.decode()


def test_what_is_not_published_never_appears(client):
    factories.PlatformFactory(name_zh="未公开平台")
    factories.SubmissionFactory(name_zh="申报中的平台")

    body = client.get("/platforms/?q=平台").content.decode() + client.get("/platforms/").content.decode()

    assert "未公开平台" not in body
    assert "申报中的平台" not in body


def test_a_reader_who_has_the_page_gets_304_for_one_statement(client, django_assert_num_queries):
    published("甲")
    etag = client.get("/platforms/?tier=key")["ETag"]

    with django_assert_num_queries(1):
        again = client.get("/platforms/?tier=key", headers={"If-None-Match": etag})

    assert (again.status_code, again.content) == (304, b"")
    published("乙")
    assert client.get("/platforms/?tier=key", headers={"If-None-Match": etag}).status_code == 200


def test_languages_have_pages_of_their_own(client):
    published("甲", name_en="")

    chinese, english = client.get("/platforms/"), client.get("/en/platforms/")

    assert chinese["ETag"] != english["ETag"]
    assert '<span lang="zh-Hans">甲</span>' in english.content.decode()
    assert {chinese["Content-Language"], english["Content-Language"]} == {"zh-hans", "en"}
