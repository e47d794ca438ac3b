"""Addresses whose views fail, one a family: what the edge must turn into a page."""

import redis
from django.core.exceptions import PermissionDenied
from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.http import require_POST

from portal.core.errors import BadInput, Forbidden, NotFound, TooMany, Unavailable
from portal.urls import handler400, handler403, handler404, handler500
from portal.urls import urlpatterns as portal_urls

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]

SECRET = "correct horse battery staple"
ERRORS: dict[str, Exception] = {
    "bad-input": BadInput("Send each name once."),
    "forbidden": Forbidden(),
    "denied": PermissionDenied(SECRET),
    "not-found": NotFound(),
    "missing": Http404(SECRET),
    "too-many": TooMany(retry_after=17),
    "unavailable": Unavailable(),
    "cache-down": redis.ConnectionError(SECRET),
    "database-down": OperationalError(SECRET),
    "bug": ValueError(SECRET),
}


def fail(request: HttpRequest, name: str) -> HttpResponse:
    password = request.GET.get("q", SECRET)
    if password:
        raise ERRORS[name]
    return HttpResponse()


@require_POST
def only_post(_request: HttpRequest) -> HttpResponse:
    return HttpResponse("done")


urlpatterns = [
    path("fail/<str:name>", fail),
    path("fail/api/<str:name>", fail),
    path("only-post", only_post),
    path("api/only-post", only_post),
    *portal_urls,
]
