"""Confirming who is there by a second factor of one's own. The tries count with those of the challenge at sign-in (security catalogue MFA-08)."""

from collections.abc import Callable

from django.utils.translation import gettext as _

from accounts.models import SignInSession
from accounts.outcomes import Failure
from accounts.reauthentication.flows import Confirmed, confirmed, not_confirmed
from mfa.base.guessing import OF_SIGN_IN, count_try, forgive
from mfa.fido import flows as fido
from mfa.models import Authenticator
from mfa.totp import flows as totp
from portal.core.errors import TooMany
from portal.network.origin import Origin


def confirm_code(session: SignInSession, binding: str, typed: str, *, origin: Origin) -> Confirmed | Failure:
    """Confirm with the code of an authenticator app; `binding` stands for the session. Raises TooMany after too many tries."""
    return _confirm(session, binding, lambda: totp.verify(session.principal, typed), way=Authenticator.Type.TOTP, origin=origin)


def confirm_passkey(session: SignInSession, binding: str, credential: str, *, origin: Origin) -> Confirmed | Failure:
    """Confirm with the browser's answer for a passkey or security key, in JSON. Raises TooMany after too many tries."""
    return _confirm(
        session, binding, lambda: fido.verify(session.principal, binding, credential, origin=origin), way=Authenticator.Type.FIDO, origin=origin
    )


def _confirm(session: SignInSession, binding: str, verified: Callable[[], Authenticator | None], *, way: str, origin: Origin) -> Confirmed | Failure:
    principal = session.principal
    counted = count_try(principal.pk, binding, origin.caller)
    if counted.spent or counted.wait:
        wait = OF_SIGN_IN.seconds if counted.spent else counted.wait
        raise TooMany(_("Too many wrong tries. Confirm with your password, or wait a while and try again."), retry_after=wait)
    if verified() is None:
        return not_confirmed(session, way=way, origin=origin)
    forgive(principal.pk, binding, origin.caller)
    return confirmed(session, way=way, origin=origin)
