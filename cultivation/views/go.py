"""前往: one field that leads to any page or record within reach. Ctrl-K opens it; it is a page like every other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from cultivation.models import Batch, Submission
from platforms.access import NATION, Permission, reach
from platforms.models import Platform
from platforms.views.access import SignedInRequest, needs
from platforms.views.rail import bench

P = Permission
#: So many records of a kind are shown.
MOST = 8


@require_safe
@needs(P.DESK_VIEW)
def go(request: SignedInRequest) -> HttpResponse:
    """Without words: every place of the rail."""
    asked = request.GET.get("q", "").strip()[:80]
    places = [item for item in bench(request)["rail"] if asked.casefold() in str(item["label"]).casefold()]
    found = [*({"label": item["label"], "url": item["url"], "kind": _("页面")} for item in places)]
    if asked:
        found += [*_batches(request, asked), *_submissions(request, asked), *_platforms(request, asked)]
    return render(request, "workspace/desk/go.html", {"q": asked, "found": found})


def _batches(request: SignedInRequest, asked: str) -> Iterator[dict[str, Any]]:
    if reach(request.user).may(P.SCORES_VIEW):
        rows = Batch.objects.filter(Q(code__icontains=asked) | Q(title_zh__icontains=asked))
        for row in rows.only("code", "title_zh").order_by("-pk")[:MOST]:
            url = reverse("ministry-batch", args=(row.code,))
            yield {"label": row.title_zh, "url": url, "kind": _("批次"), "code": row.code}


def _submissions(request: SignedInRequest, asked: str) -> Iterator[dict[str, Any]]:
    mine = reach(request.user)
    rows = mine.rows(Submission.objects.filter(number__icontains=asked), P.SUBMISSION_VIEW)
    ministry = mine.may(P.SUBMISSION_DECIDE)
    for row in rows.only("number", "name_zh", "authority_id").order_by("-pk")[:MOST]:
        url = (
            reverse("ministry-submission", args=(row.number,))
            if ministry
            else reverse("submission", args=(row.authority_id, row.number))
        )
        yield {"label": row.name_zh or row.number, "url": url, "kind": _("申报"), "code": row.number}


def _platforms(request: SignedInRequest, asked: str) -> Iterator[dict[str, Any]]:
    mine = reach(request.user)
    ministry = mine.may(P.SCORES_VIEW) and any(grant.scope == NATION for grant in mine.grants)
    rows = mine.rows(Platform.objects.active(), P.PLATFORM_VIEW)
    rows = rows.filter(Q(code__icontains=asked) | Q(name_zh__icontains=asked))
    for row in rows.only("code", "name_zh", "authority_id").order_by("code")[:MOST]:
        url = (
            reverse("ministry-platform", args=(row.code,))
            if ministry
            else f"{reverse('authority-platforms', args=(row.authority_id,))}?q={quote(row.code)}"
        )
        yield {"label": row.name_zh, "url": url, "kind": _("平台"), "code": row.code}
