"""Addresses of this app's pages, one module per aggregate."""

from cultivation.urls import (
    application,
    batch,
    decision,
    import_run,
    notice,
    people,
    reading,
    review,
    submission,
)

urlpatterns = [
    *submission.urlpatterns,
    *import_run.urlpatterns,
    *batch.urlpatterns,
    *application.urlpatterns,
    *review.urlpatterns,
    *notice.urlpatterns,
    *decision.urlpatterns,
    *reading.urlpatterns,
    *people.urlpatterns,
]
