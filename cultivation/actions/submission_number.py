"""The numbers of submissions: counted by year under a lock, so that no two drafts get one."""

from __future__ import annotations

from django.utils import timezone

from cultivation.models import Submission
from platforms.turns import Turn, wait_for


def next_number() -> str:
    prefix, serial = next_numbers()
    return f"{prefix}{serial:06d}"


def next_numbers() -> tuple[str, int]:
    """(``"ZT-2026-"``, 812): what numbers begin with and the first serial that is free; serials are written with six digits.

    The lock lasts until the drafts are stored, so no two drafts get one number.
    """
    year = timezone.localdate().year
    wait_for(Turn.SUBMISSION_NUMBER, year)
    prefix = f"ZT-{year}-"
    given = Submission.objects.filter(number__startswith=prefix).order_by("-number")
    newest = given.values_list("number", flat=True).first()
    return prefix, int(newest.removeprefix(prefix)) + 1 if newest else 1
