"""Addresses below `/training/`."""

from django.urls import path

from portal.training import api, views

app_name = "training"
urlpatterns = [
    path("", views.index, name="index"),
    path("clock", views.move_clock, name="clock"),
    path("clock/reset", views.reset_clock, name="reset_clock"),
    path("reset", views.reset, name="reset"),
    path("fill", views.fill, name="fill"),
    path("api/world", api.world, name="api_world"),
    path("api/reset", api.reset, name="api_reset"),
    path("api/clock", api.simulated_clock, name="api_clock"),
    path("api/captcha", api.captcha, name="api_captcha"),
]
