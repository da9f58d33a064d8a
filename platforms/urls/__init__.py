"""Addresses of this app's pages: the public directory, the desk, imports, one's account."""

from platforms.urls import account, desk, directory, imports

urlpatterns = [*directory.urlpatterns, *desk.urlpatterns, *imports.urlpatterns, *account.urlpatterns]
