from django.urls import URLPattern, URLResolver, path

from cultivation.views import reading

urlpatterns: list[URLPattern | URLResolver] = [
    path("policies/", reading.policies, name="policies"),
    path("standards/", reading.standards, name="standards"),
]
