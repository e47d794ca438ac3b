"""Addresses below `/v1/` that are opened in a browser, and where clients register."""

from django.urls import path

from portal.programs.confirmation import confirmation
from portal.programs.registration import registration
from portal.programs.views import authorize, consent

app_name = "programs"
urlpatterns = [
    path("authorize", authorize, name="authorize"),
    path("authorize/consent", consent, name="consent"),
    path("register", registration, name="register"),
    path("sessions/confirmation", confirmation, name="confirmation"),
]
