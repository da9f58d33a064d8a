from django.urls import URLPattern, URLResolver, path

from cultivation.views import (
    city_review,
    desk,
    go,
    submission,
    submission_autosave,
    submission_extras,
    submission_list,
    submission_ministry,
    submission_papers,
    submission_write,
)

OFFICE = "authorities/<region:code>"
ONE = f"{OFFICE}/submissions/<word:number>"

urlpatterns: list[URLPattern | URLResolver] = [
    path("desk/", desk.desk, name="desk"),
    path("desk/go/", go.go, name="go"),
    path("city-review/", city_review.waiting, name="city-review"),
    path(
        f"{OFFICE}/platforms/<platform:platform>/change/",
        submission_write.propose_change,
        name="submission-change",
    ),
    path(f"{OFFICE}/submissions/", submission_list.submissions, name="authority-submissions"),
    path(f"{OFFICE}/submissions/new/", submission_write.new, name="submission-new"),
    path(f"{OFFICE}/submissions/new/autosave/", submission_autosave.first, name="submission-new-autosave"),
    path(f"{OFFICE}/submissions/bulk/", submission_list.bulk, name="submission-bulk"),
    path(
        f"{OFFICE}/operators/<number:operator>/begin/",
        submission_write.begin_own,
        name="submission-begin-own",
    ),
    path(f"{ONE}/", submission.detail, name="submission"),
    path(f"{ONE}/sections/<word:section>/", submission_write.section, name="submission-section"),
    path(f"{ONE}/sections/<word:section>/autosave/", submission_autosave.section, name="submission-autosave"),
    *(
        path(
            f"{OFFICE}/submissions/summary.{kind}",
            submission_papers.reserve_summary,
            {"kind": kind},
            name="reserve-summary",
        )
        for kind in submission_papers.MEDIA_TYPES
    ),
    *(
        path(
            f"{OFFICE}/batches/<word:batch>/summary.{kind}",
            submission_papers.batch_summary,
            {"kind": kind},
            name="batch-summary",
        )
        for kind in submission_papers.MEDIA_TYPES
    ),
    path(f"{OFFICE}/batches/<word:batch>/letter.pdf", submission_papers.letter_paper, name="batch-letter"),
    path(f"{OFFICE}/stamped-letters/", submission_papers.letters, name="authority-letters"),
    path(f"{OFFICE}/stamped-letters/<number:pk>/", submission_papers.letter_file, name="authority-letter"),
    path("submissions/<word:number>/form.pdf", submission_papers.application_form, name="submission-form"),
    path(f"{ONE}/attachments/", submission_extras.attachments, name="submission-attachments"),
    path(
        f"{ONE}/attachments/<number:pk>/remove/",
        submission_extras.detach,
        name="submission-attachment-remove",
    ),
    path(f"{ONE}/contact/", submission_extras.contact, name="submission-contact"),
    path(
        "submissions/<word:number>/attachments/<number:pk>/",
        submission_extras.download,
        name="submission-attachment",
    ),
    path(f"{ONE}/<slug:verb>/", submission.act, name="submission-act"),
    path("ministry/submissions/", submission_ministry.queue, name="ministry-submissions"),
    path("ministry/submissions/bulk/", submission_ministry.bulk, name="ministry-submission-bulk"),
    path("ministry/submissions/<word:number>/", submission_ministry.detail, name="ministry-submission"),
    path(
        "ministry/submissions/<word:number>/<slug:verb>/",
        submission_ministry.act,
        name="ministry-submission-act",
    ),
]
