"""Addresses. Stable from the first version; Chinese at ``/``, English under ``/en/``."""

from django.urls import path

from registry import views

urlpatterns = [
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
]
