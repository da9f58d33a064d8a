from django.urls import URLPattern, URLResolver, path

from platforms.views import desk, letter_desk

urlpatterns: list[URLPattern | URLResolver] = [
    path("desk/letters/", letter_desk.letter_list, name="letters"),
    path("ministry/letters/", letter_desk.open_letters, name="ministry-letters"),
    path("desk/letters/<number:pk>/", letter_desk.letter, name="letter"),
    path("messages/", desk.messages, name="messages"),
    path("jobs/<number:pk>/", desk.job, name="job"),
    path("jobs/<number:pk>/cancel/", desk.cancel_job, name="job-cancel"),
]
