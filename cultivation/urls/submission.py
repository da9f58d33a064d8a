from django.urls import URLPattern, URLResolver, path

from cultivation.views import desk, submission, submission_ministry

OFFICE = "authorities/<region:code>"
ONE = f"{OFFICE}/submissions/<word:number>"

urlpatterns: list[URLPattern | URLResolver] = [
    path("desk/", desk.desk, name="desk"),
    path(f"{OFFICE}/platforms/", submission.platforms, name="authority-platforms"),
    path(
        f"{OFFICE}/platforms/<platform:platform>/change/", submission.propose_change, name="submission-change"
    ),
    path(f"{OFFICE}/submissions/", submission.submissions, name="authority-submissions"),
    path(f"{OFFICE}/submissions/new/", submission.new, name="submission-new"),
    path(f"{OFFICE}/submissions/bulk/", submission.bulk, name="submission-bulk"),
    path(f"{ONE}/", submission.detail, name="submission"),
    path(f"{ONE}/sections/<word:section>/", submission.section, name="submission-section"),
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
