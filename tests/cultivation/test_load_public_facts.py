"""Public facts: what sources say, with the source, and nothing that they do not say."""

import datetime

import pytest

from cultivation.actions import public_facts
from cultivation.models import Designation, Policy, PublishedStatistic, Standard
from platforms import reference
from platforms.models import Change, Equipment, ExternalRecognition, Operator, Platform, PublicPlatform
from platforms.publish import head

pytestmark = pytest.mark.django_db


@pytest.fixture
def facts():
    reference.load()
    return public_facts.load()


def test_forty_platforms_are_public_and_four_of_them_have_a_tier(facts):
    assert facts == {"platforms": 40, "policies": 62, "standards": 2, "statistics": 33}
    assert sorted(Platform.objects.exclude(tier=None).values_list("tier", flat=True)) == [
        "key", "key", "national", "national",
    ]  # fmt: skip
    assert PublicPlatform.objects.count() == head() == Change.objects.count() == 40
    assert not Platform.objects.filter(demo=True).exists()


def test_lists_of_provinces_and_cities_are_recognitions_and_no_tier(facts):
    assert ExternalRecognition.objects.count() == 36
    assert not ExternalRecognition.objects.filter(platform__tier__isnull=False).exists()
    proposed = ExternalRecognition.objects.filter(platform__name_zh="舟山市海洋生物制造中试平台").get()
    assert (proposed.level, proposed.state, proposed.recognised_on) == (
        "municipal",
        "拟认定（公示）",
        "2025-08-13",
    )


def test_a_full_date_is_kept_and_a_month_is_not_made_into_a_day(facts):
    whole = Designation.objects.get(platform__name_zh="辽宁盘锦精细化工中试平台")
    month = Designation.objects.get(platform__name_zh="绿色化工与新材料中试平台")
    unknown = Designation.objects.get(platform__name_zh="运动鞋中试平台")

    assert whole.valid_from == datetime.date(2025, 12, 11)
    assert month.valid_from == datetime.date(2025, 12, 21)
    assert "来源载公布时间为2025-12；" in month.basis_zh
    assert "来源未载公布日期" in unknown.basis_zh
    assert "实际不晚于该日" in unknown.basis_zh


def test_nothing_is_said_that_the_source_does_not_say(facts):
    real = Platform.objects.all()
    for name in ("staff_total", "floor_area_m2", "equipment_value_wan", "operating_since", "confirmed_on"):
        assert not real.exclude(**{name: None}).exists(), name
    for name in ("build_status", "construction_mode", "summary_zh", "office_phone", "address"):
        assert not real.exclude(**{name: ""}).exists(), name
    assert not Equipment.objects.exists()
    assert not Operator.objects.exclude(uscc=None).exists()
    assert not real.filter(source_zh="").exists()


def test_of_several_operators_the_first_runs_it_and_the_others_built_with_it(facts):
    platform = Platform.objects.get(name_zh="广西新能源商用车科技成果转化中试研究基地")

    assert platform.operator.name_zh == "广西汽车集团有限公司"
    assert platform.co_builders == "柳州五菱汽车工业有限公司；广西壮族自治区汽车拖拉机研究所有限公司"
    assert (platform.authority_id, platform.city.name_zh) == ("450000", "柳州市")
    assert Platform.objects.get(name_zh="河南省高端装备中试基地").operator is None


def test_the_three_headline_figures_can_be_found(facts):
    assert dict(PublishedStatistic.objects.exclude(key="").values_list("key", "value")) == {
        "tier_reserve": "2400+",
        "tier_key": "241",
        "tier_national": "21",
    }


def test_policies_know_their_place_and_have_stable_addresses(facts):
    assert Policy.objects.get(title_zh="成都市建设西部中试中心实施方案").region.name_zh == "成都市"
    assert Policy.objects.get(title_zh="制造业中试创新发展实施意见").slug == "2024-zzyzscxfzssyj"
    assert not Policy.objects.filter(title_en="").exists()
    assert Standard.objects.count() == 2


def test_running_again_changes_nothing_and_keeps_corrections(facts):
    Platform.objects.filter(name_zh="运动鞋中试平台").update(address="示例路 1 号")

    assert set(public_facts.load().values()) == {0}
    assert head() == 40
    assert Platform.objects.get(name_zh="运动鞋中试平台").address == "示例路 1 号"


def test_every_document_is_found_under_the_address_it_is_listed_with(facts, client, settings, monkeypatch):
    monkeypatch.setitem(settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"], "anon", None)
    for noun in ("policies", "standards", "statistics"):
        listed = client.get(f"/api/v1/{noun}/?page_size=200").json()["results"]
        addresses = [row["url"].removeprefix(settings.BASE_URL) for row in listed if "url" in row]
        assert [address for address in addresses if client.get(address).status_code != 200] == []
        assert addresses or noun == "statistics"
