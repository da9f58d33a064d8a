"""系统运行 (M13): queue, mail, clock, seal, editions and disk at one look; nothing of any record."""

from __future__ import annotations

import shutil
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.db.models import Count, Min
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from cultivation.models import Edition
from cultivation.releases import seal
from platforms.access import Permission, reach
from platforms.actions import job as jobs
from platforms.choices import JobStatus
from platforms.errors import IllegalStep
from platforms.models import Job, Notification
from platforms.templatetags.registry_ui import number
from platforms.views.access import SignedInRequest, needs, visible
from platforms.views.desk import KINDS
from registry.views import readiness

P = Permission
DEAD_SHOWN = 20
#: Below this share of the disk somebody should make room.
SCARCE = 0.1
GIB = 1024**3


@require_safe
@needs(P.SYSTEM_OPERATE, P.AUDIT_VIEW)
def system(request: HttpRequest) -> HttpResponse:
    parts, sealed, disk = readiness(), seal.state(), _disk()
    dead = Job.objects.filter(status=JobStatus.DEAD)
    context = {
        "troubles": [
            *(
                _("“%(part)s”不正常") % {"part": _words()[name]}
                for name, said in parts.items()
                if said != "ok"
            ),
            *([_("有任务多次失败，已停止")] if dead.exists() else []),
            *([_("变更的封存需要检查")] if sealed.alarming else []),
            *([_("磁盘空间不足一成")] if disk["share"] < SCARCE else []),
        ],
        "facts": [
            *(
                {"name": _words()[name], "value": _("正常") if said == "ok" else said}
                for name, said in parts.items()
            ),
            *_queue(),
            *_mail(),
            _seal(sealed),
            _edition(),
            {"name": _("磁盘"), "value": disk["said"]},
        ],
        "dead": [_stopped(job, request) for job in dead.order_by("-pk")[:DEAD_SHOWN]],
    }
    return render(request, "workspace/report/system.html", context)


@require_POST
@needs(P.JOB_RETRY)
def retry(request: SignedInRequest, pk: int) -> HttpResponse:
    """Take a dead job up again."""
    job = jobs.retry(job=visible(request, Job.objects.all(), P.JOB_RETRY, pk=pk), by=request.user)
    messages.success(request, _("任务 %(job)s 已重新排队，从中断处继续。") % {"job": job})
    return redirect("ministry-system")


def _stopped(job: Job, request: HttpRequest) -> dict[str, Any]:
    """Of a job that gave up: its kind, times and kind of error. ``why_not``: where else it is taken up, or why nowhere."""
    why_not = ""
    try:
        jobs.refuse(job)
    except IllegalStep as refusal:
        why_not = str(refusal)
    mine = reach(request.user)
    return {
        "job": job,
        "kind": KINDS[job.kind]() if job.kind in KINDS else "",
        "url": reverse("job", args=(job.pk,)) if mine.may(P.JOB_OWN, job) else "",
        "why_not": why_not,
        "may_retry": not why_not and mine.may(P.JOB_RETRY, job),
    }


def _words() -> dict[str, str]:
    return {
        "database": _("数据库"),
        "migrations": _("数据库结构"),
        "cache": _("缓存"),
        "beat": _("定时任务"),
        "mirror": _("镜像"),
    }


def _queue() -> list[dict[str, Any]]:
    found = Job.objects.unfinished().aggregate(waiting=Count("pk"), oldest=Min("created_at"))
    oldest = found["oldest"]
    return [
        {"name": _("未完成的任务"), "value": number(found["waiting"])},
        {
            "name": _("最早的一个开始于"),
            "value": f"{timezone.localtime(oldest):%Y-%m-%d %H:%M}" if oldest else "",
        },
    ]


def _mail() -> list[dict[str, Any]]:
    waiting = Notification.objects.filter(mail_due_at__isnull=False, mail_sent_at=None)
    return [{"name": _("待发的邮件"), "value": number(waiting.count())}]


def _seal(sealed: seal.Seal) -> dict[str, Any]:
    point = sealed.checkpoint
    said = _("已封存至 #%(size)s") % {"size": number(point.size)} if point else _("还没有检查点")
    return {"name": _("检查点"), "value": said, "url": reverse("ministry-audit")}


def _edition() -> dict[str, Any]:
    newest = Edition.objects.published().order_by("-published_at").first()
    if newest is None:
        return {"name": _("最新发布版"), "value": _("还没有")}
    return {
        "name": _("最新发布版"),
        "value": f"{newest.version} · {timezone.localtime(newest.published_at):%Y-%m-%d %H:%M}",
        "code": newest.manifest_sha256[:16],
    }


def _disk() -> dict[str, Any]:
    """Of the disk that files and editions are on."""
    usage = shutil.disk_usage(settings.BASE_DIR)
    return {
        "share": usage.free / usage.total,
        "said": _("可用 %(free)d GiB，共 %(total)d GiB")
        % {"free": usage.free // GIB, "total": usage.total // GIB},
    }
