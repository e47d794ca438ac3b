"""Addresses of password recovery."""

from django.urls import path

from accounts.password_reset import views

app_name = "password_reset"
urlpatterns = [
    path("forgot", views.start, name="start"),
    path("forgot/sign-out", views.sign_out_of_iam, name="sign_out"),
    path("forgot/security-check", views.check, name="check"),
    path("forgot/sent", views.sent, name="sent"),
    path("forgot/iam-user", views.iam_forgot, name="iam_forgot"),
    path("reset/<str:token>", views.follow, name="follow"),
    path("new", views.new, name="new"),
    path("done", views.done, name="done"),
]
