"""Addresses of the guard rails, at the top level and without a namespace."""

from django.urls import path

from portal.guardrails import views

urlpatterns = [
    path("language", views.set_language, name="set_language"),
    path("theme", views.set_theme, name="set_theme"),
    path("misuse", views.misuse, name="misuse"),
    path(".well-known/security.txt", views.security_txt, name="security_txt"),
    path("robots.txt", views.robots_txt, name="robots_txt"),
    path("health/live", views.live, name="live"),
    path("health/ready", views.ready, name="ready"),
]
