"""`/v1/sessions/confirmation`: the code that a person carries to the program on another computer (`aws login --remote`)."""

from base64 import b64encode
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from accounts.models import AuthorizationCode
from accounts.oauth.clients import CROSS_DEVICE_ID
from accounts.oauth.consent import DENIED
from accounts.oauth.flows import find_code
from accounts.oauth.requests import LONGEST_STATE
from accounts.sessions.browser import sessions_in
from portal.core import clock
from portal.core.http import no_store
from portal.core.moments import moment


def code_to_copy(*, code: str, state: str) -> str:
    """Return the text that the AWS CLI asks for: a query with state and code, in base64."""
    return b64encode(urlencode({"state": state, "code": code}).encode()).decode()


def _shown(request: HttpRequest) -> AuthorizationCode | None:
    """Return the code of the address while it is good, and only to the browser whose identity allowed it."""
    row = find_code(request.GET.get("code", "")) if len(request.GET.getlist("code")) == 1 else None
    if row is None or row.client_id != CROSS_DEVICE_ID or row.used_at is not None or row.expires_at <= clock.now():
        return None
    return row if any(session.pk == row.session_id for session in sessions_in(request)) else None


@require_GET
def confirmation(request: HttpRequest) -> HttpResponse:
    """Show the code, with what makes it dangerous in somebody else's hands; or why there is none."""
    state = request.GET.get("state", "")
    row = _shown(request)
    if row is not None and len(request.GET.getlist("state")) == 1 and 1 <= len(state) <= LONGEST_STATE:
        principal = row.session.principal
        context = {"text": code_to_copy(code=request.GET["code"], state=state), "arn": principal.arn, "until": moment(row.expires_at)}
        response = render(request, "portal/programs/confirmation.html", context)
    else:
        response = render(request, "portal/programs/over.html", _why_none(request), status=400 if "error" in request.GET else 404)
    response.headers["Referrer-Policy"] = "no-referrer"
    return no_store(response)


def _why_none(request: HttpRequest) -> dict[str, str | bool]:
    error = request.GET.get("error")
    if error == DENIED:
        return {
            "title": _("The program was not allowed to sign in"),
            "text": _("It got nothing. In the terminal on the other computer, press Ctrl+C to stop the command that waits for a code."),
            "is_final": True,
        }
    if error is not None:
        return {
            "title": _("The program's request was not right"),
            "text": _("It got nothing. In the terminal on the other computer, press Ctrl+C and run the command again, or update the program."),
            "is_final": True,
        }
    return {
        "title": _("This code is no longer shown"),
        "text": _("It has been used, it has expired, or another browser allowed it."),
    }
