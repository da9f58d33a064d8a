"""Filters of the public directory: every one finds what it should and nothing else; every public column has one."""

import csv
import io
import json

import pytest
from django.core.cache import cache

from platforms.choices import PlatformStatus
from platforms.filters import PlatformFilters
from platforms.models import PublicPlatform, PublicResource
from platforms.publish import publish
from platforms.resource_filters import ResourceFilters
from tests import factories
from tests.api import V1, codes, problem, public_platform

pytestmark = pytest.mark.django_db

#: Columns of the public rows that are no filters: keys, documents, order and bookkeeping.
NOT_FILTERED = {
    "id", "code", "document", "card", "version", "etag", "first_published_at", "published_at", "last_change", "search",
    "name_zh", "name_sort", "tier_rank", "title_zh", "title_sort", "kind", "card_text", "parameters",
    "lead_time_sort", "confirmed_sort",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _fresh_limits():
    cache.clear()


@pytest.fixture
def wuxi():
    return factories.RegionFactory(
        code="320200", name_zh="无锡市", short_zh="无锡", kind="city", parent=factories.RegionFactory()
    )


@pytest.mark.parametrize(
    ("model", "filters"), [(PublicPlatform, PlatformFilters), (PublicResource, ResourceFilters)]
)
def test_every_column_a_person_would_filter_by_has_a_filter(model, filters):
    columns = {field.name for field in model._meta.get_fields()} - NOT_FILTERED
    covered = {
        name for item in filters.base_filters.values() for name in getattr(item, "fields", (item.field_name,))
    }

    assert columns - covered - {"search"} == set()


def _two(wuxi):
    """A platform that every filter below finds, and one that none of them finds."""
    zhejiang = factories.RegionFactory(code="330000", name_zh="浙江省", short_zh="浙江")
    other_authority = factories.AuthorityFactory(
        code="330200", name_zh="宁波", kind="planned_city", region=zhejiang
    )
    other_area = factories.AreaFactory(code="2025-2", position=2, name_zh="装备制造")
    wanted = public_platform(
        name_zh="示例·先进陶瓷中试平台", tier="key", city=wuxi, construction_mode="joint", build_status="planned",
        direction=factories.DirectionFactory(gap_filling=True), recognition="provincial",
        service={"service_type": "trial_production", "open_to": "all", "price_mode": "free"},
    )  # fmt: skip
    other = factories.PlatformFactory(
        name_zh="示例·生物制造", tier="national", authority=other_authority, area=other_area, demo=False,
        construction_mode="self_built", build_status="operating",
    )  # fmt: skip
    factories.ServiceItemFactory(
        platform=other,
        title_zh="设计",
        service_type="design_verification",
        open_to="industry",
        price_mode="fixed",
    )
    publish(other)
    return wanted, other


@pytest.mark.parametrize(
    "query",
    [
        "tier=key", "tier=key&tier=reserve", "region=320000", "region=320200", "authority=320000", "area=2025-1",
        "direction=2025-1-01", "service_type=trial_production", "scale=100kg", "scale=t&scale=g", "open_to=all",
        "status=active&tier=key", "gap_filling=true", "recognition=provincial", "construction_mode=joint",
        "build_status=planned", "demo=true", "q=陶瓷", "q=先进陶瓷", "q=taoci", "q=xjtc", "q=共沉淀", "q=陶瓷&tier=key",
    ],
)  # fmt: skip
def test_a_filter_finds_what_it_names_and_nothing_else(client, wuxi, query):
    wanted, _other = _two(wuxi)

    assert codes(client.get(f"{V1}platforms/?{query}")) == [wanted.code]


def test_values_of_one_filter_are_alternatives_and_filters_add_up(client, wuxi):
    wanted, other = _two(wuxi)

    assert codes(client.get(f"{V1}platforms/?tier=key&tier=national")) == [other.code, wanted.code]
    assert codes(client.get(f"{V1}platforms/?tier=key&region=330000")) == []
    assert codes(client.get(f"{V1}platforms/?tier=")) == [other.code, wanted.code]


def test_an_operator_and_a_date_can_be_asked_for(client):
    platform = public_platform()

    assert codes(client.get(f"{V1}platforms/?operator={platform.operator.uscc}")) == [platform.code]
    assert codes(client.get(f"{V1}platforms/?updated_since=2020-01-01")) == [platform.code]
    assert codes(client.get(f"{V1}platforms/?updated_since=2020-01-01T00:00:00%2B08:00")) == [platform.code]
    assert codes(client.get(f"{V1}platforms/?updated_since=2100-01-01")) == []


def test_hits_in_the_name_come_before_hits_in_operator_service_and_text(client):
    in_text = public_platform(name_zh="示例·甲", summary_zh="承接陶瓷放大。")
    in_service = public_platform(name_zh="示例·乙", service={"title_zh": "陶瓷烧结"})
    in_operator = public_platform(
        name_zh="示例·丙", operator=factories.OperatorFactory(name_zh="示例陶瓷公司")
    )
    in_name = public_platform(name_zh="示例·陶瓷")

    found = codes(client.get(f"{V1}platforms/?q=陶瓷"))

    assert found == [platform.code for platform in (in_name, in_operator, in_service, in_text)]


def test_withdrawn_platforms_are_shown_only_to_those_who_ask_and_keep_a_tombstone(client):
    platform = public_platform()
    platform.status, platform.status_reason = PlatformStatus.WITHDRAWN, "示例：已停止运行"
    platform.status_on = "2026-05-01"
    platform.save()
    publish(platform)

    assert codes(client.get(f"{V1}platforms/")) == []
    assert codes(client.get(f"{V1}platforms/?status=withdrawn")) == [platform.code]
    tombstone = client.get(f"{V1}platforms/{platform.code}/").json()
    assert (tombstone["status"], tombstone["ended_reason"]) == ("withdrawn", "示例：已停止运行")
    assert "services" not in tombstone


def test_a_merged_platform_leads_to_the_one_that_remains(client):
    survivor = public_platform()
    platform = public_platform()
    platform.status, platform.merged_into = PlatformStatus.MERGED, survivor
    platform.status_reason, platform.status_on = "示例：合并", "2026-05-01"
    platform.save()
    publish(platform)

    response = client.get(f"{V1}platforms/{platform.code}/")

    address = f"http://localhost:8000/api/v1/platforms/{survivor.code}/"
    assert (response.status_code, response["Location"]) == (301, address)
    assert response["Link"] == f'<{address}>; rel="successor-version"'


def test_a_platform_says_everything_public_and_where_its_history_is(client):
    platform = public_platform()

    response = client.get(f"{V1}platforms/{platform.code}/")
    body = response.json()

    assert body["services"][0]["title_zh"] == "前驱体工艺放大"
    assert body["designations"] == []
    history = client.get(f"{V1}platforms/{platform.code}/history/").json()
    assert [change["kind"] for change in history["results"]] == ["created"]
    assert "version-history" in response["Link"]
    known = client.get(f"{V1}platforms/{platform.code}/", headers={"If-None-Match": response["ETag"]})
    assert known.status_code == 304


def test_facets_count_what_is_left_without_their_own_filter(client, wuxi):
    _two(wuxi)

    body = client.get(f"{V1}platforms/?tier=key&facets=tier,region,service_type,gap_filling").json()

    assert body["facets"]["tier"] == {"key": 1, "national": 1}
    assert body["facets"]["region"] == {"320000": 1}
    assert body["facets"]["service_type"] == {"trial_production": 1}
    assert body["facets"]["gap_filling"] == {"true": 1}


def test_services_and_instruments_are_found_by_their_own_filters(client, wuxi):
    wanted, other = _two(wuxi)

    for query in ("service_type=trial_production", "price_mode=free", "open_to=all", "region=320200", "area=2025-1",
                  "tier=key", f"platform={wanted.code}", "q=工艺放大"):  # fmt: skip
        assert codes(client.get(f"{V1}services/?{query}")) == [f"{wanted.code}-S1"], query
    assert codes(client.get(f"{V1}services/?ordering=code&confirmed_since=2030-01-01")) == []
    assert codes(client.get(f"{V1}equipment/?q=反应釜")) == [f"{wanted.code}-E1"]
    one = client.get(f"{V1}services/{other.code}-S1/").json()
    assert one["platform"]["url"] == f"http://localhost:8000/api/v1/platforms/{other.code}/"


def test_operators_are_known_from_their_public_platforms(client):
    unit = factories.OperatorFactory()
    first, second = public_platform(operator=unit), public_platform(operator=unit)
    factories.PlatformFactory()

    body = client.get(f"{V1}operators/").json()

    assert body["count"] == 1
    assert body["results"][0]["uscc"] == unit.uscc
    assert [item["code"] for item in body["results"][0]["platforms"]] == sorted([first.code, second.code])
    assert client.get(f"{V1}operators/{unit.uscc}/").json()["name_zh"] == unit.name_zh


def test_a_json_lines_file_holds_exactly_the_filtered_set_and_ends_with_its_count(client, wuxi):
    wanted, _other = _two(wuxi)

    response = client.get(f"{V1}platforms/?tier=key&format=jsonl")
    lines = [json.loads(line) for line in b"".join(response.streaming_content).splitlines()]

    assert [line.get("code") for line in lines[:-1]] == [wanted.code]
    assert (lines[-1]["count"], lines[-1]["complete"]) == (1, True)
    assert response["X-Total-Count"] == "1"
    assert (response["Registry-Mark"], lines[0]["mark"]) == ("demonstration", "演示系统导出，不是官方名录")


def test_a_csv_file_opens_in_a_spreadsheet_and_runs_nothing(client, settings):
    settings.OFFICIAL = True
    public_platform(name_zh="=HYPERLINK(示例)")
    public_platform(name_zh="示例·普通")

    response = client.get(f"{V1}platforms/?format=csv&ordering=code")
    text = b"".join(response.streaming_content).decode("utf-8")

    assert text.startswith("\ufeffcode,name_zh,")
    rows = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))
    assert [row["name_zh"] for row in rows] == ["'=HYPERLINK(示例)", "示例·普通"]
    assert response["X-Total-Count"] == "2"
    assert "attachment" in response["Content-Disposition"]


def test_an_export_is_not_cut_at_a_page(client):
    for _ in range(3):
        public_platform()

    response = client.get(f"{V1}platforms/?format=jsonl")

    assert len(b"".join(response.streaming_content).splitlines()) == 4
    problem(client.get(f"{V1}platforms/?format=jsonl&page_size=1"), 400)
    for name in ("operators", "services", "equipment", "regions", "lists", "policies", "statistics"):
        assert b"".join(client.get(f"{V1}{name}/?format=csv").streaming_content).startswith(
            b"\xef\xbb\xbf"
        ), name
