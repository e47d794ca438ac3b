"""Addresses of the registration, under `/register/`."""

from django.urls import path

from accounts.registration import views

app_name = "registration"
urlpatterns = [
    path("", views.start, name="start"),
    path("security-check", views.check, name="check"),
    path("code", views.code, name="code"),
    path("code/resend", views.resend, name="resend"),
    path("address-in-use", views.bound, name="bound"),
    path("details", views.details, name="details"),
    path("done", views.done, name="done"),
]
