"""Working records of this app, for inspection within reach."""

from django.contrib import admin

from platforms.admin.base import RecordAdmin
from platforms.models import ImportRun, Operator, Platform
from platforms.transitions import IMPORT_RUN, PLATFORM


@admin.register(Platform)
class PlatformAdmin(RecordAdmin):
    machine = PLATFORM
    list_display = ("code", "name_zh", "authority", "tier", "status", "version")
    list_filter = ("tier", "status", "demo")
    list_select_related = ("authority",)
    search_fields = ("code", "name_zh")


@admin.register(Operator)
class OperatorAdmin(RecordAdmin):
    list_display = ("name_zh", "uscc", "legal_form", "demo")
    search_fields = ("name_zh", "uscc")


@admin.register(ImportRun)
class ImportRunAdmin(RecordAdmin):
    machine = IMPORT_RUN
    list_display = ("__str__", "authority", "file_name", "status", "created_at")
    list_filter = ("status",)
    list_select_related = ("authority",)
