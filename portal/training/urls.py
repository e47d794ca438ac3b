"""Addresses below `/training/`."""

from django.urls import path

from portal.training import api, approval, views
from portal.training.network import api as network_api
from portal.training.network import views as network
from portal.training.phone import api as phone_api
from portal.training.phone import views as phone

app_name = "training"
urlpatterns = [
    path("", views.index, name="index"),
    path("clock", views.move_clock, name="clock"),
    path("clock/reset", views.reset_clock, name="reset_clock"),
    path("reset", views.reset, name="reset"),
    path("fill", views.fill, name="fill"),
    path("network", network.network, name="network"),
    path("network/source", network.source, name="network_source"),
    path("network/endpoint", network.endpoint, name="network_endpoint"),
    path("phone/", phone.index, name="phones"),
    path("phone/<int:holder_id>/", phone.phone, name="phone"),
    path("phone/<int:holder_id>/add", phone.add, name="phone_add"),
    path("phone/<int:holder_id>/remove", phone.remove, name="phone_remove"),
    path("phone/<int:holder_id>/lose", phone.lose, name="phone_lose"),
    path("api/phone", phone_api.phone, name="api_phone"),
    path("api/world", api.world, name="api_world"),
    path("api/reset", api.reset, name="api_reset"),
    path("api/clock", api.simulated_clock, name="api_clock"),
    path("api/network", network_api.network, name="api_network"),
    path("api/captcha", api.captcha, name="api_captcha"),
    path("api/approve", approval.approve, name="api_approve"),
]
