from django.urls import URLPattern, URLResolver, path

from cultivation.views import reading, standard

urlpatterns: list[URLPattern | URLResolver] = [
    path("policies/", reading.policies, name="policies"),
    path("standards/", standard.standards, name="standards"),
]
