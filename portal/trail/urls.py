"""Addresses of the event log, below `/trail/`."""

from django.urls import path

from portal.trail import views

app_name = "trail"
urlpatterns = [
    path("", views.list_events, name="list"),
    path("api/events", views.api_events, name="api"),
    path("<uuid:event_id>", views.show_event, name="event"),
    path("<uuid:event_id>.json", views.download_event, name="download"),
]
