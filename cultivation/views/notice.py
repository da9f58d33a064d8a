"""The ministry's desk for notices: prepare, look at exactly what will be public, publish, extend."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from cultivation import arranged, clock
from cultivation.actions import notice as verbs
from cultivation.choices import NoticeStatus
from cultivation.forms.notice import ExtendNoticeForm, PrepareNoticeForm, PublishNoticeForm
from cultivation.models import Notice
from cultivation.publish import entries_of
from cultivation.transitions import NOTICE
from cultivation.views.asking import Asked
from cultivation.views.public_notice import rows_of
from platforms.access import Permission, reach
from platforms.views.access import needs, visible
from platforms.views.pages import page_of

STATES = {NoticeStatus.DRAFT: "draft", NoticeStatus.OPEN: "notice", NoticeStatus.CLOSED: "closed"}
VIEWERS = (Permission.NOTICE_PREPARE, Permission.NOTICE_PUBLISH)


@needs(*VIEWERS)
@require_http_methods(["GET", "HEAD", "POST"])
def notices(request: HttpRequest) -> HttpResponse:
    asked = Asked(request, prepare=PrepareNoticeForm)
    if asked.do == "prepare":
        answer = asked.carry_out(
            verbs.prepare, by=request.user, done=_("公示已编制，请另一位有权限的人发布。"), address=_address
        )
        if answer:
            return answer
    mine = reach(request.user)
    page, pager = page_of(request, Notice.objects.select_related("batch", "release").order_by("-pk"))
    rows = [
        [
            {"text": item.title_zh, "url": _address(item)},
            {"state": STATES[NoticeStatus(item.status)], "word": item.get_status_display()},
            item.starts_on or "",
            item.ends_on or "",
            item.release.entry_count,
        ]
        for item in page
    ]
    context = {
        "rows": rows,
        "columns": [
            {"label": _("公示")},
            {"label": _("状态")},
            {"label": _("开始")},
            {"label": _("结束")},
            {"label": _("平台数"), "num": True},
        ],
        "pager": pager,
        "prepare": asked.forms["prepare"] if mine.may(Permission.NOTICE_PREPARE) else None,
        "form": asked.failed,
    }
    return render(request, "workspace/notice/list.html", context, status=asked.status)


@needs(*VIEWERS)
@require_http_methods(["GET", "HEAD", "POST"])
def notice(request: HttpRequest, code: str) -> HttpResponse:
    found = _visible(request, code)
    asked = Asked(request, publish=PublishNoticeForm, extend=ExtendNoticeForm)
    acts = {"publish": (verbs.publish, _("公示已发布。")), "extend": (verbs.extend, _("公示已延长。"))}
    if asked.do in acts:
        act, done = acts[asked.do]
        answer = asked.carry_out(act, notice=found, by=request.user, done=done)
        if answer:
            return answer
        found = _visible(request, code)
    available = {transition.verb for transition in NOTICE.available(found, request.user)}
    own = found.prepared_by_id == request.user.pk
    context = {
        "notice": found,
        "state": STATES[NoticeStatus(found.status)],
        "facts": [
            {"name": _("批次"), "value": found.batch.title_zh},
            {"name": _("公示期"), "value": f"{found.starts_on} – {found.ends_on}" if found.starts_on else ""},
            {"name": _("公示工作日"), "value": found.working_days},
            {"name": _("受理联系方式"), "value": found.contact},
            {"name": _("编制"), "value": str(found.prepared_by)},
            {"name": _("发布"), "value": str(found.published_by or "")},
            {"name": _("延长原因"), "value": found.extension_reason},
            {"name": _("名单版本"), "value": found.release.version},
            {"name": "SHA-256", "value": found.release.sha256},
        ],
        "list_rows": rows_of({"entries": entries_of(found.release)}),
        "lacks_days": found.status == NoticeStatus.OPEN and verbs.lacks_days(found, arranged.overrides()),
        "unarranged": _unarranged(found),
        "publish": asked.forms["publish"] if "publish" in available and not own else None,
        "own": own and "publish" in available,
        "extend": asked.forms["extend"] if "extend" in available else None,
        "form": asked.failed,
    }
    return render(request, "workspace/notice/detail.html", context, status=asked.status)


def _unarranged(found: Notice) -> int | None:
    """The year of the window, or of a window that began today, whose holidays are not known yet."""
    starts_on = found.starts_on or clock.today()
    ends_on = found.ends_on or arranged.working_days(starts_on, found.working_days).last
    return arranged.provisional_year(starts_on, ends_on)


def _visible(request: HttpRequest, code: str) -> Notice:
    queryset = Notice.objects.select_related("batch", "release", "prepared_by", "published_by")
    mine = reach(request.user)
    permission = next((p for p in VIEWERS if mine.may(p)), VIEWERS[0])
    return visible(request, queryset, permission, code=code)


def _address(item: Notice) -> str:
    return reverse("ministry-notice", args=(item.code,))
