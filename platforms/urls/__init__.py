"""Addresses of this app's pages: the public directory, the desk, imports."""

from platforms.urls import desk, directory, imports

urlpatterns = [*directory.urlpatterns, *desk.urlpatterns, *imports.urlpatterns]
