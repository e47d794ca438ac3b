"""`/v1/authorize`: the address that a client sends the browser to, and the page on which a person answers a program."""

import re
from dataclasses import replace
from typing import Any
from urllib.parse import quote, urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts.models import SignInSession
from accounts.oauth import consent as answers
from accounts.oauth.clients import CONSOLE_CLIENT_ID, Client, client_of
from accounts.oauth.pending import PendingRequest, answer_once, answered, hold, keep, pending
from accounts.oauth.requests import RequestRefused, read_request
from accounts.oauth.views import authorize as authorize_console
from accounts.sessions.browser import sessions_in
from portal.console.bar import identity_in
from portal.core.actions import NOBODY, SigninAction, Subject, declares
from portal.core.devices import describe
from portal.core.errors import BadInput
from portal.core.http import SeeOther, no_store, see_other
from portal.core.moments import moment
from portal.guardrails.middleware import POLICY
from portal.network.origin import origin_of
from portal.network.simulated import chosen
from portal.programs.permits import ACTION, NotPermitted, managed_policy_for, require_permit
from portal.programs.words import program_of

_CONSENT = "/v1/authorize/consent"
_ORIGIN = re.compile(r"https?://(?:[A-Za-z0-9.-]+|\[[0-9a-f:]+\])(?::[0-9]{1,5})?")


def _subject(request: HttpRequest) -> Subject:
    """Return whom the console's own request is about; a program's is decided when the person has chosen an identity."""
    if request.GET.get("client_id") != CONSOLE_CLIENT_ID:
        return NOBODY
    found: Subject = authorize_console.signin_action.subject(request)  # type: ignore[attr-defined]  # what the view declares
    return found


@declares(SigninAction.AUTHORIZE_OAUTH2_ACCESS, _subject)
def authorize(request: HttpRequest) -> HttpResponse:
    """Answer an authorization request: the console's own at once, a program's by the page that asks the person."""
    if request.GET.get("client_id") == CONSOLE_CLIENT_ID:
        return authorize_console(request)
    return _authorize_program(request)


@require_GET
def _authorize_program(request: HttpRequest) -> HttpResponse:
    try:
        asked = read_request(request.GET)
    except RequestRefused as refused:
        return no_store(SeeOther(refused.target))
    origin = origin_of(request)
    # Through a VPC endpoint no other region's sign-in is reached, whatever region the address names.
    name, browser = keep(request, replace(asked, region=origin.region if origin.regional else ""))
    response = see_other(f"{_CONSENT}?request={name}")
    hold(response, browser)
    return no_store(response)


@require_http_methods(["GET", "HEAD", "POST"])
def consent(request: HttpRequest) -> HttpResponse:
    """Ask the person whether the program may sign in, and as whom; sign-in comes first where nobody is signed in."""
    posted = request.method == "POST"
    waiting = pending(request, (request.POST if posted else request.GET).get("request", ""))
    client = client_of(waiting.asked.client_id) if waiting else None
    if waiting is None or client is None:
        title, text = _("This request is not open in this browser"), _("It is over, or it was opened in another browser.")
        return _over(request, title, text, status=404)
    if posted:
        return _answer(request, waiting, client)
    if answered(waiting.name):
        return _answered(request)
    if not waiting.is_open:
        return _expired(request)
    signed_in = sessions_in(request)
    if not signed_in:
        return no_store(see_other(f"/console/?{_carried(waiting)}"))
    if len(signed_in) == 1:
        try:
            require_permit(waiting.asked, signed_in[0], client=client, origin=origin_of(request))
        except NotPermitted as refused:
            return _not_permitted(request, waiting, signed_in[0], refused)
    return _question(request, waiting, client, signed_in)


def _answer(request: HttpRequest, waiting: PendingRequest, client: Client) -> HttpResponse:
    answer, name = request.POST.get("answer", ""), request.POST.get("session", "")
    if answer not in {"allow", "deny"}:
        raise BadInput(_("Go back and press one of the two buttons."))
    signed_in = sessions_in(request)
    session = next((found for found in signed_in if found.name == name), None)
    if session is None:
        if not signed_in:
            return no_store(see_other(f"{_CONSENT}?request={waiting.name}"))
        problem = _("Choose the identity that the program is to sign in as.")
        return _question(request, waiting, client, signed_in, problem=problem)
    if not waiting.is_open:
        return _expired(request)
    origin = origin_of(request)
    if answer == "deny":
        return _deny(request, waiting, session)
    try:
        note = require_permit(waiting.asked, session, client=client, origin=origin)
    except NotPermitted as refused:
        return _not_permitted(request, waiting, session, refused)
    if not answer_once(waiting.name, f"allow {session.name}"):
        return _answered(request)
    code = answers.allow(waiting.asked, session, client=client, origin=origin, note=note, name=waiting.name)
    return no_store(SeeOther(waiting.asked.answer(code=code))) if code else _answered(request)


def _deny(request: HttpRequest, waiting: PendingRequest, session: SignInSession) -> HttpResponse:
    first = not answered(waiting.name)
    if not answer_once(waiting.name, "deny"):
        return _answered(request)
    if first:
        answers.deny(waiting, session, origin=origin_of(request))
    return no_store(SeeOther(_denied_address(waiting)))


def _denied_address(waiting: PendingRequest) -> str:
    return waiting.asked.answer(error=answers.DENIED, error_description="The user denied the request.")


def _carried(waiting: PendingRequest) -> str:
    """Return the query by which a sign-in keeps where it is to lead, and the region whose endpoint was reached."""
    carried = {"next": f"{_CONSENT}?request={waiting.name}"}
    if waiting.asked.region:
        carried["region"] = waiting.asked.region
    return urlencode(carried, quote_via=quote)


def _question(request: HttpRequest, waiting: PendingRequest, client: Client, signed_in: list[SignInSession], *, problem: str = "") -> HttpResponse:
    origin = origin_of(request)
    network = chosen(request)
    device = describe(origin.user_agent)
    context = {
        "program": program_of(client, waiting.asked),
        "identities": [{"row": identity_in(session), "arn": session.principal.arn} for session in signed_in],
        "waiting": waiting.name,
        "address": origin.address,
        "network": network.name if network else "",
        "region": waiting.asked.region,
        "browser": " · ".join(part for part in (device.browser, device.system) if part),
        "since": moment(waiting.since),
        "until": moment(waiting.until),
        "carried": _carried(waiting),
        "problem": problem,
    }
    response = no_store(render(request, "portal/programs/consent.html", context, status=400 if problem else 200))
    # The answer to the form leads to the program. Browsers hold redirects after a form to this directive too (CSP Level 3 §6.4.2).
    target = _ORIGIN.match(waiting.asked.redirect_uri)
    if target:
        response.headers["Content-Security-Policy"] = POLICY.replace("form-action 'self'", f"form-action 'self' {target[0]}")
    return response


def _not_permitted(request: HttpRequest, waiting: PendingRequest, session: SignInSession, refused: NotPermitted) -> HttpResponse:
    answers.record_answer(waiting.asked, session, origin=origin_of(request), error=refused.error, note=refused.note)
    context: dict[str, Any] = {
        "refused": refused,
        "identity": identity_in(session),
        "arn": session.principal.arn,
        "action": ACTION,
        "managed_policy": managed_policy_for(waiting.asked.client_id),
        "denied_address": _denied_address(waiting),
        "carried": _carried(waiting),
        "waiting": waiting.name if len(sessions_in(request)) > 1 else "",
    }
    return no_store(render(request, "portal/programs/not_permitted.html", context, status=403))


def _expired(request: HttpRequest) -> HttpResponse:
    return _over(request, _("This request has expired"), _("It was open for ten minutes, as long as the program waits."), status=410)


def _answered(request: HttpRequest) -> HttpResponse:
    return _over(request, _("This request has been answered"), _("A request is answered once. The program has the answer."), status=410)


def _over(request: HttpRequest, title: str, text: str, *, status: int) -> HttpResponse:
    return no_store(render(request, "portal/programs/over.html", {"title": title, "text": text}, status=status))
