"""How far a record is from each tier, measured with the conditions of the newest batch of that tier."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import get_language

from cultivation.eligibility import FAIL, MANUAL, MISSING, PASS, Result, evaluate
from cultivation.models import Batch, Submission
from cultivation.views.submission_record import place_label, place_of
from platforms import record
from platforms.choices import Tier
from platforms.templatetags.registry_ui import plain_name

#: Results of the check → drawings of ``components/state.html``; what is lacking is listed first.
DRAWINGS = {FAIL: "failed", MISSING: "not_started", MANUAL: "manual", PASS: "done"}
ORDER = (FAIL, MISSING, MANUAL, PASS)

#: The aggregate and the field that a condition looks at: ``count(lines)``, ``platform.staff_total``.
_HEAD = re.compile(r"(?:count\()?([a-z_]*)[^.]*\.?([a-z0-9_]*)")


def meters(submission: Submission, *, base: str = "") -> list[dict[str, Any]]:
    """One gauge for each tier above the reserve for which a batch has published conditions.

    ``{"tier", "label", "batch", "met", "total", "percent", "lacking": [{"state", "sentence", "places"}]}``. ``base`` is
    the draft's address where the reader may write: ``places`` then say where each thing lacking is filled in.
    """
    found = []
    newest: dict[str, Batch] = {}
    batches = (
        Batch.objects.opened().exclude(criteria=[]).only("tier", "title_zh", "title_en", "criteria", "code")
    )
    for batch in batches.order_by("-opened_at", "-id")[:20]:
        newest.setdefault(batch.tier, batch)
    for tier in Tier:
        if tier.value in newest:
            found.append(_meter(tier, newest[tier.value], submission, base))
    return found


def _meter(tier: Tier, batch: Batch, submission: Submission, base: str) -> dict[str, Any]:
    try:
        results = evaluate(batch.criteria, submission.payload)
    except ValidationError:  # conditions of an old form
        results = []
    met = sum(result.state == PASS for result in results)
    lacking = sorted((one for one in results if one.state != PASS), key=lambda one: ORDER.index(one.state))
    return {
        "tier": tier.value,
        "label": tier.label,
        "batch": plain_name(batch, "title"),
        "met": met,
        "total": len(results),
        "percent": met * 100 // len(results) if results else 0,
        "lacking": [
            {
                "state": DRAWINGS[one.state],
                "sentence": _sentence(one),
                "places": _places(one, submission, base),
            }
            for one in lacking
        ],
    }


def _places(result: Result, submission: Submission, base: str) -> list[dict[str, str]]:
    """Where the reader would write what is lacking: ``{"url", "text"}``, each place once and only open ones."""
    paths = dict.fromkeys(path for used in _looked_at(result) if (path := _path(used)))
    return [
        {"url": url, "text": place_label(path)} for path in paths if (url := place_of(submission, path, base))
    ]


def _looked_at(result: Result) -> Iterator[str]:
    """The fields of the conditions that are not met; of a group only those of its unmet parts."""
    if not result.parts:
        yield from (used.field for used in result.used if result.state != PASS)
    elif any(part.state != PASS for part in result.parts):
        for part in result.parts:
            yield from _looked_at(part)
    else:  # what must not be the case is
        yield from (used.field for used in result.used)


def _path(looked_at: str) -> str:
    """``platform.staff_total`` → ``platform/staff_total``, ``figures[2024].income`` → ``figures``; else empty."""
    aggregate, key = _HEAD.match(looked_at).groups()  # type: ignore[union-attr]
    if aggregate in record.LISTS:
        return aggregate
    path = f"{aggregate}/{key}"
    return path if any(item.path == path for item in record.FIELDS) else ""


def _sentence(result: Result) -> str:
    return result.sentence_en if get_language() == "en" else result.sentence_zh
