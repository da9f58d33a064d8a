"""After listing: change requests and annual reports; the authority's table of platforms and its dashboard."""

from django.urls import path

from cultivation.views import annual_report, change_request, dashboard, my_platforms

OFFICE = "authorities/<region:code>"
CHANGE = f"{OFFICE}/changes/<number:pk>"

urlpatterns = [
    path(f"{OFFICE}/platforms/", my_platforms.platforms, name="authority-platforms"),
    path(f"{OFFICE}/platforms/export.csv", my_platforms.export, name="authority-platforms-export"),
    path(f"{OFFICE}/platforms/bulk/", my_platforms.bulk, name="authority-platforms-bulk"),
    path(f"{OFFICE}/platforms/views/", my_platforms.keep_view, name="platform-view-keep"),
    path(f"{OFFICE}/platforms/views/<number:pk>/drop/", my_platforms.drop_view, name="platform-view-drop"),
    path(f"{OFFICE}/platforms/<platform:platform>/request/", change_request.propose, name="change-propose"),
    path(f"{OFFICE}/dashboard/", dashboard.dashboard, name="authority-dashboard"),
    path(f"{OFFICE}/dashboard.pdf", dashboard.dashboard_pdf, name="authority-dashboard-pdf"),
    path(f"{OFFICE}/changes/", change_request.changes, name="change-requests"),
    path(f"{CHANGE}/", change_request.change, name="change-request"),
    path(f"{CHANGE}/revise/", change_request.revise, name="change-request-revise"),
    path(f"{CHANGE}/documents/<number:document>/", change_request.evidence, name="change-evidence"),
    path(f"{CHANGE}/<slug:verb>/", change_request.act, name="change-request-act"),
    path("ministry/changes/", change_request.ministry_changes, name="ministry-changes"),
    path("ministry/changes/<number:pk>/", change_request.ministry_change, name="ministry-change"),
    path(
        "ministry/changes/<number:pk>/documents/<number:document>/",
        change_request.ministry_evidence,
        name="ministry-change-evidence",
    ),
    path(
        "ministry/changes/<number:pk>/<slug:verb>/", change_request.ministry_act, name="ministry-change-act"
    ),
    path(f"{OFFICE}/reports/", annual_report.reports, name="annual-reports"),
    path(f"{OFFICE}/reports/<number:year>/", annual_report.reports, name="annual-reports-year"),
    path(f"{OFFICE}/reports/<number:year>/<platform:platform>/", annual_report.report, name="annual-report"),
    path(
        f"{OFFICE}/reports/<number:year>/<platform:platform>/<slug:verb>/",
        annual_report.act,
        name="annual-report-act",
    ),
]
