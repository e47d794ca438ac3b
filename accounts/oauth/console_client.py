"""The console as an OAuth client: its authorization request, and the cookie that waits for the answer.

State and verifier stay in an HttpOnly cookie of this browser, signed and short-lived, so a code that was made elsewhere, or
for another request of this browser, is not redeemed (RFC 9700 §2.1.1, §4.5).
"""

from dataclasses import dataclass, field
from functools import lru_cache
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from accounts.models import SignInSession
from accounts.oauth.clients import CONSOLE_CLIENT_ID
from portal.conf import conf
from portal.core import pkce
from portal.core.http import COOKIE_LIMIT, SeeOther, drop_cookie, read_cookie, write_cookie
from portal.core.signed import sign, signed_value
from portal.core.tokens import new_token, same

COOKIE = "authorization"
_SALT = "vestibule.console-authorization"
_LIFETIME = 300


@dataclass(frozen=True, slots=True)
class PendingAuthorization:
    """What the console keeps between its request and the answer: PKCE verifier, state, and where to go afterwards."""

    verifier: str = field(repr=False)
    state: str = field(repr=False)
    destination: str


@lru_cache(maxsize=4)
def _fixed_query(base_url: str) -> str:
    """Return the part of the authorization request that never changes, quoted."""
    return urlencode(
        {
            "response_type": "code",
            "client_id": CONSOLE_CLIENT_ID,
            "code_challenge_method": "S256",
            "scope": "openid",
            "redirect_uri": f"{base_url}/console/callback",
        },
        safe=":/",  # which a query may hold as they are (RFC 3986 §3.4), and nobody has to decode
    )


def _signed(pending: PendingAuthorization, destination: str) -> str:
    return sign([pending.verifier, pending.state, destination], salt=_SALT)


def authorization_redirect(session: SignInSession, *, destination: str = "") -> HttpResponse:
    """Send the browser to `/v1/authorize` for the console, on behalf of `session`."""
    pending = PendingAuthorization(new_token() + new_token(), new_token(), destination)
    # State, challenge and session name are of the URL-safe alphabet; the rest is the same each time and quoted once.
    query = f"{_fixed_query(conf.base_url)}&state={pending.state}&code_challenge={pkce.challenge_of(verifier=pending.verifier)}"
    response = SeeOther(f"/v1/authorize?{query}&login_hint={session.name}")
    value = _signed(pending, destination)
    if len(value) > COOKIE_LIMIT:
        value = _signed(pending, "")  # a sign-in that ends on the home page is better than one that never ends
    write_cookie(response, COOKIE, value, max_age=_LIFETIME)
    return response


def pending_authorization(request: HttpRequest, *, state: str) -> PendingAuthorization | None:
    """Return what waits in this browser for an answer with `state`, or None."""
    found = signed_value(read_cookie(request, COOKIE), salt=_SALT, max_age=_LIFETIME)
    if found is None:
        return None
    verifier, expected, destination = found
    return PendingAuthorization(verifier, expected, destination) if expected and same(expected, state) else None


def drop_pending(response: HttpResponseBase) -> None:
    """Forget the pending authorization."""
    drop_cookie(response, COOKIE)
