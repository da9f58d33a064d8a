"""数据质量: the nightly mark by which an authority sees its own trend."""

from __future__ import annotations

from django.utils import timezone

from platforms import quality
from platforms.actions.verb import verb
from platforms.models import QualityMark


@verb("quality.mark")
def mark(*, by: None = None) -> int:
    """Write down today's quality of every authority that has platforms; again on the same day replaces it."""
    today = timezone.localdate()
    rows = [
        QualityMark(
            authority_id=code, on=today, score=found.score, platforms=found.platforms, issues=found.issues
        )
        for code, found in quality.by_authority().items()
        if found.score is not None
    ]
    QualityMark.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["authority", "on"],
        update_fields=["score", "platforms", "issues"],
    )
    return len(rows)
