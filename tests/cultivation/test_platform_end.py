"""Withdrawing, merging, restoring: the designation ends with the platform, the code stays for ever, the public is told why."""

import datetime

import pytest
from django.utils import timezone

from cultivation.actions.designation import designate
from cultivation.actions.designation import withdraw as withdraw_designation
from cultivation.actions.platform_end import withdraw
from cultivation.actions.platform_merge import merge
from cultivation.models import Designation
from platforms.actions import platform as records
from platforms.actions.platform import restore
from platforms.errors import Conflict, IllegalStep, Invalid, NotPermitted
from platforms.models import Change, Notification, PublicPlatform, PublicResource
from platforms.publish import publish
from tests import factories

pytestmark = pytest.mark.django_db

REASON = "示例·经营主体注销"


@pytest.fixture
def platform(cast):
    return designated(cast)


def designated(cast, **fields):
    """A platform of Jiangsu in the tier of key cultivation, with a service, on the public record."""
    platform = factories.PlatformFactory(authority=cast.jiangsu, **fields)
    factories.ServiceItemFactory(platform=platform)
    designate(platform=platform, tier="key", on=datetime.date(2026, 1, 5), basis="示例依据")
    publish(platform)
    return platform


def document_of(platform):
    return PublicPlatform.objects.get(code=platform.code).document


def last_change():
    return Change.objects.order_by("-number").values_list("kind", "code")[0]


def test_withdrawing_ends_the_designation_and_leaves_a_tombstone(cast, platform):
    told = Change.objects.count()

    withdraw(platform=platform, by=cast.ministry_approver, reason=REASON, on=datetime.date(2026, 3, 2))

    platform.refresh_from_db()
    assert (platform.status, platform.tier, platform.status_reason) == ("withdrawn", None, REASON)
    ended = Designation.objects.get()
    assert (ended.status, ended.valid_until, ended.end_reason, ended.ended_by) == (
        "withdrawn",
        datetime.date(2026, 3, 2),
        REASON,
        cast.ministry_approver,
    )
    shown = document_of(platform)
    assert (shown["status"], shown["tier"], shown["ended_on"], shown["ended_reason"], shown["successor"]) == (
        "withdrawn",
        None,
        "2026-03-02",
        REASON,
        None,
    )
    assert PublicResource.objects.filter(platform_code=platform.code).count() == 0
    assert (Change.objects.count() - told, last_change()) == (1, ("withdrawn", platform.code))


def test_withdrawing_tells_the_people_of_the_authority_once(cast, platform):
    withdraw(platform=platform, by=cast.ministry_approver, reason=REASON)

    told = Notification.objects.filter(kind="platform.withdraw").values_list("recipient__username", flat=True)
    assert sorted(told) == ["js-approver", "js-clerk"]


def test_a_platform_without_designation_is_withdrawn_too(cast):
    platform = factories.PlatformFactory(authority=cast.jiangsu)

    assert withdraw(platform=platform, by=cast.ministry_approver, reason=REASON).status == "withdrawn"


def test_merging_points_to_the_platform_that_goes_on(cast, platform):
    survivor = designated(cast)

    merge(platform=platform, into=survivor, by=cast.ministry_approver, reason=REASON)

    platform.refresh_from_db()
    survivor.refresh_from_db()
    assert (platform.status, platform.tier, platform.merged_into) == ("merged", None, survivor)
    assert (survivor.status, survivor.tier) == ("active", "key")
    assert document_of(platform)["successor"] == survivor.code
    assert last_change() == ("merged", platform.code)


def test_nothing_is_merged_into_itself_or_into_a_tombstone(cast, platform):
    with pytest.raises(Invalid):
        merge(platform=platform, into=platform, by=cast.ministry_approver, reason=REASON)
    gone = factories.PlatformFactory(authority=cast.jiangsu)
    withdraw(platform=gone, by=cast.ministry_approver, reason=REASON)
    with pytest.raises(IllegalStep, match="不能并入"):
        merge(platform=platform, into=gone, by=cast.ministry_approver, reason=REASON)

    platform.refresh_from_db()
    assert (platform.status, platform.tier) == ("active", "key")
    assert Designation.objects.get(platform=platform).status == "in_force"


def test_ending_twice_and_ending_without_reason_are_refused(cast, platform):
    with pytest.raises(Invalid):
        withdraw(platform=platform, by=cast.ministry_approver, reason=" ")
    withdraw(platform=platform, by=cast.ministry_approver, reason=REASON)
    with pytest.raises(IllegalStep):
        withdraw(platform=platform, by=cast.ministry_approver, reason=REASON)


def test_the_day_is_neither_in_the_future_nor_before_the_designation(cast, platform):
    tomorrow = timezone.localdate() + datetime.timedelta(days=1)
    for day in (tomorrow, datetime.date(2025, 12, 31)):
        with pytest.raises(Invalid):
            withdraw(platform=platform, by=cast.ministry_approver, reason=REASON, on=day)

    platform.refresh_from_db()
    assert (platform.status, platform.tier) == ("active", "key")


def test_only_the_approver_of_the_ministry_ends_and_restores(cast, platform):
    for person in (cast.ministry_clerk, cast.jiangsu_approver, cast.jiangsu_clerk, cast.system_admin):
        with pytest.raises(NotPermitted):
            withdraw(platform=platform, by=person, reason=REASON)
    withdraw(platform=platform, by=cast.ministry_approver, reason=REASON)
    for person in (cast.ministry_clerk, cast.jiangsu_approver, cast.jiangsu_clerk, cast.system_admin):
        with pytest.raises(NotPermitted):
            restore(platform=platform, by=person, reason=REASON)


def test_a_platform_that_stands_in_a_batch_is_settled_there_first(cast, platform):
    batch = factories.BatchFactory(created_by=cast.ministry_clerk)
    factories.ApplicationFactory(
        batch=batch, platform=platform, proposed_by=cast.jiangsu_clerk, status="on_notice"
    )

    with pytest.raises(IllegalStep, match="须先办结"):
        withdraw(platform=platform, by=cast.ministry_approver, reason=REASON)


def test_restoring_brings_the_record_back_without_its_tier(cast, platform):
    withdraw(platform=platform, by=cast.ministry_approver, reason=REASON)

    restore(platform=platform, by=cast.ministry_approver, reason="示例·合并有误")

    platform.refresh_from_db()
    assert (platform.status, platform.tier, platform.merged_into, platform.status_on) == (
        "active",
        None,
        None,
        None,
    )
    assert document_of(platform)["status"] == "active"
    assert PublicResource.objects.filter(platform_code=platform.code).count() == 1
    assert last_change() == ("restored", platform.code)


def test_a_name_taken_meanwhile_stands_in_the_way_of_restoring(cast, platform):
    withdraw(platform=platform, by=cast.ministry_approver, reason=REASON)
    factories.PlatformFactory(authority=cast.jiangsu, operator=platform.operator, name_zh=platform.name_zh)

    with pytest.raises(Conflict):
        restore(platform=platform, by=cast.ministry_approver, reason="示例·恢复")


def test_a_tombstone_is_not_designated(cast, platform):
    withdraw(platform=platform, by=cast.ministry_approver, reason=REASON)
    platform.refresh_from_db()

    with pytest.raises(IllegalStep, match="不能认定"):
        designate(platform=platform, tier="national", on=timezone.localdate())


def test_the_record_alone_does_not_end_while_a_tier_is_held(cast, platform):
    with pytest.raises(IllegalStep, match="仍有有效认定"):
        records.withdraw(platform=platform, by=cast.ministry_approver, reason=REASON, on=timezone.localdate())


def test_withdrawing_only_the_designation_keeps_the_platform(cast, platform):
    withdraw_designation(designation=Designation.objects.get(), by=cast.ministry_approver, reason=REASON)

    platform.refresh_from_db()
    assert (platform.status, platform.tier) == ("active", None)
    assert last_change() == ("tier_changed", platform.code)
