"""The operator's devices and sessions."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from accounts.models import SignInSession
from accounts.outcomes import Failure
from accounts.sessions.flows import end_others
from mfa.manage import notices
from mfa.manage.device_list import listed_devices
from portal.console.flows import EndFailure, end_session
from portal.console.session_list import key_before, open_sessions, past_sessions
from portal.core.errors import NotFound
from portal.core.http import see_other
from portal.network.origin import origin_of
from portal.operator.visits import HOME, ROOMS, confirmed_recently, operator_page

NOTICES = {
    "ended": gettext_lazy("The session has ended."),
    "over": gettext_lazy("That session was over already."),
    "others": gettext_lazy("All other sessions have ended."),
    **notices.SUCCESSES,
}


@require_safe
@operator_page
def security(request: HttpRequest, session: SignInSession) -> HttpResponse:
    """Show the operator's second factors and its sessions, twenty a page by key."""
    before, done = key_before(request), request.GET.get("done", "")
    context = {
        "operator": session.principal.name,
        "devices": listed_devices(session.principal),
        "rooms": ROOMS,
        "open_sessions": open_sessions(session, before=before),
        "past_sessions": past_sessions(session) if before is None else (),
        "is_first_page": before is None,
        "notice": NOTICES.get(done),
        "warning": notices.WARNINGS.get(done),
    }
    return render(request, "portal/operator/security.html", context)


@require_POST
@operator_page
@confirmed_recently
def end(request: HttpRequest, session: SignInSession) -> HttpResponse:
    """End one session of this operator; anybody else's does not exist here."""
    outcome = end_session(session, request.POST.get("session", ""), origin=origin_of(request))
    if isinstance(outcome, Failure):
        if outcome.reason == EndFailure.NOT_YOURS:
            raise NotFound(_("This identity has no such session."))
        return see_other(f"{HOME}?done=over")
    return see_other(f"{HOME}?done=ended")


@require_POST
@operator_page
@confirmed_recently
def end_all_others(request: HttpRequest, session: SignInSession) -> HttpResponse:
    """End every session of this operator but the one that asks."""
    end_others(session, origin=origin_of(request))
    return see_other(f"{HOME}?done=others")
