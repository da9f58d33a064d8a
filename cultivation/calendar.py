"""Working days and ends of day in Beijing.

Public notices run in working days, and the first day counts as day 1 when it is a working day (checked
against published notices, see the tests). Holidays and make-up weekends come from the State Council's
yearly arrangement as packaged by ``chinesecalendar``; ``overrides`` (date → is a working day) goes before it.
For a year whose arrangement is not known yet, Monday to Friday are taken as working days but for the holidays
that the law ties to a date, and the answer is marked provisional. Everything that sets or shows a deadline asks ``arranged``, which knows what has been entered.

The machine's own time zone plays no part anywhere here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import chinese_calendar

BEIJING = ZoneInfo("Asia/Shanghai")
ONE_DAY = timedelta(days=1)
MAX_WORKING_DAYS = 1_000

#: Month and day of the holidays that fall on the same dates every year (全国年节及纪念日放假办法, as amended for 2025).
FIXED_HOLIDAYS = {(1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3)}

Overrides = Mapping[date, bool]
_NONE: Overrides = {}


def _covered_years() -> tuple[int, int]:
    days = chinese_calendar.holidays
    return min(days).year, max(days).year


FIRST_YEAR, LAST_YEAR = _covered_years()


@dataclass(frozen=True, slots=True)
class Period:
    """Working days in order. ``provisional`` when some calendar day of it lies in a year not yet arranged."""

    days: tuple[date, ...]
    provisional: bool

    @property
    def first(self) -> date:
        return self.days[0]

    @property
    def last(self) -> date:
        return self.days[-1]

    @property
    def closes_at(self) -> datetime:
        """The first instant after the period."""
        return end_of_day(self.last)


def beijing_date(instant: datetime) -> date:
    """The date in Beijing at ``instant``, which must know its time zone."""
    if instant.tzinfo is None:
        raise ValueError("a time without time zone has no date in Beijing")
    return instant.astimezone(BEIJING).date()


def start_of_day(day: date) -> datetime:
    """00:00 of ``day`` in Beijing."""
    return datetime.combine(_only_date(day), time.min, tzinfo=BEIJING)


def end_of_day(day: date) -> datetime:
    """The instant at which ``day`` is over in Beijing: 00:00 of the next day.

    What happens at it is too late.
    """
    return start_of_day(_only_date(day) + ONE_DAY)


def is_provisional(day: date, overrides: Overrides = _NONE) -> bool:
    """Whether the arrangement for ``day`` is not known: outside the packaged years and not overridden."""
    return not (FIRST_YEAR <= _only_date(day).year <= LAST_YEAR) and day not in overrides


def is_working_day(day: date, overrides: Overrides = _NONE) -> bool:
    """Whether ``day`` is a working day; Monday to Friday but for ``FIXED_HOLIDAYS`` where ``is_provisional``."""
    _only_date(day)
    if day in overrides:
        return overrides[day]
    if FIRST_YEAR <= day.year <= LAST_YEAR:
        return bool(chinese_calendar.is_workday(day))
    return day.weekday() < 5 and (day.month, day.day) not in FIXED_HOLIDAYS


def working_days(start: date, n: int, overrides: Overrides = _NONE) -> Period:
    """The first ``n`` working days from ``start`` on; ``start`` is day 1 if it is a working day itself."""
    if not 1 <= n <= MAX_WORKING_DAYS:
        raise ValueError(f"{n} working days; ask for 1–{MAX_WORKING_DAYS}")
    found: list[date] = []
    provisional = False
    for day in _from(start):
        provisional = provisional or is_provisional(day, overrides)
        if is_working_day(day, overrides):
            found.append(day)
            if len(found) == n:
                break
    return Period(tuple(found), provisional)


def count_working_days(first: date, last: date, overrides: Overrides = _NONE) -> int:
    """How many working days lie from ``first`` to ``last``, both included; 0 when ``last`` comes earlier."""
    span = (_only_date(last) - _only_date(first)).days + 1
    return sum(is_working_day(first + timedelta(days=i), overrides) for i in range(span))


def _from(start: date) -> Iterator[date]:
    # Long enough for MAX_WORKING_DAYS; bounded so that overrides cannot make the search endless.
    for i in range(MAX_WORKING_DAYS * 5):
        yield _only_date(start) + timedelta(days=i)
    raise ValueError("no such number of working days within the searched years")


def _only_date(day: date) -> date:
    """``day`` itself. A datetime is refused: which date it means depends on a time zone."""
    if isinstance(day, datetime) or not isinstance(day, date):
        raise TypeError(f"a date is wanted, not {type(day).__name__}; see beijing_date()")
    return day
