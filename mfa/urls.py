"""Addresses of second factors within a sign-in, below `/signin/mfa/`."""

from django.urls import include, path

from mfa.base.views import challenge, register, resynchronise, skip_registration

app_name = "mfa"
urlpatterns = [
    path("", challenge, name="challenge"),
    path("resynchronise", resynchronise, name="resynchronise"),
    path("register", register, name="register"),
    path("register/skip", skip_registration, name="skip_registration"),
    path("", include("mfa.recovery.urls")),
]
