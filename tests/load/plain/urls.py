"""The plain page and the plain API under one roof."""

from tests.load.plain import api, directory

urlpatterns = [*directory.urlpatterns, *api.urlpatterns]
