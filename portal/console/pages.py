"""What every page below `/console/NAME/` goes through: the session is resolved once, and without a live one nothing happens.

A session that has ended, has expired, or whose secret this browser does not hold gets the same answer, so that a name tells a
stranger nothing. Secrets never stand in for each other: the session's own cookie must carry its own secret (security
catalogue SES-13).
"""

from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from accounts.models import SignInSession
from accounts.sessions.browser import SEEN_EVERY, session_cookie, session_named, sessions_in
from portal.console.region import forget_region
from portal.core import clock
from portal.core.http import drop_cookie, no_store, read_cookie, see_other
from portal.core.tokens import digest, same

ConsoleView = Callable[[HttpRequest, SignInSession], HttpResponse]

SIGN_IN = "/console/"
PICKER = "/console/sessions"


def open_session_of(request: HttpRequest, name: str) -> SignInSession | None:
    """Return the live session called `name` if this browser holds its secret, and note it as seen.

    It is found among all of this browser's sessions, which pages need anyway: one query for both.
    """
    secret = read_cookie(request, session_cookie(name))
    if not secret:
        return None
    found = next((session for session in sessions_in(request) if session.name == name), None)
    if found is None or not same(found.secret_digest, digest(secret)):
        return None
    now = clock.now()
    if now - found.last_seen_at > SEEN_EVERY:
        SignInSession.objects.filter(pk=found.pk).update(last_seen_at=now)
    return found


def session_is_over(request: HttpRequest, name: str) -> HttpResponse:
    """Send the visitor of a dead session to sign in again, or to the identities that are still open here."""
    response = see_other(f"{PICKER if sessions_in(request) else SIGN_IN}?ended=1")
    if read_cookie(request, session_cookie(name)) and session_named(request, name, console=False) is None:
        # Left alone, dead cookies would add up; one that is still on its way through /v1/authorize must stay.
        drop_cookie(response, session_cookie(name))
        forget_region(response, name)
    return no_store(response)


def console_page(view: ConsoleView) -> Callable[..., HttpResponseBase]:
    """Give `view` the live session that the address names; without one, answer in its place and change nothing."""

    @wraps(view)
    def page(request: HttpRequest, name: str) -> HttpResponseBase:
        session = open_session_of(request, name)
        if session is None:
            return session_is_over(request, name)
        return no_store(view(request, session))

    return page
