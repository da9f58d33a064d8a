"""What the auditor reads: who did what when and why, without the contents of the records; and the outbox and job queue."""

from __future__ import annotations

from typing import Any

import pghistory.core
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.db.models import Model
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from platforms.admin.base import ReadOnlyAdmin
from platforms.models import Job, Notification


class HistoryAdmin(ReadOnlyAdmin):
    """One history table. The auditor sees the act, not the data: the three administrators see no business data."""

    list_display = (
        "pgh_created_at",
        "pgh_label",
        "pgh_obj_id",
        "verb",
        "actor",
        "roles",
        "reason",
        "request_id",
    )
    list_filter = ("pgh_label",)
    ordering = ("-pgh_id",)

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        return ["pgh_created_at", "pgh_label", "record", "verb", "actor", "roles", "reason", "request_id"]

    @admin.display(description=_("记录"))
    def record(self, event) -> str:
        return str(event.pgh_obj_id)

    @admin.display(description=_("操作"))
    def verb(self, event) -> str:
        return self._fact(event, "verb")

    @admin.display(description=_("操作人"))
    def actor(self, event) -> str:
        return self._fact(event, "actor")

    @admin.display(description=_("角色"))
    def roles(self, event) -> str:
        return self._fact(event, "roles")

    @admin.display(description=_("原因"))
    def reason(self, event) -> str:
        return self._fact(event, "reason")

    @admin.display(description=_("请求编号"))
    def request_id(self, event) -> str:
        return self._fact(event, "request_id")

    def _fact(self, event, name: str) -> str:
        return str((event.pgh_context or {}).get(name, ""))


@admin.register(LogEntry)
class LogEntryAdmin(ReadOnlyAdmin):
    list_display = ("action_time", "user", "content_type", "object_repr", "get_change_message")
    list_select_related = ("user", "content_type")


@admin.register(Job)
class JobAdmin(ReadOnlyAdmin):
    list_display = ("__str__", "kind", "status", "done", "total", "attempts", "created_at", "finished_at")
    list_filter = ("status", "kind")
    sealed = ("params", "cursor", "result", "error")


@admin.register(Notification)
class NotificationAdmin(ReadOnlyAdmin):
    list_display = ("kind", "recipient", "created_at", "read_at", "mail_sent_at", "mail_attempts")
    list_filter = ("kind",)
    list_select_related = ("recipient",)
    sealed = ("text", "url", "unique_key")


def register_histories() -> None:
    """Every table of events, those of the apps above included: called when all models are known."""
    for model in pghistory.core.event_models():
        if not admin.site.is_registered(model):
            admin.site.register(model, HistoryAdmin)


register_histories()
