"""The page of one platform, and of one that is no longer on record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from platforms import linked_data
from platforms.choices import PlatformStatus
from platforms.models import Change, PublicPlatform
from platforms.templatetags.registry_ui import plain_name
from platforms.templatetags.registry_words import label
from platforms.views.caching import by_head

CHANGES_SHOWN = 20
#: Parts of a document as a reader would call them; parts that are not named here change with these.
FIELD_WORDS = {
    "name_zh": gettext_lazy("名称"), "former_names": gettext_lazy("曾用名"), "operator": gettext_lazy("建设单位"),
    "tier": gettext_lazy("梯度"), "status": gettext_lazy("状态"), "area": gettext_lazy("领域"), "direction": gettext_lazy("方向"),
    "region": gettext_lazy("所在地"), "city": gettext_lazy("所在地"), "lines": gettext_lazy("中试线"),
    "services": gettext_lazy("服务"), "equipment": gettext_lazy("设备"), "qualifications": gettext_lazy("资质"),
    "figures": gettext_lazy("服务情况"), "contact": gettext_lazy("联系方式"), "summary_zh": gettext_lazy("简介"),
    "designations": gettext_lazy("认定"), "external_recognitions": gettext_lazy("其他计划的认定"),
    "answering": gettext_lazy("答复用时"), "confirmed_on": gettext_lazy("核对日期"),
}  # fmt: skip


@by_head
def platform(request: HttpRequest, code: str) -> HttpResponse:
    """What it can do, and how to reach it. A withdrawn, merged or split platform keeps an address that explains itself."""
    row = (
        PublicPlatform.objects.filter(code=code)
        .values("status", "document", "version", "published_at", "etag")
        .first()
    )
    if row is None:
        raise Http404
    document = row["document"]
    if row["status"] != PlatformStatus.ACTIVE:
        context = {"platform": document, "successors": _successors(document)}
        return render(request, "public/platform/tombstone.html", context)
    context = {
        "platform": document,
        "linked_data": linked_data.of_platform(document),
        "citation": citation(document, row),
        "changes": changes_of(code),
        "proof": proof_of(row, document["code"]),
        "proof_url": f"{document['url']}proof/",
        "report_url": f"{document['url']}report/",
        "sheet_url": f"{document['url']}sheet.pdf",
        "json_url": f"/api/v1/platforms/{document['code']}/",
        "json_ld_url": f"/api/v1/platforms/{document['code']}.jsonld",
    }
    return render(request, "public/platform/detail.html", context)


def changes_of(code: str) -> list[dict[str, Any]]:
    """The public history: what the record has said, version by version, the newest first."""
    rows = Change.objects.filter(noun="platform", code=code).order_by("-number")[:CHANGES_SHOWN]
    return [
        {
            "number": change.number,
            "date": timezone.localdate(change.at).isoformat(),
            "kind": label(change.kind, "ChangeKind"),
            "version": change.version,
            "fields": [str(FIELD_WORDS[name]) for name in change.fields if name in FIELD_WORDS]
            if change.version > 1
            else [],
            "decision": change.decision,
        }
        for change in rows
    ]


def citation(document: dict[str, Any], row: Mapping[str, Any]) -> str:
    """How to quote the record so that somebody else finds this version of it."""
    day = timezone.localdate(row["published_at"]).isoformat()
    return _("制造业中试平台名录：%(name)s（%(code)s），第 %(version)s 版，%(day)s。%(address)s") % {
        "name": plain_name(document),
        "code": document["code"],
        "version": row["version"],
        "day": day,
        "address": f"{settings.BASE_URL}{document['url']}",
    }


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


def _successors(document: dict[str, Any]) -> list[dict[str, Any]]:
    """Cards of the platform this one was merged into, or of those it was split into."""
    codes = [document["successor"]] if document.get("successor") else document.get("successors", [])
    rows = PublicPlatform.objects.filter(code__in=codes).order_by("code") if codes else []
    return [row.card for row in rows]
