"""Every address of the portal, each room's under its own prefix."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from portal.programs import metadata
from portal.world.views import home

urlpatterns = [
    # What a sign-in walks through comes first: an address is compared with the patterns in order.
    path("console/", include("portal.console.urls")),
    path("signin/mfa/", include("mfa.urls")),
    path("v1/", include("portal.programs.urls")),
    path("", include("accounts.urls")),
    path("signin/", include("mfa.fido.urls")),
    path("", home, name="home"),
    path("", include("portal.guardrails.urls")),
    path(".well-known/oauth-authorization-server", metadata.server, name="oauth_metadata"),
    path(".well-known/jwks.json", metadata.keys, name="oauth_keys"),
    path("console", RedirectView.as_view(pattern_name="console:entry", query_string=True)),
    path("trail/", include("portal.trail.urls")),
    path("inbox/", include("portal.inbox.urls")),
    path("training/", include("portal.training.urls")),
    path("rehearsal/", include("portal.rehearsal.urls")),
    path("recovery/", include("policies.recovery.urls")),
    path("operator/recovery/", include("portal.operator.recovery.urls")),
    path("operator/security/", include("portal.operator.urls")),
    path("admin/", admin.site.urls),
    path("", include("portal.metrics.urls")),
]

handler400 = "portal.guardrails.errors.handler400"
handler403 = "portal.guardrails.errors.handler403"
handler404 = "portal.guardrails.errors.handler404"
handler500 = "portal.guardrails.errors.handler500"
