"""The identities that are signed in in one browser.

Each session has its own cookie, `s-xxxxxxxx` after the last eight characters of its name, with a random secret whose digest the
database keeps. There is no cookie that stands for several identities, so nothing planted beforehand can adopt one.
"""

from datetime import timedelta

from django.db.models import F, Q, QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from accounts.models import Account, Principal, SignInSession
from portal.conf import conf
from portal.core import clock, ids
from portal.core.http import cookie_name, drop_cookie, read_cookie, write_cookie
from portal.core.tokens import digest

MOST_IDENTITIES = 5
"""Console guide, "Signing in to multiple accounts"."""

SEEN_EVERY = timedelta(minutes=1)
"""`last_seen_at` is written at most this often."""


def session_cookie(name: str) -> str:
    """Return the cookie of the session called `name` (before any prefix)."""
    return "s-" + name[-8:]


def live() -> QuerySet[SignInSession]:
    """Return the sessions that count right now: not ended, expired or idle, of a principal and account in good standing."""
    now = clock.now()
    found = SignInSession.objects.select_related("principal", "principal__account").filter(
        Q(principal__account=None) | Q(principal__account__status=Account.Status.ACTIVE),
        ended_at=None,
        expires_at__gt=now,
        credential_epoch=F("principal__credential_epoch"),
        principal__is_active=True,
    )
    if conf.console_idle_lifetime:
        found = found.filter(last_seen_at__gt=now - conf.console_idle_lifetime)
    return found


def _secrets(request: HttpRequest) -> list[str]:
    prefix = cookie_name("s-")
    return [digest(value) for name, value in request.COOKIES.items() if name.startswith(prefix) and len(value) <= 64][: 2 * MOST_IDENTITIES]


def sessions_in(request: HttpRequest) -> list[SignInSession]:
    """Return the identities whose console is open in this browser, newest first; read once a request."""
    known: list[SignInSession] | None = getattr(request, "_sessions_in", None)
    if known is None:
        secrets = _secrets(request)
        known = (
            list(live().filter(secret_digest__in=secrets, console_since__isnull=False).exclude(principal__kind=Principal.Kind.OPERATOR).order_by("-id"))
            if secrets
            else []
        )
        request._sessions_in = known  # type: ignore[attr-defined]  # a per-request memo, read only here
    return known


def session_named(request: HttpRequest, name: str, *, console: bool = True) -> SignInSession | None:
    """Return the live session called `name` when this browser holds its secret, else None; one query, noted as seen.

    `console` wants a session whose authorization code has been redeemed.
    """
    if not ids.SESSION_NAME.fullmatch(name):
        return None
    secret = read_cookie(request, session_cookie(name))
    if not secret:
        return None
    found = live().filter(secret_digest=digest(secret), name=name, console_since__isnull=not console).first()
    if found is not None and console and clock.now() - found.last_seen_at > SEEN_EVERY:
        SignInSession.objects.filter(pk=found.pk).update(last_seen_at=clock.now())
    return found


def hand_over(response: HttpResponseBase, session: SignInSession, secret: str) -> None:
    """Give the browser the secret of `session`."""
    write_cookie(response, session_cookie(session.name), secret, max_age=int((session.expires_at - session.created_at).total_seconds()))


def take_back(response: HttpResponseBase, session: SignInSession) -> None:
    """Remove the secret of `session` from the browser."""
    drop_cookie(response, session_cookie(session.name))
