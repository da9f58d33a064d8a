"""The frame of every workspace page: who is signed in, for which office, and where one can go from here.

``RAIL`` is the one list of entries. An app with a new place adds a line here; an entry without an address in this installation is skipped.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from platforms.access import NATION, Permission, reach
from platforms.models import Authority, Notification

P = Permission


@dataclass(frozen=True)
class RailLink:
    """One entry: shown to holders of ``permission``, once per office where ``needs_authority``."""

    label: str | Promise
    url_name: str
    permission: str
    needs_authority: bool = False


RAIL: tuple[RailLink, ...] = (
    RailLink(_("工作台"), "desk", P.DESK_VIEW),
    RailLink(_("本单位平台"), "authority-platforms", P.PLATFORM_VIEW, True),
    RailLink(_("申报"), "authority-submissions", P.SUBMISSION_VIEW, True),
    RailLink(_("登记新平台"), "submission-new", P.SUBMISSION_PREPARE, True),
    RailLink(_("批量导入"), "imports", P.IMPORT_RUN, True),
    RailLink(_("推荐"), "authority-batches", P.APPLICATION_VIEW, True),
    RailLink(_("变更申请"), "change-requests", P.PEOPLE_INVITE, True),
    RailLink(_("年度信息"), "annual-reports", P.PEOPLE_INVITE, True),
    RailLink(_("本地区数据"), "authority-dashboard", P.PEOPLE_INVITE, True),
    RailLink(_("人员与密钥"), "people", P.PEOPLE_INVITE, True),
    RailLink(_("地市初审"), "city-review", P.SUBMISSION_CITY_REVIEW),
    RailLink(_("总览"), "ministry-control", P.SCORES_VIEW),
    RailLink(_("受理申报"), "ministry-submissions", P.SUBMISSION_DECIDE),
    RailLink(_("变更申请"), "ministry-changes", P.CHANGE_DECIDE),
    RailLink(_("平台"), "ministry-platforms", P.SCORES_VIEW),
    RailLink(_("批次"), "ministry-batches", P.SCORES_VIEW),
    RailLink(_("专家评审"), "ministry-reviews", P.SCORES_VIEW),
    RailLink(_("公示"), "ministry-notices", P.SCORES_VIEW),
    RailLink(_("异议"), "ministry-objections", P.OBJECTION_VIEW),
    RailLink(_("决定"), "ministry-decisions", P.DECISION_VIEW),
    RailLink(_("报表"), "ministry-reports", P.SCORES_VIEW),
    RailLink(_("编发公告"), "ministry-announcements", P.SCORES_VIEW),
    RailLink(_("审计"), "ministry-audit", P.SCORES_VIEW),
    RailLink(_("审计"), "ministry-audit", P.AUDIT_VIEW),
    RailLink(_("系统运行"), "ministry-system", P.SYSTEM_OPERATE),
    RailLink(_("系统运行"), "ministry-system", P.AUDIT_VIEW),
    RailLink(_("我的评审"), "reviews", P.REVIEW_SCORE),
    RailLink(_("来信"), "letters", P.LETTER_VIEW),
    RailLink(_("来信答复"), "ministry-letters", P.LETTER_WATCH),
    RailLink(_("公告"), "desk-announcements", P.DESK_VIEW),
    RailLink(_("消息"), "messages", P.DESK_VIEW),
    RailLink(_("我的账户"), "account-keys", P.DESK_VIEW),
    RailLink(_("管理后台"), "admin:index", P.USE_ADMIN),
)


def bench(request: HttpRequest, authority: str = "") -> dict[str, Any]:
    """``{"org", "rail", "person", "unread"}`` for the workspace shell; three queries whatever the page.

    ``authority`` is the code the page acts for; without one, the offices the person belongs to.
    """
    mine = reach(request.user)
    national = any(grant.scope == NATION for grant in mine.grants)
    own = sorted({str(grant.key) for grant in mine.grants if grant.scope == "authority"})
    offices = [authority] if authority and (national or authority in own) else own
    known = Authority.objects.filter(code__in=[*offices, *own]).only("code", "name_zh", "name_en")
    names = {row.code: row.name_en if _in_english() else row.name_zh for row in known}
    rail = [
        item for link in RAIL if mine.may(link.permission) for item in _items(link, request.path, own, names)
    ]
    current = max((item for item in rail if request.path.startswith(item["url"])), key=_depth, default=None)
    for item in rail:
        item["current"] = item is current
    return {
        "org": (", " if _in_english() else "、").join(names[code] for code in offices if code in names),
        "rail": rail,
        "person": str(request.user),
        "unread": Notification.objects.filter(recipient=request.user.pk, read_at=None).count(),
    }


def _items(link: RailLink, path: str, offices: list[str], names: dict[str, str]) -> list[dict[str, Any]]:
    if not link.needs_authority:
        url = address_of(link.url_name)
        return [{"url": url, "label": str(link.label)}] if url else []
    found = []
    for code in offices:
        url = address_of(link.url_name, code)
        label = str(link.label)
        if len(offices) > 1:
            label = str(_("%(label)s（%(office)s）") % {"label": label, "office": names.get(code, code)})
        if url:
            found.append({"url": url, "label": label})
    return found


def _in_english() -> bool:
    return (get_language() or "").startswith("en")


def _depth(item: dict[str, Any]) -> int:
    return len(item["url"])


def address_of(name: str, *args: Any) -> str:
    """The address of a named page, empty when this installation has no such page."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""
