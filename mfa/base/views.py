"""Pages of the second factor within a sign-in: the challenge, and the registration of someone who has none."""

from collections.abc import Callable
from functools import partial, wraps

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import Principal
from accounts.signin.attempt import Attempt
from accounts.signin.controller import proceed, stage_page, start_over
from accounts.signin.standing import proved_principal
from mfa.base.authenticators import room_for
from mfa.base.rules import Need, grace_left
from mfa.base.stages import REGISTRATION, SECOND_FACTOR
from mfa.models import Authenticator
from portal.core.pages import render_alike

ChallengeView = Callable[[HttpRequest, Attempt, Principal], HttpResponse]


def step_of(url_name: str) -> Callable[[ChallengeView], Callable[[HttpRequest], HttpResponse]]:
    """Make a view a page of the stage `url_name`: it is also given the principal whose password was proved, as the database has it now."""

    def bind(view: ChallengeView) -> Callable[[HttpRequest], HttpResponse]:
        @stage_page(url_name)
        @wraps(view)
        def page(request: HttpRequest, attempt: Attempt) -> HttpResponse:
            principal = proved_principal(request, attempt)
            return start_over(request) if principal is None else view(request, attempt, principal)

        return page

    return bind


@require_http_methods(["GET", "HEAD", "POST"])
@step_of(SECOND_FACTOR.url_name)
def challenge(request: HttpRequest, attempt: Attempt, principal: Principal) -> HttpResponse:  # noqa: ARG001
    """Ask for the second factor and check it."""
    return render(request, "mfa/base/challenge.html", {})


@require_safe
@step_of(SECOND_FACTOR.url_name)
def resynchronise(request: HttpRequest, attempt: Attempt, principal: Principal) -> HttpResponse:  # noqa: ARG001
    """Ask for two consecutive codes of a device whose clock is off."""
    return render(request, "mfa/base/challenge.html", {})


@require_safe
@step_of(REGISTRATION.url_name)
def register(request: HttpRequest, attempt: Attempt, principal: Principal) -> HttpResponse:
    """Let the visitor choose what to register; where it may be put off, tell for how long."""
    offered = attempt.second_factor == Need.OFFER
    types = tuple(str(kind) for kind in Authenticator.Type if room_for(principal, kind))
    days = max(1, -(-int(grace_left(principal).total_seconds()) // 86400))
    left = ngettext("You have %(n)d day left to do this.", "You have %(n)d days left to do this.", days) % {"n": days}
    page = partial(dict[str, object], offered=offered, types=types)
    return render_alike(request, "mfa/base/register.html", page, distinct=(str(offered), *types), holes={"left": left if offered else ""})


@require_POST
@step_of(REGISTRATION.url_name)
def skip_registration(request: HttpRequest, attempt: Attempt, principal: Principal) -> HttpResponse:  # noqa: ARG001  # the signature of a step's view
    """Put the registration off, where that is allowed; this sign-in alone remembers it."""
    if attempt.second_factor == Need.OFFER:
        attempt.registration_skipped = True
    return proceed(request, attempt)
