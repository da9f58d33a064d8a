"""Addresses. Stable from the first version; Chinese at ``/``, English under ``/en/``, the API and operation without language."""

from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.urls import include, path

import cultivation.api.urls
import cultivation.urls
import platforms.api.urls
import platforms.urls
from registry import metrics, views
from registry.pages import audit, cards, figures, files, home, reports, single_sign_on, statistics, system

pages = [
    path("", home.home, name="home"),
    path("statistics/", statistics.statistics, name="statistics"),
    path("statistics/province-area.csv", statistics.province_area_csv, name="statistics_csv"),
    *(
        path(
            f"statistics/{name}.{form}",
            figures.figure_file,
            {"name": name, "form": form},
            name=f"figure_{name}_{form}",
        )
        for name in figures.FIGURES
        for form in ("csv", "svg", "png")
    ),
    path("ministry/audit/", audit.audit, name="ministry-audit"),
    path("ministry/system/", system.system, name="ministry-system"),
    path("ministry/system/jobs/<number:pk>/retry/", system.retry, name="ministry-job-retry"),
    path("ministry/reports/", reports.reports, name="ministry-reports"),
    path("ministry/reports/leader/", reports.leader, name="ministry-leader"),
    path("ministry/reports/leader.pdf", reports.leader_pdf, name="ministry-leader-pdf"),
    *(
        path(
            f"ministry/reports/{name}.{form}",
            reports.report_file,
            {"name": name, "form": form},
            name=f"ministry-report-{name}-{form}",
        )
        for name in reports.REPORTS
        for form in reports.MEDIA_TYPES
    ),
    path("card.png", cards.site_card, name="site_card"),
    path("platforms/<platform:code>/card.png", cards.platform_card, name="platform_card"),
    path("feed.atom", files.feed, name="feed"),
    *platforms.urls.urlpatterns,
    *cultivation.urls.urlpatterns,
    path("styleguide/", views.styleguide, name="styleguide"),
    path("accounts/", include("allauth.account.urls")),
    path("accounts/2fa/", include("allauth.mfa.urls")),
    path("accounts/sso/", single_sign_on.begin, name="single-sign-on-begin"),
    path("accounts/sso/connection/", single_sign_on.connection, name="single-sign-on"),
]

urlpatterns = [
    path("sitemap.xml", files.sitemap, name="sitemap"),
    path("robots.txt", files.robots, name="robots"),
    path(".well-known/security.txt", files.security, name="security"),
    path("healthz", views.healthz, name="healthz"),
    path("headz", views.headz, name="headz"),
    path("readyz", views.readyz, name="readyz"),
    path("metrics", metrics.metrics, name="metrics"),
    path("api/v1/", include((platforms.api.urls.urlpatterns + cultivation.api.urls.urlpatterns, "api"))),
    path("admin/", admin.site.urls),
    # One address in every language: it is registered at the issuer.
    path("accounts/sso/callback/", single_sign_on.callback, name="single-sign-on-callback"),
    *i18n_patterns(*pages, prefix_default_language=False),
]

handler400 = "registry.error_pages.bad_request"
handler403 = "registry.error_pages.permission_denied"
handler404 = "registry.error_pages.page_not_found"
handler500 = "registry.error_pages.server_error"
