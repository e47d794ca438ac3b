"""Second factors in the console: the rooms of `mfa.manage` for the identity whose console it is, and its recent proof for other acts."""

from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from accounts.models import SignInSession
from accounts.reauthentication.recent import is_recent
from accounts.sessions.browser import hand_over
from accounts.signin import known_browser
from mfa.base.visit import Visit, VisitView
from mfa.models import Authenticator
from mfa.reauthentication.recent import confirm_address
from portal.console.bar import bar
from portal.console.pages import ConsoleView, console_page
from portal.core.http import see_other
from portal.core.tokens import keyed_digest


def rooms_of(session: SignInSession) -> str:
    """Return the path at which this session's rooms of second factors are mounted."""
    return f"/console/{session.name}/mfa/"


def console_visitor(view: VisitView) -> Callable[..., HttpResponseBase]:
    """Make a view of second factors a console page, for the identity that the address names."""

    @console_page
    @wraps(view)
    def page(request: HttpRequest, session: SignInSession) -> HttpResponse:
        return view(request, visit_of(request, session))

    return page


def visit_of(request: HttpRequest, session: SignInSession) -> Visit:
    """Return the visit of the identity that acts in `session`."""
    home = f"/console/{session.name}/security"

    def keep(response: HttpResponseBase, secret: str) -> None:
        hand_over(response, session, secret)
        # What ends all sessions also makes a browser unknown; this one goes on.
        known_browser.remember(request, response, session.principal)

    def registered(_request: HttpRequest, _device: Authenticator) -> HttpResponse:
        return see_other(f"{home}?done=registered")

    return Visit(
        principal=session.principal,
        binding=keyed_digest("mfa.session", session.name),
        address=rooms_of(session),
        home=home,
        layout="portal/console/second_factors.html",
        registered=registered,
        session=session,
        keep=keep,
        frame={"bar": bar(request, session), "session": session},
    )


def confirmed_recently(page: str = "") -> Callable[[ConsoleView], ConsoleView]:
    """Let a console view run for someone who proved who it is recently; others confirm it and come back to `page` of the session.

    Without `page` they come back to the very address that they asked for, which must then be a page as well.
    """

    def guard(view: ConsoleView) -> ConsoleView:
        @wraps(view)
        def guarded(request: HttpRequest, session: SignInSession) -> HttpResponse:
            if is_recent(session):
                return view(request, session)
            resume = f"/console/{session.name}/{page}" if page else request.get_full_path()
            return see_other(confirm_address(rooms_of(session), resume=resume))

        return guarded

    return guard
