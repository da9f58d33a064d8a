"""Public pages of this app."""

from django.urls import URLPattern, URLResolver, path

from platforms.views import (
    about,
    compare,
    directory,
    download,
    letter,
    platform,
    platform_sheet,
    service,
    service_download,
    suggestion,
    verify,
    watch,
)

urlpatterns: list[URLPattern | URLResolver] = [
    path("platforms/", directory.directory, name="directory"),
    path("platforms/suggest.json", suggestion.suggest, name="directory_suggest"),
    path("platforms/download.csv", download.download_csv, name="directory_csv"),
    path("platforms/download.json", download.download_json, name="directory_json"),
    path("platforms/download.xlsx", download.download_xlsx, name="directory_xlsx"),
    path("platforms/<platform:code>/", platform.platform, name="platform"),
    path("platforms/<platform:code>/sheet.pdf", platform_sheet.sheet, name="platform-sheet"),
    path("platforms/<platform:code>/report/", letter.report_error, name="platform-report"),
    path("enquiry/", letter.enquiry, name="enquiry"),
    path("letters/receipt/", letter.letter_receipt, name="letter-receipt"),
    path("letters/status/", letter.letter_status, name="letter-status"),
    path("services/", service.services, name="services"),
    path("services/download.csv", service_download.download_csv, name="services_csv"),
    path("services/download.json", service_download.download_json, name="services_json"),
    path("services/download.xlsx", service_download.download_xlsx, name="services_xlsx"),
    path("compare/", compare.compare, name="compare"),
    path("watch/", watch.watch, name="watch"),
    path("watch/confirm/", watch.watch_confirm, name="watch-confirm"),
    path("watch/end/", watch.watch_end, name="watch-end"),
    path("verify/", verify.verify, name="verify"),
    path("about/", about.about, name="about"),
    path("glossary/", about.glossary, name="glossary"),
    path("accessibility/", about.accessibility, name="accessibility"),
]
