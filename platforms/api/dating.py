"""``as_of``: a list or a record as it stood when a day ended. The day is found in the feed first, then everything is asked of it."""

from __future__ import annotations

import datetime
import re
from collections.abc import Sequence

from django.http import QueryDict
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from platforms import past
from platforms.api.parameters import Parameter
from platforms.api.problems import Refused, bad_parameter
from platforms.api.trip import HEAD, Rows, Statement, trip

PARAMETER = Parameter(
    "as_of", gettext_lazy("按这一天（北京时间）结束时的记录回答，如 2026-01-31；不早于首次发布，不晚于今天")
)
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def read_day(params: QueryDict) -> datetime.date | None:
    """Raises ``Refused`` (400) for what is no day."""
    text = params.get("as_of", "")
    if not text:
        return None
    try:
        day = parse_date(text) if DAY.fullmatch(text) else None
    except ValueError:
        day = None
    if day is None:
        raise _refused("not_a_date", _("日期应写成 2026-12-31。"))
    return day


def number_on(day: datetime.date | None) -> int | None:
    """The change a day stands for, ``None`` without a day. Raises ``Refused`` (400) for a day to come or before all publication."""
    if day is None:
        return None
    if day > timezone.localdate():
        raise _refused("in_the_future", _("这一天还没有到。"))
    number, first = trip([past.newest_on(day)])[0][0]
    if not number and first is None:
        raise _refused("before_the_start", _("还没有发布过任何记录。"))
    if not number:
        start = timezone.localdate(first).isoformat()
        raise _refused("before_the_start", _("公开记录自 %(day)s 起，没有更早的。") % {"day": start})
    return number


def head_and(statements: Sequence[Statement], number: int | None) -> list[Rows]:
    """The head (or the change asked for) and the rows of each statement, as one trip."""
    if number is None:
        return trip([HEAD, *statements])
    return [[(number,)], *trip([past.as_of(item, number) for item in statements])]


def _refused(code: str, sentence: str) -> Refused:
    return Refused(errors=[bad_parameter("as_of", code, sentence)], code="bad_parameter")
