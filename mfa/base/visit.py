"""Who deals with second factors, and from where: the console, the operator's own page, or a sign-in that must register one first.

The rooms of second factors know these places only as a `Visit`; each place mounts their addresses with a `Visitor` of its own.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from accounts.models import Principal, SignInSession
from mfa.models import Authenticator


@dataclass(frozen=True, slots=True)
class Visit:
    """One request of someone who deals with its own second factors.

    `binding` is a digest of what only this browser holds: registrations and ceremonies are bound to it. `address` is the path that the
    rooms are mounted at, with a slash at its end; `home` where the list of devices is, empty within a sign-in, which has none.
    `place` is the path below which are all the pages that a proof of who it is leads back to; empty, where that is the path above the rooms.
    `layout` is the template to extend and `frame` what that needs. `session` is None within a sign-in.
    `registered` is what follows a completed registration, `keep` gives the browser a session's new secret.
    """

    principal: Principal
    binding: str
    address: str
    home: str
    layout: str
    registered: Callable[[HttpRequest, Authenticator], HttpResponse]
    session: SignInSession | None = None
    keep: Callable[[HttpResponseBase, str], None] = lambda _response, _secret: None
    frame: Mapping[str, Any] = field(default_factory=dict)
    place: str = ""


VisitView = Callable[[HttpRequest, Visit], HttpResponse]
Visitor = Callable[[VisitView], Callable[..., HttpResponseBase]]
"""Turns a view of these rooms into one of the place that mounts it: finds the visit, or answers in the view's stead."""
