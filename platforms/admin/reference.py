"""Reference data, kept by the system administrator: regions, authorities, the taxonomy, synonyms."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db import models
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from platforms.actions import reference
from platforms.models import Area, Authority, Direction, DirectionMapping, Region, Synonym, TaxonomyEdition


class ReferenceAdmin(admin.ModelAdmin):
    """Edited in place: reference data has no states and no owner. Deleting goes one by one, and not while it is used."""

    actions = None
    list_per_page = 50
    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}

    change_form_template = "admin/registry/reference.html"

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict | None = None
    ) -> HttpResponse:
        """Says before anything is saved how many public records an edit will touch."""
        record = self.get_object(request, object_id)
        number = reference.affected(record).count() if record is not None else 0
        return super().change_view(
            request, object_id, form_url, {**(extra_context or {}), "affected": number}
        )

    def save_model(self, request: HttpRequest, obj: Model, form: Any, change: bool) -> None:
        number = reference.save(record=obj, by=request.user)
        if number:
            messages.info(request, _("将重新发布 %(n)d 个平台的公开记录。") % {"n": number})

    def delete_model(self, request: HttpRequest, obj: Model) -> None:
        reference.delete(record=obj, by=request.user)

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


@admin.register(DirectionMapping)
class DirectionMappingAdmin(ReferenceAdmin):
    list_display = ("old", "new")
    list_select_related = ("old", "new")
    autocomplete_fields = ("old", "new")
    search_fields = ("old__code", "old__name_zh", "new__code", "new__name_zh")


@admin.register(Synonym)
class SynonymAdmin(ReferenceAdmin):
    list_display = ("term", "synonym")
    search_fields = ("term", "synonym")
