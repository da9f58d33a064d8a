"""Working days in years the packaged calendar does not know."""

from datetime import date, timedelta

import pytest
from django.contrib.messages import get_messages
from django.core.exceptions import ValidationError

from cultivation import arranged, calendar, clock
from cultivation.actions import notice as notices
from cultivation.models import HolidayArrangement
from platforms.actions import reference
from platforms.errors import Invalid, NotPermitted
from tests.cultivation import noticing

pytestmark = pytest.mark.django_db

YEAR = calendar.LAST_YEAR + 1


def arrangement(**fields) -> HolidayArrangement:
    monday = date(YEAR, 3, 1) + timedelta(days=-date(YEAR, 3, 1).weekday() % 7)
    values = {"free_days": [monday], "worked_days": [monday + timedelta(days=5)], **fields}
    return HolidayArrangement(year=YEAR, document_no="示例〔2099〕1号", **values)


def test_a_year_that_has_been_entered_is_settled_and_goes_by_its_arrangement(cast):
    made = arrangement()
    monday, saturday = made.free_days[0], made.worked_days[0]
    before = arranged.working_days(monday, 6)
    assert before.provisional
    assert arranged.provisional_year(date(YEAR - 1, 12, 20), monday) == YEAR
    reference.save(record=made, by=cast.system_admin)
    after = arranged.working_days(monday, 6)
    assert not after.provisional
    assert monday not in after.days
    assert saturday in after.days
    assert arranged.provisional_year(date(YEAR - 1, 12, 20), monday) is None
    assert arranged.count_working_days(monday, saturday) == 5


def test_an_arrangement_goes_before_the_packaged_calendar(cast):
    day = date(2025, 8, 13)
    assert day in arranged.working_days(day, 1).days
    amended = HolidayArrangement(year=2025, document_no="示例", free_days=[day])
    reference.save(record=amended, by=cast.system_admin)
    assert arranged.working_days(day, 1).first == date(2025, 8, 14)


def test_only_the_system_administrator_enters_it(cast):
    with pytest.raises(NotPermitted):
        reference.save(record=arrangement(), by=cast.ministry_clerk)


@pytest.mark.parametrize(
    ("field", "days"),
    [
        ("free_days", [date(YEAR + 1, 1, 1)]),
        ("worked_days", [date(YEAR - 1, 1, 4)]),
        ("worked_days", [arrangement().free_days[0]]),
        ("worked_days", [arrangement().free_days[0] + timedelta(days=1)]),
    ],
)
def test_days_of_another_year_and_contradictions_are_refused(field, days):
    with pytest.raises(ValidationError) as refused:
        arrangement(**{field: days}).full_clean()
    assert list(refused.value.message_dict) == [field]


def test_an_announced_window_stays_and_asks_to_be_extended(cast, client, monkeypatch):
    noticing.set_clock(monkeypatch, f"{YEAR - 1}-12-29T09:00:00+08:00")
    notice = noticing.on_notice(cast, working_days=5)
    announced = notice.ends_on
    assert announced.year == YEAR
    page = f"/ministry/notices/{notice.code}/"
    client.force_login(cast.ministry_approver)
    assert f"{YEAR} 年的放假安排尚未录入" in client.get(page).content.decode()
    typed = {
        "year": YEAR,
        "document_no": "示例",
        "free_days": f"{YEAR}-01-01, {announced}",
        "worked_days": "",
    }
    client.force_login(cast.system_admin)
    answer = client.post("/admin/cultivation/holidayarrangement/add/", typed)
    assert answer.status_code == 302, answer.content.decode()
    assert any("请延长公示" in str(message) for message in get_messages(answer.wsgi_request))
    notice.refresh_from_db()
    assert (notice.ends_on, notices.too_short()) == (announced, [notice])
    client.force_login(cast.ministry_approver)
    assert "不足 5 个工作日" in client.get(page).content.decode()
    extended = notices.extend(notice=notice, by=cast.ministry_approver, reason="新年放假", days=1)
    assert (extended.working_days, notices.too_short()) == (5, [])


def test_the_arrangements_are_read_once_for_all_notices(cast, monkeypatch, django_assert_num_queries):
    noticing.set_clock(monkeypatch, f"{YEAR - 1}-12-29T09:00:00+08:00")
    notice = noticing.on_notice(cast, working_days=5)
    reference.save(
        record=arrangement(free_days=[date(YEAR, 1, 1), notice.ends_on], worked_days=[]), by=cast.system_admin
    )
    other = noticing.on_notice(cast, working_days=5)
    type(other).objects.filter(pk=other.pk).update(starts_on=notice.starts_on, ends_on=notice.ends_on)
    with django_assert_num_queries(2):
        assert notices.too_short() == [notice, other]


def test_an_extension_that_does_not_make_up_for_the_days_is_refused(cast, monkeypatch):
    noticing.set_clock(monkeypatch, f"{YEAR - 1}-12-29T09:00:00+08:00")
    notice = noticing.on_notice(cast, working_days=5)
    free = [date(YEAR, 1, 1) + timedelta(days=number) for number in range(6)]
    reference.save(record=arrangement(free_days=free, worked_days=[]), by=cast.system_admin)
    with pytest.raises(Invalid):
        notices.extend(notice=notice, by=cast.ministry_approver, reason="放假", days=1)


def test_a_receipt_says_that_its_date_is_provisional(cast, client, monkeypatch):
    noticing.set_clock(monkeypatch, f"{YEAR - 1}-12-29T09:00:00+08:00")
    notice = noticing.on_notice(cast, working_days=5)
    receipt = noticing.lodged(notice, arrived_at=clock.now())
    answer = client.post(
        f"/notices/{notice.code}/objection/status/",
        {"receipt": receipt.objection.receipt, "query_code": receipt.query_code},
    )
    assert f"{YEAR} 年放假安排尚未录入" in answer.content.decode(), answer.content.decode()
