"""The ministry's desk for objections. The objector stays sealed until someone opens the identity, on the record."""

from __future__ import annotations

import datetime
from typing import Any

from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from cultivation import arranged, calendar, clock
from cultivation.actions import notice as notices
from cultivation.actions import objection as verbs
from cultivation.choices import ObjectionStatus
from cultivation.forms.objection import RevealForm, RulingForm, WithdrawForm
from cultivation.models import Objection
from cultivation.transitions import OBJECTION
from cultivation.views.asking import Asked
from cultivation.views.public_notice import OBJECTION_STATES
from platforms.access import Permission, reach
from platforms.errors import NotFound
from platforms.models import User
from platforms.views.access import SignedInRequest, needs, visible
from platforms.views.pages import page_of
from platforms.views.stored_file import send

#: How long an identity stays readable for the person who opened it.
REVEALED_FOR = datetime.timedelta(minutes=10)


@require_safe
@needs(Permission.OBJECTION_VIEW)
def objections(request: HttpRequest) -> HttpResponse:
    """Open cases first, the next to be answered on top; ``?all=1`` adds the settled ones."""
    everything = reach(request.user).rows(Objection.objects.all(), Permission.OBJECTION_VIEW)
    unsettled = everything.filter(status__in=notices.UNSETTLED)
    show_all = request.GET.get("all") == "1"
    chosen = everything.order_by("-pk") if show_all else unsettled.order_by("answer_due_on", "pk")
    page, pager = page_of(request, chosen.select_related("notice", "application__platform"))
    return render(
        request,
        "workspace/objection/list.html",
        {
            "rows": [_line(item) for item in page],
            "columns": [
                {"label": _("受理编号")},
                {"label": _("状态")},
                {"label": _("涉及平台")},
                {"label": _("答复期限")},
            ],
            "tabs": [
                {"url": "?", "label": _("待办理和裁定"), "count": unsettled.count(), "current": not show_all},
                {"url": "?all=1", "label": _("全部"), "count": everything.count(), "current": show_all},
            ],
            "pager": pager,
        },
    )


@needs(
    Permission.OBJECTION_VIEW,
    to_write=(Permission.OBJECTION_HANDLE, Permission.OBJECTION_RULE, Permission.OBJECTOR_REVEAL),
)
@require_http_methods(["GET", "HEAD", "POST"])
def objection(request: HttpRequest, receipt: str) -> HttpResponse:
    case = _visible(request, receipt)
    asked = Asked(request, handle=Form, reveal=RevealForm, rule=RulingForm, withdraw=WithdrawForm)
    answer = _act(asked, case, request.user)  # type: ignore[arg-type]
    if answer:
        return answer
    case = _visible(request, receipt)
    return render(
        request,
        "workspace/objection/detail.html",
        _context(case, asked, request.user),  # type: ignore[arg-type]
        status=asked.status,
    )


def _act(asked: Asked, case: Objection, by: User) -> HttpResponse | None:
    acts: dict[str, tuple[Any, str]] = {
        "handle": (verbs.handle, _("已开始办理。")),
        "reveal": (verbs.reveal, _("身份已打开，本次查看已记录。")),
        "rule": (_rule, _("已裁定。")),
        "withdraw": (verbs.withdraw, _("已按异议人要求撤回。")),
    }
    if asked.do not in acts:
        return None
    act, done = acts[asked.do]
    return asked.carry_out(act, objection=case, by=by, done=done)


def _rule(
    *, objection: Objection, by: User, ruling: str, finding: str, reply: str, **fields: str
) -> Objection:
    if ruling == "dismiss":
        return verbs.dismiss(objection=objection, by=by, finding=finding, reply=reply)
    corrected = {name: fields[name] for name in ("name_zh", "operator_zh")}
    return verbs.uphold(
        objection=objection,
        by=by,
        finding=finding,
        reply=reply,
        effect=fields["effect"],
        reason=fields["reason"],
        corrected=corrected,
    )


def _context(case: Objection, asked: Asked, user: User) -> dict[str, Any]:
    available = {transition.verb for transition in OBJECTION.available(case, user)}
    own = case.handled_by_id == user.pk
    may_reveal = reach(user).may(Permission.OBJECTOR_REVEAL, case)
    open_to_me = may_reveal and _opened_by(case, user)
    reveals = list(case.reveals.select_related("revealed_by"))
    return {
        "case": case,
        "state": OBJECTION_STATES[case.status],
        "facts": _facts(case),
        "identity": _identity(case) if open_to_me else None,
        "files": list(case.files.all()) if open_to_me else [],
        "sealed_files": 0 if open_to_me else case.files.count(),
        "reveals": reveals,
        "reveal": asked.forms["reveal"] if may_reveal and not open_to_me else None,
        "handle": "handle" in available,
        "rule": asked.forms["rule"] if "dismiss" in available and not own else None,
        "own": own and "dismiss" in available,
        "withdraw": asked.forms["withdraw"] if "withdraw" in available else None,
        "form": asked.failed,
    }


def _opened_by(case: Objection, user: User) -> bool:
    return case.reveals.filter(revealed_by=user, revealed_at__gt=timezone.now() - REVEALED_FOR).exists()


@needs(Permission.OBJECTOR_REVEAL)
@require_safe
def objection_file(request: SignedInRequest, receipt: str, number: int) -> HttpResponse:
    """One piece of evidence, for whoever has opened the identity just now; always a download, never shown in place."""
    case = visible(request, Objection.objects.all(), Permission.OBJECTOR_REVEAL, receipt=receipt)
    file = case.files.filter(pk=number).first()
    if file is None or not _opened_by(case, request.user):
        raise NotFound()
    return send(file.stored_as, name=file.name, media_type=file.media_type)


def _facts(case: Objection) -> list[dict[str, Any]]:
    settled = case.status not in notices.UNSETTLED
    due = (
        f"{case.answer_due_on}" if settled else f"{case.answer_due_on}（{_clock_words(case.answer_due_on)}）"
    )
    return [
        {
            "name": _("公示"),
            "value": case.notice.title_zh,
            "url": reverse("notice", args=(case.notice.code,)),
        },
        {
            "name": _("涉及平台"),
            "value": case.application.platform.name_zh if case.application else _("整份名单"),
        },
        {"name": _("提出方"), "value": case.get_party_display()},
        {"name": _("收到时间"), "value": timezone.localtime(case.lodged_at).strftime("%Y-%m-%d %H:%M:%S")},
        {"name": _("答复期限"), "value": due},
        {"name": _("办理人"), "value": str(case.handled_by or "")},
        {"name": _("裁定人"), "value": str(case.ruled_by or "")},
        {"name": _("核查情况"), "value": case.finding},
        {"name": _("答复"), "value": case.reply},
        {"name": _("对名单的影响"), "value": case.get_effect_display() if case.effect else ""},
    ]


def _clock_words(due: datetime.date) -> str:
    today = clock.today()
    if today > due:
        return _("已超期")
    days = arranged.count_working_days(today + calendar.ONE_DAY, due)
    return _("还有 %(n)s 个工作日") % {"n": days} if days else _("今天到期")


def _identity(case: Objection) -> list[dict[str, str]]:
    return [
        {"name": _("姓名或单位名称"), "value": case.party_name},
        {"name": _("联系方式"), "value": case.party_contact},
    ]


def _line(item: Objection) -> list[Any]:
    overdue = item.status in notices.UNSETTLED and item.answer_due_on < clock.today()
    return [
        {"text": item.receipt, "url": reverse("ministry-objection", args=(item.receipt,))},
        {"state": OBJECTION_STATES[item.status], "word": ObjectionStatus(item.status).label},
        {
            "text": item.application.platform.name_zh if item.application else str(_("整份名单")),
            "hint": item.notice.title_zh,
        },
        {"text": str(item.answer_due_on), "hint": str(_("已超期")) if overdue else ""},
    ]


def _visible(request: HttpRequest, receipt: str) -> Objection:
    queryset = Objection.objects.select_related("notice", "application__platform", "handled_by", "ruled_by")
    return visible(request, queryset, Permission.OBJECTION_VIEW, receipt=receipt)
