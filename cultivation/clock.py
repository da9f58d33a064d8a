"""The clock of notices and decisions.

A rehearsal has to see the end of a notice without waiting a week: ``REGISTRY_CLOCK_SHIFT_DAYS`` moves this clock forward (and
nothing else: history, sessions and jobs keep real time). It is 0 in earnest, and ``check --deploy`` refuses anything else.
"""

from __future__ import annotations

import datetime

from django.conf import settings
from django.db import connection
from django.utils import timezone


def shifted(instant: datetime.datetime) -> datetime.datetime:
    """A real instant, such as a request's arrival, on this clock."""
    return instant + datetime.timedelta(days=settings.CLOCK_SHIFT_DAYS)


def now() -> datetime.datetime:
    return shifted(timezone.now())


def database_now() -> datetime.datetime:
    """The time by the database's clock, the same for every machine that runs the periodic tasks."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        return shifted(cursor.fetchone()[0])


def today() -> datetime.date:
    """The date in Beijing."""
    return timezone.localdate(now())
