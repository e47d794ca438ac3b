"""The second factor's place in a journey: the challenge, then the registration of someone who has none and must."""

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest

from accounts.models import Principal
from accounts.signin import attempt as attempts
from accounts.signin.attempt import Attempt, attempt_origin
from accounts.signin.remembered_account import remembers_account
from accounts.signin.stages import Stage
from accounts.signin.standing import note_principal, proved_principal
from mfa.base import events
from mfa.base.authenticators import types_of, types_with_owner
from mfa.base.rules import Need, need, rule_of
from mfa.models import Authenticator
from mfa.trust.flows import is_trusted
from portal.core import clock
from portal.core.http import once
from portal.core.prepared import PreparedUpdate
from portal.core.tokens import keyed_digest
from portal.network.origin import origin_of

_CHALLENGES = frozenset({Need.CHALLENGE, Need.EMAIL_CODE, Need.BLOCKED})

_FIRST_SIGN_IN = PreparedUpdate(
    lambda pk, now: (Principal.objects.filter(pk=pk, first_sign_in_at=None), {"first_sign_in_at": now}), pk=int, now=datetime
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a sign-in is asked for, and the registered devices that could answer."""

    need: Need
    devices: list[Authenticator]


def asked(request: HttpRequest, attempt: Attempt, principal: Principal) -> Asked:
    """Find out from the database what this sign-in is asked for; once a request.

    A trusted browser counts when the stage is first looked at, or not at all: what has been asked for is not taken back.
    """

    def find_out() -> Asked:
        devices, rule = _devices(request, principal), rule_of(principal)
        trusted = rule.may_trust and attempt.second_factor == Need.NOTHING and is_trusted(request, principal, devices)
        return Asked(need(rule, has_device=bool(devices), trusted=trusted), devices)

    return once(request, f"second factor {principal.pk} {principal.credential_epoch}", find_out)


def _devices(request: HttpRequest, principal: Principal) -> list[Authenticator]:
    """Return the registered devices of a principal, of which no more than the type is read; once a request."""
    return once(request, f"devices {principal.pk} {principal.credential_epoch}", lambda: types_of(principal.pk))


def _read_together(request: HttpRequest, attempt: Attempt) -> None:
    """Read whose password was proved together with the devices: who was asked for one is there with it, and one query does for two.

    Where it finds nothing, each is read by itself.
    """
    devices = types_with_owner(attempt.principal, attempt.credential_epoch)
    if devices:
        owner: Principal = devices[0].user
        note_principal(request, owner)
        once(request, f"devices {owner.pk} {owner.credential_epoch}", lambda: devices)


def assess(request: HttpRequest, attempt: Attempt) -> None:
    """Note what this sign-in is asked for; costs one query for who has no second factor and needs none.

    Somebody whose password was changed or right to sign in was taken in the meantime is blocked here, whatever the later stages do.
    """
    if attempt.factor_proved:
        return
    if attempt.second_factor == Need.CHALLENGE:
        once(request, "challenge's reading", lambda: _read_together(request, attempt))
    principal = proved_principal(request, attempt)
    if principal is None:
        attempt.second_factor = Need.BLOCKED
        return
    if principal.kind == Principal.Kind.ROOT and principal.first_sign_in_at is None:
        _note_first_sign_in(principal)
    wanted = asked(request, attempt, principal)
    if wanted.need == attempt.second_factor:
        return
    if wanted.need == Need.CHALLENGE:
        origin = attempt_origin(origin_of(request), attempt)
        events.check_mfa(principal, wanted.devices, origin=origin, remembers_account=remembers_account(request))
    attempt.second_factor = wanted.need
    attempts.save(request, attempt)


def _note_first_sign_in(principal: Principal) -> None:
    """Begin a root user's grace to register a second factor, once and for all (IAM user guide: 35 days from the first sign-in)."""
    now = clock.now()
    if _FIRST_SIGN_IN.run(pk=principal.pk, now=now):
        principal.first_sign_in_at = now
    else:
        principal.refresh_from_db(fields=["first_sign_in_at"])


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
