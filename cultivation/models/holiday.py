"""放假安排: which days of a year the State Council has made free, and which weekends are worked instead."""

from __future__ import annotations

import datetime

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _


class HolidayArrangement(models.Model):
    """One year's arrangement, entered when it is announced. It goes before what the packaged calendar says of that year."""

    year = models.PositiveSmallIntegerField(
        _("年份"), unique=True, error_messages={"unique": _("该年的放假安排已录入。")}
    )
    document_no = models.CharField(_("文号"), max_length=60, help_text=_("国务院办公厅通知的文号。"))
    free_days = ArrayField(
        models.DateField(),
        verbose_name=_("放假的日期"),
        help_text=_("逐日填写，如 2027-01-01，用逗号分隔；与周末相连的也写上。"),
    )
    worked_days = ArrayField(
        models.DateField(),
        verbose_name=_("调休上班的日期"),
        default=list,
        blank=True,
        help_text=_("须是周六或周日，用逗号分隔。"),
    )

    class Meta:
        verbose_name = verbose_name_plural = _("放假安排")
        ordering = ("-year",)
        constraints = (
            models.CheckConstraint(
                name="holiday_arrangement_year",
                condition=models.Q(year__range=(2000, 2100)),
                violation_error_message=_("年份应在 2000 至 2100 之间。"),
            ),
        )

    def __str__(self) -> str:
        return f"{self.year}"

    def clean(self) -> None:
        free, worked = set(self.free_days or ()), set(self.worked_days or ())
        problems = {}
        for name, days in (("free_days", free), ("worked_days", worked)):
            if other := sorted(day for day in days if day.year != self.year):
                problems[name] = _("%(day)s 不在 %(year)s 年。") % {"day": other[0], "year": self.year}
        if both := sorted(free & worked):
            problems["worked_days"] = _("%(day)s 既放假又上班。") % {"day": both[0]}
        elif weekdays := sorted(day for day in worked if day.weekday() < 5):
            problems["worked_days"] = _("%(day)s 不是周末。") % {"day": weekdays[0]}
        if problems:
            raise ValidationError(problems)

    def works(self, day: datetime.date) -> bool:
        """Whether ``day`` of this year is a working day."""
        return day in self.worked_days or (day.weekday() < 5 and day not in self.free_days)
