from django.urls import path

from platforms.api import change, document, documentation, job, operator, platform, reference, resource, root

urlpatterns = [
    path("", root.Root.as_view(), name="root"),
    path("platforms/", platform.Platforms.as_view(), name="platforms"),
    path("platforms/<platform:code>/", platform.PlatformDetail.as_view(), name="platform"),
    path("platforms/<platform:code>/history/", platform.PlatformHistory.as_view(), name="platform-history"),
    path("operators/", operator.Operators.as_view(), name="operators"),
    path("operators/<uscc:uscc>/", operator.OperatorDetail.as_view(), name="operator"),
    path("regions/", reference.Regions.as_view(), name="regions"),
    path("regions/<region:code>/", reference.RegionDetail.as_view(), name="region"),
    path("authorities/", reference.Authorities.as_view(), name="authorities"),
    path("authorities/<region:code>/", reference.AuthorityDetail.as_view(), name="authority"),
    path("areas/", reference.Areas.as_view(), name="areas"),
    path("areas/<word:code>/", reference.AreaDetail.as_view(), name="area"),
    path("directions/", reference.Directions.as_view(), name="directions"),
    path("directions/<word:code>/", reference.DirectionDetail.as_view(), name="direction"),
    path("services/", resource.Services.as_view(), name="services"),
    path("services/<word:code>/", resource.ServiceDetail.as_view(), name="service"),
    path("equipment/", resource.Instruments.as_view(), name="equipment"),
    path("equipment/<word:code>/", resource.InstrumentDetail.as_view(), name="instrument"),
    path("changes/", change.Changes.as_view(), name="changes"),
    path("documents/", document.Documents.as_view(), name="documents"),
    path("jobs/", job.Jobs.as_view(), name="jobs"),
    path("jobs/<number:pk>/", job.JobDetail.as_view(), name="job"),
    path("schema/", documentation.Schema.as_view(), name="schema"),
    path("docs/", documentation.Docs.as_view(), name="docs"),
]
