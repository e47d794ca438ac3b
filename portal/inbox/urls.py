"""Addresses of the inbox, included under `/inbox/`."""

from django.urls import path

from portal.inbox import views

app_name = "inbox"

urlpatterns = [
    path("", views.message_list, name="list"),
    path("<int:message_id>", views.message, name="message"),
    path("<int:message_id>/html", views.message_html, name="html"),
    path("api/messages", views.api_messages, name="api"),
]
