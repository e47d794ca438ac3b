"""The console's home page, and the choice among the identities that are signed in in this browser."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.models import SignInSession
from accounts.sessions.browser import MOST_IDENTITIES, is_full, sessions_in
from portal.console.bar import bar, identities, identity_in
from portal.console.overview import overview
from portal.console.pages import SIGN_IN, console_page
from portal.console.region import keep_region
from portal.core.http import no_store, see_other
from portal.core.pages import render_alike


@require_safe
@console_page
def front(request: HttpRequest, session: SignInSession) -> HttpResponse:  # noqa: ARG001  # the shape of every page's view
    """Lead from the session's bare address to its home page."""
    return see_other(f"/console/{session.name}/home")


@require_safe
@console_page
def home(request: HttpRequest, session: SignInSession) -> HttpResponse:
    """Show who is signed in, what that identity may do, and its last sign-ins. Costs three prepared queries, two for a root user."""
    holes = {"bar": bar(request, session), "overview": overview(session.principal, identities(request, session), language=request.LANGUAGE_CODE)}
    response = render_alike(request, "portal/console/home.html", dict, distinct=(), holes=holes)
    keep_region(response, request, session)
    return response


@require_safe
def sessions(request: HttpRequest) -> HttpResponse:
    """List the identities that are signed in in this browser; without any, lead to sign-in."""
    found = sessions_in(request)
    if not found:
        return see_other(f"{SIGN_IN}?ended=1" if "ended" in request.GET else SIGN_IN)
    context = {
        "identities": [identity_in(session) for session in found],
        "is_full": is_full(request),
        "most_identities": MOST_IDENTITIES,
        "ended": "ended" in request.GET,
        "signed_out": "signed_out" in request.GET,
    }
    return no_store(render(request, "portal/console/sessions.html", context))
