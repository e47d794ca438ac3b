"""Addresses of the identity rooms."""

from django.urls import include, path

urlpatterns = [
    path("signin/", include("accounts.signin.urls")),
    path("signin/security-check/", include("accounts.captcha.urls")),
    path("password/", include("accounts.password_reset.urls")),
    path("register/", include("accounts.registration.urls")),
]
