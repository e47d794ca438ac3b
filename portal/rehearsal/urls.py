"""Addresses below `/rehearsal/`."""

from django.urls import path

from portal.rehearsal import views

app_name = "rehearsal"
urlpatterns = [
    path("", views.index, name="index"),
    path("<slug:key>", views.show, name="show"),
    path("<slug:key>.json", views.export, name="export"),
    path("<slug:key>/<int:who>/<int:place>", views.explain, name="explain"),
]
