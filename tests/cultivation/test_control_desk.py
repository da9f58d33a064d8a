"""The control desk: where batches stand, who is late, what has failed; a reminder once a day."""

import datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from cultivation.actions import reminder
from cultivation.models import Objection
from platforms.errors import IllegalStep, NotPermitted
from platforms.models import Job, Notification
from tests.cultivation import batches, noticing

pytestmark = pytest.mark.django_db


def desk(signed_in, person):
    return signed_in(person).get(reverse("ministry-control"))


def test_the_desk_shows_who_has_sent_nothing_and_who_only_has_to_press_the_button(cast, signed_in):
    batch = batches.open_batch(cast)
    batches.recommended(cast, batch)
    batches.proposed(cast, batch, cast.ningbo)
    page = desk(signed_in, cast.ministry_clerk).text
    assert ("已推荐 1 个单位，未推荐 1 个" in page, "名单已拟好，还没有推荐" in page) == (True, True)
    assert "提醒未推荐" not in desk(signed_in, cast.ministry_approver).text


def test_late_authorities_are_reminded_once_a_day_and_the_others_not(cast, signed_in):
    batch = batches.open_batch(cast)
    batches.recommended(cast, batch)
    Notification.objects.all().delete()
    url = reverse("ministry-batch-remind", args=(batch.code,))
    for _turn in range(2):
        assert signed_in(cast.ministry_clerk).post(url).status_code == 302
    told = Notification.objects.filter(kind="batch.remind")
    assert sorted(told.values_list("recipient__username", flat=True)) == ["nb-approver", "nb-clerk"]
    with pytest.raises(NotPermitted):
        reminder.remind(batch=batch, by=cast.ministry_approver)
    batches.closed(cast, batch)
    with pytest.raises(IllegalStep):
        reminder.remind(batch=batch, by=cast.ministry_clerk)


def test_failed_publications_and_overdue_objections_are_the_first_thing_one_sees(
    cast, signed_in, monkeypatch
):
    assert "没有超期和失败的事项" in desk(signed_in, cast.ministry_approver).text
    noticing.set_clock(monkeypatch, noticing.MONDAY)
    noticing.lodged(noticing.on_notice(cast))
    Objection.objects.update(answer_due_on=timezone.localdate() - datetime.timedelta(days=30))
    Job.objects.create(
        kind="decision.bring_into_force",
        status="dead",
        error="示例",
        error_code="x",
        created_by=cast.ministry_approver,
    )
    page = desk(signed_in, cast.ministry_approver).text
    assert ("超期未答复的异议" in page, "没有完成的公布" in page) == (True, True)


def test_the_desk_asks_as_many_questions_for_three_calls_as_their_number_needs(cast, signed_in):
    clerk, asked = signed_in(cast.ministry_clerk), []
    for _turn in range(2):
        batch = batches.open_batch(cast)
        batches.recommended(cast, batch)
        clerk.get(reverse("ministry-control"))
        with CaptureQueriesContext(connection) as queries:
            clerk.get(reverse("ministry-control"))
        asked.append(len(queries))
        batches.recommended(cast, batch)
        with CaptureQueriesContext(connection) as queries:
            clerk.get(reverse("ministry-control"))
        assert len(queries) == asked[-1]
