"""The ministry's desk for platforms on record."""

from django.urls import path

from cultivation.views import (
    campaign,
    duplicate,
    evaluation,
    ministry_platform,
    ministry_quality,
    platform_split,
    taxonomy,
)

urlpatterns = [
    path("ministry/evaluations/", evaluation.evaluations, name="ministry-evaluations"),
    path("ministry/campaigns/", campaign.campaigns, name="ministry-campaigns"),
    path("ministry/campaigns/<number:pk>/", campaign.campaign, name="ministry-campaign"),
    path("ministry/duplicates/", duplicate.pairs, name="ministry-duplicates"),
    path("ministry/duplicates/<platform:into>/<platform:ending>/", duplicate.pair, name="ministry-duplicate"),
    path("ministry/quality/", ministry_quality.national, name="ministry-quality"),
    path("ministry/taxonomy/", taxonomy.taxonomy, name="ministry-taxonomy"),
    path("ministry/platforms/", ministry_platform.platforms, name="ministry-platforms"),
    path("ministry/platforms/<platform:code>/", ministry_platform.platform, name="ministry-platform"),
    path("ministry/platforms/<platform:code>/split/", platform_split.split, name="ministry-platform-split"),
]
