"""An authority proposes, ranks and recommends: in time, within its quota, by two people, its own platforms only."""

import datetime
import threading
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.utils import timezone

from cultivation.actions import application as applications
from cultivation.actions import batch as batches
from cultivation.actions import bulk, ranking
from cultivation.models import Application
from platforms.access import Role
from platforms.errors import Conflict, DomainError, IllegalStep, Invalid, NotFound, NotPermitted
from platforms.models import Membership, Notification
from tests.cultivation.batches import AREA_MET, closed, draft, open_batch, platform, proposed, recommended

pytestmark = pytest.mark.django_db


def order_of(batch, authority):
    return list(
        Application.objects.filter(batch=batch, authority=authority)
        .standing()
        .order_by("rank")
        .values_list("pk", "rank")
    )


def test_a_clerk_proposes_and_an_approver_recommends_a_copy_of_the_record(cast):
    batch = open_batch(cast)
    batches.set_criteria(batch=batch, criteria=[AREA_MET], by=cast.ministry_clerk, reason="示例")
    application = proposed(cast, batch)

    application = applications.recommend(application=application, by=cast.jiangsu_approver)
    application.platform.floor_area_m2 = 1
    application.platform.save(update_fields=["floor_area_m2"])

    application.refresh_from_db()
    assert (application.status, application.rank, application.recommended_by) == (
        "recommended", 1, cast.jiangsu_approver,
    )  # fmt: skip
    assert application.record["platform"]["floor_area_m2"] == 3000
    assert [(each.criterion, each.state) for each in application.checks.all()] == [("floor", "pass")]
    assert Notification.objects.filter(recipient=cast.ministry_clerk).count() == 1


def test_another_authoritys_platform_does_not_exist_for_a_clerk(cast):
    batch = open_batch(cast)
    with pytest.raises(NotFound):
        applications.propose(batch=batch, platform=platform(cast, cast.ningbo), by=cast.jiangsu_clerk)
    theirs = proposed(cast, batch, cast.ningbo)
    for act in (applications.recommend, applications.withdraw, applications.supplement):
        with pytest.raises(NotFound):
            act(application=theirs, by=cast.jiangsu_approver)


def test_a_platform_is_in_a_batch_once_and_may_return_after_withdrawal(cast):
    batch = open_batch(cast)
    application = proposed(cast, batch)
    with pytest.raises(Conflict):
        applications.propose(batch=batch, platform=application.platform, by=cast.jiangsu_clerk)
    applications.withdraw(application=application, by=cast.jiangsu_clerk)
    again = applications.propose(batch=batch, platform=application.platform, by=cast.jiangsu_clerk)
    assert again.rank == 1


@pytest.mark.parametrize(
    ("batch_tier", "strict", "tier", "allowed"),
    [
        ("reserve", True, None, True),
        ("reserve", True, "reserve", False),
        ("key", True, None, False),
        ("key", True, "reserve", True),
        ("key", False, None, True),
        ("key", True, "key", False),
        ("key", False, "national", False),
        ("national", True, "reserve", False),
        ("national", True, "key", True),
        ("national", False, "reserve", True),
    ],
)
def test_the_lower_tier_comes_first_where_the_batch_asks_for_it(cast, batch_tier, strict, tier, allowed):
    batch = open_batch(cast, tier=batch_tier, requires_lower_tier=strict)
    candidate = platform(cast, tier=tier)
    if allowed:
        assert applications.propose(batch=batch, platform=candidate, by=cast.jiangsu_clerk).rank == 1
    else:
        with pytest.raises(IllegalStep):
            applications.propose(batch=batch, platform=candidate, by=cast.jiangsu_clerk)


def test_nothing_is_proposed_in_a_draft_or_a_closed_batch(cast):
    for batch in (draft(cast), closed(cast, open_batch(cast))):
        with pytest.raises(IllegalStep, match="不接受推荐"):
            applications.propose(batch=batch, platform=platform(cast), by=cast.jiangsu_clerk)


def test_whoever_proposed_cannot_recommend(cast):
    batch = open_batch(cast)
    application = proposed(cast, batch)
    with pytest.raises(NotPermitted):
        applications.recommend(application=application, by=cast.jiangsu_clerk)
    Membership.objects.create(user=cast.jiangsu_clerk, role=Role.AUTHORITY_APPROVER, authority=cast.jiangsu)
    cast.jiangsu_clerk.__dict__.pop("_reach", None)
    with pytest.raises(NotPermitted, match="须由另一人审核"):
        applications.recommend(application=application, by=cast.jiangsu_clerk)


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "UTC", "America/Los_Angeles"])
def test_the_deadline_is_exclusive_to_the_microsecond_whatever_the_zone(cast, zone):
    batch = open_batch(cast, days=1)
    deadline = batch.recommend_until.astimezone(ZoneInfo(zone))
    first, second = proposed(cast, batch), proposed(cast, batch)
    with timezone.override(zone):
        with pytest.raises(IllegalStep, match="截止"):
            applications.recommend(application=first, by=cast.jiangsu_approver, arrived_at=deadline)
        applications.recommend(
            application=second,
            by=cast.jiangsu_approver,
            arrived_at=deadline - datetime.timedelta(microseconds=1),
        )
    assert Application.objects.filter(status="recommended").get() == second


def test_a_late_request_is_told_the_deadline_and_when_it_arrived(cast):
    midnight = datetime.datetime(2036, 1, 1, tzinfo=ZoneInfo("Asia/Shanghai"))
    batch = open_batch(cast, recommend_until=midnight)
    application = proposed(cast, batch)
    with pytest.raises(IllegalStep) as refused:
        applications.recommend(application=application, by=cast.jiangsu_approver, arrived_at=midnight)
    assert "2035-12-31 24:00（北京时间）截止" in str(refused.value)
    assert "2036-01-01 00:00:00.000000" in str(refused.value)


def test_a_request_that_arrived_in_time_is_accepted_after_waiting(cast):
    batch = open_batch(cast)
    application = proposed(cast, batch)
    arrived = timezone.now()
    batch.recommend_until = arrived + datetime.timedelta(microseconds=1)
    batch.save(update_fields=["recommend_until"])
    assert (
        applications.recommend(application=application, by=cast.jiangsu_approver, arrived_at=arrived).status
        == "recommended"
    )


def test_the_quota_is_the_limit_and_a_withdrawal_gives_the_place_back(cast):
    batch = open_batch(cast)
    batches.set_quotas(batch=batch, places={"320000": 1}, by=cast.ministry_clerk)
    first = recommended(cast, batch)
    second = proposed(cast, batch)
    with pytest.raises(IllegalStep, match="名额 1 个已用完"):
        applications.recommend(application=second, by=cast.jiangsu_approver)
    assert recommended(cast, batch, cast.ningbo).status == "recommended"
    applications.withdraw(application=first, by=cast.jiangsu_clerk)
    assert applications.recommend(application=second, by=cast.jiangsu_approver).status == "recommended"


@pytest.mark.django_db(transaction=True)
def test_of_two_people_who_take_the_last_place_at_once_exactly_one_succeeds(cast):
    batch = open_batch(cast)
    batches.set_quotas(batch=batch, places={"320000": 1}, by=cast.ministry_clerk)
    both = [proposed(cast, batch), proposed(cast, batch)]
    start, said = threading.Barrier(2), []

    def take(application):
        try:
            start.wait(60)
            applications.recommend(application=application, by=cast.jiangsu_approver)
            said.append("done")
        except DomainError as error:
            said.append(error.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=take, args=(each,)) for each in both]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)

    assert sorted(said) == ["done", "illegal_step"]
    assert Application.objects.counted_in_quota().count() == 1


def test_recommending_twice_recommends_once(cast):
    application = recommended(cast, open_batch(cast))
    with pytest.raises(IllegalStep):
        applications.recommend(application=application, by=cast.jiangsu_approver)
    assert Notification.objects.filter(recipient=cast.ministry_clerk).count() == 1


def test_many_are_recommended_in_order_as_far_as_the_quota_reaches_and_the_preview_says_so(cast):
    batch = open_batch(cast)
    batches.set_quotas(batch=batch, places={"320000": 2}, by=cast.ministry_clerk)
    ids = [proposed(cast, batch).pk for _n in range(3)]
    foreign = proposed(cast, batch, cast.ningbo)

    expected = bulk.preview(applications=bulk.chosen(batch, ids), name="recommend", by=cast.jiangsu_approver)
    done = bulk.recommend_many(
        batch=batch, authority=cast.jiangsu, ids=[*ids, foreign.pk], by=cast.jiangsu_approver
    )

    assert [each.pk for each in done.moving] == [each.pk for each in expected.moving] == ids[:2]
    assert [(each.pk, why) for each, why in done.refused] == [
        (each.pk, why) for each, why in expected.refused
    ]
    foreign.refresh_from_db()
    assert foreign.status == "proposed"


def test_ranks_stay_unique_and_without_gaps(cast):
    batch = open_batch(cast)
    a, b, c, d = (proposed(cast, batch) for _n in range(4))
    other = proposed(cast, batch, cast.ningbo)

    ranking.set_rank(application=d, rank=1, by=cast.jiangsu_clerk)
    assert order_of(batch, cast.jiangsu) == [(d.pk, 1), (a.pk, 2), (b.pk, 3), (c.pk, 4)]
    ranking.set_rank(application=d, rank=99, by=cast.jiangsu_clerk)
    ranking.set_numbers(
        batch=batch,
        authority=cast.jiangsu,
        numbers={a.pk: 30, b.pk: 10, c.pk: 20, d.pk: 5},
        by=cast.jiangsu_clerk,
    )
    assert order_of(batch, cast.jiangsu) == [(d.pk, 1), (b.pk, 2), (c.pk, 3), (a.pk, 4)]
    applications.withdraw(application=b, by=cast.jiangsu_clerk)
    assert order_of(batch, cast.jiangsu) == [(d.pk, 1), (c.pk, 2), (a.pk, 3)]
    assert order_of(batch, cast.ningbo) == [(other.pk, 1)]


def test_a_number_given_twice_or_an_old_list_changes_nothing(cast):
    batch = open_batch(cast)
    a, b = proposed(cast, batch), proposed(cast, batch)
    with pytest.raises(Invalid, match=r"有 2 处|第 1 位"):
        ranking.set_numbers(
            batch=batch, authority=cast.jiangsu, numbers={a.pk: 1, b.pk: 1}, by=cast.jiangsu_clerk
        )
    with pytest.raises(Conflict):
        ranking.set_order(batch=batch, authority=cast.jiangsu, order=[a.pk], by=cast.jiangsu_clerk)
    assert order_of(batch, cast.jiangsu) == [(a.pk, 1), (b.pk, 2)]


def test_only_an_approver_changes_the_order_of_what_was_recommended(cast):
    batch = open_batch(cast)
    a, b = recommended(cast, batch), recommended(cast, batch)
    c = proposed(cast, batch)
    with pytest.raises(NotPermitted):
        ranking.set_rank(application=c, rank=1, by=cast.jiangsu_clerk)
    ranking.set_order(batch=batch, authority=cast.jiangsu, order=[b.pk, a.pk, c.pk], by=cast.jiangsu_approver)
    assert order_of(batch, cast.jiangsu) == [(b.pk, 1), (a.pk, 2), (c.pk, 3)]
    with pytest.raises(NotFound):
        ranking.set_rank(application=a, rank=3, by=cast.ningbo_approver)


def test_an_opinion_is_written_before_recommending_and_by_version(cast):
    batch = open_batch(cast)
    application = proposed(cast, batch)
    applications.set_opinion(application=application, opinion="同意推荐", by=cast.jiangsu_clerk, version=1)
    with pytest.raises(Conflict):
        applications.set_opinion(application=application, opinion="甲", by=cast.jiangsu_clerk, version=1)
    applications.recommend(application=application, by=cast.jiangsu_approver)
    with pytest.raises(IllegalStep):
        applications.set_opinion(application=application, opinion="乙", by=cast.jiangsu_clerk)
