"""A place for identities that may trust devices, as their own rooms will be: `/profile/NAME/` by the session of that name."""

from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import include, path

from accounts.sessions.browser import live
from mfa.base.authenticators import devices_of
from mfa.base.visit import Visit, VisitView
from mfa.manage.device_list import listed_devices
from mfa.manage.trusted_list import listed_trusts
from mfa.manage.urls import addresses
from mfa.trust.flows import is_trusted
from portal.urls import urlpatterns as portal_urls


def profile_visitor(view: VisitView) -> Callable[..., HttpResponseBase]:
    """Make a view of second factors one of the profile."""

    @wraps(view)
    def page(request: HttpRequest, name: str) -> HttpResponseBase:
        session = live().get(name=name)
        visit = Visit(
            principal=session.principal,
            binding=name,
            address=f"/profile/{name}/mfa/",
            home=f"/profile/{name}/",
            layout="layouts/manage.html",
            registered=lambda _request, _device: HttpResponse("registered"),
            session=session,
        )
        return view(request, visit)

    return page


@profile_visitor
def profile(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Show devices and trusted devices."""
    context = {"devices": listed_devices(visit.principal), "trusts": listed_trusts(visit.principal), "rooms": visit.address}
    devices, trusted = (render(request, f"mfa/manage/{piece}.html", context).content for piece in ("devices", "trusted"))
    return HttpResponse(devices + trusted)


@profile_visitor
def trusted(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Tell whether a sign-in from this browser would be spared the second factor."""
    return HttpResponse("yes" if is_trusted(request, visit.principal, devices_of(visit.principal.pk)) else "no")


urlpatterns = [
    path("profile/<str:name>/", profile),
    path("profile/<str:name>/trusted", trusted),
    path("profile/<str:name>/mfa/", include(addresses(profile_visitor))),
    *portal_urls,
]
