"""How far a record is from each tier, measured with the conditions of the newest batch of that tier."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import get_language

from cultivation.eligibility import FAIL, MANUAL, MISSING, PASS, Result, evaluate
from cultivation.models import Batch, Submission
from platforms.choices import Tier

#: Results of the check → drawings of ``components/state.html``; what is lacking is listed first.
DRAWINGS = {FAIL: "failed", MISSING: "not_started", MANUAL: "manual", PASS: "done"}
ORDER = (FAIL, MISSING, MANUAL, PASS)


def meters(submission: Submission) -> list[dict[str, Any]]:
    """One gauge for each tier above the reserve for which a batch has published conditions.

    ``{"tier", "label", "batch", "met", "total", "percent", "lacking": [{"state", "sentence"}]}``.
    """
    found = []
    newest: dict[str, Batch] = {}
    batches = Batch.objects.opened().exclude(criteria=[]).only("tier", "title_zh", "criteria", "code")
    for batch in batches.order_by("-opened_at", "-id")[:20]:
        newest.setdefault(batch.tier, batch)
    for tier in Tier:
        if tier.value in newest:
            found.append(_meter(tier, newest[tier.value], submission.payload))
    return found


def _meter(tier: Tier, batch: Batch, payload: dict[str, Any]) -> dict[str, Any]:
    try:
        results = evaluate(batch.criteria, payload)
    except ValidationError:  # conditions of an old form
        results = []
    met = sum(result.state == PASS for result in results)
    lacking = sorted((one for one in results if one.state != PASS), key=lambda one: ORDER.index(one.state))
    return {
        "tier": tier.value,
        "label": tier.label,
        "batch": batch,
        "met": met,
        "total": len(results),
        "percent": met * 100 // len(results) if results else 0,
        "lacking": [{"state": DRAWINGS[one.state], "sentence": _sentence(one)} for one in lacking],
    }


def _sentence(result: Result) -> str:
    return result.sentence_en if get_language() == "en" else result.sentence_zh
