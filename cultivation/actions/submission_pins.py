"""What may be corrected after a return: everything, or only the places that were pinned, each with its reason."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cultivation.choices import SubmissionStatus
from cultivation.models import Submission
from platforms import record
from platforms.errors import Invalid, Problem
from platforms.words import gettext_lazy as _


def pinned(fields: Mapping[str, str] | None) -> list[dict[str, str]]:
    """Places to correct in stored form; a place that is no field of the record is refused."""
    pins = []
    for path, reason in (fields or {}).items():
        try:
            if path not in record.LISTS:
                record.field(path)
        except KeyError:
            raise Invalid([Problem("fields", "unknown_field", _("没有这个字段。"))]) from None
        pins.append({"field": path, "reason": reason.strip()})
    return pins


def unlocked(submission: Submission, path: str) -> bool:
    """Whether the author may change the value at ``path``: everything, or only what was pinned. A pin in a list opens it."""
    if submission.status == SubmissionStatus.FILLING and path == "operator/uscc":
        return False  # whose platform it is, the office decides
    if not submission.returned_fields:
        return True
    head = path.partition("/")[0]
    pins = [pin["field"] for pin in submission.returned_fields]
    if head in record.LISTS:
        return any(pin.partition("/")[0] == head for pin in pins)
    return path in pins


def refuse_locked(submission: Submission, payload: dict[str, Any]) -> None:
    """Raise where a change touches a place that nobody asked for."""
    problems = [
        Problem(difference["field"], "locked", _("此项没有被退回，不能修改。"))
        for difference in record.differences(submission.payload, payload)
        if not unlocked(submission, difference["field"])
    ]
    if problems:
        raise Invalid(problems)
