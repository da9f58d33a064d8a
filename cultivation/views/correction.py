"""The ministry's desk for corrections of a published list: what waits, beside what is in force."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from cultivation.actions import correction as verbs
from cultivation.forms.correction import CorrectionForm
from cultivation.forms.decision import ApproveForm
from cultivation.forms.reason import ReasonForm
from cultivation.models import Decision, Release
from cultivation.publish import entries_of
from cultivation.views.asking import Asked
from platforms.access import Permission, reach
from platforms.views.access import needs, visible

P = Permission


@needs(P.DECISION_VIEW, to_write=(P.DECISION_PREPARE, P.DECISION_APPROVE))
@require_http_methods(["GET", "HEAD", "POST"])
def corrections(request: HttpRequest, number: int) -> HttpResponse:
    rows = Decision.objects.select_related("batch")
    batch = visible(request, rows, P.DECISION_VIEW, pk=number).batch
    entries = _entries(verbs.waiting(batch) or verbs.current(batch))
    asked = Asked(
        request, draft=partial(CorrectionForm, entries=entries), approve=ApproveForm, abandon=ReasonForm
    )
    acts: dict[str, tuple[Any, str]] = {
        "draft": (verbs.draft, _("更正已写入待公布的版本。")),
        "approve": (verbs.approve, _("更正已批准。")),
        "abandon": (verbs.abandon, _("已放弃这次更正。")),
    }
    if asked.do in acts:
        act, done = acts[asked.do]
        answer = asked.carry_out(act, batch=batch, by=request.user, done=done)
        if answer:
            return answer
    mine, now, waiting = reach(request.user), verbs.current(batch), verbs.waiting(batch)
    may_prepare, may_approve = mine.may(P.DECISION_PREPARE), mine.may(P.DECISION_APPROVE)
    approvals = list(waiting.approvals.select_related("approver")) if waiting else []
    theirs = {*verbs.writers(waiting), *(each.approver_id for each in approvals)} if waiting else set()
    context = {
        "number": number,
        "batch": batch,
        "current": now,
        "waiting": waiting,
        "changes": _changes(now, waiting),
        "draft": asked.forms["draft"] if may_prepare and now else None,
        "approvals": approvals,
        "approve": asked.forms["approve"]
        if may_approve and waiting and request.user.pk not in theirs
        else None,
        "abandon": asked.forms["abandon"] if may_prepare and waiting else None,
        "form": asked.failed,
    }
    return render(request, "workspace/decision/corrections.html", context, status=asked.status)


def _entries(release: Release | None) -> list[dict[str, Any]]:
    return entries_of(release) if release else []


def _changes(now: Release | None, waiting: Release | None) -> list[dict[str, Any]]:
    """Row by row what the waiting version changes."""
    if now is None or waiting is None:
        return []
    after = {entry["platform_code"]: entry for entry in entries_of(waiting)}
    found = []
    for entry in entries_of(now):
        then = after.get(entry["platform_code"])
        if then is None:
            found.append({"label": entry["platform_code"], "before": entry["name_zh"], "after": _("移出")})
            continue
        for name in ("name_zh", "operator_zh"):
            if then[name] != entry[name]:
                found.append({"label": entry["platform_code"], "before": entry[name], "after": then[name]})
    return found
