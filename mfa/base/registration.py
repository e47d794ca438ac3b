"""Registration of a second factor within a sign-in: the stage's page, and the rooms of the types as the sign-in mounts them."""

from collections.abc import Callable
from functools import partial, wraps

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from accounts.models import Principal
from accounts.signin.attempt import Attempt
from accounts.signin.controller import proceed
from mfa.base.challenge import prove
from mfa.base.pages import go_on, step_of
from mfa.base.rules import Need, grace_left, rule_of
from mfa.base.stages import REGISTRATION, binding_of
from mfa.base.visit import Visit, VisitView
from mfa.models import Authenticator
from portal.core.pages import render_alike

_DAY = 24 * 3600


@require_safe
@step_of(REGISTRATION.url_name)
def register(request: HttpRequest, attempt: Attempt, principal: Principal) -> HttpResponse:
    """Let the visitor choose what to register; where that may be put off, tell for how long."""
    offered = attempt.second_factor == Need.OFFER
    types = sorted(rule_of(principal).types)
    return render_alike(
        request,
        "mfa/base/register.html",
        partial(_context, principal.kind, types, offered=offered),
        distinct=(principal.kind, str(offered), *types),
        holes={"left": _left(principal) if offered else ""},
    )


def _context(kind: str, types: list[str], *, offered: bool) -> dict[str, object]:
    return {"kind": kind, "offered": offered, "passkeys": Authenticator.Type.FIDO in types, "apps": Authenticator.Type.TOTP in types}


def _left(principal: Principal) -> str:
    days = -(-int(grace_left(principal).total_seconds()) // _DAY)
    return ngettext("You have %(n)d day left to register one.", "You have %(n)d days left to register one.", days) % {"n": days}


@require_POST
@step_of(REGISTRATION.url_name)
def skip_registration(request: HttpRequest, attempt: Attempt, principal: Principal) -> HttpResponse:  # noqa: ARG001  # the signature of a step's view
    """Put the registration off, where that is allowed; nothing but this sign-in remembers it."""
    if attempt.second_factor == Need.OFFER:
        attempt.registration_skipped = True
    return proceed(request, attempt)


def within_sign_in(view: VisitView) -> Callable[[HttpRequest], HttpResponse]:
    """Make a view that registers a device a page of the registration stage; a completed registration proves the second factor."""

    @step_of(REGISTRATION.url_name)
    @wraps(view)
    def page(request: HttpRequest, attempt: Attempt, principal: Principal) -> HttpResponse:
        visit = Visit(
            principal=principal,
            binding=binding_of(attempt),
            address=reverse("mfa:challenge"),
            home="",
            layout="layouts/entrance.html",
            registered=partial(_registered, attempt),
        )
        return view(request, visit)

    return page


def _registered(attempt: Attempt, request: HttpRequest, device: Authenticator) -> HttpResponse:
    prove(attempt, serial=device.serial)
    return go_on(request, attempt)
