"""Addresses. Stable from the first version; Chinese at ``/``, English under ``/en/``."""

from django.urls import path

from registry import views

urlpatterns = [
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
]

handler400 = "registry.error_pages.bad_request"
handler403 = "registry.error_pages.permission_denied"
handler404 = "registry.error_pages.page_not_found"
handler500 = "registry.error_pages.server_error"
