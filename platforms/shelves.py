"""The searchable lists of the public record: what is read, which filters have counts, which orders there are."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Model, Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy
from django_filters import FilterSet

from platforms.filters import PlatformFilters
from platforms.models import PublicPlatform, PublicResource, SearchTokens
from platforms.resource_filters import ResourceFilters

TRUE = "true"


@dataclass(frozen=True)
class Facet:
    """A filter that is shown with counts. ``columns``: any of them may hold the value; the first one is counted."""

    name: str
    title: str | Promise
    columns: tuple[str, ...]
    array: bool = False
    #: A yes-or-no column; only the rows that say yes are counted.
    truth: bool = False

    def condition(self, values: list[str]) -> Q:
        if self.truth:
            return Q(**{self.columns[0]: values == [TRUE]})
        lookup = "overlap" if self.array else "in"
        found = Q()
        for column in self.columns:
            found |= Q(**{f"{column}__{lookup}": values})
        return found


@dataclass(frozen=True)
class Shelf:
    """A searchable list of the public record."""

    model: type[Model]
    filters: type[FilterSet]
    #: The column of the words, seen from a row; then the table that has it, and the row's key there.
    tokens: str
    words: tuple[type[Model], str]
    facets: tuple[Facet, ...]
    #: Orders by name; each ends with a unique column.
    orders: dict[str, tuple[str, ...]]
    default: str


PLATFORMS = Shelf(
    PublicPlatform,
    PlatformFilters,
    "search__tokens",
    (SearchTokens, "platform_id"),
    (
        Facet("tier", gettext_lazy("梯度"), ("tier",)),
        Facet("area", gettext_lazy("领域"), ("area_code",)),
        Facet("direction", gettext_lazy("方向"), ("direction_code",)),
        Facet("region", gettext_lazy("所在地"), ("region_code", "city_code")),
        Facet("authority", gettext_lazy("推荐单位"), ("authority_code",)),
        Facet("scale", gettext_lazy("可承接规模"), ("scale_classes",), array=True),
        Facet("service_type", gettext_lazy("服务类型"), ("service_types",), array=True),
        Facet("open_to", gettext_lazy("开放程度"), ("open_to",), array=True),
        Facet("recognition", gettext_lazy("其他计划的认定"), ("recognition_levels",), array=True),
        Facet("gap_filling", gettext_lazy("补齐领域"), ("gap_filling",), truth=True),
    ),
    {
        "tier": ("-tier_rank", "name_sort", "code"),
        "updated": ("-updated_on", "code"),
        "name": ("name_sort", "code"),
    },
    "tier",
)
RESOURCES = Shelf(
    PublicResource,
    ResourceFilters,
    "tokens",
    (PublicResource, "pk"),
    (
        Facet("service_type", gettext_lazy("服务类型"), ("service_type",)),
        Facet("area", gettext_lazy("领域"), ("area_code",)),
        Facet("region", gettext_lazy("所在地"), ("region_code",)),
        Facet("tier", gettext_lazy("平台梯度"), ("tier",)),
        Facet("price_mode", gettext_lazy("收费方式"), ("price_mode",)),
        Facet("open_to", gettext_lazy("开放程度"), ("open_to",)),
    ),
    {
        "name": ("title_sort", "code"),
        "tier": ("-tier_rank", "title_sort", "code"),
        "lead_time": ("lead_time_sort", "title_sort", "code"),
        "confirmed": ("-confirmed_sort", "title_sort", "code"),
    },
    "name",
)
