"""Confirming in a session that stands: by the password here, by a second factor from the rooms that know them."""

from dataclasses import dataclass, field
from enum import StrEnum

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.credentials.flows import TRIES
from accounts.credentials.hashing import verify
from accounts.models import Principal, SignInSession
from accounts.outcomes import Failure, Success
from accounts.sessions.flows import carry_on
from accounts.trail import identity_of
from portal.core.errors import TooMany
from portal.network.origin import Origin
from portal.trail.names import ErrorMessage, EventName
from portal.trail.record import record

PASSWORD = "password"  # noqa: S105  # the name of a way to confirm


class ConfirmFailure(StrEnum):
    """Why nothing was confirmed."""

    WRONG = "wrong"
    SESSION_OVER = "session_over"


@dataclass(frozen=True, slots=True)
class Confirmed(Success):
    """The owner is there; `secret` is what the browser of the session must hold from now on."""

    secret: str = field(repr=False)


def confirm_password(session: SignInSession, password: str, *, origin: Origin) -> Confirmed | Failure:
    """Confirm with the password. Guesses here and where the password is changed share one count.

    Raises TooMany when it was guessed at too often, or when the hash queue is full.
    """
    principal = session.principal
    wait = TRIES.climb(str(principal.pk)).wait
    if wait:
        raise TooMany(_("Too many wrong passwords. Wait a while and try again."), retry_after=wait)
    if not verify(password, principal.answerable):
        return not_confirmed(session, way=PASSWORD, origin=origin)
    TRIES.forget(str(principal.pk))
    return confirmed(session, way=PASSWORD, origin=origin)


def confirmed(session: SignInSession, *, way: str, origin: Origin) -> Confirmed | Failure:
    """Note that the owner of `session` has just proved who it is by `way`, and give the session a new secret (security catalogue SES-01)."""
    with transaction.atomic():
        secret = carry_on(session, credential_epoch=session.credential_epoch)
        if secret is None:
            return Failure(ConfirmFailure.SESSION_OVER)
        _record(session, way=way, origin=origin, succeeded=True)
    return Confirmed(secret)


def not_confirmed(session: SignInSession, *, way: str, origin: Origin) -> Failure:
    """Record a try by `way` that was wrong; nothing about the session changes."""
    _record(session, way=way, origin=origin, succeeded=False)
    return Failure(ConfirmFailure.WRONG)


def _record(session: SignInSession, *, way: str, origin: Origin, succeeded: bool) -> None:
    principal = session.principal
    identity = identity_of(principal)
    if principal.kind == Principal.Kind.IAM_USER:
        identity = identity.in_session(session.created_at, mfa_authenticated=bool(session.factor))
    record(
        EventName.REAUTHENTICATED,
        identity=identity,
        origin=origin,
        succeeded=succeeded,
        error="" if succeeded else ErrorMessage.FAILED_AUTHENTICATION,
        extra={"session": session.name, "way": way},
        account=principal.account_id or "",
        principal_key=principal.unique_id,
    )
