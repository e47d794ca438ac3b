"""Addresses of the operator's own page, below `/operator/security/`."""

from django.urls import include, path

from mfa.manage.urls import addresses
from portal.operator import views
from portal.operator.visits import operator_visitor

app_name = "operator"
urlpatterns = [
    path("", views.security, name="security"),
    path("end-session", views.end, name="end_session"),
    path("end-others", views.end_all_others, name="end_others"),
    path("mfa/", include(addresses(operator_visitor))),
]
