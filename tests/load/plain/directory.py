"""ListView, django-filter and icontains over the working record, with the counts a directory shows beside its list.

Written as the documentation of both suggests and no worse: related rows are joined, pages are cut in the database. Each count
ignores its own filter, as ours do; without a search document, services and equipment are looked into by subquery.
"""

from __future__ import annotations

import django_filters as filters
from django.db.models import Count, Exists, OuterRef, Q
from django.urls import path
from django.views.generic import ListView

from platforms.choices import ScaleClass, ServiceType, Tier
from platforms.models import Area, Authority, Equipment, PilotLine, Platform, Region, ServiceItem

TEXTS = ("name_zh", "name_en", "operator__name_zh", "keywords", "summary_zh", "former_names__name_zh")


class PlatformFilter(filters.FilterSet):
    q = filters.CharFilter(method="search")
    tier = filters.MultipleChoiceFilter(choices=Tier.choices)
    area = filters.ModelMultipleChoiceFilter(queryset=Area.objects.all())
    region = filters.ModelMultipleChoiceFilter(queryset=Region.objects.all())
    authority = filters.ModelMultipleChoiceFilter(queryset=Authority.objects.all())
    service_type = filters.MultipleChoiceFilter(
        field_name="services__service_type", choices=ServiceType.choices, distinct=True
    )
    scale = filters.MultipleChoiceFilter(
        field_name="lines__scale_class_max", choices=ScaleClass.choices, distinct=True
    )

    class Meta:
        model = Platform
        fields = ("q", "tier", "area", "region", "authority", "service_type", "scale")

    def search(self, queryset, name, value):
        for word in value.split():
            found = Q()
            for text in TEXTS:
                found |= Q(**{f"{text}__icontains": word})
            for model, text in ((ServiceItem, "title_zh"), (Equipment, "name_zh"), (PilotLine, "process_zh")):
                found |= Exists(model.objects.filter(platform=OuterRef("pk"), **{f"{text}__icontains": word}))
            queryset = queryset.filter(found)
        return queryset.distinct()


COUNTED = {
    "tier": ("tier",),
    "area": ("area_id", "area__name_zh"),
    "region": ("region_id", "region__name_zh"),
    "service_type": ("services__service_type",),
    "scale": ("lines__scale_class_max",),
    "open_to": ("services__open_to",),
}


class Directory(ListView):
    template_name = "list.html"
    paginate_by = 25

    def get_queryset(self):
        rows = Platform.objects.filter(status="active").select_related(
            "operator", "authority", "region", "city", "area", "direction"
        )
        self.filter = PlatformFilter(self.request.GET, queryset=rows)
        return self.filter.qs.prefetch_related("lines").order_by("-tier", "name_zh")

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        context["facets"] = [(name, self.counts(name, columns)) for name, columns in COUNTED.items()]
        return context

    def counts(self, name, columns):
        given = self.request.GET.copy()
        given.pop(name, None)
        rows = PlatformFilter(given, queryset=Platform.objects.filter(status="active")).qs.order_by()
        hits = Platform.objects.filter(pk__in=rows.values("pk")).order_by()
        return list(hits.values_list(*columns).annotate(n=Count("pk", distinct=True)).order_by("-n"))


urlpatterns = [path("platforms/", Directory.as_view())]
