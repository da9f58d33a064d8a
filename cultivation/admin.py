"""What the admin shows of the cultivation process: quoted public matter to edit, the process itself to inspect and move."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.postgres.fields import ArrayField
from django.db.models import Model
from django.forms import Textarea
from django.http import HttpRequest
from django.utils.translation import gettext as _

from cultivation import transitions
from cultivation.actions import notice as notices
from cultivation.models import (
    Application,
    Batch,
    Decision,
    Designation,
    HolidayArrangement,
    Notice,
    Objection,
    Panel,
    Policy,
    PublishedStatistic,
    Standard,
    Submission,
)
from platforms.admin.base import RecordAdmin
from platforms.admin.log import register_histories
from platforms.admin.reference import ReferenceAdmin


@admin.register(Policy)
class PolicyAdmin(ReferenceAdmin):
    list_display = ("title_zh", "issuing_body", "document_no", "issued_on", "scope_level")
    list_filter = ("scope_level", "doc_type")
    search_fields = ("title_zh", "document_no")
    autocomplete_fields = ("region", "superseded_by")


@admin.register(Standard)
class StandardAdmin(ReferenceAdmin):
    list_display = ("code", "title_zh", "kind", "part", "stage", "dated")
    list_filter = ("stage", "part")
    search_fields = ("code", "title_zh")


@admin.register(PublishedStatistic)
class PublishedStatisticAdmin(ReferenceAdmin):
    list_display = ("metric_zh", "value", "scope_zh", "as_of", "key")


@admin.register(HolidayArrangement)
class HolidayArrangementAdmin(ReferenceAdmin):
    list_display = ("year", "document_no")
    formfield_overrides = {ArrayField: {"widget": Textarea(attrs={"rows": 4, "cols": 70})}}

    def save_model(self, request: HttpRequest, obj: Model, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        for notice in notices.too_short():
            messages.warning(
                request,
                _("按这份安排，“%(title)s”的公示期不足 %(n)d 个工作日，请延长公示。")
                % {"title": notice.title_zh, "n": notice.working_days},
            )


@admin.register(Submission)
class SubmissionAdmin(RecordAdmin):
    machine = transitions.SUBMISSION
    list_display = ("number", "name_zh", "authority", "kind", "status", "submitted_at")
    list_filter = ("status", "kind")
    list_select_related = ("authority",)
    search_fields = ("number", "name_zh")


@admin.register(Batch)
class BatchAdmin(RecordAdmin):
    machine = transitions.BATCH
    list_display = ("code", "title_zh", "tier", "status", "recommend_until")
    list_filter = ("tier", "status")


@admin.register(Application)
class ApplicationAdmin(RecordAdmin):
    machine = transitions.APPLICATION
    list_display = ("platform", "batch", "authority", "rank", "status")
    list_filter = ("status", "batch")
    list_select_related = ("platform", "batch", "authority")


@admin.register(Panel)
class PanelAdmin(RecordAdmin):
    machine = transitions.PANEL
    list_display = ("name", "stage", "status", "due_at")
    list_select_related = ("stage",)


@admin.register(Notice)
class NoticeAdmin(RecordAdmin):
    machine = transitions.NOTICE
    list_display = ("code", "title_zh", "status", "starts_on", "ends_on")


@admin.register(Objection)
class ObjectionAdmin(RecordAdmin):
    """Who objected is opened on the objection's own page only, with a reason and on the record."""

    machine = transitions.OBJECTION
    list_display = ("receipt", "notice", "status", "lodged_at", "answer_due_on")
    list_filter = ("status",)
    list_select_related = ("notice",)
    sealed = ("party_name", "party_contact", "query_code", "nonce")


@admin.register(Decision)
class DecisionAdmin(RecordAdmin):
    machine = transitions.DECISION
    list_display = ("document_no", "title_zh", "batch", "status", "decided_on")
    list_select_related = ("batch",)


@admin.register(Designation)
class DesignationAdmin(RecordAdmin):
    machine = transitions.DESIGNATION
    list_display = ("platform", "tier", "status", "valid_from", "valid_until")
    list_filter = ("tier", "status")
    list_select_related = ("platform",)


register_histories()
