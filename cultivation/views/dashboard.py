"""本地区数据: the authority's own numbers beside the middle of all authorities, and where nothing is yet.

Everything here is counted in the public record, the middle too: another office's drafts must not show, not even in a median. One description of the page serves the screen and the leader's sheet of paper.
"""

from __future__ import annotations

from collections import Counter
from statistics import median
from typing import Any

from django.contrib.postgres.aggregates import BoolOr
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from cultivation import clock
from cultivation.statistics import SMALL
from platforms.access import Permission
from platforms.choices import PlatformStatus, Tier
from platforms.models import Area, Authority, Direction, PublicPlatform, PublicResource
from platforms.templatetags.registry_ui import in_english, plain_name
from platforms.views import one_page
from platforms.views.access import SignedInRequest, needs, office

P = Permission


@require_safe
@needs(P.PEOPLE_VIEW)
def dashboard(request: SignedInRequest, code: str) -> HttpResponse:
    """Platforms by tier and area and services, each beside the national median; directions without a platform."""
    authority = office(request, code, P.PEOPLE_VIEW)
    page = region_page(authority)
    return render(request, "workspace/platform/dashboard.html", {**page, "authority": authority})


@require_safe
@needs(P.PEOPLE_VIEW)
def dashboard_pdf(request: SignedInRequest, code: str) -> HttpResponse:
    """The same, word for word, on one sheet of paper for the leader."""
    page = region_page(office(request, code, P.PEOPLE_VIEW))
    return one_page.on_paper(page, f"region-{code}-{page['as_of']}.pdf")


def region_page(authority: Authority) -> dict[str, Any]:
    """All that the page and the paper say, see ``platforms.views.one_page``."""
    offices = list(Authority.objects.values_list("code", flat=True))
    areas = list(Area.objects.filter(edition__current=True).order_by("position"))
    counted: list[Any] = list(
        PublicPlatform.objects.filter(status=PlatformStatus.ACTIVE)
        .order_by()
        .values("authority_code", "tier", "area_code")
        .annotate(n=Count("pk"), any_demo=BoolOr("demo"))
    )
    as_of = clock.today().isoformat()
    lines = [plain_name(authority), _("截至 %(date)s") % {"date": as_of}]
    if any(row["any_demo"] for row in counted):
        lines.append(_("示例数据，不是真实统计。"))
    columns = [_("本单位"), _("全国中位数"), _("相差")]
    sections = [
        one_page.section(
            _("与全国中位数比较"),
            [_("项目"), *columns],
            _figures(counted, offices, authority.code),
            _("只统计已公开的记录；中位数按全部推荐单位计算，没有平台的按零计，不显示其他单位的数字。"),
            words=1,
        ),
        one_page.section(
            _("按领域"),
            [_("领域"), *columns],
            _areas(counted, offices, authority.code, areas),
            _("其他单位中有平台的不足 3 家时，中位数不显示。"),
            words=1,
        ),
        _gaps(authority.code),
    ]
    return {"title": _("本地区数据"), "lines": lines, "as_of": as_of, "sections": sections}


def _figures(counted: list[dict[str, Any]], offices: list[str], code: str) -> list[list[Any]]:
    sums: dict[str, Counter] = {name: Counter() for name in ("all", *Tier.values)}
    for row in counted:
        sums["all"][row["authority_code"]] += row["n"]
        if row["tier"]:
            sums[row["tier"]][row["authority_code"]] += row["n"]
    labels = {"all": _("平台总数"), **{tier.value: tier.label for tier in Tier}}
    rows = [_line(labels[name], counts, offices, code) for name, counts in sums.items()]
    return [*rows, _line(_("公开的服务和共享设备"), _resources(), offices, code)]


def _resources() -> Counter:
    """Published services and shared equipment by authority."""
    owners = dict(PublicPlatform.objects.values_list("code", "authority_code"))
    counts: Counter = Counter()
    rows = PublicResource.objects.order_by().values("platform_code").annotate(n=Count("pk"))
    for row in rows:
        counts[owners.get(row["platform_code"], "")] += row["n"]
    return counts


def _areas(
    counted: list[dict[str, Any]], offices: list[str], code: str, areas: list[Area]
) -> list[list[Any]]:
    sums: dict[str, Counter] = {area.pk: Counter() for area in areas}
    for row in counted:
        if row["area_code"] in sums:
            sums[row["area_code"]][row["authority_code"]] += row["n"]
    return [_line(plain_name(area), sums[area.pk], offices, code) for area in areas]


def _line(label: Any, counts: Counter, offices: list[str], code: str) -> list[Any]:
    """One row: the own number, the median of all authorities (those with none count as zero) and the difference.

    Where only one or two other offices have any, the middle would tell theirs and is not given.
    """
    own = counts[code]
    others = sum(1 for office in offices if office != code and counts[office])
    if not offices or 0 < others < SMALL:
        return [label, own, "", ""]
    middle = median([counts[office] for office in offices])
    return [label, own, f"{middle:g}", f"{own - middle:+g}" if own != middle else "0"]


def _gaps(code: str) -> dict[str, Any]:
    """Directions of the current edition in which this authority has no listed platform, by area."""
    taken = (
        PublicPlatform.objects.filter(authority_code=code, status=PlatformStatus.ACTIVE)
        .order_by()
        .values("direction_code")
    )
    found = Direction.objects.filter(area__edition__current=True).exclude(pk__in=taken)
    by_area: dict[str, list[str]] = {}
    for direction in found.select_related("area").order_by("area__position", "position"):
        by_area.setdefault(plain_name(direction.area), []).append(plain_name(direction))
    between = ", " if in_english() else "、"
    return one_page.section(
        _("还没有平台的行业方向"),
        [_("领域"), _("行业方向")] if by_area else [],
        [[area, between.join(names)] for area, names in by_area.items()],
        _("按现行分类，公开记录中本单位没有在录平台的方向。") if by_area else _("每个行业方向都有平台。"),
        words=2,
    )
