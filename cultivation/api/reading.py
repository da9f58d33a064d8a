"""Policies, standards and statistics. Quoted figures and live counts are never mixed."""

from __future__ import annotations

from collections import Counter
from typing import Any, ClassVar

from django.db.models import Count, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from cultivation.filters import PolicyFilters, StandardFilters, StatisticFilters
from cultivation.models import Policy, PublishedStatistic, Standard
from platforms.api import shapes
from platforms.api.endpoint import api_url, page_url
from platforms.api.listing import Row
from platforms.api.reference import Reference, ReferenceDetail
from platforms.choices import PlatformStatus, ResourceKind, Tier
from platforms.models import PublicPlatform, PublicResource
from platforms.walks import Key


class Policies(Reference):
    """政策文件, national and local, the newest first."""

    noun = "policies"
    model = Policy
    filters = PolicyFilters
    shown = "title_zh"
    columns = (
        "slug", "title_zh", "title_en", "issuing_body", "region_zh", "region_id", "scope_level", "doc_type",
        "document_no", "issued_on", "note_zh", "source_url", "official_url",
    )  # fmt: skip
    names = (
        "code", "title_zh", "title_en", "issuing_body", "region_zh", "region", "scope_level", "doc_type",
        "document_no", "issued_on", "note_zh", "source_url", "official_url",
    )  # fmt: skip
    orders: ClassVar = {
        "issued": (Key("issued_on", descending=True), Key("slug")),
        "code": (Key("slug"),),
    }
    csv_columns = names
    item_schema = shapes.record(**{name: shapes.maybe(shapes.STRING) for name in names})


class PolicyDetail(ReferenceDetail):
    """One policy document."""

    listing = Policies
    item_schema = Policies.item_schema


class Standards(Reference):
    """标准 and what belongs to the standard system, the newest first."""

    noun = "standards"
    model = Standard
    filters = StandardFilters
    shown = "title_zh"
    columns = (
        "slug",
        "code",
        "title_zh",
        "title_en",
        "kind",
        "part",
        "stage",
        "state_zh",
        "dated",
        "source_url",
    )
    names = (
        "code", "standard_no", "title_zh", "title_en", "kind", "part", "stage", "state_zh", "dated", "source_url",
    )  # fmt: skip
    orders: ClassVar = {"dated": (Key("dated", descending=True), Key("slug")), "code": (Key("slug"),)}
    csv_columns = names
    item_schema = shapes.record(**{name: shapes.STRING for name in names})


class StandardDetail(ReferenceDetail):
    """One standard."""

    listing = Standards
    item_schema = Standards.item_schema


class Statistics(Reference):
    """``results`` are figures quoted with source and date; ``live`` counts this registry's own public record."""

    noun = "statistics"
    model = PublishedStatistic
    filters = StatisticFilters
    shown = "metric_zh"
    columns = ("id", "key", "metric_zh", "value", "scope_zh", "as_of", "note_zh", "source_kind", "source_url")
    names = ("id", "key", "metric_zh", "value", "scope_zh", "as_of", "note_zh", "source_kind", "source_url")
    orders: ClassVar = {"id": (Key("id"),)}
    csv_columns = names[1:]
    item_schema = shapes.thing(**{name: shapes.STRING for name in names[1:]})
    beside: ClassVar = {
        "live": shapes.thing(
            as_of=shapes.DATE, platforms=shapes.INTEGER, services=shapes.INTEGER, equipment=shapes.INTEGER
        )
    }

    @classmethod
    def item(cls, row: Row) -> dict[str, Any]:
        values = dict(zip(cls.names[1:], row[1:], strict=True))
        return {"url": api_url("statistics/"), "html_url": page_url("/statistics/"),
                "display": f"{values['metric_zh']}：{values['value']}", **values}  # fmt: skip

    def page(self, rows, window, count) -> tuple[dict[str, Any], dict]:
        body, links = super().page(rows, window, count)
        return {**body, "live": live_counts()}, links


def live_counts() -> dict[str, Any]:
    """How many active platforms and published resources there are now; no time, so that equal answers are equal."""
    active = PublicPlatform.objects.filter(status=PlatformStatus.ACTIVE).order_by()
    platforms = active.values_list(Value("platform"), Coalesce("tier", Value("")), "demo").annotate(
        n=Count("pk")
    )
    resources = (
        PublicResource.objects.order_by().values_list("kind", Value(""), Value(False)).annotate(n=Count("pk"))
    )
    counted: Counter[str] = Counter()
    for kind, tier, demo, number in platforms.union(resources, all=True):
        counted.update({kind: number, f"tier {tier}": number, "demo": number if demo else 0})
    return {
        "as_of": timezone.localdate().isoformat(),
        "platforms": counted["platform"],
        "demo": counted["demo"],
        "tiers": {tier: counted[f"tier {tier}"] for tier in Tier.values},
        "services": counted[ResourceKind.SERVICE],
        "equipment": counted[ResourceKind.EQUIPMENT],
    }
