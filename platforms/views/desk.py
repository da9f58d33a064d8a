"""What belongs to a person whatever the role: messages and jobs."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from platforms.access import Permission, reach
from platforms.actions import notification as notifications
from platforms.choices import JobStatus
from platforms.errors import IllegalStep
from platforms.jobs import cancel
from platforms.models import Job, Notification
from platforms.views.access import needs, visible
from platforms.views.pages import page_of

#: State of a job → state of ``components/progress.html``.
PROGRESS = {
    JobStatus.QUEUED: "waiting",
    JobStatus.RUNNING: "running",
    JobStatus.DONE: "done",
    JobStatus.FAILED: "failed",
    JobStatus.DEAD: "failed",
    JobStatus.CANCELLED: "cancelled",
}


@needs(Permission.DESK_VIEW)
@require_http_methods(["GET", "HEAD", "POST"])
def messages(request: HttpRequest) -> HttpResponse:
    """The person's messages, newest first; one button marks all as read."""
    if request.method == "POST":
        notifications.read_all(by=request.user)
        return redirect("messages")
    mine = Notification.objects.filter(recipient=request.user.pk)
    rows, pager = page_of(request, mine)
    return render(request, "workspace/desk/messages.html", {"rows": rows, "pager": pager})


@needs(Permission.JOB_VIEW, Permission.JOB_OWN)
@require_GET
def job(request: HttpRequest, pk: int) -> HttpResponse:
    """How a long job stands: real counts, what was refused and why, and what to do next."""
    right = Permission.JOB_VIEW if reach(request.user).may(Permission.JOB_VIEW) else Permission.JOB_OWN
    found = visible(request, Job.objects.select_related("created_by"), right, pk=pk)
    shown = progress(found, own=found.created_by_id == request.user.pk)
    quarter = found.percent // 25 * 25
    announced = _("已完成 %(n)s%%") % {"n": quarter} if not found.finished else _("任务已结束")
    context = {"job": shown, "announced": announced, "refused": found.result.get("refused", [])[:200]}
    return render(request, "workspace/desk/job.html", context)


@needs(Permission.JOB_VIEW, Permission.JOB_OWN)
@require_POST
def cancel_job(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask an unfinished job of one's own to stop; what is done stays done."""
    right = Permission.JOB_VIEW if reach(request.user).may(Permission.JOB_VIEW) else Permission.JOB_OWN
    found = visible(request, Job.objects.filter(created_by=request.user.pk), right, pk=pk)
    if found.kind in KEPT:
        raise IllegalStep(KEPT[found.kind]())
    cancel(found)
    return redirect("job", pk=pk)


def progress(job: Job, *, own: bool) -> dict[str, Any]:
    """A job in the shape of ``components/progress.html``; only the person who started it may stop it."""
    state = PROGRESS[JobStatus(job.status)]
    return {
        "title": KINDS.get(job.kind, lambda: _("后台任务"))(),
        "number": str(job),
        "state": state,
        "done": job.done,
        "total": job.total,
        "unit": _("项"),
        "errors": len(job.result.get("refused", [])) or len(job.cursor.get("refused", [])),
        "started_by": str(job.created_by or ""),
        "started_at": job.started_at or job.created_at,
        "recovered": _("服务曾中断，已从第 %(n)s 项继续。") % {"n": job.done + 1} if job.restarts else "",
        "reason": job.error,
        "saved": _("已办理的 %(n)s 项已经保存，其余没有改动。") % {"n": job.done}
        if state == "failed"
        else "",
        "cancel_url": reverse("job-cancel", args=(job.pk,))
        if own and not job.finished and job.kind not in KEPT
        else "",
        "result_url": job.result.get("url", ""),
    }


#: What a kind of job is called, by every app that starts some.
KINDS = {
    "submission.prepare_many": lambda: _("提交给审核人"),
    "submission.send_to_city_many": lambda: _("送地市初审"),
    "submission.submit_many": lambda: _("审核并上报"),
    "submission.accept_many": lambda: _("受理入库"),
    "import.check": lambda: _("批量导入：校验"),
    "import.write": lambda: _("批量导入：写入"),
    "decision.bring_into_force": lambda: _("决定生效"),
    "edition.cut": lambda: _("制作发布版"),
    "reference.republish": lambda: _("更新受基础数据影响的公开页面"),
    "taxonomy.apply": lambda: _("分类换版"),
}
#: Kinds of jobs that go on to the end once they were confirmed, and the sentence that says so.
KEPT = {"import.write": lambda: _("导入已确认写入，不能中途停止；没有写完的行可以在导入页面继续写入。")}
