"""Working days as they are arranged today: the packaged calendar, and before it what the ministry has entered."""

from __future__ import annotations

import datetime

from cultivation import calendar
from cultivation.models import HolidayArrangement


def overrides() -> dict[datetime.date, bool]:
    """Every day of every year whose arrangement has been entered → whether it is a working day."""
    found: dict[datetime.date, bool] = {}
    for arrangement in HolidayArrangement.objects.all():
        day = datetime.date(arrangement.year, 1, 1)
        while day.year == arrangement.year:
            found[day] = arrangement.works(day)
            day += calendar.ONE_DAY
    return found


def working_days(start: datetime.date, n: int) -> calendar.Period:
    """See ``calendar.working_days``."""
    return calendar.working_days(start, n, overrides())


def count_working_days(first: datetime.date, last: datetime.date) -> int:
    """See ``calendar.count_working_days``."""
    return calendar.count_working_days(first, last, overrides())


def provisional_year(first: datetime.date, last: datetime.date) -> int | None:
    """The first year of a span whose arrangement is not known yet; ``None`` when all of it is settled."""
    known = overrides()
    for year in range(first.year, last.year + 1):
        day = max(first, datetime.date(year, 1, 1))
        if calendar.is_provisional(day, known):
            return year
    return None
