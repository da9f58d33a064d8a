"""A notice: what it freezes, how long it runs, who may publish it, and what the public sees before and after."""

import datetime

import pytest
from django.db import IntegrityError, transaction

from cultivation.actions import notice as notices
from cultivation.actions import release as releases
from cultivation.choices import ApplicationStatus, BatchStatus, NoticeStatus
from cultivation.models import Notice
from cultivation.publish import publish_batch, publish_notice, publish_release
from platforms.errors import IllegalStep, Invalid, NotFound, NotPermitted
from platforms.models import Notification, PublicBatch, PublicList, PublicNotice
from tests.cultivation import noticing

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("starts", "days", "ends"),
    [
        ("2026-11-23", 5, "2026-11-27"),  # Monday to Friday, the first day counted
        ("2026-11-21", 5, "2026-11-27"),  # published on a Saturday: day 1 is Monday
        ("2026-09-24", 5, "2026-10-08"),  # over Mid-Autumn and National Day
        ("2026-12-31", 1, "2026-12-31"),
    ],
)
def test_the_window_runs_in_working_days_and_counts_its_first_day(cast, monkeypatch, starts, days, ends):
    noticing.set_clock(monkeypatch, f"{starts}T09:00:00+08:00")
    notice = noticing.on_notice(cast, working_days=days)
    assert (str(notice.starts_on), str(notice.ends_on)) == (starts, ends)


def test_publishing_puts_the_list_the_notice_and_the_batch_before_the_public(cast, monkeypatch):
    noticing.set_clock(monkeypatch, noticing.MONDAY)
    batch = noticing.shortlisted(cast, 3)
    notice = noticing.on_notice(cast, batch)
    batch.refresh_from_db()
    assert batch.status == BatchStatus.NOTICING
    assert set(batch.applications.values_list("status", flat=True)) == {ApplicationStatus.ON_NOTICE}
    public = PublicNotice.objects.get()
    assert public.document["ends_at"] == "2026-11-28T00:00:00+08:00"
    assert [entry["row"] for entry in public.document["entries"]] == [1, 2, 3]
    assert public.document["list"]["url"] == f"/lists/{notice.release.code}/0.1/"
    listed = PublicList.objects.get()
    assert listed.document["sha256"] == releases.digest(listed.document["entries"])
    assert PublicBatch.objects.get().document["counts"][-1] == {"stage": "notice", "count": 3}


def test_a_preliminary_list_says_no_more_than_a_notice_may(cast, monkeypatch):
    noticing.on_notice(cast)
    entry = PublicNotice.objects.get().document["entries"][0]
    assert entry["operator_uscc"] == entry["authority_zh"] == entry["authority_code"] == ""


def test_rows_stand_in_the_order_of_area_place_and_pinyin_not_of_rank(cast):
    batch = noticing.shortlisted(cast, 3)
    for application, name in zip(batch.applications.order_by("rank"), ("中", "安", "北"), strict=True):
        application.platform.name_zh = name
        application.platform.save()
    notice = notices.prepare(batch=batch, title="示例", by=cast.ministry_clerk)
    assert list(notice.release.entries.values_list("name_zh", flat=True)) == ["安", "北", "中"]


def test_who_prepared_a_notice_cannot_publish_it(cast):
    notice = notices.prepare(batch=noticing.shortlisted(cast), title="示例", by=cast.ministry_clerk)
    with pytest.raises(NotPermitted):
        notices.publish(notice=notice, by=cast.ministry_clerk)
    Notice.objects.filter(pk=notice.pk).update(prepared_by=cast.ministry_approver)
    with pytest.raises(NotPermitted, match="编制人不能发布"):
        notices.publish(notice=notice, by=cast.ministry_approver)
    with pytest.raises(IntegrityError, match="notice_prepared_by_not_published_by"), transaction.atomic():
        Notice.objects.filter(pk=notice.pk).update(
            published_by=cast.ministry_approver, published_at="2026-11-23T00:00Z"
        )
    assert not PublicNotice.objects.exists()


def test_an_authority_does_not_get_near_a_notice(cast):
    batch = noticing.shortlisted(cast)
    with pytest.raises(NotPermitted):
        notices.prepare(batch=batch, title="示例", by=cast.jiangsu_clerk)
    with pytest.raises((NotPermitted, NotFound)):
        notices.prepare(batch=batch, title="示例", by=cast.nobody)


def test_a_shortlist_that_moved_on_must_be_prepared_again(cast):
    batch = noticing.shortlisted(cast, 2)
    notice = notices.prepare(batch=batch, title="示例", by=cast.ministry_clerk)
    noticing.application(cast, batch, ApplicationStatus.SHORTLISTED)
    with pytest.raises(IllegalStep, match="重新编制"):
        notices.publish(notice=notice, by=cast.ministry_approver)
    again = notices.prepare(batch=batch, title="示例", by=cast.ministry_clerk)
    assert (again.pk, again.release.version, again.release.entry_count) == (notice.pk, "0.2", 3)
    notices.publish(notice=again, by=cast.ministry_approver)
    assert PublicList.objects.get().list_version == "0.2"


def test_a_notice_cannot_start_in_the_past_or_last_no_day(cast, monkeypatch):
    noticing.set_clock(monkeypatch, noticing.MONDAY)
    batch = noticing.shortlisted(cast)
    with pytest.raises(Invalid):
        notices.prepare(batch=batch, title="示例", by=cast.ministry_clerk, working_days=0)
    notice = notices.prepare(batch=batch, title="示例", by=cast.ministry_clerk)
    with pytest.raises(Invalid, match="过去"):
        notices.publish(notice=notice, by=cast.ministry_approver, starts_on=datetime.date(2026, 11, 20))


def test_private_work_before_the_notice_changes_no_public_byte(cast):
    """Names and results are seeded everywhere they could leak from."""
    batch = noticing.shortlisted(cast, 4)
    before = noticing.public_bytes()
    noticing_name = batch.applications.first().platform.name_zh
    notices.prepare(batch=batch, title="示例·还没有发布", by=cast.ministry_clerk)
    batch.applications.filter(rank=1).update(status=ApplicationStatus.NOT_SHORTLISTED, outcome_reason="示例")
    notice = notices.prepare(batch=batch, title="示例·还没有发布", by=cast.ministry_clerk)
    assert publish_batch(batch) is None
    assert publish_notice(notice) is None
    assert publish_release(notice.release) is None
    assert noticing.public_bytes() == before
    assert noticing_name not in str(PublicBatch.objects.values_list("document", "card"))


def test_small_numbers_are_not_told_while_names_are_not_public(cast):
    noticing.shortlisted(cast, 2)
    assert PublicBatch.objects.get().document["counts"] == [{"stage": "recommended", "count": None}]


def test_projecting_everything_again_finds_no_difference(cast):
    notice = noticing.on_notice(cast)
    before = noticing.public_bytes()
    assert publish_notice(notice) is None
    assert publish_release(notice.release) is None
    assert publish_batch(notice.batch) is None
    assert noticing.public_bytes() == before


def test_every_authority_is_told_once_and_its_own_people_how_many(cast):
    notice = noticing.on_notice(cast)
    told = Notification.objects.filter(recipient=cast.jiangsu_clerk).values_list("kind", flat=True)
    assert sorted(told) == ["application.put_on_notice", "notice.publish"]
    assert Notification.objects.filter(recipient=cast.ningbo_clerk).get().url == f"/notices/{notice.code}/"


def test_extending_moves_the_last_day_and_says_why(cast, monkeypatch):
    noticing.set_clock(monkeypatch, noticing.MONDAY)
    notice = noticing.on_notice(cast)
    notices.extend(notice=notice, by=cast.ministry_approver, reason="示例原因", days=2)
    public = PublicNotice.objects.get()
    assert (str(public.ends_on), public.document["extension_reason"]) == ("2026-12-01", "示例原因")
    noticing.set_clock(monkeypatch, "2026-12-02T00:00:00+08:00")
    with pytest.raises(IllegalStep, match="公示期已满"):
        notices.extend(notice=notice, by=cast.ministry_approver, reason="示例原因", days=2)


def test_a_notice_closes_after_its_last_day_and_only_once(cast, monkeypatch):
    noticing.set_clock(monkeypatch, noticing.MONDAY)
    notice = noticing.on_notice(cast)
    noticing.set_clock(monkeypatch, "2026-11-27T23:59:59+08:00")
    assert notices.close_finished() == 0
    noticing.set_clock(monkeypatch, "2026-11-28T00:02:00+08:00")
    assert notices.close_finished() == 1
    assert notices.close_finished() == 0
    notice.refresh_from_db()
    assert (notice.status, notice.batch.status) == (NoticeStatus.CLOSED, BatchStatus.DECIDING)
    assert PublicBatch.objects.get().document["status"] == BatchStatus.DECIDING


def test_a_batch_waits_for_its_objections(cast, monkeypatch):
    noticing.set_clock(monkeypatch, noticing.MONDAY)
    notice = noticing.on_notice(cast)
    noticing.lodged(notice)
    notice = noticing.close(monkeypatch, notice)
    assert (notice.status, notice.batch.status) == (NoticeStatus.CLOSED, BatchStatus.NOTICING)


def test_the_rehearsal_clock_closes_a_window_without_waiting(cast, settings):
    notice = noticing.on_notice(cast)
    assert notices.close_finished() == 0
    settings.CLOCK_SHIFT_DAYS = 30
    assert notices.close_finished() == 1
    notice.refresh_from_db()
    assert notice.batch.status == BatchStatus.DECIDING


def test_the_deployment_check_refuses_the_rehearsal_clock(settings):
    from registry.checks import no_rehearsal_clock

    assert no_rehearsal_clock(None) == []
    settings.CLOCK_SHIFT_DAYS = 1
    assert [error.id for error in no_rehearsal_clock(None)] == ["registry.E003"]
