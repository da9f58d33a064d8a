"""The ministry's desk for decisions."""

from django.urls import path

from cultivation.views import correction, decision

urlpatterns = [
    path("ministry/decisions/", decision.decisions, name="ministry-decisions"),
    path("ministry/decisions/<number:number>/", decision.decision, name="ministry-decision"),
    path(
        "ministry/decisions/<number:number>/corrections/", correction.corrections, name="ministry-corrections"
    ),
]
