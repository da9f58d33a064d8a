"""Public pages of batches, notices and lists, and the ministry's desk for notices and objections."""

from django.urls import path

from cultivation.exports import WRITERS
from cultivation.views import notice as ministry_notice
from cultivation.views import objection as ministry_objection
from cultivation.views import public_batch, public_notice

urlpatterns = [
    path("batches/", public_batch.batches, name="batches"),
    path("batches/<word:code>/", public_batch.batch, name="batch"),
    path("batches/<word:code>/calendar.ics", public_batch.calendar_file, name="batch-calendar"),
    path("notices/<word:code>/", public_notice.notice, name="notice"),
    path("notices/<word:code>/objection/", public_notice.objection, name="objection"),
    path("notices/<word:code>/objection/receipt/", public_notice.receipt, name="objection-receipt"),
    path("notices/<word:code>/objection/status/", public_notice.objection_status, name="objection-status"),
    path("lists/<word:code>/<word:version>/", public_notice.official_list, name="list"),
    *(
        path(
            f"lists/<word:code>/<word:version>.{kind}",
            public_notice.list_download,
            {"kind": kind},
            name=f"list-{kind}",
        )
        for kind in WRITERS
    ),
    path("ministry/notices/", ministry_notice.notices, name="ministry-notices"),
    path("ministry/notices/<word:code>/", ministry_notice.notice, name="ministry-notice"),
    path("ministry/objections/", ministry_objection.objections, name="ministry-objections"),
    path(
        "ministry/objections/<word:receipt>/files/<number:number>/",
        ministry_objection.objection_file,
        name="ministry-objection-file",
    ),
    path("ministry/objections/<word:receipt>/", ministry_objection.objection, name="ministry-objection"),
]
