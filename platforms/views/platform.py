"""The page of one platform, and of one that is no longer on record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from platforms.choices import PlatformStatus
from platforms.models import PublicPlatform
from platforms.views.caching import by_head


@by_head
def platform(request: HttpRequest, code: str) -> HttpResponse:
    """What it can do, and how to reach it. A withdrawn or merged platform keeps an address that explains itself."""
    row = (
        PublicPlatform.objects.filter(code=code)
        .values("status", "document", "version", "published_at", "etag")
        .first()
    )
    if row is None:
        raise Http404
    document = row["document"]
    if row["status"] != PlatformStatus.ACTIVE:
        context = {"platform": document, "successor": _successor(document)}
        return render(request, "public/platform/tombstone.html", context)
    context = {
        "platform": document,
        "proof": proof_of(row, document["code"]),
        "report_url": f"{document['url']}report/",
        "json_url": f"/api/v1/platforms/{document['code']}/",
    }
    return render(request, "public/platform/detail.html", context)


def proof_of(row: Mapping[str, Any], code: str) -> dict[str, Any]:
    """What ``components/verify.html`` says of a current record: its version and the hash of its document.

    A record that was taken from public reports is on record, but nobody has vouched for what it says.
    """
    reported = bool(row["document"].get("source"))
    return {
        "outcome": "" if reported else "current",
        "text": _("这条记录引自公开报道，未经推荐单位核对。") if reported else "",
        "version": row["version"],
        "generated_at": row["published_at"],
        "sha256": row["etag"],
        "check_code": row["etag"][:8].upper(),
        "url": f"/verify/?q={code}",
    }


def _successor(document: dict[str, Any]) -> dict[str, Any] | None:
    code = document.get("successor")
    if not code:
        return None
    return PublicPlatform.objects.filter(code=code).values_list("card", flat=True).first()
