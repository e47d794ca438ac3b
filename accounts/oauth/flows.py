"""Making and redeeming authorization codes (RFC 6749 §4.1, RFC 7636, RFC 9700)."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from accounts.models import AuthorizationCode, SignInSession
from accounts.sessions.browser import WHO
from accounts.sessions.flows import end_replayed
from portal.conf import conf
from portal.core import clock, pkce
from portal.core.prepared import PreparedQuery, PreparedUpdate, create
from portal.core.tokens import digest, new_token, same
from portal.network.origin import Origin


class RedeemFailure(StrEnum):
    """Why a code was not redeemed."""

    UNKNOWN = "unknown"
    EXPIRED = "expired"
    MISMATCH = "mismatch"
    USED = "used"


@dataclass(frozen=True, slots=True)
class Redeemed:
    """A redeemed code: its session, and the new secret that the browser holds from now on."""

    session: SignInSession
    secret: str = field(repr=False)


_COMPARED = ("client_id", "redirect_uri", "code_challenge", "browser_digest", "note")
_OF_SESSION = ("name", "secret_digest", "region", "created_at", "expires_at", "principal__credential_epoch", *WHO)
_BY_CODE = PreparedQuery(
    lambda code: (
        AuthorizationCode.objects.select_related("session__principal__account")
        .filter(code_digest=code)
        .only(*_COMPARED, *(f"session__{name}" for name in _OF_SESSION))
    ),
    code=str,
)
_CONSUME = PreparedUpdate(
    lambda pk, now, browser, note: (
        AuthorizationCode.objects.filter(pk=pk, used_at=None, expires_at__gt=now, browser_digest=browser),
        {"used_at": now, "note": note},
    ),
    pk=int,
    now=datetime,
    browser=str,
    note=str,
)
_OPEN_CONSOLE = PreparedUpdate(
    lambda pk, now, epoch, secret: (
        SignInSession.objects.filter(pk=pk, ended_at=None, console_since=None, expires_at__gt=now, credential_epoch=epoch),
        {"console_since": now, "last_seen_at": now, "secret_digest": secret},
    ),
    pk=int,
    now=datetime,
    epoch=int,
    secret=str,
)


def make_code(session: SignInSession, *, client_id: str, redirect_uri: str, code_challenge: str, scope: str, note: str = "") -> str:
    """Make a code for `session` and return it; only its digest is stored."""
    code = new_token()
    now = clock.now()
    create(
        AuthorizationCode,
        code_digest=digest(code),
        session_id=session.pk,
        browser_digest=session.secret_digest,
        client_id=client_id,
        redirect_uri=redirect_uri,
        code_challenge=code_challenge,
        scope=scope,
        note=note,
        created_at=now,
        expires_at=now + conf.authorization_code_lifetime,
    )
    return code


def find_code(code: str) -> AuthorizationCode | None:
    """Return the row of a code with its session, principal and account, whatever its state."""
    if not 1 <= len(code) <= 512:
        return None
    return _BY_CODE.first(code=digest(code))


def redeem_for_console(
    row: AuthorizationCode, *, client_id: str, redirect_uri: str, verifier: str, browser_digest: str, origin: Origin, note: str = ""
) -> Redeemed | RedeemFailure:
    """Redeem a code once, and open its session's console under a new secret.

    Client, redirect URI, PKCE and browser are compared before the code is consumed, so that a stranger who learnt it cannot
    burn it. A second, otherwise right redemption ends the session that the first one opened, and is recorded (RFC 9700 §2.1,
    ASVS 10.4.2).
    """
    now = clock.now()
    matches = (
        same(row.client_id, client_id)
        and same(row.redirect_uri, redirect_uri)
        and pkce.verifies(verifier=verifier, challenge=row.code_challenge)
        and (same(row.browser_digest, browser_digest) or same(row.session.secret_digest, browser_digest))
    )
    if not matches:
        return RedeemFailure.MISMATCH
    secret = new_token()
    consumed, opened = _CONSUME.run_before(
        _OPEN_CONSOLE,
        {"pk": row.pk, "now": now, "browser": browser_digest, "note": note},
        {"pk": row.session_id, "now": now, "epoch": row.session.principal.credential_epoch, "secret": digest(secret)},
    )
    if consumed:
        return Redeemed(row.session, secret) if opened else RedeemFailure.UNKNOWN
    if not AuthorizationCode.objects.filter(pk=row.pk, used_at__isnull=False).exists():
        return RedeemFailure.EXPIRED
    end_replayed(row.session, origin=origin)
    return RedeemFailure.USED
