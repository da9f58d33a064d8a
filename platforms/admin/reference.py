"""Reference data, kept by the system administrator: regions, authorities, the taxonomy, synonyms."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db import models
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from platforms import history
from platforms.models import Area, Authority, Direction, Region, Synonym, TaxonomyEdition


class ReferenceAdmin(admin.ModelAdmin):
    """Edited in place: reference data has no states and no owner. Deleting goes one by one, and not while it is used."""

    actions = None
    list_per_page = 50
    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}

    def save_model(self, request: HttpRequest, obj: Model, form: Any, change: bool) -> None:
        with history.context(verb="reference.save", by=request.user):
            super().save_model(request, obj, form, change)

    def delete_model(self, request: HttpRequest, obj: Model) -> None:
        with history.context(verb="reference.delete", by=request.user):
            super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet) -> None:
        raise NotImplementedError("reference data is deleted one by one")


@admin.register(Region)
class RegionAdmin(ReferenceAdmin):
    list_display = ("code", "name_zh", "name_en", "kind", "parent")
    list_filter = ("kind",)
    list_select_related = ("parent",)
    search_fields = ("code", "name_zh", "name_en")
    autocomplete_fields = ("parent",)


@admin.register(Authority)
class AuthorityAdmin(ReferenceAdmin):
    list_display = ("code", "name_zh", "name_en", "kind", "region")
    list_filter = ("kind",)
    list_select_related = ("region",)
    search_fields = ("code", "name_zh", "name_en")
    autocomplete_fields = ("region", "city")


@admin.register(TaxonomyEdition)
class TaxonomyEditionAdmin(ReferenceAdmin):
    list_display = ("code", "source_zh", "expected_directions", "current")


@admin.register(Area)
class AreaAdmin(ReferenceAdmin):
    list_display = ("code", "edition", "position", "name_zh", "name_en")
    list_filter = ("edition",)
    search_fields = ("code", "name_zh", "name_en")


@admin.register(Direction)
class DirectionAdmin(ReferenceAdmin):
    list_display = ("code", "area", "name_zh", "name_en", "status", "gap_filling")
    list_filter = ("status", "gap_filling", "area__edition")
    list_select_related = ("area",)
    search_fields = ("code", "name_zh", "name_en")


@admin.register(Synonym)
class SynonymAdmin(ReferenceAdmin):
    list_display = ("term", "synonym")
    search_fields = ("term", "synonym")
