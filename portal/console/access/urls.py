"""Addresses of the pages of console access control, below `/console/NAME/access/`."""

from django.urls import path

from portal.console.access import adding, deleting, switching, views

urlpatterns = [
    path("", views.overview, name="access"),
    path("add", adding.add, name="access_add"),
    path("add/preview", adding.preview, name="access_preview"),
    path("delete", deleting.delete, name="access_delete"),
    path("on", switching.on, name="access_on"),
    path("off", switching.off, name="access_off"),
]
