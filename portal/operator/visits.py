"""What every page below `/operator/security/` goes through: the operator who is signed in, or the operators' sign-in."""

from collections.abc import Callable
from functools import wraps
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from accounts.models import SignInSession
from accounts.reauthentication.recent import is_recent
from accounts.sessions.browser import operator_session
from accounts.sessions.middleware import OPERATOR_COOKIE
from accounts.signin import known_browser
from mfa.base.visit import Visit, VisitView
from mfa.models import Authenticator
from mfa.reauthentication.recent import confirm_address
from portal.core import clock
from portal.core.http import is_local_path, no_store, read_cookie, see_other, write_cookie
from portal.core.tokens import keyed_digest
from portal.guardrails.access import OPERATOR_SIGN_IN

OperatorView = Callable[[HttpRequest, SignInSession], HttpResponse]

PLACE = "/operator/"
"""The path of all pages that operators have beside the admin site."""
HOME = f"{PLACE}security/"
ROOMS = f"{HOME}mfa/"
"""Where the rooms of second factors are mounted for operators."""


def operator_page(view: OperatorView) -> Callable[..., HttpResponseBase]:
    """Give `view` the operator's live session; without one, lead to the operators' sign-in and change nothing."""

    @wraps(view)
    def page(request: HttpRequest) -> HttpResponseBase:
        session = operator_session(read_cookie(request, OPERATOR_COOKIE))
        if session is None:
            wanted = request.get_full_path() if request.method in {"GET", "HEAD"} else HOME
            target = wanted if is_local_path(wanted) and len(wanted) < 1024 else HOME
            return no_store(see_other(f"{OPERATOR_SIGN_IN}?{urlencode({'next': target})}"))
        return no_store(view(request, session))

    return page


def operator_visitor(view: VisitView) -> Callable[..., HttpResponseBase]:
    """Make a view of second factors a page of the operator who is signed in."""

    @operator_page
    @wraps(view)
    def page(request: HttpRequest, session: SignInSession) -> HttpResponse:
        return view(request, _visit_of(request, session))

    return page


def _visit_of(request: HttpRequest, session: SignInSession) -> Visit:
    def keep(response: HttpResponseBase, secret: str) -> None:
        left = int((session.expires_at - clock.now()).total_seconds())
        write_cookie(response, OPERATOR_COOKIE, secret, max_age=left, samesite="Strict")
        known_browser.remember(request, response, session.principal)

    def registered(_request: HttpRequest, _device: Authenticator) -> HttpResponse:
        return see_other(f"{HOME}?done=registered")

    return Visit(
        principal=session.principal,
        binding=keyed_digest("mfa.session", session.name),
        address=ROOMS,
        home=HOME,
        layout="portal/operator/second_factors.html",
        registered=registered,
        session=session,
        keep=keep,
        place=PLACE,
    )


def confirmed_recently(view: OperatorView, *, resume: str = HOME) -> OperatorView:
    """Let `view` run for an operator who proved who it is recently; others confirm it and come back to `resume`, a page below `PLACE`."""

    @wraps(view)
    def guarded(request: HttpRequest, session: SignInSession) -> HttpResponse:
        if is_recent(session):
            return view(request, session)
        return see_other(confirm_address(ROOMS, resume=resume))

    return guarded
