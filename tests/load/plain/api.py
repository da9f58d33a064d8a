"""Serializers, one ``ModelViewSet`` and its routes."""

from django.db.models import Count
from django.urls import include, path
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework import serializers, viewsets
from rest_framework.decorators import action
from rest_framework.filters import OrderingFilter, SearchFilter
from rest_framework.response import Response
from rest_framework.routers import DefaultRouter

from platforms.models import (
    Area,
    Authority,
    Direction,
    Equipment,
    Operator,
    PilotLine,
    Platform,
    Qualification,
    Region,
    ServiceItem,
    YearlyFigures,
)


def of(model, *fields):
    """A generated serializer."""
    meta = type("Meta", (), {"model": model, "fields": fields or "__all__"})
    return type(f"{model.__name__}Serializer", (serializers.ModelSerializer,), {"Meta": meta})


NAMES = ("code", "name_zh", "name_en")


class PlatformSerializer(serializers.ModelSerializer):
    operator = of(Operator, "uscc", "name_zh", "name_en")()
    authority = of(Authority, *NAMES)()
    region = of(Region, *NAMES)()
    city = of(Region, *NAMES)()
    area = of(Area, *NAMES)()
    direction = of(Direction, *NAMES)()
    former_names = serializers.SlugRelatedField("name_zh", many=True, read_only=True)
    lines = of(PilotLine, "process_zh", "scale_max", "unit", "scale_class_min", "scale_class_max")(many=True)
    services = of(ServiceItem, "service_type", "open_to")(many=True)

    class Meta:
        model = Platform
        fields = (
            "code", "name_zh", "name_en", "former_names", "status", "tier", "operator", "authority", "region", "city", "area",
            "direction", "lines", "services", "office_phone", "updated_at", "demo",
        )  # fmt: skip


class PlatformDetailSerializer(PlatformSerializer):
    lines = of(PilotLine)(many=True)
    services = of(ServiceItem)(many=True)
    equipment = of(Equipment)(many=True)
    qualifications = of(Qualification)(many=True)
    figures = of(YearlyFigures)(many=True)

    class Meta(PlatformSerializer.Meta):
        fields = tuple(
            dict.fromkeys(
                (
                    *PlatformSerializer.Meta.fields,
                    *(
                        "equipment",
                        "qualifications",
                        "figures",
                        "summary_zh",
                        "summary_en",
                        "keywords",
                        "address",
                    ),
                    *("construction_mode", "build_status", "floor_area_m2", "equipment_count", "staff_total"),
                    *("website", "office_email", "operating_since"),
                )
            )
        )


#: What a search reads that finds platforms by their names and summary alone, not by what they offer.
NARROW = ("name_zh", "operator__name_zh", "summary_zh")


class Search(SearchFilter):
    """Over the tables the registry's search is made of, or with ``narrow`` over three columns: cheaper, and finds less."""

    def get_search_fields(self, view, request):
        return NARROW if "narrow" in request.query_params else super().get_search_fields(view, request)


class Platforms(viewsets.ModelViewSet):
    queryset = (
        Platform.objects.filter(status="active")
        .select_related("operator", "authority", "region", "city", "area", "direction")
        .order_by("-tier", "name_zh", "code")
    )
    serializer_class = PlatformSerializer
    lookup_field = "code"
    filter_backends = (DjangoFilterBackend, Search, OrderingFilter)
    filterset_fields = ("tier", "region", "area", "direction", "authority")
    search_fields = (*NARROW, "name_en", "former_names__name_zh", "keywords", "services__title_zh", "equipment__name_zh", "lines__process_zh")  # fmt: skip

    def get_queryset(self):
        names = ["lines", "services", "former_names"]
        if self.action == "retrieve":
            names += ["equipment", "qualifications", "figures"]
        return super().get_queryset().prefetch_related(*names)

    def get_serializer_class(self):
        return PlatformDetailSerializer if self.action == "retrieve" else PlatformSerializer

    @action(detail=False)
    def facets(self, request):
        found = self.filter_queryset(Platform.objects.filter(status="active"))
        return Response(
            {
                name: dict(found.order_by().values_list(name).annotate(n=Count("pk")))
                for name in ("tier", "region", "area", "direction")
            }
        )

    @action(detail=False)
    def export(self, request):
        return Response(self.get_serializer(self.filter_queryset(self.get_queryset()), many=True).data)


router = DefaultRouter()
router.register("platforms", Platforms)
urlpatterns = [path("plain/", include(router.urls))]
