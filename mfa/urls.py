"""Addresses of second factors within a sign-in, below `/signin/mfa/`."""

from django.urls import URLPattern, URLResolver

app_name = "mfa"
urlpatterns: list[URLPattern | URLResolver] = []
