"""The ministry's desk for decisions: checks as sentences, the list exactly as it will be public, approval by counting."""

from __future__ import annotations

from typing import Any

from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from cultivation import decision_checks
from cultivation.actions import decision as verbs
from cultivation.choices import DecisionStatus
from cultivation.forms.decision import ApproveForm, DraftDecisionForm
from cultivation.forms.reason import ReasonForm
from cultivation.models import Decision
from cultivation.publish import entries_of
from cultivation.transitions import DECISION
from cultivation.views.asking import Asked
from cultivation.views.public_notice import rows_of
from platforms.access import Permission, reach
from platforms.choices import JobStatus
from platforms.models import Job, User
from platforms.views.access import needs, visible
from platforms.views.pages import page_of

STATES = {
    DecisionStatus.DRAFT: "draft",
    DecisionStatus.FROZEN: "pending",
    DecisionStatus.IN_FORCE: "done",
    DecisionStatus.ABANDONED: "withdrawn",
}
JOB_STATES = {
    JobStatus.QUEUED: "waiting",
    JobStatus.RUNNING: "running",
    JobStatus.DONE: "done",
    JobStatus.CANCELLED: "cancelled",
}


@needs(Permission.DECISION_VIEW, to_write=(Permission.DECISION_PREPARE,))
@require_http_methods(["GET", "HEAD", "POST"])
def decisions(request: HttpRequest) -> HttpResponse:
    asked = Asked(request, draft=DraftDecisionForm)
    if asked.do == "draft":
        answer = asked.carry_out(verbs.draft, by=request.user, done=_("决定已起草。"), address=_address)
        if answer:
            return answer
    page, pager = page_of(request, Decision.objects.select_related("batch", "release").order_by("-pk"))
    rows = [
        [
            {"text": item.title_zh, "url": _address(item), "hint": item.document_no},
            {"state": STATES[DecisionStatus(item.status)], "word": item.get_status_display()},
            item.decided_on,
            item.release.entry_count if item.release else "",
        ]
        for item in page
    ]
    context = {
        "rows": rows,
        "columns": [
            {"label": _("决定")},
            {"label": _("状态")},
            {"label": _("决定日期")},
            {"label": _("平台数"), "num": True},
        ],
        "pager": pager,
        "draft": asked.forms["draft"] if reach(request.user).may(Permission.DECISION_PREPARE) else None,
        "form": asked.failed,
    }
    return render(request, "workspace/decision/list.html", context, status=asked.status)


@needs(Permission.DECISION_VIEW, to_write=(Permission.DECISION_PREPARE, Permission.DECISION_APPROVE))
@require_http_methods(["GET", "HEAD", "POST"])
def decision(request: HttpRequest, number: int) -> HttpResponse:
    found = _visible(request, number)
    asked = Asked(request, freeze=Form, approve=ApproveForm, abandon=ReasonForm, retry=Form)
    acts: dict[str, tuple[Any, str]] = {
        "freeze": (verbs.freeze, _("名单已冻结，请审批人核对。")),
        "approve": (verbs.approve, _("您的批准已记录。")),
        "abandon": (verbs.abandon, _("已放弃起草。")),
        "retry": (verbs.retry, _("已重新开始公布。")),
    }
    if asked.do in acts:
        act, done = acts[asked.do]
        answer = asked.carry_out(act, decision=found, by=request.user, done=done)
        if answer:
            return answer
        found = _visible(request, number)
    context = _context(found, asked, request.user)  # type: ignore[arg-type]
    return render(request, "workspace/decision/detail.html", context, status=asked.status)


def _context(found: Decision, asked: Asked, user: User) -> dict[str, Any]:
    entries = entries_of(found.release) if found.release else verbs.entries_to_decide(found.batch)
    available = {transition.verb for transition in DECISION.available(found, user)}
    approvals = list(found.approvals.select_related("approver"))
    enough = len(approvals) >= found.approvals_needed
    own = found.drafted_by_id == user.pk
    mine = any(approval.approver_id == user.pk for approval in approvals)
    unfinished = found.status in (DecisionStatus.DRAFT, DecisionStatus.FROZEN)
    checks = decision_checks.of_decision(found, entries) if unfinished else []
    stopped = any(check.stops for check in checks)
    job = verbs.job_of(found)
    return {
        "decision": found,
        "state": STATES[DecisionStatus(found.status)],
        "facts": _facts(found, len(approvals)),
        "checks": checks,
        "stopped": stopped,
        "list": _preview(found, len(entries)),
        "rows": rows_of({"entries": entries}),
        "approvals": approvals,
        "freeze": "freeze" in available and not stopped,
        "approve": asked.forms["approve"] if "approve" in available and not (enough or own or mine) else None,
        "own": own and "approve" in available and not enough,
        "abandon": asked.forms["abandon"] if "abandon" in available and not enough else None,
        "job": _job(job, found) if job else None,
        "retry": job is not None
        and job.finished
        and found.status == DecisionStatus.FROZEN
        and "approve" in available,
        "form": asked.failed,
    }


def _facts(found: Decision, approvals: int) -> list[dict[str, Any]]:
    return [
        {"name": _("批次"), "value": found.batch.title_zh},
        {"name": _("文号"), "value": found.document_no},
        {"name": _("决定日期"), "value": str(found.decided_on)},
        {"name": _("有效期至"), "value": str(found.valid_until or "")},
        {"name": _("起草"), "value": str(found.drafted_by)},
        {"name": _("批准人数"), "value": f"{approvals} / {found.approvals_needed}"},
        {"name": "SHA-256", "value": found.release.sha256 if found.release else ""},
        {
            "name": _("公开页"),
            "value": f"/lists/{found.release.code}/{found.release.version}/",
            "url": reverse("list", args=(found.release.code, found.release.version)),
        }
        if found.release and found.status == DecisionStatus.IN_FORCE
        else {"name": "", "value": ""},
    ]


def _preview(found: Decision, count: int) -> dict[str, Any]:
    return {
        "title_zh": found.title_zh,
        "title_en": found.title_en,
        "decision_no": found.document_no,
        "decided_on": found.decided_on,
        "count": count,
        "demo": found.batch.demo,
    }


def _job(job: Job, found: Decision) -> dict[str, Any]:
    """What ``components/progress.html`` shows of the publication."""
    return {
        "title": _("公布名单"),
        "number": str(job),
        "state": JOB_STATES.get(JobStatus(job.status), "failed"),
        "total": 0,
        "started_at": job.started_at,
        "reason": job.error,
        "saved": _("原来的名单仍然有效，没有改动。") if found.status != DecisionStatus.IN_FORCE else "",
        "result_url": reverse("list", args=(found.release.code, found.release.version))
        if found.release and found.status == DecisionStatus.IN_FORCE
        else "",
        "result_label": _("查看公布的名单"),
    }


def _visible(request: HttpRequest, number: int) -> Decision:
    queryset = Decision.objects.select_related("batch", "release", "drafted_by")
    return visible(request, queryset, Permission.DECISION_VIEW, pk=number)


def _address(item: Decision) -> str:
    return reverse("ministry-decision", args=(item.pk,))
