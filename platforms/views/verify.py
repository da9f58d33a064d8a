"""Is this code, name or list true and current?"""

from __future__ import annotations

import re
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from platforms.choices import PlatformStatus
from platforms.codes import parse_code
from platforms.errors import Invalid, Problem
from platforms.models import PublicList, PublicPlatform
from platforms.validators import normalise_code
from platforms.views.caching import by_head
from platforms.views.nearby import nearest
from platforms.views.platform import proof_of

LONGEST = 200
CANDIDATES = 5
USCC = re.compile(r"[0-9A-Z]{18}")
CHECK_CODE = re.compile(r"[0-9A-F]{8}|[0-9A-F]{64}")
COLUMNS = ("code", "status", "card", "document", "version", "published_at", "etag")


@by_head
def verify(request: HttpRequest) -> HttpResponse:
    """The outcome first, as a sentence."""
    q = request.GET.get("q", "").strip()
    if len(q) > LONGEST:
        raise Invalid([Problem("q", "too_long", _("核验内容不能超过 %(n)s 个字符。") % {"n": LONGEST})])
    return render(request, "public/verify.html", {"q": q, **(_answer(q) if q else {})})


def _answer(q: str) -> dict[str, Any]:
    rows = list(_platforms(q)[: CANDIDATES + 1].values(*COLUMNS))
    if len(rows) > 1:
        return {"candidates": [row["card"] for row in rows[:CANDIDATES]]}
    if rows:
        return _of_platform(rows[0])
    listed = _list(q)
    if listed is not None:
        return _of_list(listed)
    sentence = _("没有找到与“%(q)s”相符的平台或名单。请核对后再试；输入名称时请写全称。") % {"q": q}
    return {"proof": {"outcome": "unknown", "text": sentence}, "candidates": _alike(q)}


def _alike(q: str) -> list[dict[str, Any]]:
    """Platforms the words may stand for; none of them is thereby confirmed."""
    try:
        found = None if parse_code(q) else nearest(q)
    except Invalid:  # too many words for a search
        return []
    if found is None:
        return []
    question, _count = found
    with question.reading():
        return list(question.found().values_list("card", flat=True)[:CANDIDATES])


def _platforms(q: str) -> QuerySet:
    """By code, by credit code of the operator, or by the whole name, present or former."""
    code, compact = parse_code(q), normalise_code(q)
    rows = PublicPlatform.objects.order_by("-tier_rank", "name_sort", "code")
    if code:
        return rows.filter(code=code)
    if USCC.fullmatch(compact):
        return rows.filter(operator_uscc=compact)
    return rows.filter(Q(name_zh=q) | Q(card__former_names__contains=[q]) | Q(card__name_en__iexact=q))


def _list(q: str) -> PublicList | None:
    """By its code (the newest version), by code and version, or by the check code printed on it."""
    rows = PublicList.objects.order_by("-latest", "-last_change")
    compact = normalise_code(q)
    if CHECK_CODE.fullmatch(compact):
        return rows.filter(card__sha256__istartswith=compact.lower()).first()
    return rows.filter(Q(code__iexact=q) | Q(list_code__iexact=q)).first()


def _of_platform(row: dict[str, Any]) -> dict[str, Any]:
    if row["status"] == PlatformStatus.ACTIVE:
        proof = proof_of(row, row["code"])
        proof["text"] = proof["text"] or _("真实且最新：这个平台在名录中，下面是它现在的内容。")
        return {"proof": proof, "platform": row["card"]}
    if row["status"] == PlatformStatus.MERGED:
        successor = row["document"].get("successor")
        proof = {
            "outcome": "superseded",
            "text": _("这个平台已并入其他平台，原编号不再使用。"),
            "newer_url": f"/platforms/{successor}/" if successor else "",
        }
    elif row["status"] == PlatformStatus.SPLIT:
        proof = {
            "outcome": "superseded",
            "text": _("这个平台已拆分，原编号不再使用。"),
            "newer_url": f"/platforms/{row['code']}/",
        }
    else:
        proof = {"outcome": "withdrawn", "text": _("这个平台曾在名录中，现已撤销。")}
    return {"proof": proof | {"version": row["version"]}, "platform": row["card"]}


def _of_list(row: PublicList) -> dict[str, Any]:
    card = row.card
    proof = {
        "version": row.list_version,
        "sha256": card["sha256"],
        "check_code": card["sha256"][:8].upper(),
        "generated_at": row.published_at,
    }
    if row.latest:
        proof |= {"outcome": "current", "text": _("真实且最新：这是该名单现行的版本。")}
    else:
        newer = (
            PublicList.objects.filter(list_code=row.list_code, latest=True)
            .values_list("card", flat=True)
            .first()
        )
        proof |= {
            "outcome": "superseded",
            "text": _("这个版本是真实的，但已有新版本。"),
            "newer_url": newer["url"] if newer else "",
        }
    return {"proof": proof, "list": card}
