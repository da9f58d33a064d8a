from django.urls import URLPattern, URLResolver, path

from platforms.views import desk

urlpatterns: list[URLPattern | URLResolver] = [
    path("messages/", desk.messages, name="messages"),
    path("jobs/<number:pk>/", desk.job, name="job"),
    path("jobs/<number:pk>/cancel/", desk.cancel_job, name="job-cancel"),
]
