"""Splitting, and merging that keeps what is chosen and is taken back within thirty days: nothing is lost, nothing entered twice."""

import datetime

import pytest
from django.utils import timezone

from cultivation.actions.platform_merge import merge, unmerge
from cultivation.actions.platform_split import Part, split
from cultivation.models import Designation, Merger
from platforms.choices import PlatformStatus
from platforms.codes import is_code
from platforms.errors import IllegalStep, Invalid, NotPermitted
from platforms.failpoints import Injected
from platforms.models import Change, Equipment, Platform, PublicPlatform, PublicResource
from registry.verification import differences
from tests import factories
from tests.cultivation import noticing
from tests.cultivation.test_platform_end import designated, document_of

pytestmark = pytest.mark.django_db
REASON = "示例·分设"
NUMBER = "示例部科〔2026〕9号"


@pytest.fixture
def whole(cast):
    platform = designated(cast, name_zh="示例·合一平台")
    factories.ServiceItemFactory(platform=platform, position=1, title_zh="示例服务乙")
    Equipment.objects.create(platform=platform, name_zh="示例反应釜")
    return platform


def two_parts(platform) -> list[Part]:
    second = platform.services.get(title_zh="示例服务乙")
    return [Part("示例·合一平台"), Part("示例·乙平台", rows={"services": frozenset({second.pk})})]


def divided(cast, platform, **more):
    given = {"heir": 0, "document_no": NUMBER, "reason": REASON} | more
    given.setdefault("parts", None)
    given["parts"] = given["parts"] or two_parts(platform)
    return split(platform=platform, by=cast.ministry_approver, **given)


def test_the_parts_get_new_codes_the_rows_and_the_tier_by_the_decision(cast, whole):
    told = Change.objects.count()
    first, second = divided(cast, whole)
    whole.refresh_from_db()
    assert (whole.status, whole.tier, whole.services.count(), whole.equipment.count()) == (
        "split",
        None,
        0,
        0,
    )
    assert len({whole.code, first.code, second.code}) == 3
    assert is_code(first.code)
    assert is_code(second.code)
    assert [(part.tier, part.services.count(), part.equipment.count()) for part in (first, second)] == [
        ("key", 1, 1),
        ("reserve", 1, 0),
    ]
    held = Designation.objects.get(platform=whole)
    assert (held.status, held.end_reason) == ("transferred", REASON)
    assert NUMBER in Designation.objects.get(platform=first).basis_zh
    kinds = list(Change.objects.order_by("number").values_list("kind", "code", "decision")[told:])
    assert kinds == [
        ("split", whole.code, NUMBER),
        ("created", first.code, NUMBER),
        ("created", second.code, NUMBER),
    ]
    assert list(differences()) == []


def test_the_old_address_points_on_and_the_old_name_stays_searchable(cast, client, whole):
    first, second = divided(cast, whole)
    assert document_of(whole)["successors"] == sorted([first.code, second.code])
    assert document_of(second)["former_names"] == ["示例·合一平台"]
    assert document_of(second)["split_from"] == whole.code
    page = client.get(f"/platforms/{whole.code}/").content.decode()
    assert "已于" in page
    assert "拆分" in page
    assert first.code in page
    assert second.code in page
    assert set(PublicResource.objects.values_list("platform_code", flat=True)) == {first.code, second.code}


@pytest.mark.parametrize(
    "wrong",
    [
        {"parts": [Part("示例甲")]},
        {"parts": [Part("示例甲"), Part(" ")]},
        {"parts": [Part("示例甲"), Part("示例甲")]},
        {"heir": 2},
        {"heir": -1},
        {"document_no": " "},
        {"reason": ""},
        {"parts": [Part("示例甲", rows={"services": frozenset({987654})}), Part("示例乙")]},
    ],
)
def test_what_does_not_add_up_is_refused_and_nothing_is_saved(cast, whole, wrong):
    before = noticing.public_bytes()
    with pytest.raises(Invalid):
        divided(cast, whole, **wrong)
    assert noticing.public_bytes() == before
    assert Platform.objects.get().status == PlatformStatus.ACTIVE


def test_only_the_approver_splits_and_only_once(cast, whole):
    for person in (cast.ministry_clerk, cast.jiangsu_approver):
        with pytest.raises(NotPermitted):
            split(
                platform=whole, parts=two_parts(whole), heir=0, document_no=NUMBER, reason=REASON, by=person
            )
    parts = two_parts(whole)
    divided(cast, whole)
    with pytest.raises(IllegalStep):
        divided(cast, whole, parts=parts)
    assert Platform.objects.count() == 3


@pytest.mark.parametrize("point", ["split.after_end", "split.after_parts", "publish.before_change"])
def test_a_crash_leaves_one_platform_as_it_was(cast, whole, settings, point):
    before = noticing.public_bytes()
    settings.FAILPOINTS = [point]
    with pytest.raises(Injected):
        divided(cast, whole)
    assert noticing.public_bytes() == before
    settings.FAILPOINTS = []
    assert len(divided(cast, whole)) == 2


def test_the_page_sends_each_row_where_it_was_told(cast, signed_in, whole):
    page = f"/ministry/platforms/{whole.code}/split/"
    approver, clerk = signed_in(cast.ministry_approver), signed_in(cast.ministry_clerk)
    assert clerk.get(page).status_code == 403
    assert "示例服务乙" in approver.get(page).content.decode()
    row = whole.services.get(title_zh="示例服务乙").pk
    form = {
        "do": "split",
        "split-name_1": "示例甲",
        "split-name_2": "示例乙",
        "split-heir": "1",
        "split-document_no": NUMBER,
        "split-reason": REASON,
        f"split-services_{row}": "3",
    }
    refused = approver.post(page, form)
    assert (refused.status_code, "这个平台没有填写名称" in refused.content.decode()) == (400, True)
    assert approver.post(page, form | {f"split-services_{row}": "2"}).status_code == 302
    assert Platform.objects.get(name_zh="示例乙").services.get().pk == row
    assert "拆分为" in approver.get(f"/ministry/platforms/{whole.code}/").content.decode()
    assert "已不在录" in approver.get(page).content.decode()


@pytest.fixture
def other(cast):
    return designated(cast, name_zh="示例·存续平台", floor_area_m2=9000, office_phone="")


def joined(cast, whole, other):
    return merge(
        platform=whole,
        into=other,
        by=cast.ministry_approver,
        reason=REASON,
        take=["name_zh", "office_phone"],
        bring=["services"],
    )


def test_a_merger_keeps_what_was_chosen_of_which(cast, whole, other):
    Platform.objects.filter(pk=whole.pk).update(office_phone="025-80000000")
    joined(cast, whole, other)
    other.refresh_from_db()
    assert (other.name_zh, other.office_phone, other.floor_area_m2) == ("示例·合一平台", "025-80000000", 9000)
    assert [row.position for row in other.services.all()] == [0, 1, 2]
    assert document_of(other)["former_names"] == ["示例·存续平台"]
    assert list(differences()) == []


def test_taking_a_merger_back_restores_both_with_their_tiers_and_leaves_later_work_alone(cast, whole, other):
    services = set(whole.services.values_list("pk", flat=True))
    joined(cast, whole, other)
    Platform.objects.filter(pk=other.pk).update(office_phone="025-81111111")
    unmerge(platform=whole, by=cast.ministry_approver, reason="示例·误并")
    whole.refresh_from_db()
    other.refresh_from_db()
    assert (whole.status, whole.tier, whole.merged_into) == ("active", "key", None)
    assert (other.name_zh, other.office_phone, other.tier) == ("示例·存续平台", "025-81111111", "key")
    assert set(whole.services.values_list("pk", flat=True)) == services
    assert other.services.count() == 1
    assert Merger.objects.get().undone_by == cast.ministry_approver
    assert PublicPlatform.objects.get(code=whole.code).tier == "key"
    assert list(differences()) == []


def test_after_thirty_days_a_merger_stays(cast, whole, other):
    joined(cast, whole, other)
    late = timezone.now() - datetime.timedelta(days=31)
    Merger.objects.update(merged_at=late)
    with pytest.raises(IllegalStep, match="超过 30 天"):
        unmerge(platform=whole, by=cast.ministry_approver, reason="示例·误并")


def test_a_merger_without_its_details_is_not_called_old(cast, whole, other):
    joined(cast, whole, other)
    Merger.objects.all().delete()
    with pytest.raises(IllegalStep, match="没有留下可以撤销的明细"):
        unmerge(platform=whole, by=cast.ministry_approver, reason="示例·误并")


def test_what_cannot_be_taken_is_refused(cast, whole, other):
    for wrong in ({"take": ["region"]}, {"take": ["tier"]}, {"bring": ["figures"]}):
        with pytest.raises(Invalid):
            merge(platform=whole, into=other, by=cast.ministry_approver, reason=REASON, **wrong)
    whole.refresh_from_db()
    assert whole.status == "active"
