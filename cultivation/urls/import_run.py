from django.urls import URLPattern, URLResolver, path

from cultivation.views import import_run as views

urlpatterns: list[URLPattern | URLResolver] = [
    path(
        "authorities/<region:code>/imports/<number:pk>/confirm/", views.import_confirm, name="import-confirm"
    ),
    path("authorities/<region:code>/imports/<number:pk>/resume/", views.import_resume, name="import-resume"),
    path(
        "authorities/<region:code>/imports/<number:pk>/give-up/", views.import_give_up, name="import-give-up"
    ),
    path("authorities/<region:code>/imports/<number:pk>/undo/", views.import_undo, name="import-undo"),
]
