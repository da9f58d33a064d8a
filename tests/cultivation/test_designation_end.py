"""A designation ends on its day, by the approver or by the calendar; the platform stays and its authority is told."""

import datetime

import pytest
from celery.schedules import crontab
from django.conf import settings
from django.utils import timezone

from cultivation.actions.designation import designate, expire_due, withdraw
from cultivation.models import Designation
from platforms.errors import Invalid
from platforms.models import Change, Notification
from platforms.publish import publish
from tests import factories

pytestmark = pytest.mark.django_db
LAST = datetime.date(2026, 3, 31)
DAY = datetime.timedelta(days=1)


@pytest.fixture
def designation(cast) -> Designation:
    platform = factories.PlatformFactory(authority=cast.jiangsu)
    found = designate(platform=platform, tier="key", on=datetime.date(2026, 1, 5), basis="示例依据")
    Designation.objects.filter(pk=found.pk).update(valid_until=LAST)
    publish(platform)
    return found


def told() -> set[str]:
    return set(Notification.objects.values_list("recipient__username", flat=True))


def test_it_runs_through_its_last_day_and_expires_once(cast, designation):
    assert expire_due(today=LAST) == 0
    assert [expire_due(today=LAST + DAY), expire_due(today=LAST + DAY)] == [1, 0]

    designation.refresh_from_db()
    designation.platform.refresh_from_db()
    assert (designation.status, designation.valid_until, designation.ended_by) == ("expired", LAST, None)
    assert (designation.platform.status, designation.platform.tier) == ("active", None)
    assert Change.objects.order_by("-number").values_list("kind", "code")[0] == (
        "tier_changed",
        designation.platform.code,
    )
    assert told() == {"js-clerk", "js-approver"}


def test_the_calendar_looks_every_day():
    entry = settings.CELERY_BEAT_SCHEDULE["expire-designations"]
    assert (entry["task"], entry["schedule"]) == (
        "cultivation.tasks.expire_designations",
        crontab(hour=0, minute=10),
    )


def test_the_authority_is_told_of_a_withdrawal(cast, designation):
    withdraw(designation=designation, by=cast.ministry_approver, reason="示例原因")

    assert told() == {"js-clerk", "js-approver"}


def test_the_day_of_a_withdrawal_lies_within_the_designation(cast, designation):
    for day in (timezone.localdate() + DAY, datetime.date(2026, 1, 4)):
        with pytest.raises(Invalid):
            withdraw(designation=designation, by=cast.ministry_approver, reason="示例原因", on=day)

    designation.refresh_from_db()
    assert designation.status == "in_force"
