"""Ending programs' sign-ins from the security page."""

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.models import SignInSession
from portal.console.pages import console_page
from portal.console.program_list import end_program, end_programs
from portal.console.second_factors import confirmed_recently
from portal.core.errors import NotFound
from portal.core.http import see_other
from portal.network.origin import origin_of


@require_POST
@console_page
@confirmed_recently("security")
def end(request: HttpRequest, session: SignInSession) -> HttpResponse:
    """End one program's sign-in of this identity; somebody else's does not exist here."""
    ended = end_program(session.principal, request.POST.get("program", ""), origin=origin_of(request))
    if ended is None:
        raise NotFound(_("This identity has no such program signed in."))
    return see_other(f"/console/{session.name}/security?done={'program' if ended else 'program_over'}")


@require_POST
@console_page
@confirmed_recently("security")
def end_all(request: HttpRequest, session: SignInSession) -> HttpResponse:
    """End every program's sign-in of this identity."""
    end_programs(session.principal, origin=origin_of(request))
    return see_other(f"/console/{session.name}/security?done=programs")
