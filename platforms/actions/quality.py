"""数据质量: the nightly mark by which an authority sees its own trend, and each told by the ministry of its own list."""

from __future__ import annotations

from django.utils import timezone

from platforms import quality
from platforms.access import Permission, require
from platforms.actions.verb import verb
from platforms.models import Authority, QualityMark, User
from platforms.notifications import authority_people, notify
from platforms.words import gettext_lazy as _


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


@verb("quality.send")
def send(*, by: User) -> int:
    """Tell each authority what is wanting in its own records, at most once a day; returns how many authorities."""
    require(by, Permission.SUBMISSION_DECIDE)
    labels, today = quality.faults(), timezone.localdate()
    found = {code: each.issues for code, each in quality.by_authority().items() if each.issues}
    for authority in Authority.objects.filter(pk__in=found):
        issues = "、".join(f"{labels[name][0]} {count}" for name, count in found[authority.pk].items())
        notify(
            authority_people(authority),
            kind="quality.send",
            text=str(_("请核对贵单位平台的数据：%(issues)s。") % {"issues": issues}),
            url=f"/authorities/{authority.pk}/platforms/",
            key=f"quality:{today:%Y%m%d}:{authority.pk}",
        )
    return len(found)
