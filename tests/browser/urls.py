"""The addresses of the registry, and one for each error page, since most of them cannot be provoked from outside."""

from django.conf.urls.i18n import i18n_patterns
from django.urls import path

from registry.error_pages import ERRORS, csrf_failure, error_page
from registry.urls import handler400, handler403, handler404, handler500, urlpatterns

__all__ = ["handler400", "handler403", "handler404", "handler500"]

STATUSES = tuple(ERRORS)


def _error(request, status: int):
    return error_page(request, status, reason="示例原因。", saved="示例：没有保存。", until="")


urlpatterns = [
    *urlpatterns,
    *i18n_patterns(
        path("error/<int:status>/", _error), path("error/csrf/", csrf_failure), prefix_default_language=False
    ),
]
