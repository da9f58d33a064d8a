"""Announcements: public pages and their feed, the reader's desk, the ministry's desk."""

from django.urls import path

from cultivation.views import announcement, public_announcement

urlpatterns = [
    path("announcements/", public_announcement.announcements, name="announcements"),
    path("announcements/feed.atom", public_announcement.feed, name="announcement-feed"),
    path("announcements/<word:code>/", public_announcement.announcement, name="announcement"),
    path("desk/announcements/", announcement.inbox, name="desk-announcements"),
    path("desk/announcements/<word:code>/", announcement.read, name="desk-announcement"),
    path("ministry/announcements/", announcement.announcements, name="ministry-announcements"),
    path("ministry/announcements/<word:code>/", announcement.announcement, name="ministry-announcement"),
]
