"""Announcements at work: the reader's list with 已阅, and the ministry's desk where they are drafted, approved and counted."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Count, Exists, Min, OuterRef
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from cultivation import clock
from cultivation.actions import announcement as verbs
from cultivation.choices import AnnouncementAudience, AnnouncementStatus
from cultivation.forms.announcement import AnnouncementForm
from cultivation.forms.reason import ReasonForm
from cultivation.models import Announcement, ReadReceipt
from cultivation.transitions import ANNOUNCEMENT
from cultivation.views.asking import Asked
from platforms.access import Permission, Role, reach, roles_with
from platforms.templatetags.registry_ui import plain_name
from platforms.views.access import SignedInRequest, needs
from platforms.views.pages import page_of

P = Permission
VIEWERS = (P.ANNOUNCEMENT_PREPARE, P.ANNOUNCEMENT_PUBLISH)
STATES = {
    AnnouncementStatus.DRAFT: "draft",
    AnnouncementStatus.SUBMITTED: "pending",
    AnnouncementStatus.SCHEDULED: "not_started",
    AnnouncementStatus.PUBLISHED: "done",
    AnnouncementStatus.WITHDRAWN: "withdrawn",
    AnnouncementStatus.ABANDONED: "revoked",
}


# --- the reader ----------------------------------------------------------------------------------------------------


@require_safe
@needs(P.DESK_VIEW)
def inbox(request: SignedInRequest) -> HttpResponse:
    """All that was ever addressed to this person, newest first."""
    mine = ReadReceipt.objects.filter(announcement=OuterRef("pk"), reader=request.user.pk)
    rows = Announcement.objects.addressed_to(request.user).annotate(read=Exists(mine))
    page, pager = page_of(request, rows.order_by("-released_at", "-pk"))
    context = {"rows": page, "pager": pager, "now": clock.now()}
    return render(request, "workspace/announcement/inbox.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(P.DESK_VIEW)
def read(request: SignedInRequest, code: str) -> HttpResponse:
    """One announcement; the button 已阅 leaves a receipt."""
    found = get_object_or_404(Announcement.objects.addressed_to(request.user), code=code)
    if request.method == "POST":
        verbs.confirm_read(announcement=found, by=request.user)
        messages.success(request, _("已登记您已阅读。"))
        return redirect(request.get_full_path())
    receipt = found.receipts.filter(reader=request.user).order_by("read_at").first()
    context = {"announcement": found, "receipt": receipt, "now": clock.now()}
    return render(request, "workspace/announcement/read.html", context)


# --- the ministry --------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@needs(*VIEWERS, to_write=(P.ANNOUNCEMENT_PREPARE,))
def announcements(request: SignedInRequest) -> HttpResponse:
    asked = Asked(request, draft=AnnouncementForm.new)
    if asked.do == "draft":
        answer = asked.carry_out(
            verbs.draft, by=request.user, done=_("公告已起草，核对后提交审批。"), address=_address
        )
        if answer:
            return answer
    found = Announcement.objects.annotate(read=Count("receipts__authority", distinct=True))
    page, pager = page_of(request, found.order_by("-pk"))
    rows = [
        [
            {"text": item.title_zh, "url": _address(item)},
            {"state": STATES[AnnouncementStatus(item.status)], "word": item.get_status_display()},
            item.get_audience_display(),
            {"date": moment} if (moment := item.released_at or item.shown_from) else "",
            item.read,
        ]
        for item in page
    ]
    context = {
        "rows": rows,
        "columns": [
            {"label": _("公告")},
            {"label": _("状态")},
            {"label": _("对象")},
            {"label": _("发布时间")},
            {"label": _("已阅单位"), "num": True},
        ],
        "pager": pager,
        "draft": asked.forms["draft"] if reach(request.user).may(P.ANNOUNCEMENT_PREPARE) else None,
        "form": asked.failed,
    }
    return render(request, "workspace/announcement/list.html", context, status=asked.status)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(*VIEWERS)
def announcement(request: SignedInRequest, code: str) -> HttpResponse:
    """As its readers will see it, with what may be done about it now and which offices have read it."""
    found = _found(code)
    asked = Asked(request, revise=AnnouncementForm.of(found), send_back=ReasonForm, withdraw=ReasonForm)
    answer = _act(request, asked, found)
    if answer:
        return answer
    found = _found(code)
    moves = {move.verb for move in ANNOUNCEMENT.available(found, request.user)}
    editable = found.status == AnnouncementStatus.DRAFT and reach(request.user).may(P.ANNOUNCEMENT_PREPARE)
    context = {
        "announcement": found,
        "state": STATES[AnnouncementStatus(found.status)],
        "facts": _facts(found),
        "moves": moves,
        "own": "publish" in moves and verbs.has_written(found, request.user),
        "approvers": "、".join(roles_with(P.ANNOUNCEMENT_PUBLISH)),
        "revise": asked.forms["revise"] if editable else None,
        "send_back": asked.forms["send_back"] if "send_back" in moves else None,
        "withdraw": asked.forms["withdraw"] if "withdraw" in moves else None,
        "offices": _offices(found) if found.released_at else None,
        "public": found.audience == AnnouncementAudience.PUBLIC and found.released_at,
        "form": asked.failed,
    }
    return render(request, "workspace/announcement/detail.html", context, status=asked.status)


def _act(request: SignedInRequest, asked: Asked, found: Announcement) -> HttpResponse | None:
    acts: dict[str, tuple[Any, str]] = {
        "revise": (verbs.revise, _("草稿已保存。")),
        "submit": (verbs.submit, _("已提交审批。")),
        "publish": (verbs.publish, _("已批准；到发布时间即对外发布。")),
        "send_back": (verbs.send_back, _("已退回起草人修改。")),
        "withdraw": (verbs.withdraw, _("公告已撤回。")),
        "abandon": (verbs.abandon, _("已放弃起草。")),
    }
    if asked.do not in acts:
        return None
    act, done = acts[asked.do]
    if asked.do in asked.forms:
        return asked.carry_out(act, announcement=found, by=request.user, done=done)
    asked.forms[asked.do] = ReasonForm({"reason": "-"})
    return asked.carry_out(lambda reason: act(announcement=found, by=request.user), done=done)


def _found(code: str) -> Announcement:
    people = ("created_by", "prepared_by", "approved_by", "withdrawn_by")
    return get_object_or_404(Announcement.objects.select_related(*people), code=code)


def _address(announcement: Announcement) -> str:
    return reverse("ministry-announcement", args=(announcement.code,))


def _facts(found: Announcement) -> list[dict[str, Any]]:
    names = [plain_name(each.authority) for each in found.addressees.select_related("authority")]
    return [
        {"name": _("编号"), "value": found.code},
        {"name": _("对象"), "value": found.get_audience_display()},
        {"name": _("角色"), "value": _("、").join(str(Role(role).label) for role in found.roles)},
        {"name": _("推荐单位"), "value": _("、").join(names)},
        {"name": _("起草"), "value": str(found.prepared_by)},
        {"name": _("批准"), "value": str(found.approved_by or "")},
        {"name": _("退回原因"), "value": found.return_reason},
        {"name": _("撤回"), "value": str(found.withdrawn_by or "")},
        {"name": _("撤回原因"), "value": found.withdrawal_reason},
    ]


def _offices(found: Announcement) -> dict[str, Any]:
    """Who of the offices has read it: the number of people and the first of them by time, never a name."""
    counted = found.receipts.filter(authority__isnull=False).order_by().values("authority")
    counts = {
        row["authority"]: (row["people"], row["first"])
        for row in counted.annotate(people=Count("pk"), first=Min("read_at"))
    }
    offices = [(office, *counts.get(office.pk, (0, None))) for office in found.offices_meant()]
    offices.sort(key=lambda office: office[1] > 0)
    rows = [{"authority": office, "people": people, "first": first} for office, people, first in offices]
    return {"rows": rows, "count": len(rows), "read": sum(people > 0 for _office, people, _first in offices)}


def unread(request: HttpRequest) -> list[Announcement]:
    """What the desk shows: on now, addressed to this person and not yet confirmed. One statement."""
    mine = ReadReceipt.objects.filter(announcement=OuterRef("pk"), reader=request.user.pk)
    rows = Announcement.objects.addressed_to(request.user).current(clock.now()).exclude(Exists(mine))
    return list(rows.order_by("-released_at", "-pk")[:5])
