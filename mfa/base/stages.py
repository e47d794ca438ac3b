"""The second factor's place in a journey: the challenge, then the registration of someone who has none and must."""

from django.http import HttpRequest

from accounts.signin.attempt import Attempt, attempt_origin
from accounts.signin.stages import Stage
from accounts.signin.standing import proved_principal
from mfa.base import events
from mfa.base.authenticators import devices_of
from mfa.base.rules import Need, need, rule_of
from mfa.trust.flows import is_trusted
from portal.core.tokens import keyed_digest
from portal.network.origin import origin_of

_CHALLENGES = frozenset({Need.CHALLENGE, Need.EMAIL_CODE, Need.BLOCKED})


def assess(request: HttpRequest, attempt: Attempt) -> None:
    """Find out from the database what this sign-in is asked for; costs one query for who has no second factor and needs none.

    Somebody whose password was changed or right to sign in was taken in the meantime is blocked here, whatever the later stages do.
    """
    if attempt.factor_proved:
        return
    principal = proved_principal(request, attempt)
    if principal is None:
        attempt.second_factor = Need.BLOCKED
        return
    devices, rule = devices_of(principal.pk), rule_of(principal)
    trusted = rule.may_trust and is_trusted(request, principal, devices)
    wanted = need(rule, has_device=bool(devices), trusted=trusted)
    if wanted == Need.CHALLENGE and attempt.second_factor != Need.CHALLENGE:
        events.check_mfa(principal, devices, origin=attempt_origin(origin_of(request), attempt))
    attempt.second_factor = wanted


def binding_of(attempt: Attempt) -> str:
    """Return what ceremonies and registrations of this sign-in are bound to: a digest of what only its browser's session holds."""
    return keyed_digest("mfa.sign-in", attempt.id)


SECOND_FACTOR = Stage("second factor", "mfa:challenge", lambda attempt: attempt.second_factor in _CHALLENGES and not attempt.factor_proved, assess)
REGISTRATION = Stage(
    "second factor's registration",
    "mfa:register",
    lambda attempt: (
        not attempt.factor_proved
        and (attempt.second_factor == Need.REGISTER or (attempt.second_factor == Need.OFFER and not attempt.registration_skipped))
    ),
)
