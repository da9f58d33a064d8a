"""Policies, quoted with their sources."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.db.models import Count
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cultivation.models import Policy
from platforms import search
from platforms.choices import PlatformStatus
from platforms.errors import Invalid, Problem
from platforms.models import PublicPlatform, Region
from platforms.templatetags.registry_ui import plain_name
from platforms.views.caching import by_head
from platforms.views.listing import link

NATIONAL = "national"
LEVELS = {
    NATIONAL: gettext_lazy("国家"),
    "provincial": gettext_lazy("省级"),
    "municipal": gettext_lazy("市级"),
}
NATIONWIDE_EN = {NATIONAL: "Nationwide"}
TYPES = {
    "policy": gettext_lazy("政策文件"),
    "call": gettext_lazy("申报通知"),
    "list": gettext_lazy("名单"),
}
FACETS = (
    ("level", "scope_level", gettext_lazy("级别"), LEVELS),
    ("type", "doc_type", gettext_lazy("类别"), TYPES),
)


@by_head(hourly=True)
def policies(request: HttpRequest) -> HttpResponse:
    """Some dozens of documents: read whole, filtered and counted here."""
    chosen = _chosen(request.GET)
    q = request.GET.get("q", "").strip()[: search.MAX_QUERY]
    said = [
        policy
        for policy in Policy.objects.select_related("superseded_by", "region").prefetch_related("supersedes")
        if _says(policy, q)
    ]
    region = _region(request.GET)
    if region:
        said = [policy for policy in said if policy.region_id in (None, region.pk, region.parent_id)]
    found = [policy for policy in said if all(_is(policy, name, chosen) for name, *_ in FACETS)]
    platforms = _platforms_by_region()
    context = {
        "q": q,
        "total": len(found),
        "results": [
            _shown(policy) | {"platforms": platforms[policy.region_id or policy.scope_level]}
            for policy in found
        ],
        "facets": [_facet(facet, said, chosen) for facet in FACETS],
        "chips": [
            {"name": name, "value": value, "label": words[value]}
            for name, _column, _title, words in FACETS
            for value in chosen[name]
        ]
        + ([{"name": "region", "value": region.pk, "label": plain_name(region)}] if region else []),
        "carried": [pair for pair in (("q", q), ("region", region.pk if region else "")) if pair[1]],
        "clear_url": link(QueryDict(), q=q or None),
    }
    return render(request, "public/policy/list.html", context)


def _chosen(params: QueryDict) -> dict[str, list[str]]:
    chosen = {}
    for name, _column, title, words in FACETS:
        chosen[name] = [value for value in params.getlist(name) if value]
        for value in chosen[name]:
            if value not in words:
                known = "、".join(words)
                sentence = _("参数 %(name)s（%(title)s）不能使用：可用的值是 %(known)s。") % {
                    "name": name, "title": title, "known": known,
                }  # fmt: skip
                raise Invalid([Problem(name, "bad_parameter", sentence)])
    return chosen


def _region(params: QueryDict) -> Region | None:
    """Policies that hold in one place: its own, its province's and the national ones."""
    code = params.get("region", "").strip()
    if not code:
        return None
    found = Region.objects.filter(pk=code).first() if code.isascii() else None
    if found is None:
        sentence = _("参数 region（地区）不能使用：没有这个行政区划代码。")
        raise Invalid([Problem("region", "bad_parameter", sentence)])
    return found


def _platforms_by_region() -> Counter[str]:
    """How many platforms stand in each province, city and in the whole nation, for the way from a policy to them."""
    counted: Counter[str] = Counter()
    rows = PublicPlatform.objects.filter(status=PlatformStatus.ACTIVE).values_list("region_code", "city_code")
    for region, city, number in rows.annotate(number=Count("pk")).order_by():
        counted[NATIONAL] += number
        counted[region] += number
        if city:
            counted[city] += number
    return counted


def _says(policy: Policy, q: str) -> bool:
    texts = (
        policy.title_zh,
        policy.title_en,
        policy.issuing_body,
        policy.region_zh,
        policy.document_no,
        policy.note_zh,
    )
    text = search.normalise(" ".join(texts))
    return all(word in text for word in search.normalise(q).split())


def _is(policy: Policy, name: str, chosen: dict[str, list[str]]) -> bool:
    column = next(column for known, column, *_ in FACETS if known == name)
    return not chosen[name] or getattr(policy, column) in chosen[name]


def _facet(facet: tuple, said: list[Policy], chosen: dict[str, list[str]]) -> dict[str, Any]:
    """Counts under the words and the other filters, not under its own."""
    name, column, title, words = facet
    others = [other for other, *_ in FACETS if other != name]
    counted = Counter(
        getattr(policy, column) for policy in said if all(_is(policy, other, chosen) for other in others)
    )
    return {
        "name": name,
        "title": title,
        "kind": "checkbox",
        "largest": max(counted.values(), default=0),
        "options": [
            {"value": value, "label": word, "count": counted[value], "checked": value in chosen[name]}
            for value, word in words.items()
            if counted[value] or value in chosen[name]
        ],
    }


def _reference(policy: Policy | None) -> dict[str, str] | None:
    """Another document of the library, by the line it stands in."""
    if policy is None:
        return None
    return {"anchor": f"policy-{policy.pk}", "title_zh": policy.title_zh, "title_en": policy.title_en}


def _shown(policy: Policy) -> dict[str, Any]:
    return {
        "title_zh": policy.title_zh,
        "title_en": policy.title_en,
        "issuer_zh": policy.issuing_body,
        "doc_number": policy.document_no,
        "issued_on": policy.issued_on,
        "region_zh": policy.region_zh,
        "region_en": policy.region.name_en if policy.region else NATIONWIDE_EN.get(policy.scope_level, ""),
        "region": policy.region_id,
        "note_zh": policy.note_zh,
        "anchor": f"policy-{policy.pk}",
        "repealed_on": policy.repealed_on,
        "superseded_by": _reference(policy.superseded_by),
        "supersedes": [_reference(older) for older in policy.supersedes.all()],
        "source_url": policy.official_url or policy.source_url,
    }
