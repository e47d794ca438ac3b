"""Addresses of recovery cases, below `/operator/recovery/`."""

from django.urls import path

from portal.operator.recovery import views

app_name = "operator_recovery"
urlpatterns = [
    path("", views.cases, name="cases"),
    path("new", views.new, name="new"),
    path("<int:case_id>/", views.case, name="case"),
    path("<int:case_id>/code", views.code, name="code"),
    path("<int:case_id>/verify", views.verify, name="verify"),
    path("<int:case_id>/link", views.link, name="link"),
    path("<int:case_id>/withdraw", views.withdraw, name="withdraw"),
]
