"""Letters to the platforms within a person's reach, and answering them."""

from __future__ import annotations

import datetime

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from platforms.access import Permission, reach
from platforms.actions import letter as letters
from platforms.actions.letter_reminder import overdue
from platforms.choices import DeliveryStatus
from platforms.errors import Invalid
from platforms.forms.letter import ReplyForm
from platforms.forms.problems import show
from platforms.models import Delivery
from platforms.templatetags.registry_ui import plain_name
from platforms.transitions import DELIVERY
from platforms.views.access import needs, visible
from platforms.views.letter import STATES
from platforms.views.pages import page_of


@needs(Permission.LETTER_VIEW)
@require_safe
def letter_list(request: HttpRequest) -> HttpResponse:
    """Waiting ones first, the oldest on top; then what has been dealt with."""
    mine = reach(request.user).rows(
        Delivery.objects.select_related("letter", "platform"), Permission.LETTER_VIEW
    )
    only_waiting = request.GET.get("state") != "all"
    rows = mine.filter(status=DeliveryStatus.WAITING).order_by("pk") if only_waiting else mine.order_by("-pk")
    page, pager = page_of(request, rows)
    context = {
        "rows": [
            [
                {"text": row.letter.receipt, "url": reverse("letter", args=[row.pk])},
                row.letter.get_kind_display(),
                row.platform.name_zh,
                {"state": STATES[DeliveryStatus(row.status)], "word": row.get_status_display()},
                {"date": row.letter.sent_at},
            ]
            for row in page
        ],
        "columns": [
            {"label": label} for label in (_("受理编号"), _("类别"), _("平台"), _("状态"), _("收到时间"))
        ],
        "tabs": [
            {"url": "?", "label": _("待答复"), "current": only_waiting},
            {"url": "?state=all", "label": _("全部"), "current": not only_waiting},
        ],
        "pager": pager,
    }
    return render(request, "workspace/letter/list.html", context)


@needs(Permission.LETTER_WATCH)
@require_safe
def open_letters(request: HttpRequest) -> HttpResponse:
    """The ministry's view: which letters wait, where and for how long. What they say is between the writer and the platform."""
    today = timezone.now()
    late_before = today - datetime.timedelta(days=settings.LETTER_REMIND_DAYS)
    only_late = request.GET.get("state") == "late"
    waiting = Delivery.objects.filter(status=DeliveryStatus.WAITING)
    rows = (overdue(today) if only_late else waiting.order_by("letter__sent_at", "pk")).select_related(
        "letter", "platform__authority"
    )
    page, pager = page_of(request, rows)
    late = _("已 %(days)s 天")
    context = {
        "rows": [
            [
                row.letter.receipt,
                row.letter.get_kind_display(),
                {"text": row.platform.name_zh, "url": f"/platforms/{row.platform.code}/"},
                plain_name(row.platform.authority),
                {"date": row.letter.sent_at},
                {
                    "state": "failed" if row.letter.sent_at <= late_before else "in_progress",
                    "word": late % {"days": (today - row.letter.sent_at).days},
                },
            ]
            for row in page
        ],
        "columns": [
            {"label": label}
            for label in (_("受理编号"), _("类别"), _("平台"), _("推荐单位"), _("收到时间"), _("等待答复"))
        ],
        "tabs": [
            {"url": "?", "label": _("待答复"), "current": not only_late},
            {
                "url": "?state=late",
                "label": _("超过 %(days)s 天") % {"days": settings.LETTER_REMIND_DAYS},
                "current": only_late,
            },
        ],
        "pager": pager,
    }
    return render(request, "workspace/letter/open.html", context)


@needs(Permission.LETTER_VIEW, to_write=(Permission.LETTER_ANSWER,))
@require_http_methods(["GET", "HEAD", "POST"])
def letter(request: HttpRequest, pk: int) -> HttpResponse:
    """One letter at one platform. Who answers presses one of two buttons; both need words."""
    rows = Delivery.objects.select_related(
        "letter", "platform__authority", "platform__operator", "answered_by"
    )
    delivery = visible(request, rows, Permission.LETTER_VIEW, pk=pk)
    form = ReplyForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            if request.POST.get("do") == "decline":
                letters.decline(delivery=delivery, reason=form.cleaned_data["reply"], by=request.user)
            else:
                letters.answer(delivery=delivery, reply=form.cleaned_data["reply"], by=request.user)
        except Invalid as error:
            show(form, error)
        else:
            messages.success(request, _("已答复，来信人凭受理编号和查询码可以看到。"))
            return redirect("letters")
    context = {
        "delivery": delivery,
        "letter": delivery.letter,
        "state": STATES[DeliveryStatus(delivery.status)],
        "form": form,
        "may_answer": bool(DELIVERY.available(delivery, request.user)),
    }
    return render(request, "workspace/letter/detail.html", context, status=400 if form.is_bound else 200)
