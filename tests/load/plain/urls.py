"""The plain page and the plain API under one roof."""

from tests.load.plain import api, pages

urlpatterns = [*pages.urlpatterns, *api.urlpatterns]
