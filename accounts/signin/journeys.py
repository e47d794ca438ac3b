"""The journeys: who signs in by which stages, in order. Read a table from top to bottom; that is the sign-in.

Stages are named by dotted path, so that this room imports none of theirs. The policy question `signin:Authenticate` is asked by
the middleware where a stage's view declares it: for the root user before the password page is shown, for others when
credentials are sent (guide, "How AWS Sign-In evaluates resource-based policies").
"""

from collections.abc import Callable
from functools import cache

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.module_loading import import_string

from accounts.models import Principal
from accounts.signin.attempt import Attempt, JourneyName
from accounts.signin.stages import Stage

Arrival = Callable[[HttpRequest, Attempt], HttpResponse]
Ending = Callable[[HttpRequest, Attempt, Principal, HttpResponseBase], None]

JOURNEYS: dict[JourneyName, tuple[str, ...]] = {
    "root": (
        "accounts.signin.root.stages.IDENTIFY",
        "accounts.signin.security_check.SECURITY_CHECK",
        "accounts.signin.root.stages.PASSWORD",
        "accounts.signin.root.stages.VERIFICATION_CODE",
        # After everything that the first factor proves, before the session opens.
        "mfa.base.stages.SECOND_FACTOR",
        "mfa.base.stages.REGISTRATION",
    ),
    "iam_user": (
        "accounts.signin.iam_user.stages.IDENTIFY",
        "accounts.signin.security_check.SECURITY_CHECK",
        "accounts.signin.iam_user.stages.PASSWORD",
        # Before a forced change, so that only both factors may set a new password.
        "mfa.base.stages.SECOND_FACTOR",
        "mfa.base.stages.REGISTRATION",
        "accounts.signin.iam_user.stages.NEW_PASSWORD",
    ),
    "operator": (
        "accounts.signin.operator.stages.IDENTIFY",
        "accounts.signin.security_check.SECURITY_CHECK",
        "accounts.signin.operator.stages.PASSWORD",
        "mfa.base.stages.SECOND_FACTOR",
        "mfa.base.stages.REGISTRATION",
    ),
    # An IAM user past the policies of console access, on the way to the recovery page and nowhere else. Its own pages declare no
    # sign-in action; what allows that is a live case of the very account, looked at before every step.
    "recovery": (
        "policies.recovery.stages.LIVE_CASE",
        "policies.recovery.stages.IDENTIFY",
        "accounts.signin.security_check.SECURITY_CHECK",
        "policies.recovery.stages.PASSWORD",
        "mfa.base.stages.SECOND_FACTOR",
        "mfa.base.stages.REGISTRATION",
        "accounts.signin.iam_user.stages.NEW_PASSWORD",
    ),
}

ARRIVALS: dict[JourneyName, str] = {"recovery": "policies.recovery.arrival.arrive"}
"""Journeys that end elsewhere than in a sign-in session, by dotted path: called with request and attempt, returns the answer."""

ENDINGS: tuple[str, ...] = ("mfa.trust.flows.remember_device",)
"""What else happens once the session is open, by dotted path: called with request, attempt, principal and response."""


@cache
def arrival_of(journey: JourneyName) -> Arrival | None:
    """Return where a journey ends, if that is not in a sign-in session."""
    path = ARRIVALS.get(journey)
    return import_string(path) if path else None


@cache
def endings() -> tuple[Ending, ...]:
    """Return what follows every finished journey."""
    return tuple(import_string(path) for path in ENDINGS)


@cache
def stages(journey: JourneyName) -> tuple[Stage, ...]:
    """Return the stages of a journey."""
    return tuple(import_string(path) for path in JOURNEYS[journey])
