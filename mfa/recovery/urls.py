"""Addresses of help with second factors and of recovery without any, below `/signin/mfa/`."""

from django.urls import path

from mfa.recovery import views

urlpatterns = [
    path("troubleshoot", views.troubleshoot, name="troubleshoot"),
    path("recovery/", views.recovery, name="recovery"),
    path("recovery/mail", views.send_mail, name="recovery_mail"),
    path("recovery/call", views.call, name="recovery_call"),
    path("recovery/finish", views.finish, name="recovery_finish"),
    path("recovery/verified", views.verified, name="recovery_verified"),
    path("recovery/link/<str:token>", views.follow, name="recovery_link"),
]
