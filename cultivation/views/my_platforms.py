"""本单位平台: the authority's table with its own views and columns, as page and as file, and reminders to operators."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.db.models import F, Q
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from cultivation.actions.change_request import OPEN
from cultivation.models import ChangeRequest, Submission
from platforms import exports, quality
from platforms.access import Permission, reach
from platforms.actions import platform as platform_verbs
from platforms.actions import saved_view
from platforms.choices import PlatformStatus, Tier
from platforms.errors import IllegalStep, Invalid, Problem
from platforms.models import Area, Authority, Platform, SavedView
from platforms.models.platform import PlatformQuerySet
from platforms.templatetags.registry_ui import plain_name
from platforms.views.access import SignedInRequest, needs, office
from platforms.views.choosing import chosen_ids
from platforms.views.pages import page_of

P = Permission
PAGE = "authority-platforms"


def _day(value: Any) -> str:
    return (
        timezone.localtime(value).date().isoformat()
        if hasattr(value, "hour")
        else (value.isoformat() if value else "")
    )


#: Column → (label, field to sort by, the text of a row). The name and the code always stand first.
COLUMNS: dict[str, tuple[Any, str, Callable[[Platform], str]]] = {
    "tier": (gettext_lazy("梯次"), "tier", lambda row: row.get_tier_display() if row.tier else ""),
    "area": (gettext_lazy("领域"), "area__position", lambda row: plain_name(row.area) if row.area else ""),
    "direction": (
        gettext_lazy("行业方向"),
        "direction__position",
        lambda row: plain_name(row.direction) if row.direction else "",
    ),
    "city": (gettext_lazy("所在城市"), "city", lambda row: plain_name(row.city) if row.city else ""),
    "phone": (gettext_lazy("办公电话"), "office_phone", lambda row: row.office_phone),
    "equipment_value": (
        gettext_lazy("设备原值（万元）"),
        "equipment_value_wan",
        lambda row: f"{row.equipment_value_wan.normalize():f}" if row.equipment_value_wan is not None else "",
    ),
    "confirmed": (gettext_lazy("最近核对"), "confirmed_on", lambda row: _day(row.confirmed_on)),
    "updated": (gettext_lazy("更新"), "updated_at", lambda row: _day(row.updated_at)),
}
STANDARD = ("tier", "area", "confirmed", "updated")


def _chosen(request: HttpRequest) -> dict[str, Any]:
    """What the address asks for: filters, columns and order; what it does not know is left out."""
    given = request.GET
    columns = [name for name in COLUMNS if name in given.getlist("col")] or list(STANDARD)
    sort = given.get("sort", "")
    return {
        "q": given.get("q", "").replace("\x00", "").strip()[:60],
        "tier": given.get("tier") if given.get("tier") in Tier.values else "",
        "area": given.get("area", "")[:10],
        "issue": given.get("issue") if given.get("issue") in quality.faults() else "",
        "columns": columns,
        "sort": sort if sort.removeprefix("-") in COLUMNS else "",
    }


def _query(chosen: dict[str, Any], **changes: Any) -> str:
    """The same choice as the part of an address after the question mark."""
    wanted = {**chosen, **changes}
    pairs = [(name, wanted[name]) for name in ("q", "tier", "area", "issue", "sort") if wanted[name]]
    if wanted["columns"] != list(STANDARD):
        pairs += [("col", name) for name in wanted["columns"]]
    return urlencode(pairs)


def _rows(authority: Authority, chosen: dict[str, Any]) -> PlatformQuerySet:
    rows = Platform.objects.filter(authority=authority).select_related(
        "area", "direction", "operator", "city"
    )
    if chosen["q"]:
        rows = rows.filter(
            Q(name_zh__icontains=chosen["q"])
            | Q(code__iexact=chosen["q"])
            | Q(operator__name_zh__icontains=chosen["q"])
        )
    if chosen["tier"]:
        rows = rows.filter(tier=chosen["tier"])
    if chosen["area"]:
        rows = rows.filter(area=chosen["area"])
    if chosen["issue"]:
        rows = quality.with_fault(rows, chosen["issue"])
    if chosen["sort"]:
        field = F(COLUMNS[chosen["sort"].removeprefix("-")][1])
        down = chosen["sort"].startswith("-")
        rows = rows.order_by(field.desc(nulls_last=True) if down else field.asc(nulls_last=True), "code")
    return rows


@require_safe
@needs(P.PLATFORM_VIEW)
def platforms(request: SignedInRequest, code: str) -> HttpResponse:
    """The platforms this authority recommends; filters, columns, order and saved views are links."""
    authority, chosen = office(request, code, P.PLATFORM_VIEW), _chosen(request)
    found, pager = page_of(request, _rows(authority, chosen))
    under_way = dict(
        Submission.objects.open().filter(platform__in=found).values_list("platform_id", "number")
    )
    asked = dict(
        ChangeRequest.objects.filter(platform__in=found, status__in=OPEN).values_list("platform_id", "pk")
    )
    stale = quality.stale_before()
    lines = [
        {
            "platform": row,
            "cells": [
                {"name": name, "label": COLUMNS[name][0], "text": COLUMNS[name][2](row)}
                for name in chosen["columns"]
            ],
            "under_way": under_way.get(row.pk, ""),
            "asked": asked.get(row.pk),
            "stale": row.status == PlatformStatus.ACTIVE
            and (row.confirmed_on is None or row.confirmed_on < stale),
        }
        for row in found
    ]
    context = {
        "authority": authority,
        "lines": lines,
        "pager": pager,
        "chosen": chosen,
        "heads": [_head(name, chosen) for name in chosen["columns"]],
        "columns": [(name, COLUMNS[name][0], name in chosen["columns"]) for name in COLUMNS],
        "tiers": Tier.choices,
        "areas": Area.objects.filter(edition__current=True),
        "issues": [(name, label) for name, (label, _condition) in quality.faults().items()],
        "tabs": _tabs(request, authority, chosen),
        "query": _query(chosen),
        "may_change": reach(request.user).may(P.SUBMISSION_PREPARE, Submission(authority=authority)),
    }
    return render(request, "workspace/platform/list.html", context)


def _head(name: str, chosen: dict[str, Any]) -> dict[str, Any]:
    now = chosen["sort"]
    return {
        "label": COLUMNS[name][0],
        "url": f"?{_query(chosen, sort=f'-{name}' if now == name else name)}",
        "sorted": {name: "ascending", f"-{name}": "descending"}.get(now, "none"),
    }


def _tabs(request: SignedInRequest, authority: Authority, chosen: dict[str, Any]) -> list[dict[str, Any]]:
    """Everything, what is stale, and the person's own views."""
    here = _query(chosen)
    own = SavedView.objects.filter(user=request.user, page=PAGE)
    fixed = [
        {"name": _("全部"), "query": "", "pk": None},
        {"name": _("一年未更新"), "query": "issue=stale", "pk": None},
    ]
    views = fixed + [{"name": row.name, "query": row.query, "pk": row.pk} for row in own]
    return [
        {
            "url": f"?{view['query']}",
            "label": view["name"],
            "current": view["query"] == here,
            "drop": reverse("platform-view-drop", args=[authority.pk, view["pk"]]) if view["pk"] else "",
        }
        for view in views
    ]


@require_safe
@needs(P.PLATFORM_VIEW)
def export(request: SignedInRequest, code: str) -> HttpResponseBase:
    """The table as the address describes it, all pages, as CSV."""
    authority, chosen = office(request, code, P.PLATFORM_VIEW), _chosen(request)
    return _csv(_rows(authority, chosen), chosen["columns"], authority)


def _csv(rows: PlatformQuerySet, columns: list[str], authority: Authority) -> HttpResponseBase:
    heads = {name: str(COLUMNS[name][0]) for name in columns}
    first = (_("平台编号"), _("平台名称"), _("建设单位"), _("状态"))

    def lines() -> Iterator[dict[str, str]]:
        for row in rows.iterator(chunk_size=500):
            own = (
                row.code,
                row.name_zh,
                row.operator.name_zh if row.operator else "",
                row.get_status_display(),
            )
            yield dict(zip(first, own, strict=True)) | {
                heads[name]: COLUMNS[name][2](row) for name in columns
            }

    answer = StreamingHttpResponse(
        exports.csv_lines([*first, *heads.values()], lines()), content_type="text/csv; charset=utf-8"
    )
    answer["Content-Disposition"] = content_disposition_header(True, f"platforms-{authority.pk}.csv")
    answer["X-Total-Count"] = str(rows.count())
    return answer


@require_POST
@needs(P.SUBMISSION_PREPARE, P.SUBMISSION_APPROVE)
def bulk(request: SignedInRequest, code: str) -> HttpResponseBase:
    """The ticked rows: as a file, or a reminder to whoever fills in for the operator; or one to all that are stale."""
    act = request.POST.get("do", "")
    permission = P.SUBMISSION_PREPARE if act in ("remind", "remind-stale") else P.PLATFORM_VIEW
    authority = office(request, code, permission)
    if act == "remind-stale":
        return _remind(request, quality.with_fault(Platform.objects.filter(authority=authority), "stale"))
    ids = chosen_ids(request, "id", 500)
    rows = Platform.objects.filter(authority=authority, pk__in=ids).select_related(
        "area", "direction", "operator", "city"
    )
    if not ids:
        raise Invalid([Problem("id", "required", _("请先选择平台。"))])
    if act == "remind":
        return _remind(request, rows.active())
    return _csv(rows, list(COLUMNS), authority)


def _remind(request: SignedInRequest, rows: PlatformQuerySet) -> HttpResponse:
    told = sum(platform_verbs.remind(platform=row, by=request.user) for row in rows)
    if not told:
        raise IllegalStep(_("这些平台的建设单位没有填报账户，请按办公电话联系。"))
    messages.success(request, _("已提醒 %(n)s 人。") % {"n": told})
    return redirect(request.path.removesuffix("bulk/"))


@require_POST
@needs(P.SUBMISSION_PREPARE, P.SUBMISSION_APPROVE)
def keep_view(request: SignedInRequest, code: str) -> HttpResponse:
    """Keep the present filters, columns and order under a name."""
    office(request, code, P.PLATFORM_VIEW)
    name = request.POST.get("name", "").strip()[:30]
    query = request.POST.get("query", "")[:400]
    if not name:
        raise Invalid([Problem("name", "required", _("请给视图起一个名称。"))])
    saved_view.keep(page=PAGE, name=name, query=query, by=request.user)
    messages.success(request, _("视图“%(name)s”已保存。") % {"name": name})
    return redirect(f"{reverse(PAGE, args=[code])}?{query}")


@require_POST
@needs(P.SUBMISSION_PREPARE, P.SUBMISSION_APPROVE)
def drop_view(request: SignedInRequest, code: str, pk: int) -> HttpResponse:
    office(request, code, P.PLATFORM_VIEW)
    view = get_object_or_404(SavedView, user=request.user, page=PAGE, pk=pk)
    saved_view.drop(view=view, by=request.user)
    messages.success(request, _("视图已删除。"))
    return redirect(PAGE, code=code)
