"""The authority's side of the desk: quota, drafts, data quality with its trend, what is coming."""

from __future__ import annotations

import datetime
from typing import Any

from django.db.models import Count, OuterRef, Q, Subquery
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from cultivation.choices import ApplicationStatus, BatchStatus, SubmissionStatus
from cultivation.models import Batch, BatchQuota, Submission
from cultivation.views.mine import looked_after_by
from platforms import quality
from platforms.access import Permission, reach
from platforms.models import Authority, QualityMark, User
from platforms.views.rail import address_of

P = Permission
DRAFTS = 8
#: How far back the trend looks.
TREND = datetime.timedelta(days=30)


def offices(request: HttpRequest, user: User) -> list[dict[str, Any]]:
    """One entry per authority the person works for (nearly always one)."""
    codes = reach(user).authority_codes(P.PEOPLE_INVITE) or []
    return [_office(authority, user) for authority in Authority.objects.filter(code__in=codes)]


def _office(authority: Authority, user: User) -> dict[str, Any]:
    return {
        "authority": authority,
        "quotas": open_quotas(authority.pk, 4),
        "quality": _quality(authority),
        "drafts": _drafts(authority, user) if reach(user).may(P.SUBMISSION_PREPARE) else None,
    }


def open_quotas(code: str, most: int = 12) -> list[dict[str, Any]]:
    """Places used by an authority in every batch that still takes recommendations; one query."""
    quota = BatchQuota.objects.filter(batch=OuterRef("pk"), authority=code)
    uses = Q(applications__authority=code) & ~Q(
        applications__status__in=(ApplicationStatus.PROPOSED, ApplicationStatus.WITHDRAWN)
    )
    rows = Batch.objects.filter(status=BatchStatus.RECOMMENDING, recommend_until__gt=timezone.now()).annotate(
        places=Subquery(quota.values("places")[:1]), used=Count("applications", filter=uses)
    )
    return [
        {
            "batch": batch,
            "places": batch.places,
            "used": batch.used,
            "left": None if batch.places is None else max(batch.places - batch.used, 0),
            "url": address_of("authority-batch", code, batch.code),
        }
        for batch in rows.order_by("recommend_until")[:most]
    ]


def _quality(authority: Authority) -> dict[str, Any] | None:
    """The score now, how it has moved within the trend's time, and the faults with the platforms that have them."""
    found = quality.by_authority(authority.pk).get(authority.pk)
    if found is None:
        return None
    marks = list(
        QualityMark.objects.filter(
            authority=authority, on__gte=timezone.localdate() - TREND, on__lt=timezone.localdate()
        ).order_by("on")
    )
    change = found.score - marks[0].score if marks and found.score is not None else None
    url, labels = address_of("authority-platforms", authority.pk), quality.faults()
    return {
        "score": found.score,
        "band": found.band,
        "marks": marks,
        "since": marks[0] if marks else None,
        "change": change,
        "fall": None if change is None else -change,
        "issues": [
            {"label": labels[name][0], "count": count, "url": f"{url}?issue={name}"}
            for name, count in found.issues.items()
        ],
    }


def _drafts(authority: Authority, user: User) -> dict[str, Any]:
    """One's own drafts, those taken over included, and how many the colleagues have."""
    rows = Submission.objects.in_state(SubmissionStatus.DRAFT).filter(authority=authority)
    own = rows.filter(looked_after_by(user, "created_by"))
    listed = list(own.for_list().order_by("-updated_at")[:DRAFTS])
    count = own.count()
    return {
        "rows": [
            {
                "name": row.name_zh or _("未命名"),
                "number": row.number,
                "url": address_of("submission", authority.pk, row.number),
                "saved_at": row.updated_at,
                "from": row.created_by if row.created_by_id != user.pk else None,
            }
            for row in listed
        ],
        "count": count,
        "others": rows.count() - count,
        "url": f"{address_of('authority-submissions', authority.pk)}?state={SubmissionStatus.DRAFT}",
    }
