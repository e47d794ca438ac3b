"""Addresses of the sign-in with a passkey that the browser offers, below `/signin/`."""

from django.urls import path

from mfa.fido.views import options, sign_in

app_name = "passkey"
urlpatterns = [
    path("passkey", sign_in, name="sign_in"),
    path("passkey/options", options, name="options"),
]
