"""Dates and deadlines as people in Beijing read them. Values may be dates, aware datetimes or the ISO strings of a document."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _

from .registry_ui import in_english

register = template.Library()

BEIJING = ZoneInfo("Asia/Shanghai")
MONTHS = ("January February March April May June July August September October November December").split()
SOON = timedelta(days=4)


def instant(value: Any) -> datetime | None:
    """``value`` as a Beijing time, or ``None`` if it names no instant. A bare date is its first moment."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return None
    if isinstance(value, datetime):
        return value.astimezone(BEIJING) if timezone.is_aware(value) else value.replace(tzinfo=BEIJING)
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=BEIJING)
    return None


def _written(year: int, month: int | None, day: int | None) -> str:
    if in_english():
        return " ".join(str(part) for part in (day, month and MONTHS[month - 1], year) if part)
    return f"{year}年" + (f"{month}月" if month else "") + (f"{day}日" if day else "")


@register.filter
def day(value: Any) -> str:
    """``2026年11月22日`` or ``22 November 2026``; ``"2025-12"`` and ``"2025"`` keep their precision."""
    if isinstance(value, int) or (isinstance(value, str) and value.isdigit() and len(value) == 4):
        return _written(int(value), None, None)
    if isinstance(value, str) and len(value) == 7 and value[4] == "-" and (value[:4] + value[5:]).isdigit():
        return _written(int(value[:4]), int(value[5:]), None)
    moment = instant(value)
    return _written(moment.year, moment.month, moment.day) if moment else str(value or "")


@register.filter
def iso_day(value: Any) -> str:
    """``2026-11-22``, the Beijing day; partial dates stay as they are."""
    moment = instant(value) if not (isinstance(value, str) and len(value) < 10) else None
    return moment.date().isoformat() if moment else str(value or "")


@register.filter
def moment(value: Any) -> str:
    """``2026-11-22 10:05``, Beijing time."""
    found = instant(value)
    return f"{found:%Y-%m-%d %H:%M}" if found else str(value or "")


@register.simple_tag
def deadline(value: Any, place: bool = True) -> str:
    """An exclusive end. Midnight is written as 24:00 of the day before, as official notices do.

    The machine value stays the true instant, because ``24:00`` is not a valid time in HTML.
    """
    found = instant(value)
    if found is None:
        return str(value or "")
    if (found.hour, found.minute) == (0, 0):
        text = f"{found.date() - timedelta(days=1):%Y-%m-%d} 24:00"
    else:
        text = f"{found:%Y-%m-%d %H:%M}"
    if place:
        text = _("%(time)s（北京时间）") % {"time": text}
    return format_html('<time datetime="{}">{}</time>', found.isoformat(timespec="minutes"), text)


@register.simple_tag
def remaining(value: Any, now: Any = None) -> str:
    """``还有 3 天`` until an exclusive end, counted in whole days, then hours; ``已截止`` afterwards."""
    end = instant(value)
    if end is None:
        return ""
    left = end - (instant(now) or timezone.now())
    if left <= timedelta(0):
        return format_html('<span class="due">{}</span>', _("已截止"))
    hours = left.days * 24 + left.seconds // 3600
    if left.days:
        text = _("还有 1 天") if left.days == 1 else _("还有 %(n)d 天") % {"n": left.days}
    elif hours:
        text = _("还有 1 小时") if hours == 1 else _("还有 %(n)d 小时") % {"n": hours}
    else:
        text = _("不到 1 小时")
    if left < SOON:
        return format_html('<span class="due" data-soon>{}</span>', text)
    return format_html('<span class="due">{}</span>', text)


@register.simple_tag
def time_of(value: Any, style: str = "day") -> str:
    """``<time>`` with the machine value; ``style`` is ``day`` (written out), ``iso`` or ``moment``."""
    if not value:
        return ""
    show = {"day": day, "iso": iso_day, "moment": moment}[style]
    found = instant(value)
    machine = found.isoformat(timespec="minutes") if found and style == "moment" else iso_day(value)
    return format_html('<time datetime="{}">{}</time>', machine, show(value))
