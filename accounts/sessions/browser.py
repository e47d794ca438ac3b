"""The identities that are signed in in one browser.

Each session has its own cookie, `s-xxxxxxxx` after the last eight characters of its name, with a random secret whose digest the
database keeps. There is no cookie that stands for several identities, so nothing planted beforehand can adopt one.
"""

from datetime import UTC, datetime, timedelta
from functools import lru_cache

from django.db.models import F, Q, QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from accounts.models import Account, PasswordPolicy, Principal, SignInSession
from portal.conf import conf
from portal.core import clock, ids
from portal.core.http import cookie_name, drop_cookie, once, read_cookie, write_cookie
from portal.core.prepared import PreparedQuery
from portal.core.tokens import digest

MOST_IDENTITIES = 5
"""Console guide, "Signing in to multiple accounts"."""

SEEN_EVERY = timedelta(minutes=1)
"""`last_seen_at` is written at most this often."""

_MOST_SECRETS = 4 * MOST_IDENTITIES
"""Cookies of sessions that are looked at; those of ended sessions may still lie about."""

_LONG_AGO = datetime(1900, 1, 1, tzinfo=UTC)


def session_cookie(name: str) -> str:
    """Return the cookie of the session called `name` (before any prefix)."""
    return "s-" + name[-8:]


def _live(now: datetime, seen_since: datetime) -> QuerySet[SignInSession]:
    return SignInSession.objects.select_related("principal__account").filter(
        Q(principal__account=None) | Q(principal__account__status=Account.Status.ACTIVE),
        ended_at=None,
        expires_at__gt=now,
        last_seen_at__gt=seen_since,
        credential_epoch=F("principal__credential_epoch"),
        principal__is_active=True,
    )


def _moment() -> dict[str, datetime]:
    """Return now, and since when a session must have been seen; without an idle lifetime any time will do."""
    now = clock.now()
    idle = conf.console_idle_lifetime
    return {"now": now, "seen_since": now - idle if idle else _LONG_AGO}


def live() -> QuerySet[SignInSession]:
    """Return the sessions that count right now: not ended, expired or idle, of a principal and account in good standing."""
    return _live(**_moment())


WHO = ("principal__kind", "principal__name", "principal__path", "principal__account__id")
"""What an ARN is made from. Columns that nobody asks for cost half of what a query does; an attribute that was left out is read when it is used."""

_NOT_ON_PAGES = (
    *("user_agent", "ended_at", "end_reason"),
    *(f"principal__{name}" for name in ("password", "last_login", "is_superuser", "name_key", "email_key", "directory", "first_sign_in_at")),
    *(f"principal__{name}" for name in ("must_change_password", "reset_required_because", "is_staff", "created_at")),
    *(f"principal__account__{name}" for name in ("closed_at", "administrator", "contact_phone", "created_at")),
)
"""Columns that the console's pages do without."""
_OTHER_RULES = tuple(
    f"principal__account__password_policy__{field.name}"
    for field in PasswordPolicy._meta.concrete_fields
    if not field.primary_key and field.name != "max_age_days"
)

_UNOPENED = PreparedQuery(
    lambda now, seen_since, name, secret: (
        _live(now, seen_since).filter(name=name, secret_digest=secret, console_since=None).only("name", "secret_digest", "region", *WHO)
    ),
    now=datetime,
    seen_since=datetime,
    name=str,
    secret=str,
)
_NAMED = PreparedQuery(
    lambda now, seen_since, name, secret: _live(now, seen_since).filter(name=name, secret_digest=secret, console_since__isnull=False),
    now=datetime,
    seen_since=datetime,
    name=str,
    secret=str,
)
_OPERATOR = PreparedQuery(
    lambda now, seen_since, secret: _live(now, seen_since).filter(secret_digest=secret, principal__kind=Principal.Kind.OPERATOR).exclude(factor=""),
    now=datetime,
    seen_since=datetime,
    secret=str,
)


@lru_cache(maxsize=_MOST_SECRETS)
def _holding(count: int) -> PreparedQuery[SignInSession]:
    """Return the query for the open consoles of a browser that holds `count` secrets."""

    def build(now: datetime, seen_since: datetime, **secrets: str) -> QuerySet[SignInSession]:
        found = _live(now, seen_since).filter(secret_digest__in=list(secrets.values()), console_since__isnull=False)
        # The home page, which every sign-in ends at, tells when the password expires by the account's rule.
        found = found.select_related("principal__account__password_policy").defer(*_NOT_ON_PAGES, *_OTHER_RULES)
        return found.exclude(principal__kind=Principal.Kind.OPERATOR).order_by("-id")

    secrets: dict[str, type] = {f"secret{number}": str for number in range(count)}
    return PreparedQuery(build, now=datetime, seen_since=datetime, **secrets)


def _secrets(request: HttpRequest) -> list[str]:
    prefix = cookie_name("s-")
    held = [digest(value) for name, value in request.COOKIES.items() if name.startswith(prefix) and len(value) <= 64]
    # Browsers send the oldest cookie first (RFC 6265 §5.4), and the oldest are those whose sessions may be over.
    return sorted(set(held[-_MOST_SECRETS:]))


def sessions_in(request: HttpRequest) -> list[SignInSession]:
    """Return the identities whose console is open in this browser, newest first; read once a request."""
    return once(request, "sessions", lambda: _read_sessions(_secrets(request)))


def is_full(request: HttpRequest) -> bool:
    """Tell whether this browser holds as many open identities as it may; no query while it holds fewer secrets than that."""
    prefix = cookie_name("s-")
    return sum(name.startswith(prefix) for name in request.COOKIES) >= MOST_IDENTITIES and len(sessions_in(request)) >= MOST_IDENTITIES


def _read_sessions(secrets: list[str]) -> list[SignInSession]:
    values = {f"secret{number}": secret for number, secret in enumerate(secrets)}
    return _holding(len(secrets)).rows(**_moment(), **values) if secrets else []


def session_named(request: HttpRequest, name: str, *, console: bool = True) -> SignInSession | None:
    """Return the live session called `name` when this browser holds its secret, else None; one query, noted as seen.

    `console` tells whether the session's authorization code must have been redeemed, or must not have been yet.
    """
    if not ids.SESSION_NAME.fullmatch(name):
        return None
    secret = read_cookie(request, session_cookie(name))
    if not secret:
        return None
    found = (_NAMED if console else _UNOPENED).first(**_moment(), name=name, secret=digest(secret))
    if found is not None and console and clock.now() - found.last_seen_at > SEEN_EVERY:
        SignInSession.objects.filter(pk=found.pk).update(last_seen_at=clock.now())
    return found


def operator_session(secret: str) -> SignInSession | None:
    """Return the live session of an operator who holds `secret`, or None; no password alone has opened one (security catalogue ADM-02)."""
    return _OPERATOR.first(**_moment(), secret=digest(secret)) if secret else None


def hand_over(response: HttpResponseBase, session: SignInSession, secret: str) -> None:
    """Give the browser the secret of `session`."""
    write_cookie(response, session_cookie(session.name), secret, max_age=int((session.expires_at - session.created_at).total_seconds()))


def take_back(response: HttpResponseBase, session: SignInSession) -> None:
    """Remove the secret of `session` from the browser."""
    drop_cookie(response, session_cookie(session.name))
