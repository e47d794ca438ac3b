"""Addresses below `/v1/` that are opened in a browser."""

from django.urls import path

from portal.programs.confirmation import confirmation
from portal.programs.views import authorize, consent

app_name = "programs"
urlpatterns = [
    path("authorize", authorize, name="authorize"),
    path("authorize/consent", consent, name="consent"),
    path("sessions/confirmation", confirmation, name="confirmation"),
]
