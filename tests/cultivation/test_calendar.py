import time
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cultivation import calendar as c

settled = st.dates(date(2005, 1, 1), date(2026, 1, 31))
any_day = st.dates(date(1990, 1, 1), date(2060, 12, 31))


@pytest.mark.parametrize(
    ("notice", "first", "n", "last"),
    [
        ("舟山市中试平台 2025", date(2025, 8, 13), 5, date(2025, 8, 19)),
        ("北京市重点实验室考评 2021", date(2021, 6, 21), 5, date(2021, 6, 25)),
        ("四川省先进制造业集群 2024", date(2024, 8, 14), 7, date(2024, 8, 22)),
    ],
)
def test_published_notices_ran_from_their_first_to_their_last_working_day(notice, first, n, last):
    period = c.working_days(first, n)
    assert (period.first, period.last, period.provisional) == (first, last, False)
    assert c.count_working_days(first, last) == n


def test_a_notice_that_starts_on_a_free_day_begins_to_count_on_the_next_working_day():
    assert c.working_days(date(2025, 8, 16), 2).days == (date(2025, 8, 18), date(2025, 8, 19))


def test_a_make_up_sunday_is_a_working_day_and_a_national_holiday_is_not():
    assert c.is_working_day(date(2025, 9, 28))
    assert not c.is_working_day(date(2025, 10, 8))
    assert c.working_days(date(2025, 9, 26), 5).last == date(2025, 10, 9)


def test_the_ministry_may_overrule_the_calendar():
    closed = {date(2025, 8, 14): False, date(2025, 8, 16): True}
    assert c.working_days(date(2025, 8, 13), 3, closed).days == (
        date(2025, 8, 13),
        date(2025, 8, 15),
        date(2025, 8, 16),
    )


def test_a_year_not_yet_arranged_is_counted_from_monday_to_friday_and_marked():
    future = date(c.LAST_YEAR + 1, 1, 1)
    period = c.working_days(future, 10)
    assert period.provisional
    assert all(day.weekday() < 5 for day in period.days)
    assert c.is_provisional(future)
    assert not c.is_provisional(future, {future: False})
    assert not c.is_working_day(future, {future: False})


def test_holidays_tied_to_a_date_are_free_in_any_year():
    for year in range(c.LAST_YEAR + 1, c.LAST_YEAR + 8):
        assert not any(c.is_working_day(date(year, *day)) for day in c.FIXED_HOLIDAYS)


def test_a_period_that_reaches_into_such_a_year_is_marked_too():
    assert c.working_days(date(c.LAST_YEAR, 12, 30), 30).provisional
    assert not c.working_days(date(c.LAST_YEAR, 11, 2), 5).provisional


def test_a_year_arranged_by_overrides_is_settled():
    year = c.LAST_YEAR + 1
    days = [date(year, 3, 1) + timedelta(days=i) for i in range(31)]
    assert not c.working_days(days[0], 10, {day: day.weekday() < 5 for day in days}).provisional


def test_the_packaged_years_reach_2026():
    assert c.FIRST_YEAR <= 2004
    assert c.LAST_YEAR >= 2026


def test_a_day_is_over_at_midnight_in_beijing():
    end = c.end_of_day(date(2025, 8, 19))
    assert end == datetime(2025, 8, 19, 16, 0, tzinfo=UTC)
    assert end.isoformat() == "2025-08-20T00:00:00+08:00"
    assert c.working_days(date(2025, 8, 13), 5).closes_at == end


def test_an_instant_belongs_to_the_beijing_date():
    assert c.beijing_date(datetime(2025, 8, 19, 15, 59, 59, tzinfo=UTC)) == date(2025, 8, 19)
    assert c.beijing_date(datetime(2025, 8, 19, 16, 0, tzinfo=UTC)) == date(2025, 8, 20)


@given(any_day)
def test_a_day_is_a_half_open_interval(day):
    assert c.beijing_date(c.start_of_day(day)) == day
    assert c.beijing_date(c.end_of_day(day) - timedelta(microseconds=1)) == day
    assert c.end_of_day(day) == c.start_of_day(day + timedelta(days=1))


@pytest.mark.parametrize("zone", ["UTC", "America/Los_Angeles", "Pacific/Kiritimati"])
def test_the_machine_clock_zone_plays_no_part(monkeypatch, zone):
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        assert c.end_of_day(date(2025, 8, 19)) == datetime(2025, 8, 19, 16, 0, tzinfo=UTC)
        assert c.working_days(date(2025, 8, 13), 5).last == date(2025, 8, 19)
    finally:
        monkeypatch.undo()
        time.tzset()


@given(settled, st.integers(1, 60))
def test_counting_forth_and_back_agrees(start, n):
    period = c.working_days(start, n)
    assert len(period.days) == n
    assert list(period.days) == sorted(set(period.days))
    assert period.first >= start
    assert c.count_working_days(start, period.last) == n
    assert c.count_working_days(start, period.last - timedelta(days=1)) == n - 1


@given(any_day, any_day)
def test_a_count_never_exceeds_the_days(a, b):
    if abs((b - a).days) < 400:
        count = c.count_working_days(a, b)
        assert 0 <= count <= max(0, (b - a).days + 1)


@pytest.mark.parametrize("n", [0, -1, 1001])
def test_a_senseless_number_of_days_is_refused(n):
    with pytest.raises(ValueError, match="working days"):
        c.working_days(date(2025, 8, 13), n)


def test_a_time_is_not_taken_for_a_date():
    moment = datetime(2025, 8, 13, 1, tzinfo=UTC)
    for ask in (
        c.end_of_day,
        c.is_working_day,
        lambda day: c.working_days(day, 1),
        lambda day: c.count_working_days(day, day),
    ):
        with pytest.raises(TypeError, match="beijing_date"):
            ask(moment)
    with pytest.raises(ValueError, match="time zone"):
        c.beijing_date(moment.replace(tzinfo=None))


def test_overrides_that_close_every_day_do_not_search_for_ever():
    start = date(2025, 1, 1)
    closed = {start + timedelta(days=i): False for i in range(6000)}
    with pytest.raises(ValueError, match="no such number"):
        c.working_days(start, 1, closed)
