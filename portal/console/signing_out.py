"""Signing out: of the session a page belongs to, or of all that this browser holds (sign-in user guide, "Sign out of AWS").

The answers empty the browser's cache for this origin, but not its cookies: `Clear-Site-Data: "cookies"` would take the other
identities' sessions with it, and the marks of a known browser and a remembered account, which outlive a sign-out. So the
cookies of the sessions that ended are dropped by name.
"""

from collections.abc import Iterable

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_POST

from accounts.models import SignInSession
from accounts.sessions.browser import sessions_in, take_back
from accounts.sessions.flows import sign_out
from accounts.signin import attempt as attempts
from portal.console.pages import PICKER, SIGN_IN, console_page, open_session_of, session_is_over
from portal.console.region import forget_region
from portal.core.http import cookie_name, drop_cookie, no_store, see_other
from portal.core.ids import SESSION_TAIL
from portal.network.origin import origin_of


def _signed_out(request: HttpRequest, sessions: Iterable[SignInSession], *, target: str) -> HttpResponse:
    """End `sessions` and lead to `target`, the browser holding nothing of them any more."""
    ended = list(sessions)
    sign_out(ended, origin=origin_of(request))
    response = see_other(target)
    for session in ended:
        take_back(response, session)
        forget_region(response, session.name)
    response.headers["Clear-Site-Data"] = '"cache"'
    return no_store(response)


def _out_of_one(request: HttpRequest, session: SignInSession) -> HttpResponse:
    remain = any(other.pk != session.pk for other in sessions_in(request))
    return _signed_out(request, [session], target=f"{PICKER if remain else SIGN_IN}?signed_out=1")


def _out_of_all(request: HttpRequest) -> HttpResponse:
    """Sign out of every session, and wipe a sign-in that stands half-way as well (security catalogue SES-11)."""
    attempts.forget(request)
    response = _signed_out(request, sessions_in(request), target=f"{SIGN_IN}?signed_out=1")
    prefix = cookie_name("s-")
    for name in request.COOKIES:
        if name.startswith(prefix) and SESSION_TAIL.fullmatch(name.removeprefix(prefix)):
            # Also the cookies of sessions that were over before; a name that is none of the portal's may not even be a legal one.
            drop_cookie(response, "s-" + name.removeprefix(prefix))
    return response


@require_POST
@console_page
def current_session(request: HttpRequest, session: SignInSession) -> HttpResponse:
    """Sign out of the session whose page this was sent from."""
    return _out_of_one(request, session)


@require_POST
@console_page
def all_sessions(request: HttpRequest, session: SignInSession) -> HttpResponse:  # noqa: ARG001  # a live session gives the right to ask
    """Sign out of every session of this browser, from a page of one of them."""
    return _out_of_all(request)


@require_POST
def one_picked(request: HttpRequest) -> HttpResponseBase:
    """Sign out of the session that was chosen among this browser's."""
    name = request.POST.get("session", "")
    session = open_session_of(request, name)
    return _out_of_one(request, session) if session else session_is_over(request, name)


@require_POST
def all_picked(request: HttpRequest) -> HttpResponse:
    """Sign out of every session of this browser, from the list of them."""
    return _out_of_all(request)
