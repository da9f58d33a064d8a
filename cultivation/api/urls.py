from django.urls import path

from cultivation.api import (
    announcement,
    annual_report,
    application,
    attachment,
    batch,
    catalog,
    change_request,
    checkpoint,
    designation,
    edition,
    import_run,
    reading,
    release,
    submission,
)

# One route per step of the tables of states, so that each is described and guarded on its own.
steps = [
    *(
        path(
            f"submissions/<word:number>/{name}/",
            submission.SubmissionMove.as_view(verb=name),
            name=f"submission-{name}",
        )
        for name in submission.MOVES
    ),
    *(
        path(
            f"recommendations/<number:pk>/{name}/",
            application.RecommendationMove.as_view(verb=name),
            name=f"recommendation-{name}",
        )
        for name in application.STEPS
    ),
    *(
        path(
            f"change-requests/<number:pk>/{name}/",
            change_request.ChangeRequestMove.as_view(verb=name),
            name=f"change-request-{name}",
        )
        for name in change_request.STEPS
    ),
]

urlpatterns = [
    path("catalog/", catalog.Catalog.as_view(), name="catalog"),
    path("batches/", batch.Batches.as_view(), name="batches"),
    path("batches/<word:code>/", batch.BatchDetail.as_view(), name="batch"),
    path("notices/", batch.Notices.as_view(), name="notices"),
    path("notices/<word:code>/", batch.NoticeDetail.as_view(), name="notice"),
    path("announcements/", announcement.Announcements.as_view(), name="announcements"),
    path("announcements/<word:code>/", announcement.AnnouncementDetail.as_view(), name="announcement"),
    path("lists/", release.Lists.as_view(), name="lists"),
    path("lists/<word:code>/", release.LatestList.as_view(), name="list-latest"),
    path("lists/<word:code>/<word:version>/", release.ListDetail.as_view(), name="list"),
    path("checkpoint/", checkpoint.NewestCheckpoint.as_view(), name="checkpoint"),
    path("checkpoint/consistency/", checkpoint.Growth.as_view(), name="checkpoint-consistency"),
    path("changes/<number:number>/proof/", checkpoint.ChangeProof.as_view(), name="change-proof"),
    path("releases/", edition.Releases.as_view(), name="releases"),
    path("releases/keys/", edition.ReleaseKeys.as_view(), name="release-keys"),
    path("releases/<word:kind>/latest/", edition.LatestRelease.as_view(), name="release-latest"),
    path("releases/<word:kind>/latest.note", edition.LatestNote.as_view(), name="release-latest-note"),
    path("releases/<word:kind>/<word:version>/", edition.ReleaseDetail.as_view(), name="release"),
    path("releases/<word:kind>/<word:version>/codes/", edition.ReleaseCodes.as_view(), name="release-codes"),
    path(
        "releases/<word:kind>/<word:version>/files/<file:name>",
        edition.ReleaseFile.as_view(),
        name="release-file",
    ),
    path(
        "releases/<word:kind>/<word:version>/proofs/<word:code>/",
        edition.ReleaseProof.as_view(),
        name="release-proof",
    ),
    path("designations/", designation.Designations.as_view(), name="designations"),
    path("policies/", reading.Policies.as_view(), name="policies"),
    path("policies/<word:code>/", reading.PolicyDetail.as_view(), name="policy"),
    path("standards/", reading.Standards.as_view(), name="standards"),
    path("standards/<word:code>/", reading.StandardDetail.as_view(), name="standard"),
    path("statistics/", reading.Statistics.as_view(), name="statistics"),
    path("submissions/", submission.Submissions.as_view(), name="submissions"),
    path("submissions/<word:number>/", submission.SubmissionDetail.as_view(), name="submission"),
    path(
        "submissions/<word:number>/attachments/",
        attachment.Attachments.as_view(),
        name="submission-attachments",
    ),
    path(
        "submissions/<word:number>/attachments/<number:pk>/",
        attachment.AttachmentDetail.as_view(),
        name="submission-attachment",
    ),
    path(
        "submissions/<word:number>/attachments/<number:pk>/remove/",
        attachment.AttachmentRemove.as_view(),
        name="submission-attachment-remove",
    ),
    path("change-requests/", change_request.ChangeRequests.as_view(), name="change-requests"),
    path("change-requests/<number:pk>/", change_request.ChangeRequestDetail.as_view(), name="change-request"),
    path(
        "change-requests/<number:pk>/revise/",
        change_request.ChangeRequestRevise.as_view(),
        name="change-request-revise",
    ),
    path(
        "change-requests/<number:pk>/documents/",
        change_request.ChangeRequestEvidence.as_view(),
        name="change-request-documents",
    ),
    path("recommendations/", application.Recommendations.as_view(), name="recommendations"),
    path("recommendations/<number:pk>/", application.RecommendationDetail.as_view(), name="recommendation"),
    path("imports/", import_run.Imports.as_view(), name="imports"),
    path("imports/<number:pk>/", import_run.ImportDetail.as_view(), name="import"),
    path("imports/<number:pk>/confirm/", import_run.ImportConfirm.as_view(), name="import-confirm"),
    path("imports/<number:pk>/columns/", import_run.ImportColumns.as_view(), name="import-columns"),
    path("imports/<number:pk>/cancel/", import_run.ImportCancel.as_view(), name="import-cancel"),
    path("imports/<number:pk>/resume/", import_run.ImportResume.as_view(), name="import-resume"),
    path("imports/<number:pk>/give-up/", import_run.ImportGiveUp.as_view(), name="import-give-up"),
    path("imports/<number:pk>/undo/", import_run.ImportUndo.as_view(), name="import-undo"),
    path("reports/", annual_report.Reports.as_view(), name="reports"),
    path("reports/<number:pk>/", annual_report.ReportDetail.as_view(), name="report"),
    path("reports/<number:pk>/submit/", annual_report.ReportSubmit.as_view(), name="report-submit"),
    path("reports/<number:pk>/send-back/", annual_report.ReportSendBack.as_view(), name="report-send-back"),
    *steps,
]
