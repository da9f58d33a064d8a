"""Addresses of this app's pages, one module per aggregate."""

from cultivation.urls import (
    aftercare,
    announcement,
    application,
    batch,
    decision,
    import_run,
    notice,
    people,
    platform,
    reading,
    review,
    submission,
)

urlpatterns = [
    *aftercare.urlpatterns,
    *announcement.urlpatterns,
    *submission.urlpatterns,
    *import_run.urlpatterns,
    *batch.urlpatterns,
    *application.urlpatterns,
    *review.urlpatterns,
    *notice.urlpatterns,
    *decision.urlpatterns,
    *reading.urlpatterns,
    *people.urlpatterns,
    *platform.urlpatterns,
]
