"""To do after listing, for the desk: change requests, annual reports, invitations. One query or two for each part."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Any

from django.db.models import Count, Q
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from cultivation.actions import annual_report
from cultivation.choices import AnnouncementStatus, RequestStatus
from cultivation.models import Announcement, AnnualReport, ChangeRequest
from platforms.access import Permission, reach
from platforms.models import Invitation, Platform
from platforms.views.rail import address_of

P = Permission
SHOWN = 12


def requests(request: HttpRequest) -> Iterator[dict[str, Any]]:
    """Returned requests for those who write them, prepared ones for those who approve, sent ones for the ministry."""
    mine = reach(request.user)
    rows = ChangeRequest.objects.select_related("platform")
    returned = mine.rows(rows.filter(status=RequestStatus.RETURNED), P.SUBMISSION_PREPARE)
    for row in returned.order_by("pk")[:SHOWN]:
        yield _request(row, "returned", row.return_reason)
    prepared = mine.rows(rows.filter(status=RequestStatus.PREPARED), P.SUBMISSION_APPROVE)
    for row in prepared.exclude(prepared_by=request.user.pk).order_by("pk")[:SHOWN]:
        yield _request(row, "pending", "")
    if mine.may(P.CHANGE_DECIDE):
        count = rows.filter(status=RequestStatus.SUBMITTED).count()
        if count:
            label = _("%(n)s 份变更申请待决定") % {"n": count}
            yield task_of(label, address_of("ministry-changes"), "decision", word=_("待批准"))


def announcements(request: HttpRequest) -> Iterator[dict[str, Any]]:
    """Announcements that came back to the clerks, and those that wait for an approver who did not write them."""
    mine, me = reach(request.user), request.user.pk
    rows = Announcement.objects.order_by("pk")
    if mine.may(P.ANNOUNCEMENT_PREPARE):
        for row in rows.filter(status=AnnouncementStatus.DRAFT).exclude(return_reason="")[:SHOWN]:
            yield _announcement(row, "returned", row.return_reason)
    if mine.may(P.ANNOUNCEMENT_PUBLISH):
        waiting = rows.filter(status=AnnouncementStatus.SUBMITTED)
        for row in waiting.exclude(created_by=me).exclude(prepared_by=me)[:SHOWN]:
            yield _announcement(row, "decision", "")


def _announcement(row: Announcement, state: str, note: str) -> dict[str, Any]:
    url = address_of("ministry-announcement", row.code)
    label = _("公告：%(title)s") % {"title": row.title_zh}
    return task_of(label, url, state, word=row.get_status_display(), note=note, hint=row.code)


def _request(row: ChangeRequest, state: str, note: str) -> dict[str, Any]:
    label = f"{row.get_kind_display()}{_('：')}{row.platform.name_zh}"
    url = address_of("change-request", row.platform.authority_id, row.pk)
    return task_of(label, url, state, word=row.get_status_display(), note=note, hint=row.platform.code)


def reports(request: HttpRequest) -> Iterator[dict[str, Any]]:
    """How many platforms have not reported the year, until it is due; how many reports wait for approval."""
    mine, year = reach(request.user), annual_report.current_year()
    codes = mine.authority_codes(P.PEOPLE_INVITE) or []
    for code in codes[:1]:
        done = AnnualReport.objects.filter(year=year, platform__authority=code)
        counts = done.aggregate(
            waiting=Count("pk", filter=Q(submitted_at=None)),
            own=Count("pk", filter=Q(submitted_at=None, prepared_by=request.user.pk)),
        )
        url = address_of("annual-reports-year", code, year)
        due = annual_report.due_on(year)
        if mine.may(P.SUBMISSION_PREPARE) and timezone.localdate() <= due:
            wanting = Platform.objects.active().filter(authority=code).exclude(pk__in=done.values("platform"))
            count = wanting.count()
            if count:
                label = _("%(n)s 个平台没有填报 %(year)s 年度信息") % {"n": count, "year": year}
                yield task_of(label, f"{url}?state=wanting", "not_started", due_at=end_of(due))
        if mine.may(P.SUBMISSION_APPROVE) and counts["waiting"] > counts["own"]:
            label = _("%(n)s 份年度信息待审核") % {"n": counts["waiting"] - counts["own"]}
            yield task_of(label, f"{url}?state=written", "pending")


def end_of(day: datetime.date) -> datetime.datetime:
    """24:00 of that day in Beijing."""
    return datetime.datetime.combine(
        day + datetime.timedelta(days=1), datetime.time(), timezone.get_current_timezone()
    )


def invitations(request: HttpRequest) -> Iterator[dict[str, Any]]:
    """Colleagues somebody else proposed, to be confirmed."""
    rows = reach(request.user).rows(Invitation.objects.open(), P.PEOPLE_MANAGE)
    waiting = rows.filter(confirmed_at=None).exclude(proposed_by=request.user.pk)
    for row in waiting.order_by("pk")[:SHOWN]:
        label = _("确认邀请“%(name)s”") % {"name": row.name}
        yield task_of(label, address_of("people", row.authority_id), "pending", word=_("待确认"))


def task_of(
    label: str, url: str, state: str, *, word: str = "", note: str = "", hint: str = "", due_at: Any = None
) -> dict[str, Any]:
    """One thing to do, as the desk's table shows it."""
    return {
        "label": label,
        "url": url,
        "state": state,
        "word": word,
        "note": note,
        "hint": hint,
        "due_at": due_at,
    }
