"""Submissions from a confirmed import: many at once, each exactly once.

``Submission.import_row`` is one-to-one, so a row that has become a submission cannot become another, whatever was repeated.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils import timezone

from cultivation.actions.submission import next_numbers
from cultivation.choices import SubmissionKind
from cultivation.models import Submission
from cultivation.transitions import SUBMISSION
from platforms.imports.layout import folded
from platforms.models import Authority, ImportRow, ImportRun, User


def submit_rows(*, run: ImportRun, rows: Sequence[ImportRow], by: User) -> list[Submission]:
    """Make one submission of each row and hand it to the approver. Runs inside the caller's transaction.

    Rows that are submissions already are left out; the state is moved by the state machine like any other.
    """
    done = set(Submission.objects.filter(import_row__in=rows).values_list("import_row_id", flat=True))
    waiting = [row for row in rows if row.pk not in done]
    numbers = next_numbers(len(waiting))
    made = Submission.objects.bulk_create(
        [_submission(run, row, number, by) for row, number in zip(waiting, numbers, strict=True)]
    )
    for submission in made:
        SUBMISSION.move(submission, "prepare", by=by, version=submission.version + 1)
    ImportRow.objects.filter(pk__in=[row.pk for row in waiting]).update(written_at=timezone.now())
    return made


def _submission(run: ImportRun, row: ImportRow, number: str, by: User) -> Submission:
    change = row.platform_id is not None
    return Submission(
        number=number,
        kind=SubmissionKind.CHANGE if change else SubmissionKind.NEW,
        authority=run.authority,
        platform_id=row.platform_id,
        base_version=row.raw.get("base_version") if change else None,
        name_zh=row.clean["platform"]["name_zh"],
        payload=row.clean,
        import_run=run,
        import_row=row,
        created_by=by,
    )


def under_way(authority: Authority, names: list[str]) -> dict[Any, str]:
    """Open submissions of the authority, by operator code and name and by platform code, for judging import rows."""
    found: dict[Any, str] = {}
    rows = (
        Submission.objects.open()
        .filter(authority=authority)
        .values_list("number", "name_zh", "payload__operator__uscc", "platform__code")
    )
    for number, name, uscc, code in rows:
        found[str(uscc or ""), folded(name)] = number
        if code:
            found[code] = number
    return found
