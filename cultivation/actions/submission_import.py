"""Submissions from a confirmed import: many at once, each exactly once; and taking them back.

The checked rows are the staging table: what becomes a submission goes from there in one statement, without passing through
this process. ``Submission.import_row`` is one-to-one, so a row that has become a submission cannot become another, whatever
was repeated.
"""

from __future__ import annotations

from typing import Any

from django.db import connection
from django.db.models import F
from django.utils import timezone

from cultivation.actions.submission_city import due_at
from cultivation.actions.submission_number import next_numbers
from cultivation.choices import SubmissionKind
from cultivation.models import Submission
from cultivation.transitions import SUBMISSION
from platforms.access import Permission, require
from platforms.actions.verb import verb
from platforms.imports.rows import key_for
from platforms.models import Authority, ImportRow, ImportRun, Region, User

#: Column of a submission → what stands in it, from the row; the other columns get the default of their field.
FROM_THE_ROW = {
    "number": "%(prefix)s || lpad((%(first)s - 1 + row_number() OVER (ORDER BY row.id))::text, 6, '0')",
    "kind": "CASE WHEN row.platform_id IS NULL THEN %(new)s ELSE %(change)s END",
    "authority_id": "%(authority)s",
    "platform_id": "row.platform_id",
    "base_version": "CASE WHEN row.platform_id IS NOT NULL THEN (row.raw->>'base_version')::int END",
    "name_zh": "row.clean->'platform'->>'name_zh'",
    "payload": "row.clean",
    "import_run_id": "row.run_id",
    "import_row_id": "row.id",
    "created_at": "%(now)s",
    "created_by_id": "%(by)s",
    "updated_at": "%(now)s",
    "city_id": "CASE WHEN row.clean->'platform'->>'city' = ANY(%(cities)s) THEN row.clean->'platform'->>'city' END",
}
#: Drafts from the rows with these keys that are none yet, numbered in the order of the file.
INSERT = f"""
    INSERT INTO "{Submission._meta.db_table}" ({{columns}})
    SELECT {{values}}
    FROM "{ImportRow._meta.db_table}" AS row
    WHERE row.run_id = %(run)s AND row.id = ANY(%(rows)s)
        AND NOT EXISTS (SELECT FROM "{Submission._meta.db_table}" AS made WHERE made.import_row_id = row.id)
    ORDER BY row.id
"""  # noqa: S608


def _insert(facts: dict[str, Any]) -> int:
    """Run ``INSERT``; returns how many submissions it made."""
    columns = dict(FROM_THE_ROW)
    for field in Submission._meta.concrete_fields:
        name = str(field.column)
        if name not in columns and not field.primary_key and not field.null:
            columns[name] = f"%(default_{name})s"
            facts[f"default_{name}"] = field.get_db_prep_save(field.get_default(), connection)
    names = ", ".join(f'"{name}"' for name in columns)
    with connection.cursor() as cursor:
        cursor.execute(INSERT.format(columns=names, values=", ".join(columns.values())), facts)
        return cursor.rowcount


@verb("submission.import_rows")
def import_rows(*, run: ImportRun, rows: list[int], by: User, declared: bool = False) -> int:
    """Make one submission of each row (by key) and hand it to the approver, or where cities check first to its city; returns
    how many were made.

    Rows that are submissions already are left out; the state is moved by the state machine like any other. ``declared``: the
    person declared on confirming that nothing in them is a state secret.
    """
    require(by, Permission.SUBMISSION_PREPARE, Submission(authority=run.authority))
    prefix, first = next_numbers()
    now = timezone.now()
    by_city = run.authority.city_review
    cities = run.authority.cities() if by_city else Region.objects.none()
    made = _insert(
        {
            "prefix": prefix,
            "first": first,
            "new": SubmissionKind.NEW,
            "change": SubmissionKind.CHANGE,
            "authority": run.authority_id,
            "run": run.pk,
            "rows": rows,
            "by": by.pk,
            "now": now,
            "cities": list(cities.values_list("pk", flat=True)),
        }
    )
    drafts = Submission.objects.filter(import_row__in=rows)
    facts: dict[str, Any] = {"declared_at": run.confirmed_at, "declared_by": by} if declared else {}
    if by_city:
        facts["city_due_at"] = due_at(None)
    step = "send_to_city" if by_city else "prepare"
    SUBMISSION.move_all(drafts, step, by=by, version=F("version") + 1, **facts)
    ImportRow.objects.filter(pk__in=rows, written_at__isnull=True).update(written_at=now)
    return made


@verb("submission.withdraw_import")
def withdraw_import(*, run: ImportRun, by: User, reason: str) -> int:
    """Withdraw what an import made and the approver has not passed on; returns how many. What was passed on stays."""
    made = Submission.objects.filter(import_run=run, submitted_at__isnull=True)
    return SUBMISSION.move_all(
        made, "withdraw", by=by, reason=reason, version=F("version") + 1, updated_at=timezone.now()
    )


def under_way(authority: Authority) -> dict[Any, str]:
    """Open submissions of the authority, by operator code and name and by platform code, for judging import rows."""
    found: dict[Any, str] = {}
    rows = (
        Submission.objects.open()
        .filter(authority=authority)
        .values_list("number", "name_zh", "payload__operator__uscc", "platform__code")
    )
    for number, name, uscc, code in rows.iterator():
        found[key_for(uscc, name)] = number
        if code:
            found[code] = number
    return found
