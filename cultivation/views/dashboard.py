"""本地区数据: the authority's own numbers beside the middle of all authorities, and where nothing is yet.

Everything here is counted in the public record, the middle too: another office's drafts must not show, not even in a median.
"""

from __future__ import annotations

from collections import Counter
from statistics import median
from typing import Any

from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from platforms.access import Permission
from platforms.choices import PlatformStatus, Tier
from platforms.models import Area, Authority, Direction, PublicPlatform, PublicResource
from platforms.templatetags.registry_ui import plain_name
from platforms.views.access import SignedInRequest, needs, office

P = Permission


@require_safe
@needs(P.PEOPLE_VIEW)
def dashboard(request: SignedInRequest, code: str) -> HttpResponse:
    """Platforms by tier and area and services, each beside the national median; directions without a platform."""
    authority = office(request, code, P.PEOPLE_VIEW)
    offices = list(Authority.objects.values_list("code", flat=True))
    areas = list(Area.objects.filter(edition__current=True).order_by("position"))
    counted: list[Any] = list(
        PublicPlatform.objects.filter(status=PlatformStatus.ACTIVE)
        .order_by()
        .values("authority_code", "tier", "area_code")
        .annotate(n=Count("pk"))
    )
    context = {
        "authority": authority,
        "figures": _figures(counted, offices, code),
        "areas": _areas(counted, offices, code, areas),
        "gaps": _gaps(code),
    }
    return render(request, "workspace/platform/dashboard.html", context)


def _figures(counted: list[dict[str, Any]], offices: list[str], code: str) -> list[dict[str, Any]]:
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
) -> list[dict[str, Any]]:
    sums: dict[str, Counter] = {area.pk: Counter() for area in areas}
    for row in counted:
        if row["area_code"] in sums:
            sums[row["area_code"]][row["authority_code"]] += row["n"]
    return [_line(plain_name(area), sums[area.pk], offices, code) for area in areas]


def _line(label: Any, counts: Counter, offices: list[str], code: str) -> dict[str, Any]:
    """One row: the own number, the median of all authorities (those with none count as zero) and the difference."""
    middle = median([counts[office] for office in offices]) if offices else 0
    return {"label": label, "own": counts[code], "median": middle, "difference": counts[code] - middle}


def _gaps(code: str) -> list[Direction]:
    """Directions of the current edition in which this authority has no listed platform."""
    taken = (
        PublicPlatform.objects.filter(authority_code=code, status=PlatformStatus.ACTIVE)
        .order_by()
        .values("direction_code")
    )
    rows = Direction.objects.filter(area__edition__current=True).exclude(pk__in=taken)
    return list(rows.select_related("area").order_by("area__position", "position")[:60])
