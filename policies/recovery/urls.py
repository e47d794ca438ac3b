"""Addresses of a recovery through support, below `/recovery/`."""

from django.urls import path

from policies.recovery import views

app_name = "recovery"
urlpatterns = [
    path("sign-in", views.sign_in, name="sign_in"),
    path("over", views.over, name="over"),
    path("delete", views.delete, name="delete"),
    path("leave", views.leave, name="leave"),
    path("done", views.done, name="done"),
    path("<str:token>", views.follow, name="follow"),
]
