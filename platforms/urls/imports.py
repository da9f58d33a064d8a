from django.urls import URLPattern, URLResolver, path

from platforms.views import imports as views

urlpatterns: list[URLPattern | URLResolver] = [
    path("authorities/<region:code>/imports/", views.import_list, name="imports"),
    path("authorities/<region:code>/imports/template.xlsx", views.import_template, name="import-template"),
    path("authorities/<region:code>/imports/<number:pk>/", views.import_run, name="import-run"),
    path("authorities/<region:code>/imports/<number:pk>/fix/", views.import_fix, name="import-fix"),
    path(
        "authorities/<region:code>/imports/<number:pk>/columns/", views.import_columns, name="import-columns"
    ),
    path("authorities/<region:code>/imports/<number:pk>/cancel/", views.import_cancel, name="import-cancel"),
    path(
        "authorities/<region:code>/imports/<number:pk>/annotated.xlsx",
        views.import_annotated,
        name="import-annotated",
    ),
]
