"""Addresses of the security check's picture and recording; its page belongs to the journey that asks."""

from django.urls import path

from accounts.captcha import views

app_name = "captcha"
urlpatterns = [
    path("image/<int:challenge_id>", views.image, name="image"),
    path("audio/<int:challenge_id>", views.audio, name="audio"),
    path("new", views.new, name="new"),
]
