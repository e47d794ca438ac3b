"""What the pages of the second factor's stages share: who they are for, and where they lead."""

from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from accounts.models import Principal
from accounts.signin import attempt as attempts
from accounts.signin.attempt import Attempt
from accounts.signin.controller import proceed, stage_page, start_over
from accounts.signin.standing import proved_principal
from mfa.base.rules import rule_of
from portal.core.http import see_other

StepView = Callable[[HttpRequest, Attempt, Principal], HttpResponse]


def step_of(url_name: str) -> Callable[[StepView], Callable[[HttpRequest], HttpResponse]]:
    """Make a view a page of the stage `url_name`: it runs only while that is the attempt's, and is given whose password was proved.

    The principal is as the database has it now, its account included; when the password or the right to sign in has gone since,
    the visitor starts over.
    """

    def bind(view: StepView) -> Callable[[HttpRequest], HttpResponse]:
        @stage_page(url_name)
        @wraps(view)
        def page(request: HttpRequest, attempt: Attempt) -> HttpResponse:
            principal = proved_principal(request, attempt)
            return start_over(request) if principal is None else view(request, attempt, principal)

        return page

    return bind


def go_on(request: HttpRequest, attempt: Attempt) -> HttpResponse:
    """Carry the journey on after a proof: the browser's session gets a new id, or ends with the sign-in (security catalogue SES-01)."""
    return proceed(request, attempt, proved=True)


def out_of_tries(request: HttpRequest) -> HttpResponse:
    """Forget a sign-in that has had all of its tries, and lead to the beginning, where the page says so."""
    attempts.forget(request)
    return see_other(reverse("console:entry") + "?too_many_codes=1")


def waits(response: HttpResponse, seconds: int) -> HttpResponse:
    """Say in a response, which is 429 from then on, when the next try may be made."""
    response.status_code = 429
    response.headers["Retry-After"] = str(seconds)
    return response


def wants_trust(request: HttpRequest, principal: Principal) -> bool:
    """Tell whether the visitor ticked "This is a trusted device", where the identity's rule has that box at all."""
    return "trust_device" in request.POST and rule_of(principal).may_trust
