"""Addresses of OAuth."""

from django.urls import path

from accounts.oauth.views import authorize

app_name = "oauth"
urlpatterns = [path("authorize", authorize, name="authorize")]
