"""The operator's side of the desk: its platforms, what of them is under way, and what can be begun."""

from __future__ import annotations

from typing import Any

from cultivation.models import Submission
from cultivation.views.submission_record import DRAWINGS
from platforms.access import Permission, Role, reach
from platforms.models import Platform, User
from platforms.views.rail import address_of

P = Permission
MOST = 50


def own_platforms(user: User) -> dict[str, Any] | None:
    """``{"rows", "under_way", "begin"}`` for people of operators: three queries, none for anybody else.

    A row is ``{"platform", "change"}``; ``change`` is the address that begins or continues a change, where that is switched on.
    """
    operators = [grant.key for grant in reach(user).grants if grant.role == Role.OPERATOR]
    if not operators:
        return None
    platforms = list(
        Platform.objects.active()
        .filter(operator__in=operators)
        .select_related("authority", "operator")
        .order_by("code")[:MOST]
    )
    rows = reach(user).rows(Submission.objects.all(), P.SUBMISSION_VIEW)
    writable = [platform for platform in platforms if platform.authority.self_service]
    begin = {(row.authority_id, row.operator_id): row for row in writable}
    return {
        "rows": [
            {
                "platform": platform,
                "change": address_of("submission-change", platform.authority_id, platform.code)
                if platform in writable
                else "",
            }
            for platform in platforms
        ],
        "under_way": [_line(row) for row in rows.for_list().order_by("-updated_at")[:MOST]],
        "begin": [
            {"platform": row, "url": address_of("submission-begin-own", *key)} for key, row in begin.items()
        ],
    }


def _line(row: Submission) -> dict[str, Any]:
    return {
        "submission": row,
        "url": address_of("submission", row.authority_id, row.number),
        "drawing": DRAWINGS[row.status],
    }
